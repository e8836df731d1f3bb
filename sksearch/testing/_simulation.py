"""What a simulated search has done, and how busy its workers were."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History

__all__ = ["Simulation"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Simulation:
    """A search that ran in virtual time.

    Attributes and methods are in seconds of that time, which begins with the search.

    Parameters
    ----------
    history : History
        The log; its evaluations say when a fit began, how long it took, and on which
        worker.
    n_workers : int
        How many fits ran at once.
    makespan : float
        When the last result was committed.
    spans : ndarray of shape (n_fits, 2)
        When each fit began and ended, in the order of their beginnings; also of fits
        whose results nobody wanted any more.
    committed : dict of (int, int) to float
        When the task of a trial up to a resource had all its results in the log.
    suggesting : float
        CPU seconds of the parent that the optimizer took.
    keeping : float
        All other CPU seconds of the parent: scheduling and recording.
    sending : float
        The seconds of handing out fits, as `send_seconds` has them.

    Examples
    --------
    >>> from sksearch.optimizers import Sobol
    >>> from sksearch.schedulers import FullEvaluation
    >>> from sksearch.testing import simulate
    >>> found = simulate(
    ...     {"x": (0.0, 1.0)},
    ...     Sobol(),
    ...     FullEvaluation(4),
    ...     lambda fit: (fit.trial.params["x"], 10.0),
    ...     n_workers=2,
    ...     clock=None,
    ... )
    >>> type(found).__name__, found.makespan, found.utilisation
    ('Simulation', 20.0, 1.0)
    """

    history: History
    n_workers: int
    makespan: float
    spans: Array
    committed: Mapping[tuple[int, int], float]
    suggesting: float
    keeping: float
    sending: float = 0.0

    @property
    def utilisation(self) -> float:
        """The share of worker-seconds in which a fit ran, of the whole search.

        From 0 to `makespan`: workers that wait for their first fit, and those that
        wait for the last fit of another one, are idle. NaN if nothing ran.
        """
        return self._busy_between(0.0, self.makespan)

    @property
    def steady_utilisation(self) -> float:
        """The same without the start-up and the tail.

        From the moment at which as many fits have begun as there are workers, to that
        at which the last trial begins; NaN where the latter comes first.
        """
        return self._busy_between(*self.steady)

    @property
    def steady(self) -> tuple[float, float]:
        """From when to when `steady_utilisation` looks; (NaN, NaN) if at nothing."""
        if len(self.spans) < self.n_workers:
            return math.nan, math.nan
        begin, end = float(self.spans[self.n_workers - 1, 0]), self._last_trial_begins()
        return (begin, end) if begin < end else (math.nan, math.nan)

    def _last_trial_begins(self) -> float:
        last = self.history.trials[-1]
        folds = self.history.evaluations(last.id, last.resource).values()
        begun = [f.started for f in folds if math.isfinite(f.started)]
        return min(begun, default=math.nan)

    def _busy_between(self, begin: float, end: float) -> float:
        if not begin < end:
            return math.nan
        inside = np.clip(self.spans, begin, end)
        busy = float((inside[:, 1] - inside[:, 0]).sum())
        return busy / (self.n_workers * (end - begin))

    @property
    def n_tasks(self) -> int:
        """How many trainings there were of a trial up to a resource, on all folds."""
        return sum(1 for _ in self.history.tasks())

    @property
    def suggesting_per_task(self) -> float:
        """CPU seconds of the parent in suggestions, over the number of tasks."""
        return self.suggesting / max(1, self.n_tasks)

    @property
    def keeping_per_task(self) -> float:
        """CPU seconds of the parent in scheduling and recording, over that number."""
        return self.keeping / max(1, self.n_tasks)

    def seconds_to(self, score: float, resource: int | None = None) -> float:
        """Return when the log had a trial that is good enough.

        Parameters
        ----------
        score : float
            The least mean over the folds that will do.
        resource : int or None, default=None
            How far the trial must have been trained; None is any.

        Returns
        -------
        seconds : float
            Infinite if there is no such trial.
        """
        good = (
            at
            for (trial_id, trained), at in self.committed.items()
            if resource in (None, trained)
            and self.history.score(trial_id, trained) >= score
        )
        return min(good, default=math.inf)
