"""Each of several simultaneous fits gets its share of the cores, no more.

Estimators that hand a number of threads to a library of their own ignore the limits
of BLAS and OpenMP: LightGBM left at `n_jobs=None` starts one thread per core in every
worker, and two such fits on two cores run many times slower than one after the other.
"""

import contextlib
import inspect
import os
import sys
from collections.abc import Iterator
from typing import Any

from joblib.parallel import ParallelBackendBase, cpu_count
from sklearn.base import BaseEstimator
from threadpoolctl import ThreadpoolController  # scikit-learn requires it

from sksearch._blas import blas_limited_to

__all__ = [
    "foreign_defaults",
    "hold_openmp",
    "hold_openmp_of_this_thread",
    "hold_pools",
    "parts_of",
    "share_of_cores",
    "share_threads",
    "thread_environment",
    "threads_granted",
    "threads_shared",
]

_THREAD_PARAMS = {"n_jobs", "num_threads", "nthread", "thread_count"}
_ALL_CORES = (None, -1, 0)  # what these parameters mean by "all", where it is a default


def share_of_cores(n_slots: int, limit: int | None = None) -> int:
    """Return how many threads a fit may use when `n_slots` fits run at once.

    Parameters
    ----------
    n_slots : int
        How many.
    limit : int or None, default=None
        What the user has said.

    Returns
    -------
    n_threads : int
        The limit, or an equal share of the cores.
    """
    return limit or max(1, cpu_count() // n_slots)


def threads_granted() -> int | None:
    """Return how many threads an outer parallel loop leaves to this process.

    joblib, like others that start workers, says so in a variable; None without it.
    """
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]  # "4,2": by level
    granted = int(first) if first.isdecimal() else 0
    return min(granted, cpu_count()) or None


def thread_environment(n_threads: int, explicit: bool = False) -> dict[str, str]:
    """Return the variables that hold the pools of a new process to its share.

    A variable that the user has set stays, unless joblib's configuration was
    `explicit` about `inner_max_num_threads`.
    """
    names = ParallelBackendBase.MAX_NUM_THREADS_VARS
    share = str(n_threads)
    return {name: share if explicit else os.environ.get(name, share) for name in names}


@contextlib.contextmanager
def hold_pools(n_threads: int) -> Iterator[None]:
    """Limit BLAS and a loaded torch in all threads of this process for a block."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    with blas_limited_to(n_threads):
        try:
            # A new thread asks torch, which undoes OpenMP's own limit in it.
            if torch:
                torch.set_num_threads(min(n_threads, before))
            yield
        finally:
            if torch:
                torch.set_num_threads(before)


@contextlib.contextmanager
def hold_openmp(n_threads: int) -> Iterator[None]:
    """Limit OpenMP in the calling thread for a block.

    Parameters
    ----------
    n_threads : int
        The limit.
    """
    with ThreadpoolController().limit(limits=n_threads, user_api="openmp"):
        yield


def hold_openmp_of_this_thread(n_threads: int) -> None:
    """Limit OpenMP in the calling thread, to which the limit belongs, for its life."""
    ThreadpoolController().select(user_api="openmp").limit(limits=n_threads)


def share_threads(estimator: BaseEstimator, n_threads: int) -> dict[str, Any]:
    """Hold an estimator and its parts to `n_threads` where they would take every core.

    Only parameters that still have the default of their class are set, and only where
    that default means all cores: scikit-learn's own `n_jobs=None` means one.

    Returns
    -------
    before : dict
        What was set, as it was before.
    """
    before: dict[str, Any] = {}
    for prefix, part in parts_of(estimator):
        params = part.get_params(deep=False)
        before |= {prefix + name: params[name] for name in _greedy_params(part)}
    if before:
        estimator.set_params(**dict.fromkeys(before, n_threads))
    return before


@contextlib.contextmanager
def threads_shared(estimator: BaseEstimator, n_threads: int | None) -> Iterator[None]:
    """Hold an estimator to its share for a block, as `share_threads` does.

    Parameters
    ----------
    estimator : estimator
        It has its own parameters again afterwards.
    n_threads : int or None
        The share; None holds nothing.

    Yields
    ------
    nothing : None
        While it is held.
    """
    before = {} if n_threads is None else share_threads(estimator, n_threads)
    try:
        yield
    finally:
        if before:
            estimator.set_params(**before)


def parts_of(estimator: BaseEstimator) -> list[tuple[str, BaseEstimator]]:
    """Return the estimator and all estimators inside it, with their prefixes.

    Parameters
    ----------
    estimator : estimator
        With parameters.

    Returns
    -------
    parts : list of (str, estimator)
        Itself first.
    """
    params = estimator.get_params(deep=True)
    inside = [(f"{k}__", v) for k, v in params.items() if hasattr(v, "get_params")]
    return [("", estimator), *((k, v) for k, v in inside if not isinstance(v, type))]


def _greedy_params(part: BaseEstimator) -> list[str]:
    defaults = foreign_defaults(type(part))
    params = part.get_params(deep=False)
    names = sorted(_THREAD_PARAMS & set(params) & set(defaults))
    return [n for n in names if defaults[n] in _ALL_CORES and params[n] is defaults[n]]


def foreign_defaults(cls: type) -> dict[str, Any]:
    """Return the constructor defaults that a class has from outside scikit-learn.

    Parameters
    ----------
    cls : type
        Of an estimator.

    Returns
    -------
    defaults : dict
        By the name of the parameter.
    """
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        foreign = base is not object and not base.__module__.startswith("sklearn.")
        if foreign and "__init__" in vars(base):
            signature = inspect.signature(vars(base)["__init__"]).parameters
            found |= {name: parameter.default for name, parameter in signature.items()}
    return found
