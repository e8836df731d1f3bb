"""The executor that joblib's configuration asks for."""

import dataclasses
import pickle

from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._executors import Executor, Pool, PoolExecutor, SerialExecutor
from sksearch.evaluation._joblib import BackendPool, Workers
from sksearch.evaluation._slots import SlotPool
from sksearch.evaluation._threads import share_of_cores, thread_environment

__all__ = ["open_executor"]


def open_executor(
    evaluator: Evaluator, workers: Workers, pre_dispatch: int | str = "2*n_jobs"
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

    Returns
    -------
    executor : Executor
        In this thread for one slot, else on our own warm processes where joblib would
        start loky, else on joblib's backend.

    Raises
    ------
    pickle.PicklingError
        If the evaluator cannot travel to another process.
    """
    max_batches = workers.max_batches(pre_dispatch)
    if workers.n_slots == 1:
        return SerialExecutor(evaluator)
    n_threads = share_of_cores(workers.n_slots, workers.n_threads)
    evaluator = dataclasses.replace(evaluator, n_threads=n_threads)
    try:
        pool = _open_pool(evaluator, workers, n_threads)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise pickle.PicklingError(
            f"The estimator, its data, scoring or callbacks cannot be sent to worker "
            f"processes: {error}. Use n_jobs=1, or "
            f"joblib.parallel_config(backend='threading')."
        ) from error
    return PoolExecutor(evaluator, pool, max_batches)


def _open_pool(evaluator: Evaluator, workers: Workers, n_threads: int) -> Pool:
    if not workers.are_processes:
        return BackendPool(evaluator, workers, n_threads)
    env = thread_environment(n_threads, explicit=workers.n_threads is not None)
    nested, folder = workers.nested_backend, workers.temp_folder
    return SlotPool(evaluator, workers.n_slots, env, nested, folder)
