"""The executor that joblib's configuration asks for."""

import dataclasses
import functools
import multiprocessing
import pickle

from sksearch.evaluation._asked_devices import pool_here
from sksearch.evaluation._batches import Pool
from sksearch.evaluation._clusters import is_local
from sksearch.evaluation._device_params import takes_device
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._executors import Executor, PoolExecutor, SerialExecutor
from sksearch.evaluation._futures import FuturesPool
from sksearch.evaluation._groups import GroupExecutor, groups_of
from sksearch.evaluation._joblib import BackendPool, Workers, max_batches
from sksearch.evaluation._limits import NO_LIMITS, Limits, can_measure_memory
from sksearch.evaluation._slots import SlotPool, have_their_share
from sksearch.evaluation._threads import share_of_cores, thread_environment

__all__ = ["open_executor"]


def open_executor(
    evaluator: Evaluator,
    workers: Workers,
    pre_dispatch: int | str = "2*n_jobs",
    limits: Limits = NO_LIMITS,
) -> Executor:
    """Return where the fits of a search run.

    Parameters
    ----------
    evaluator : Evaluator
        Runs one fit.
    workers : Workers
        From `configured_workers`.
    pre_dispatch : int or str, default="2*n_jobs"
        How many batches may be queued or running.
    limits : Limits, default=NO_LIMITS
        What one fit may take.

    Returns
    -------
    executor : Executor
        On the executor of the user, or of joblib's cluster, if there is one; in this
        thread for one slot without limits; on our own warm processes where joblib
        would start loky; else on joblib's backend.

    Raises
    ------
    ValueError
        If there are limits, and nothing that could keep fits to them, or if this
        machine lacks one of the devices.
    pickle.PicklingError
        If the evaluator cannot travel to another process.
    """
    allowed = functools.partial(max_batches, pre_dispatch)
    allowed(workers.n_slots)  # a wrong value is told before anything starts
    if limits:
        _check_can_be_kept(limits, workers)
    if workers.executor is None or is_local(workers.executor):
        evaluator = dataclasses.replace(evaluator, pool=pool_here(evaluator.pool))
    n_threads = _share(workers)
    if workers.must_share:  # one fit alone has what it would have in this thread
        evaluator = dataclasses.replace(evaluator, n_threads=n_threads)
    groups = groups_of(evaluator)
    if not limits and workers.n_slots == 1 and workers.executor is None:
        return GroupExecutor(evaluator, groups) if groups else SerialExecutor(evaluator)
    try:
        pool = _open_pool(evaluator, workers, n_threads, limits)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise pickle.PicklingError(
            f"The estimator, its data, scoring or callbacks cannot be sent to worker "
            f"processes: {error}. Use n_jobs=1 without fit_timeout, max_memory and "
            f"executor, or joblib.parallel_config(backend='threading')."
        ) from error
    return PoolExecutor(evaluator, pool, allowed, groups.take if groups else None)


def _share(workers: Workers) -> int | None:
    """Return how many threads one fit may use; None on other machines, which know."""
    if workers.executor is not None and not is_local(workers.executor):
        return workers.n_threads
    return share_of_cores(workers.n_slots, workers.n_threads)


def _open_pool(
    evaluator: Evaluator, workers: Workers, n_threads: int | None, limits: Limits
) -> Pool:
    nested, folder = workers.nested_backend, workers.temp_folder
    if workers.executor is not None:
        where = workers.executor, workers.most
        to_hold = None if have_their_share(workers.executor) else n_threads
        return FuturesPool(evaluator, *where, nested, to_hold, folder)
    assert n_threads is not None
    if not limits and not workers.are_processes:
        return BackendPool(evaluator, workers, n_threads)
    env = thread_environment(n_threads, explicit=workers.n_threads is not None)
    envs = [env | device for device in _devices_given(evaluator, workers.n_slots)]
    return SlotPool(evaluator, envs, nested, folder, limits)


def _devices_given(evaluator: Evaluator, n_slots: int) -> list[dict[str, str]]:
    """Return what tells workers of their device, where the estimator takes none."""
    if evaluator.pool is None or takes_device(evaluator.estimator):
        return [{}] * n_slots
    return evaluator.pool.environments(n_slots)


def _check_can_be_kept(limits: Limits, workers: Workers) -> None:
    """Refuse limits where no process of ours runs the fits, or its memory is unknown.

    Raises
    ------
    ValueError
        With the way out.
    """
    names = {"fit_timeout": limits.seconds, "max_memory": limits.n_bytes}
    asked = " and ".join(f"{k}={v}" for k, v in names.items() if v is not None)
    if not workers.can_be_processes:
        raise ValueError(
            f"{asked} can be kept only by killing a worker process, which the "
            f"{workers.name} does not allow. Use the default backend (loky) and no "
            "executor, or pass None."
        )
    if multiprocessing.current_process().daemon:
        raise ValueError(
            f"{asked} needs a worker process, but this search runs in a daemonic "
            "process, which may start none. Run it in a loky worker, or pass None."
        )
    if limits.n_bytes is not None and not can_measure_memory():
        raise ValueError(
            f"max_memory={limits.n_bytes} reads /proc, which this platform does not "
            "have, or psutil, which is not installed. Install psutil, or pass None."
        )
