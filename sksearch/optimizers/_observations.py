"""What a model learns from: the history as arrays."""

from collections.abc import Sequence
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
    """Trials that have a score, and those that failed.

    Parameters
    ----------
    trials : list of Trial
        Those with a finite score on one fold at least, none of whose fits failed.
    y : ndarray of shape (n,)
        Their mean scores; for a trial that has only some folds, what these say about
        the mean of all.
    variances : ndarray of shape (n,)
        How uncertain these means are; 0 for complete trials.
    failed : list of Trial
        The newest trials that failed; one that was stopped did not.
    """

    trials: list[Trial]
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
        trials = sorted(
            history.observed() + _partly_seen(history), key=lambda trial: trial.id
        )
        scores = [history.fold_scores(trial.id) for trial in trials]
        table = np.array(scores).reshape(len(trials), history.n_splits)
        failed = [t for t in history.failed() if history.status(t.id) != "stopped"]
        return cls(trials, *fold_means(table), failed[-_MAX_FAILED:])

    def __len__(self) -> int:
        return len(self.trials)

    def thinned(self, size: int, rng: np.random.Generator) -> "Observations":
        """Return at most `size` of the trials: the best, the newest, and others.

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
        rows = sorted(chosen)
        trials = [self.trials[row] for row in rows]
        return Observations(trials, self.y[rows], self.variances[rows], self.failed)

    def best(self, n: int) -> list[Trial]:
        """Return the n trials with the highest means, best first."""
        rows = np.argsort(-self.y, kind="stable")[:n]
        return [self.trials[row] for row in rows]


def _partly_seen(history: History) -> list[Trial]:
    """Return the trials that are stopped or pending and have a score on some fold."""
    unfinished = [*history.pending(), *history.failed()]
    return [
        trial
        for trial in unfinished
        if history.status(trial.id) in ("stopped", "pending")
        and np.isfinite(history.fold_scores(trial.id)).any()
    ]


def encode(space: SearchSpace, trials: Sequence[Trial]) -> Array:
    """Return the encoding of some trials, shape (n, d)."""
    return space.encode([trial.params for trial in trials])
