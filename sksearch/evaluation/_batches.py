"""Batches of fits: what a worker runs, and what a pool tells of them."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._notes import AtWork, Note
from sksearch.evaluation._together import evaluate_together
from sksearch.exceptions import FitMemoryError, FitTimeoutError, WorkerDiedError
from sksearch.history import Evaluation, Status

__all__ = [
    "BATCH_LIMIT",
    "Done",
    "Outcome",
    "Pool",
    "WorkerLost",
    "key_of",
    "run_batch",
]

BATCH_LIMIT = 0.5  # seconds after which a worker hands back what it has not begun

_ERRORS: dict[Status, type[Exception]] = {
    "timed_out": FitTimeoutError,
    "out_of_memory": FitMemoryError,
    "worker_died": WorkerDiedError,
}


def run_batch(
    evaluator: Evaluator, fits: list[Fit], note: Note | None = None
) -> list[Evaluation]:
    """Run fits one after the other, in a worker, for as long as a batch should take.

    Durations are a guess before the fit: what has not begun in time goes back, so that
    one slow candidate does not hold up those that happened to travel with it.
    """
    if len(fits) > 1 and fits[0].together:
        return evaluate_together(evaluator, fits)
    end = time.perf_counter() + BATCH_LIMIT
    evaluations = []
    for fit in fits:
        if note:
            note.begin(fit.key)
        evaluations.append(evaluator(fit, note) if note else evaluator(fit))
        if note:
            note.done(evaluations[-1])
        if time.perf_counter() > end:
            break
    return evaluations


class WorkerLost(Exception):
    """A worker is gone, and with it what it had taken.

    Parameters
    ----------
    reason : str
        What is known of its end.
    at_work : AtWork or None, default=None
        Which fit it was at; None where that is not known.
    status : str, default="worker_died"
        What becomes of this fit. One that was killed for what it took has had its
        chance; one whose worker died by itself is run again.
    finished : list of Evaluation, default=()
        What came of the fits before it.
    where : str, default=""
        At which lines of code it was, if that is known.
    """

    def __init__(
        self,
        reason: str,
        at_work: AtWork | None = None,
        status: Status = "worker_died",
        finished: Sequence[Evaluation] = (),
        where: str = "",
    ) -> None:
        super().__init__(reason)
        self.where = where
        self.finished = finished
        self.at_work = at_work
        self.status: Status = status

    @property
    def is_final(self) -> bool:
        """Whether the fit that the worker was at is not run again."""
        return self.status != "worker_died"

    def in_time(self) -> list[Evaluation]:
        """What is finished, but for a fit that was killed and ended all the same."""
        late = self.at_work.key if self.at_work and self.is_final else None
        return [done for done in self.finished if key_of(done) != late]

    def error(self) -> Exception:
        """Return what is raised where failures raise."""
        return _ERRORS[self.status](str(self))

    def blames(self, fit: Fit) -> bool:
        """Whether it was this fit that the worker was at, as far as is known."""
        return self.at_work is None or self.at_work.key == fit.key


Outcome = list[Evaluation] | BaseException
Done = Callable[[Outcome], None]


class Pool(Protocol):
    """Workers in slots that can be addressed, and replaced, one by one.

    Attributes
    ----------
    n_slots : int
        How many batches can run at once; of a cluster that grows, now.
    depths : tuple of (int, int)
        How many batches a slot has at most, of long and of short fits: a second one
        hides the journey of a short first one.
    """

    @property
    def n_slots(self) -> int: ...
    @property
    def depths(self) -> tuple[int, int]: ...

    def submit(self, slot: int, fits: list[Fit], done: Done) -> None:
        """Run a batch on a slot and call `done` from any thread with what came out."""
        ...

    def finished(self, slot: int) -> list[Evaluation]:
        """Return what is known to be done of a batch that is not back."""
        ...

    def replace(self, slot: int) -> None:
        """Put a new worker into a slot whose worker was lost."""
        ...

    def look(self) -> None:
        """Warn if nobody is there who could bring a result: none came for long."""
        ...

    def close(self, kill: bool = False) -> None:
        """Release the workers."""
        ...


def key_of(evaluation: Evaluation) -> tuple[int, int, int]:
    """Return the `Fit.key` of the fit whose result this is."""
    return evaluation.trial_id, evaluation.resource, evaluation.fold
