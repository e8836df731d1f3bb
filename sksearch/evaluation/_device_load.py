"""How many fits a GPU has room for, by what a few of them take of it.

While fits run one at a time, somebody beside them reads how much memory the GPU has
given away, and how busy it is: of any library, whatever process the fit is in.
"""

import contextlib
import math
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from sksearch.evaluation._nvml import Reading, reader

__all__ = ["MOST", "can_watch_gpus", "fits_at_once", "watched_gpus"]

MOST = 8  # each has some hundred megabytes of CUDA, and a process
_SPARE = 0.2  # of the memory: later candidates may need more than the first
_PAUSE = 0.02  # seconds between two readings
_LATE = 0.1  # seconds by which a reading lags behind
_QUANTILE = 0.9  # a fit also splits, copies and is scored

Moment = Sequence[Reading]  # one of each GPU, or several of one


def can_watch_gpus() -> bool:
    """Return whether there are GPUs that tell how busy they are.

    Returns
    -------
    can_watch : bool
        False without NVIDIA's driver, or where a GPU is split into parts (MIG).
    """
    with reader() as read:
        return bool(read())


@contextlib.contextmanager
def watched_gpus() -> Iterator[list[Moment]]:
    """Read the state of the GPUs again and again while a block runs.

    Yields
    ------
    moments : list of (list of Reading)
        One after the other, each of all GPUs; it grows. Without the library of the
        driver it stays empty.
    """
    moments: list[Moment] = []
    done = threading.Event()

    def look() -> None:
        with reader() as read:
            while not done.is_set():
                if gpus := read():
                    moments.append(gpus)
                done.wait(_PAUSE)

    thread = threading.Thread(target=look, name="sksearch-gpus", daemon=True)
    thread.start()
    try:
        yield moments
    finally:
        done.set()
        thread.join()


def fits_at_once(moments: Sequence[Moment], fits: Sequence[tuple[float, float]]) -> int:
    """Return how many fits a GPU can have at once, so that memory and work suffice.

    Parameters
    ----------
    moments : sequence of (sequence of Reading)
        The first from before any of them ran.
    fits : sequence of (float, float)
        When each ran, alone, in the seconds of `time.time()`.

    Returns
    -------
    n : int
        From 1 to 8. That of the GPU whose memory rose most is that of all.

    Notes
    -----
    Kernels of several processes take turns. A net that keeps the GPU busy for a share b
    of the time leaves room for 1/b of them; of their memory the largest counts, since
    it may meet its like.
    """
    if not moments or not fits:
        return 1
    gpus: list[Moment] = [list(gpu) for gpu in zip(*moments, strict=True)]
    gpu = max(gpus, key=_rise)
    free = (1 - _SPARE) * (min(g[0].total for g in gpus) - gpu[0].used)
    by_memory = free / max(_rise(gpu), 1)
    busy = float(np.mean([_busy(gpu, *fit) for fit in fits]))
    by_work = 1 / max(busy, 1 / MOST)
    return max(1, min(MOST, math.floor(by_memory), math.floor(by_work + 1e-9)))


def _rise(gpu: Sequence[Reading]) -> int:
    return max(reading.used for reading in gpu) - gpu[0].used


def _busy(gpu: Sequence[Reading], begin: float, end: float) -> float:
    """Return how busy a GPU was with a fit, with what readings are late by."""
    while_it_ran = [r.busy for r in gpu if begin <= r.at <= end + _LATE]
    return float(np.quantile(while_it_ran, _QUANTILE)) if while_it_ran else 1.0
