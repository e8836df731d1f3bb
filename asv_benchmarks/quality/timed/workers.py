"""Workers in virtual time."""

import heapq
from collections.abc import Iterable

import numpy as np

from asv_benchmarks.quality.interface import Array


class Workers:
    """Workers that take tasks in the order in which these come.

    Parameters
    ----------
    n : int
        How many.

    Examples
    --------
    >>> workers = Workers(2)
    >>> [workers.run(seconds) for seconds in (3.0, 1.0, 1.0)]
    [3.0, 1.0, 2.0]
    """

    def __init__(self, n: int) -> None:
        self._free = [0.0] * n

    def run(self, seconds: float, earliest: float = 0.0) -> float:
        """Give a task to the worker that is free first, and return when it ends.

        Parameters
        ----------
        seconds : float
            How long it takes.
        earliest : float, default=0.0
            When it is there.
        """
        end = max(self._free[0], earliest) + seconds
        heapq.heapreplace(self._free, end)
        return end


def finish_times(seconds: Iterable[float], n_folds: int, n: int) -> Array:
    """Return when candidates are done whose folds n workers take in order.

    Parameters
    ----------
    seconds : iterable of float
        How long one fold of each candidate takes.
    n_folds, n : int
        How many folds and workers there are.
    """
    workers = Workers(n)
    ends = [max(workers.run(each) for _ in range(n_folds)) for each in seconds]
    return np.array(ends)
