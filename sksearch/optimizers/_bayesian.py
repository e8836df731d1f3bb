"""Bayesian optimization: a Gaussian process says where an improvement is likely."""

import functools
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from sksearch.history import History
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._candidates import broad, near
from sksearch.optimizers._design import InitialSize, ask_model, check_n_initial
from sksearch.optimizers._models import Data
from sksearch.optimizers._propose import Outlook, propose
from sksearch.optimizers._sobol import Sobol

__all__ = ["Bayesian"]


@dataclass(frozen=True)
class Bayesian:
    """Propose the point from which a Gaussian process expects the largest improvement.

    The first points are a Sobol design; so is every point for which the model fails.
    While results get better the whole space is searched. When they have not for a
    while, every other proposal is a neighbour of the best points; in a space of several
    branches it is the next point of the Sobol design, for the model judges a branch
    that it has hardly seen by those that it has. Of a long history the model sees 500
    trials: the best, the newest, and others.

    Parameters
    ----------
    n_initial : int or "auto", default="auto"
        Trials before the model takes over: with "auto" two for each dimension of
        the space, but from 5 to 10.
    cost_budget : int or None, default=None
        Make proposals by their expected improvement per second: fits that take long
        must promise more, the less so the nearer the number of trials is to this one.
        The result then depends on how fast the fits were. None looks at no times.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.optimizers import Bayesian
    >>> from sksearch.space import Real, SearchSpace
    >>> history = History(SearchSpace({"x": Real(0.0, 1.0)}), seed=0, n_splits=1)
    >>> for i in range(10):
    ...     proposal = Bayesian().ask(history, np.random.default_rng(i))
    ...     history.record(Trial(i, proposal.params, tags=proposal.tags))
    ...     score = -((proposal.params["x"] - 0.3) ** 2)
    ...     history.record(Evaluation(i, 1, fold=0, scores={"score": score}))
    >>> round(history.trials[history.incumbent()].params["x"], 2)
    0.3
    """

    n_initial: InitialSize = "auto"
    cost_budget: int | None = None

    # Measured after 50 trials: two cost nothing, with four regret is a quarter larger.
    max_pending: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check_n_initial(self.n_initial)

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the next trial.

        Parameters
        ----------
        history : History
            The log so far; trials that are unfinished count as observed where the
            model expects them.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        proposal : Proposal or None
            None when every point of a finite space has been tried.
        """
        looks_aside = _has_stalled(history) and len(history.trials) % 2 == 0
        if looks_aside and history.space.n_branches > 1:  # it may be misled
            return Sobol().ask(history, rng)
        suggest = functools.partial(
            _suggest, is_local=looks_aside, cost_budget=self.cost_budget
        )
        return ask_model(suggest, history, rng, self.n_initial)


def _suggest(
    history: History,
    rng: np.random.Generator,
    is_local: bool,
    cost_budget: int | None,
) -> Proposal | None:
    """Go from data to a model, and from there to the best of candidates."""
    data = Data.of(history, rng)
    process = data.fit("0", data.seen.outputs[:, 0], data.seen.variances[:, 0])
    outlook = Outlook.of_one(data, data.at_target(process))
    candidates = near if is_local else broad
    proposal = propose(data, outlook, {"0": process}, rng, cost_budget, candidates)
    return proposal and replace(proposal, tags={**proposal.tags, "is_local": is_local})


def _has_stalled(history: History) -> bool:
    """Whether the last results, fifteen or two for each dimension, were no progress.

    Never where trials are trained on: a new one has to catch up first.
    """
    if len({resource for _, resource in history.tasks()}) > 1:
        return False
    incumbent = history.incumbent()
    patience = max(15, 2 * history.space.n_coordinates)
    n_done = len(history.trials) - history.n_unfinished
    return incumbent is not None and n_done - incumbent > patience
