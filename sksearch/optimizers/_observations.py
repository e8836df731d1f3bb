"""What a model learns from: the history as arrays."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History, Trial
from sksearch.space import SearchSpace
from sksearch.surrogates import fold_means

__all__ = ["Observations", "encode"]

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
    y : ndarray of shape (n,)
        Their mean scores; for a task that has only some folds, what these say about the
        mean of all.
    variances : ndarray of shape (n,)
        How uncertain these means are; 0 for complete tasks.
    failed : list of Trial
        The newest trials that failed; one that was stopped did not.
    """

    trials: list[Trial]
    resources: NDArray[np.int_]
    y: Array
    variances: Array
    failed: list[Trial]

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
        scores = [history.fold_scores(*task) for task in tasks]
        table = np.array(scores).reshape(len(tasks), history.n_splits)
        failed = [t for t in history.failed() if history.status(t.id) != "stopped"]
        return cls(
            [history.trials[trial_id] for trial_id, _ in tasks],
            np.array([resource for _, resource in tasks], dtype=int),
            *fold_means(table),
            failed[-_MAX_FAILED:],
        )

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
        chosen.update(np.argsort(-self.y, kind="stable")[: 3 * size // 10].tolist())
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
        trials = [self.trials[row] for row in rows]
        resources, y = self.resources[rows], self.y[rows]
        return Observations(trials, resources, y, self.variances[rows], self.failed)

    def best(self, n: int) -> list[Trial]:
        """Return the n trials with the highest means, best first."""
        rows = np.argsort(-self.y, kind="stable")[:n]
        return [self.trials[row] for row in rows]


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
        and np.isfinite(history.fold_scores(*task)).any()
    }
    return sorted(complete | partly)


def encode(space: SearchSpace, trials: Sequence[Trial]) -> Array:
    """Return the encoding of some trials, shape (n, d)."""
    return space.encode([trial.params for trial in trials])
