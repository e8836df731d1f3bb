"""Several objectives and many trials: a population that breeds."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sksearch._pareto import crowding_distances, nondominated_ranks
from sksearch.history import History
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._candidates import Params
from sksearch.optimizers._design import ask_design
from sksearch.optimizers._observations import Observations, encode
from sksearch.optimizers._sobol import Sobol
from sksearch.space import SearchSpace

__all__ = ["NSGA2"]

Array = NDArray[np.float64]

_FEWEST = 10  # parents at a resource
_N_TRIES = 32  # children drawn until one is new and legal
_MUTATION = 0.1  # standard deviation of a move, in units of a number's range


@dataclass(frozen=True)
class NSGA2:
    """Propose a child of two good trials.

    The population is the best of all trials so far, on rungs of those at the highest
    resource that has ten: by constraints, by non-dominated rank, and within a rank
    those that stand apart from others [1]_. Two parents win a tournament each; the
    child takes each parameter from one of them, and one parameter is moved. The space
    may be mixed and conditional. Nothing is modelled: it is for histories that are too
    long, or spaces too large, for `EHVI`.

    Parameters
    ----------
    population_size : int, default=50
        How many trials may become parents; so many are drawn by a Sobol design first.

    References
    ----------
    .. [1] K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, "A fast and elitist
       multiobjective genetic algorithm: NSGA-II", IEEE Transactions on Evolutionary
       Computation, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.optimizers import NSGA2
    >>> from sksearch.space import Real, SearchSpace
    >>> space = SearchSpace({"x": Real(0.0, 1.0), "k": [1, 2, 3]})
    >>> history = History(space, seed=0, n_splits=1, objectives=["low", "high"])
    >>> for i in range(10):
    ...     proposal = NSGA2(8).ask(history, np.random.default_rng(i))
    ...     history.record(Trial(i, proposal.params, tags=proposal.tags))
    ...     x = proposal.params["x"]
    ...     scores = {"low": -x, "high": x * proposal.params["k"]}
    ...     history.record(Evaluation(i, 1, fold=0, scores=scores))
    >>> [trial.tags["by"] for trial in history.trials[-3:]]
    ['sobol', 'nsga2', 'nsga2']
    """

    population_size: int = 50

    max_pending: ClassVar[int] = 10

    def __post_init__(self) -> None:
        if not (isinstance(self.population_size, int) and self.population_size >= 2):
            raise ValueError(
                f"population_size={self.population_size!r} must be an integer of at "
                "least 2: a child has two parents."
            )

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
        # What little training costs, and what it leaves, breeds nothing that is good.
        seen = Observations.of(history).far_enough(_FEWEST)
        if len(history.trials) < self.population_size or len(seen) < 2:
            return ask_design(history, rng)
        parents = _population(seen, len(history.goals), self.population_size)
        X, space = (
            encode(history.space, [seen.trials[i] for i in parents]),
            history.space,
        )
        for _ in range(_N_TRIES):
            child = _child(space, X, rng)
            if space.key(child) not in history.keys and space.allows(child):
                return Proposal(child, {"by": "nsga2"})
        return Sobol().ask(history, rng)


def _population(seen: Observations, n_goals: int, size: int) -> NDArray[np.intp]:
    """Return the rows of the best tasks, best first."""
    Y = seen.outputs[:, :n_goals]
    ranks = np.where(seen.meets_bounds, 0, len(Y)) + nondominated_ranks(Y)
    apart = np.zeros(len(Y))
    for rank in np.unique(ranks):
        members = ranks == rank
        apart[members] = crowding_distances(Y[members])
    return np.lexsort((-apart, ranks))[:size]


def _child(space: SearchSpace, X: Array, rng: np.random.Generator) -> Params:
    """Cross two parents, each the better of two drawn ones, and move the child."""
    # Rows are in the order of their fitness: the smaller number wins.
    mother, father = rng.integers(len(X), size=(2, 2)).min(axis=1)
    groups = space.groups
    from_father = rng.random(int(groups.max(initial=0)) + 1) < 0.5
    crossed = np.where(from_father[groups], X[father], X[mother])
    [params] = space.decode(crossed[None])
    return space.decode(space.neighbours([params], rng, _MUTATION, 1))[0]
