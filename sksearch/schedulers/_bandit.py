"""Population-based bandits: a model says with which parameters a member goes on."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._blas import blas_limited_to
from sksearch.history import History
from sksearch.schedulers._explore import Explore
from sksearch.schedulers._score_changes import (
    ScoreChanges,
    Step,
    situations,
    standing,
    steps_of,
)
from sksearch.space import Dimension, SearchSpace
from sksearch.surrogates._time_varying import TimeVaryingProcess

__all__ = ["Bandit"]

Array = NDArray[np.float64]

_FEWEST = 4  # steps that a model learns from
_MOST = 400
_N_FAR, _N_NEAR = 512, 64  # candidates in all of the space, and beside the parent
_SCALES = (0.1, 0.05, 0.02)  # of the moves in each round of refinement


@dataclass(frozen=True)
class Bandit:
    """Go on with the parameters that promise the largest gain in the next step.

    A Gaussian process learns from all steps of the search what each has changed in the
    score: from the time, from the score before, and from the parameters [1]_. What it
    has seen is forgotten with time, since what is good changes in training. A heir gets
    the parameters with the largest upper confidence bound, given when and from where it
    goes on; steps that are still under way count as if they had gained what is
    expected, so that the members of a generation do not all try the same.

    Other than in the paper, gains are compared within a generation, so that the first
    one counts too, the kernel of parameters is a Matern-5/2, and choices and whole
    numbers are among them: the model sees them as those of `BayesSearchCV` do, where
    [2]_ has a second bandit for choices.

    Parameters
    ----------
    explore : Explore, default=Explore()
        Moves parameters while the model knows of less than four steps; what is fixed
        for it is fixed for the model too.

    References
    ----------
    .. [1] J. Parker-Holder, V. Nguyen and S. J. Roberts, "Provably Efficient Online
       Hyperparameter Optimization with Population-Based Bandits", NeurIPS 2020.
    .. [2] J. Parker-Holder, V. Nguyen, S. Desai and S. J. Roberts, "Tuning Mixed Input
       Hyperparameters on the Fly for Efficient Population Based AutoRL", NeurIPS 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.schedulers import Bandit
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"lr": (0.0, 1.0)}), seed=0, n_splits=1)
    >>> for number in range(8):
    ...     lr = number / 7
    ...     history.record(Trial(number, {"lr": lr}, 1))
    ...     score = 1.0 - (lr - 0.6) ** 2
    ...     history.record(Evaluation(number, 1, fold=0, scores={"score": score}))
    >>> heir = Bandit().heir(history, 4, 2, np.random.default_rng(0))
    >>> bool(abs(heir["lr"] - 0.6) < 0.2)
    True
    """

    explore: Explore = field(default_factory=Explore)

    @property
    def fixed(self) -> frozenset[str]:
        """The parameters that stay as they are."""
        return self.explore.fixed

    @property
    def rule(self) -> str:
        """How parameters move, as a journal has it."""
        return f"pb2, {self.explore.rule}"

    def heir(
        self, history: History, parent: int, resource: int, rng: np.random.Generator
    ) -> dict[str, Any]:
        """Return with which parameters a member goes on from the state of another.

        Parameters
        ----------
        history : History
            The log so far.
        parent : int
            Whose state it is.
        resource : int
            How far it will be trained.
        rng : numpy.random.Generator
            Draws candidates.

        Returns
        -------
        params : dict
            Legal, with what is fixed as the parent has it.
        """
        try:
            # One thread: the last bits of the answer must not depend on their number.
            with blas_limited_to(1), np.errstate(all="ignore"):
                found = _most_promising(self.fixed, history, parent, resource, rng)
        except Exception:  # whatever it is: a model never ends a search
            found = None
        return found or self.explore.heir(history, parent, resource, rng)


def _most_promising(
    fixed: frozenset[str],
    history: History,
    parent: int,
    resource: int,
    rng: np.random.Generator,
) -> dict[str, Any] | None:
    """Return None where the model knows too little, or nothing else is legal."""
    steps = list(steps_of(history))
    seen = ScoreChanges.of(history, steps, _MOST)
    if len(seen.y) < _FEWEST or not np.ptp(seen.y):
        return None
    bound = _upper_bound(history, steps, seen, parent, resource)
    near = _Surroundings.of(history.space, history.trials[parent].params, fixed)
    X = np.concatenate(
        [near.moved(near.start, rng, _SCALES[0], _N_NEAR), near.far(rng)]
    )
    for scale in _SCALES:
        best = X[np.argsort(-bound(X), kind="stable")[:4]]
        X = np.concatenate([X, near.moved(best, rng, scale, 16)])
    return near.first_legal(X[np.argsort(-bound(X), kind="stable")])


def _upper_bound(
    history: History, steps: list[Step], seen: ScoreChanges, parent: int, resource: int
) -> Callable[[Array], Array]:
    """Return what parameters promise for the next step of an heir."""
    unit = min(step.resource for step in steps)  # that of the first generation
    groups = np.concatenate([[0], history.space.groups + 1])
    process = TimeVaryingProcess.fit(seen.times / unit, seen.X, seen.y, groups)
    settled = history.settled
    pending = [s for s in steps if s.trial_id not in settled(s.resource)]
    times, situation = situations(history, pending)
    process = process.condition(times / unit, situation)
    start = max(r for r in history.resources(parent) if r < resource)
    before = standing(history, (parent, start))
    kappa = _kappa(len(seen.y))

    def bound(X: Array) -> Array:
        columns = np.column_stack([np.full(len(X), before), X])
        mean, sd = process.predict(resource / unit, columns)
        return mean + kappa * sd

    return bound


def _kappa(n: int) -> float:
    """Return how many standard deviations count: sqrt(0.2 ln(0.4 n)).

    The constants are those of PB2 in Ray Tune; n is 4 at least.
    """
    return math.sqrt(0.2 * math.log(0.4 * n))


@dataclass(frozen=True, eq=False)
class _Surroundings:
    """The points with the branch and the fixed parameters of one point.

    `start` is that point encoded, shape (1, d), and `free` has the columns and the
    dimension of each parameter that may move.
    """

    space: SearchSpace
    params: Mapping[str, Any]
    start: Array
    free: Mapping[str, tuple[slice, Dimension]]

    @classmethod
    def of(
        cls, space: SearchSpace, params: Mapping[str, Any], fixed: frozenset[str]
    ) -> "_Surroundings":
        branches = space._branches
        branch = branches.branch_of(params)
        slots = branches.slot_of[branch]
        free = {
            name: (branches.columns[1 + slots[name]], dimension)
            for name, dimension in branches.dimensions[branch].items()
            if name not in fixed and dimension.size > 1
        }
        return cls(space, params, space.encode([params]), free)

    def far(self, rng: np.random.Generator) -> Array:
        """Return points with all that is free drawn from its range."""
        X = np.repeat(self.start, _N_FAR, axis=0)
        for columns, dimension in self.free.values():
            drawn = dimension.rvs(_N_FAR, random_state=rng)
            X[:, columns] = dimension.encode_many(drawn)
        return X

    def moved(
        self, X: Array, rng: np.random.Generator, scale: float, n_each: int
    ) -> Array:
        """Return points near others: of what is free about half is moved."""
        X = np.repeat(X, n_each, axis=0)
        for columns, dimension in self.free.values():
            rows = rng.random(len(X)) < 0.5
            X[rows, columns] = dimension.move(X[rows, columns], rng, scale)
        return X

    def first_legal(self, X: Array) -> dict[str, Any] | None:
        """Return the first of some points that the constraint allows."""
        for row in X:
            decoded = self.space.decode(row[None, :])[0]
            params = {**self.params, **{name: decoded[name] for name in self.free}}
            if self.space.allows(params):
                return params
        return None
