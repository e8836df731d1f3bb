"""The optimizer for whom nobody chose one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sksearch.history import History
from sksearch.optimizers._base import Optimizer, Proposal
from sksearch.optimizers._bayesian import Bayesian
from sksearch.optimizers._ehvi import EHVI
from sksearch.optimizers._nsga2 import NSGA2
from sksearch.optimizers._parego import ParEGO
from sksearch.optimizers._tpe import TPE

__all__ = ["Auto"]

_MOST_TRIALS = 2000
_MOST_DIMENSIONS = 50
_MOST_GOALS = 3  # the number of boxes grows as n^(m - 1)


@dataclass(frozen=True)
class Auto:
    """Propose by the model that suits the size of the space and of the history.

    A Sobol design, then a Gaussian process, which sees all of up to 500 trials and a
    part of more; beyond 2,000 trials, or in more than 50 dimensions, `TPE`. With
    several objectives it is `EHVI`, from four on `ParEGO`; and `NSGA2` in place of
    `TPE`.

    Parameters
    ----------
    cost_budget : int or None, default=None
        As of `Bayesian`, `EHVI` and `ParEGO`; the others look at no times.
    reference_point : tuple of float or None, default=None
        As of `EHVI`; the others have none.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import History
    >>> from sksearch.optimizers import Auto
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=1)
    >>> Auto().ask(history, np.random.default_rng(0)).tags["by"]
    'sobol'
    """

    cost_budget: int | None = None
    reference_point: tuple[float, ...] | None = None

    max_pending: ClassVar[int] = Bayesian.max_pending

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the next trial.

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
        return self._choose(history).ask(history, rng)

    def _choose(self, history: History) -> Optimizer:
        n_goals = len(history.goals)
        is_large = history.space.n_coordinates > _MOST_DIMENSIONS
        if is_large or len(history.trials) > _MOST_TRIALS:
            return TPE() if n_goals == 1 else NSGA2()
        if n_goals == 1:
            return Bayesian(cost_budget=self.cost_budget)
        if n_goals > _MOST_GOALS:
            return ParEGO(cost_budget=self.cost_budget)
        return EHVI("auto", self.reference_point, self.cost_budget)
