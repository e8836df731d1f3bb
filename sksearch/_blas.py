"""Limits on the threads of BLAS that several users of one process can share.

BLAS pools belong to the process. Limits of threadpoolctl that overlap in different
threads restore each other's, and the pools stay limited for good; here the smallest
limit in force holds, and the last one out restores.
"""

import contextlib
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController  # scikit-learn requires it

__all__ = ["blas_limited_to"]

_lock = threading.Lock()
_limits: list[int] = []
_original: dict[str, int] = {}


@contextlib.contextmanager
def blas_limited_to(n_threads: int) -> Iterator[None]:
    """Hold BLAS to at most `n_threads` in a block, for all threads of the process.

    Parameters
    ----------
    n_threads : int
        The limit; another block may hold BLAS to fewer.
    """
    _enter(n_threads)
    try:
        yield
    finally:
        _leave(n_threads)


def _enter(n_threads: int) -> None:
    with _lock:
        if not _limits:
            _original.update({_name(pool): pool.num_threads for pool in _pools()})
        _limits.append(n_threads)
        _hold()


def _leave(n_threads: int) -> None:
    with _lock:
        _limits.remove(n_threads)
        _hold()


def _hold() -> None:
    """Give every pool the smallest limit in force, but never more than it had."""
    for pool in _pools():
        _take_control(pool)
        pool.set_num_threads(min([*_limits, _original[_name(pool)]]))
        _take_control(pool)


def _take_control(pool: Any) -> None:
    # From threadpoolctl 3.7 on a pool obeys the first thread that set it, and ignores
    # the others in silence; our lock already keeps them apart.
    clear = getattr(pool, "clear_controlling_thread", None)
    if clear is not None:
        clear(force=True)


def _name(pool: Any) -> str:
    return str(pool.filepath)


@cache
def _pools() -> Any:
    return ThreadpoolController().select(user_api="blas").lib_controllers
