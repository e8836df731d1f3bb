"""What one fit may take, and the watch that ends it where it takes more.

The watch is a thread of the parent, and what it does is kill: nothing inside a process
can end a fit that hangs in C, and where RLIMIT_AS or RLIMIT_DATA refuse an allocation,
numpy raises a MemoryError, torch a RuntimeError, and LightGBM ends in a segfault.
"""

import importlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sksearch.evaluation._notes import AtWork
from sksearch.history import Evaluation, Status

__all__ = ["NO_LIMITS", "Limits", "Verdict", "Watch", "Watched", "can_measure_memory"]

_PAUSE = 0.02  # seconds between two looks: touching 100 MB of new memory takes as long


@dataclass(frozen=True)
class Verdict:
    """Why a worker is killed.

    Parameters
    ----------
    at_work : AtWork
        The fit that it was at.
    status : str
        The status of that fit.
    reason : str
        What is said of it.
    """

    at_work: AtWork
    status: Status
    reason: str

    def concerns(self, evaluation: Evaluation) -> bool:
        """Whether a result is that of the fit that was judged."""
        key = evaluation.trial_id, evaluation.resource, evaluation.fold
        return key == self.at_work.key


@dataclass(frozen=True)
class Limits:
    """What one fit may take.

    Parameters
    ----------
    seconds : float or None, default=None
        For fitting and scoring one fold, from when its worker begins.
    n_bytes : int or None, default=None
        Of private memory that its worker may hold.
    """

    seconds: float | None = None
    n_bytes: int | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.n_bytes is not None

    def verdict(self, at_work: AtWork) -> Verdict | None:
        """Judge a fit that runs.

        Parameters
        ----------
        at_work : AtWork
            What its worker is at.

        Returns
        -------
        verdict : Verdict or None
            None as long as it may go on.
        """
        if self.seconds is not None and at_work.seconds > self.seconds:
            reason = f"The fit took longer than fit_timeout={self.seconds:g} seconds."
            return Verdict(at_work, "timed_out", reason)
        if self.n_bytes is not None:
            held = private_bytes(at_work.pid)
            if held > self.n_bytes:
                return Verdict(at_work, "out_of_memory", self._about_memory(held))
        return None

    def _about_memory(self, held: int) -> str:
        return f"Its worker held {held:,} bytes, more than max_memory={self.n_bytes:,}."


NO_LIMITS = Limits()


class Watched(Protocol):
    """A worker that can be asked what it is at, and killed."""

    def at_work(self) -> AtWork | None:
        """Return what it is at."""
        ...

    def kill(self, verdict: Verdict) -> None:
        """End it, with what it has taken."""
        ...


class Watch:
    """Looks at all workers again and again, until it is stopped.

    Parameters
    ----------
    limits : Limits
        What one fit may take.
    workers : callable
        Returns the workers there are now.
    """

    def __init__(
        self, limits: Limits, workers: Callable[[], Sequence[Watched]]
    ) -> None:
        self._limits = limits
        self._workers = workers
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._look, name="sksearch-limits", daemon=True
        )
        self._thread.start()

    def _look(self) -> None:
        while not self._stopped.wait(_PAUSE):
            for worker in self._workers():
                at_work = worker.at_work()
                verdict = at_work and self._limits.verdict(at_work)
                if verdict:
                    worker.kill(verdict)

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        self._thread.join()


# -- memory ------------------------------------------------------------------------


def private_bytes(pid: int) -> int:
    """Return how much memory belongs to a process alone, 0 when it is gone.

    Data that are mapped from a file, as those of a search are, belong to all workers
    and count for none; what was swapped out counts.
    """
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
    except OSError:
        return _bytes_by_psutil(pid)
    names = ("RssAnon", "VmSwap") if "RssAnon" in fields else ("VmRSS",)
    return sum(int(fields[name].split()[0]) << 10 for name in names if name in fields)


def can_measure_memory() -> bool:
    """Return whether this platform tells how much memory a process holds."""
    return os.path.exists("/proc/self/status") or _psutil() is not None


def _bytes_by_psutil(pid: int) -> int:
    psutil = _psutil()
    if psutil is None:
        return 0
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _psutil() -> Any:
    try:
        return importlib.import_module("psutil")
    except ImportError:
        return None
