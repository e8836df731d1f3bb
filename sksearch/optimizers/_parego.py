"""Many objectives: each proposal weighs them anew, and climbs the one that results."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sksearch._pareto import is_nondominated
from sksearch.history import History
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._design import InitialSize, ask_model, check_n_initial
from sksearch.optimizers._models import Data
from sksearch.optimizers._propose import Outlook, propose
from sksearch.surrogates import augmented_chebyshev, simplex_weights

__all__ = ["ParEGO", "scalarised", "suggest_weighted"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ParEGO:
    """Propose the point that improves most on a randomly weighted sum of objectives.

    The objectives, each in units of the front's range (on rungs of those trained far),
    become one by an augmented Chebyshev function with weights drawn for this proposal
    [1]_; a Gaussian process learns it. What that costs does not grow with the number of
    objectives.

    Parameters
    ----------
    n_initial : int or "auto", default="auto"
        Trials before the model takes over: with "auto" two for each dimension of
        the space, but from 5 to 10.
    cost_budget : int or None, default=None
        As of `Bayesian`.

    References
    ----------
    .. [1] J. Knowles, "ParEGO: a hybrid algorithm with on-line landscape approximation
       for expensive multiobjective optimization problems", IEEE Transactions on
       Evolutionary Computation, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.optimizers import ParEGO
    >>> from sksearch.space import Real, SearchSpace
    >>> space = SearchSpace({"x": Real(0.0, 1.0)})
    >>> history = History(space, seed=0, n_splits=1, objectives=["low", "high"])
    >>> for i in range(10):
    ...     proposal = ParEGO().ask(history, np.random.default_rng(i))
    ...     history.record(Trial(i, proposal.params, tags=proposal.tags))
    ...     x = proposal.params["x"]
    ...     scores = {"low": -((x - 0.2) ** 2), "high": -((x - 0.4) ** 2)}
    ...     history.record(Evaluation(i, 1, fold=0, scores=scores))
    >>> history.trials[-1].tags["by"]
    'gp'
    """

    n_initial: InitialSize = "auto"
    cost_budget: int | None = None

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
        suggest = partial(suggest_weighted, cost_budget=self.cost_budget)
        return ask_model(suggest, history, rng, self.n_initial)


def suggest_weighted(
    history: History, rng: np.random.Generator, cost_budget: int | None
) -> Proposal | None:
    """Go from data to a model of a weighted sum, and from there to a proposal."""
    data, n = Data.of(history, rng), len(history.goals)
    Y, variances = data.seen.outputs[:, :n], data.seen.variances[:, :n]
    weights = simplex_weights(n, rng)
    score, uncertainty = scalarised(Y, variances, weights, data.is_far)
    process = data.fit("weighted", score, uncertainty)
    outlook = Outlook.of_one(data, data.at_target(process))
    return propose(data, outlook, {"weighted": process}, rng, cost_budget)


def scalarised(
    Y: Array, variances: Array, weights: Array, is_far: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Return one output made of several, and how uncertain it is.

    Parameters
    ----------
    Y, variances : ndarray of shape (n, q)
        The outputs, and how uncertain each is.
    weights : ndarray of shape (q,)
        How much each counts.
    is_far : ndarray of bool of shape (n,)
        Of which the front is: what little training costs or leaves gives no unit.

    Returns
    -------
    score, variance : ndarray of shape (n,)
        In units of the front's range.
    """
    front = Y[is_far][is_nondominated(Y[is_far])]
    low, unit = front.min(axis=0), np.zeros(Y.shape[1])
    for points in (front, Y[is_far], Y):  # of those before all are equal
        unit = np.where(unit > 0.0, unit, np.ptp(points, axis=0))
    varies = unit > 0.0
    unit = np.where(varies, unit, 1.0)
    # What does not vary falls short of nothing: it would hide the other objectives.
    score = augmented_chebyshev(np.where(varies, (Y - low) / unit, 1.0), weights)
    return score, (variances / unit**2) @ weights**2
