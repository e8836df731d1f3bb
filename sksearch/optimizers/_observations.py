"""What a model learns from: the history as arrays."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sksearch._pareto import preference_order
from sksearch.history import History, Trial
from sksearch.space import SearchSpace
from sksearch.surrogates import fold_means

__all__ = ["Observations", "as_seen", "encode"]

Array = NDArray[np.float64]

_MAX_FAILED = 100


@dataclass(frozen=True, eq=False)
class Observations:
    """Tasks that have a score, and trials that failed.

    Parameters
    ----------
    trials : list of Trial
        Of tasks with a finite score on one fold at least, none of whose fits failed. A
        trial stands here as often as it was trained on.
    resources : ndarray of int of shape (n,)
        How far the tasks train.
    outputs : ndarray of shape (n, q)
        Their mean scores: the objectives, then what else is constrained. For a task
        that has only some folds, what these say about the mean of all; NaN where a
        score that is no objective is not known.
    variances : ndarray of shape (n, q)
        How uncertain these means are; 0 for complete tasks.
    bounds : ndarray of shape (q,)
        The least that each output must be, minus infinity where nothing is asked.
    n_goals : int
        How many of the outputs are objectives.
    failed : list of Trial
        The newest trials that failed; one that was stopped did not.
    part_of : tuple of Observations and list of int, default=None
        More tasks, and the rows of these among them.
    """

    trials: list[Trial]
    resources: NDArray[np.int_]
    outputs: Array
    variances: Array
    bounds: Array
    n_goals: int
    failed: list[Trial]
    part_of: "tuple[Observations, list[int]] | None" = None

    @classmethod
    def of(cls, history: History) -> "Observations":
        """Read a history.

        Parameters
        ----------
        history : History
            The log so far.

        Returns
        -------
        observations : Observations
            All of it.
        """
        tasks = list(_seen(history))
        names = [
            *history.goals,
            *(c for c in history.constraints if c not in history.goals),
        ]
        columns = [_column(history, tasks, name) for name in names]
        outputs, variances = (
            np.column_stack(each) for each in zip(*columns, strict=True)
        )
        bounds = np.array([_bound(history, name) for name in names])
        failed = [t for t in history.failed() if history.status(t.id) != "stopped"]
        return cls(
            [history.trials[trial_id] for trial_id, _ in tasks],
            np.array([resource for _, resource in tasks], dtype=int),
            outputs,
            variances,
            bounds,
            len(history.goals),
            failed[-_MAX_FAILED:],
        )

    @property
    def meets_bounds(self) -> NDArray[np.bool_]:
        """Which tasks meet all constraints, shape (n,)."""
        return np.asarray((self.outputs >= self.bounds).all(axis=1))

    # Volumes take long, and most models never ask.
    @cached_property
    def standing(self) -> Array:
        """In which order all tasks are good, shape (n,); larger is better."""
        if self.part_of is not None:
            more, rows = self.part_of
            return more.standing[rows]
        return _standing(self.outputs, self.bounds, self.n_goals)

    def __len__(self) -> int:
        return len(self.trials)

    def thinned(self, size: int, rng: np.random.Generator) -> "Observations":
        """Return at most `size` of the tasks: the best, the newest, and others.

        Parameters
        ----------
        size : int
            How many.
        rng : numpy.random.Generator
            Draws the others.

        Returns
        -------
        observations : Observations
            Three parts in ten are the best, four the newest, the rest is drawn.
        """
        n = len(self)
        if n <= size:
            return self
        chosen = set(range(n - 2 * size // 5, n))
        chosen.update(self._order()[: 3 * size // 10].tolist())
        others = [row for row in range(n) if row not in chosen]
        chosen.update(rng.choice(others, size - len(chosen), replace=False).tolist())
        return self._taken(sorted(chosen))

    def far_enough(self, fewest: int) -> "Observations":
        """Return the tasks at one resource: the highest with enough, or the commonest.

        Parameters
        ----------
        fewest : int
            How many tasks are enough.

        Returns
        -------
        observations : Observations
            All of them where there is one resource.
        """
        resources, counts = np.unique(self.resources, return_counts=True)
        if len(resources) < 2:
            return self
        enough = resources[counts >= fewest]
        chosen = enough[-1] if len(enough) else resources[counts.argmax()]
        return self._taken(np.flatnonzero(self.resources == chosen).tolist())

    def _taken(self, rows: list[int]) -> "Observations":
        return Observations(
            [self.trials[row] for row in rows],
            self.resources[rows],
            self.outputs[rows],
            self.variances[rows],
            self.bounds,
            self.n_goals,
            self.failed,
            (self, rows),
        )

    def _order(self) -> NDArray[np.intp]:
        return np.argsort(-self.standing, kind="stable")

    def best(self, n: int) -> list[Trial]:
        """Return the n best trials, best first."""
        return [self.trials[row] for row in self._order()[:n]]


def _column(
    history: History, tasks: Sequence[tuple[int, int]], name: str | None
) -> tuple[Array, Array]:
    """Return what is known of one score of some tasks: means and variances."""
    scores = [history.fold_scores(*task, name) for task in tasks]
    table = as_seen(history, name, np.array(scores).reshape(-1, history.n_splits))
    known = np.isfinite(table).any(axis=1)
    means, variances = np.full(len(table), np.nan), np.zeros(len(table))
    means[known], variances[known] = fold_means(table[known])
    return means, variances


def _bound(history: History, name: str | None) -> float:
    bound = history.constraints.get(name, -np.inf) if name else -np.inf
    return float(as_seen(history, name, np.array(bound)))


def as_seen(history: History, name: str | None, scores: Array) -> Array:
    """Return scores as models see them: of minus a time, minus its logarithm.

    What is not below 0, a time too short for the clock, counts as the shortest.
    """
    if name not in history.log_scores:
        return scores
    costs = -scores
    shortest = np.min(costs, where=costs > 0.0, initial=np.inf)
    with np.errstate(invalid="ignore"):
        return np.asarray(-np.log(np.maximum(costs, shortest)))


def _standing(outputs: Array, bounds: Array, n_goals: int) -> Array:
    """Return numbers in the order in which outputs are good."""
    if n_goals == 1 and np.isneginf(bounds).all():
        return outputs[:, 0]
    violation = np.sum(list(map(_missing, outputs.T, bounds)), axis=0)
    by_goals = np.empty(len(outputs))
    by_goals[preference_order(outputs[:, :n_goals])] = np.arange(len(outputs))
    standing = np.empty(len(outputs))
    standing[np.lexsort((by_goals, violation))] = -np.arange(len(outputs))
    return standing


def _missing(outputs: Array, bound: float) -> Array:
    """Return how far outputs are below a bound, in standard deviations."""
    known = outputs[np.isfinite(outputs)]
    unit = float(np.std(known)) if len(known) else 0.0
    missing = np.maximum(bound - outputs, 0.0) / (unit or 1.0)
    return np.where(np.isnan(missing), np.inf, missing)


def _seen(history: History) -> Iterable[tuple[int, int]]:
    """Return the tasks that have a score and no failed fold, by trial."""
    complete = {
        (trial.id, resource)
        for trial in history.observed()
        for resource in history.resources(trial.id)
        if math.isfinite(history.score(trial.id, resource))
    }
    newest = (
        (trial.id, history.resources(trial.id)[-1])
        for trial in [*history.pending(), *history.failed()]
    )
    partly = {
        task
        for task in newest
        if history.status(*task) in ("stopped", "pending")
        and all(
            np.isfinite(history.fold_scores(*task, name)).any()
            for name in history.goals
        )
    }
    return sorted(complete | partly)


def encode(space: SearchSpace, trials: Sequence[Trial]) -> Array:
    """Return the encoding of some trials, shape (n, d)."""
    return space.encode([trial.params for trial in trials])
