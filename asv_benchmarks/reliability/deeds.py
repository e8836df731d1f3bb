"""What a fit may do wrong, short of raising an exception."""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

__all__ = [
    "DEEDS",
    "HUNG",
    "Doer",
    "X",
    "Y",
    "allocate",
    "be_killed",
    "hang_in_c_with_the_gil",
    "hang_in_numpy",
    "is_alive",
    "leave",
    "segfault",
    "sleep",
    "wait_for",
]

X = np.arange(80.0).reshape(40, 2)
Y = np.arange(40) % 2


class Doer(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Does what `deed` says in `fit`; scores `value`.

    Parameters
    ----------
    deed : callable or object, default=None
        Called with the estimator where it can be called.
    value : float, default=0.0
        The score.
    log : str or None, default=None
        A path for what a deed has to tell.
    """

    def __init__(self, deed: Any = None, value: float = 0.0, log: str | None = None):
        self.deed = deed
        self.value = value
        self.log = log

    def fit(self, X: Any, y: Any) -> Self:
        """Do it."""
        self.classes_ = np.unique(y)
        if callable(self.deed):
            self.deed(self)
        return self

    def score(self, X: Any, y: Any) -> float:
        """Return `value`."""
        return self.value


def sleep(estimator: Doer) -> None:
    """Hang where the interpreter goes on."""
    time.sleep(1000)


def hang_in_c_with_the_gil(estimator: Doer) -> None:
    """Hang where no other thread of Python may run."""
    ctypes.PyDLL(None).sleep(1000)


def hang_in_numpy(estimator: Doer) -> None:
    """Compute for ever."""
    while True:
        np.linalg.eigvals(np.random.default_rng(0).normal(size=(300, 300)))


def allocate(estimator: Doer) -> None:
    """Take memory without end."""
    kept = []
    while True:
        kept.append(np.ones(1_000_000))


def segfault(estimator: Doer) -> None:
    """Read where there is nothing."""
    ctypes.string_at(0)


def leave(estimator: Doer) -> None:
    """End the process without a word."""
    os._exit(3)


def be_killed(estimator: Doer) -> None:
    """End as the kernel ends a process that takes too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


DEEDS: dict[str, Callable[[Doer], None]] = {
    "sleeps": sleep,
    "hangs in a C call that holds the GIL": hang_in_c_with_the_gil,
    "computes in numpy for ever": hang_in_numpy,
    "takes memory without end": allocate,
    "segfault": segfault,
    "SIGKILL": be_killed,
    "os._exit": leave,
}
HUNG = [
    "sleeps",
    "hangs in a C call that holds the GIL",
    "computes in numpy for ever",
]


def is_alive(pid: int | str) -> bool:
    """Return whether a process runs: one that waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Wait until something holds; return whether it does."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()
