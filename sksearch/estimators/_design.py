"""A search that knows nothing yet looks everywhere, before a model proposes."""

from dataclasses import dataclass

import numpy as np

from sksearch.history import History
from sksearch.optimizers import Grid, Optimizer, Proposal, Random, Sobol
from sksearch.optimizers._design import ask_design

__all__ = ["DesignFirst", "design_first"]


@dataclass(frozen=True)
class DesignFirst:
    """Proposes a Sobol design first, and what a model proposes after it.

    While the first bracket starts there are results of its lowest rung only, and a
    model of these proposes what is good after little training, such as large learning
    rates. Who came out of that bracket was worse than out of one that was drawn at
    random: 0.724 against 0.733 with LightGBM, 0.948 against 0.950 with linear models
    (cross-validated, means of 20 seeds).

    Parameters
    ----------
    optimizer : Optimizer
        Which proposes the trials after the design.
    n_trials : int
        How many trials the design has, given ones included.
    """

    optimizer: Optimizer
    n_trials: int

    @property
    def max_pending(self) -> int:
        """How many trials may be unfinished when the model is asked."""
        return self.optimizer.max_pending

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Return the next point of the design, or what the model proposes.

        Parameters
        ----------
        history : History
            The log so far.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        proposal : Proposal or None
            None when every point of a finite space has been tried.
        """
        if len(history.trials) < self.n_trials:
            return ask_design(history, rng)
        return self.optimizer.ask(history, rng)


def design_first(optimizer: Optimizer, n_trials: int) -> Optimizer:
    """Put a design before an optimizer, unless it reads no scores itself.

    Parameters
    ----------
    optimizer : Optimizer
        Which proposes the candidates.
    n_trials : int
        How many trials the design has.
    """
    if isinstance(optimizer, Grid | Random | Sobol):
        return optimizer
    return DesignFirst(optimizer, n_trials)
