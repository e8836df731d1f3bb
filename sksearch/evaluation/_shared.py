"""One pool of workers for several searches at once."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

from sksearch.evaluation._joblib import configured_workers
from sksearch.evaluation._slots import (
    end_workers,
    give_back_workers,
    take_workers,
)
from sksearch.evaluation._threads import share_of_cores, thread_environment

__all__ = ["shared_executor"]


@contextlib.contextmanager
def shared_executor(
    n_jobs: int | None, executor: Executor | None = None
) -> Iterator[tuple[Executor | None, int]]:
    """Yield the executor that joblib's configuration asks for, and its size.

    Parameters
    ----------
    n_jobs : int or None
        As in scikit-learn.
    executor : concurrent.futures.Executor or None, default=None
        The user's, which is taken then.

    Yields
    ------
    executor : concurrent.futures.Executor or None
        None where one fit runs at a time, in this thread; ended if the block raises.
    n_slots : int
        How many fits run at once.
    """
    workers = configured_workers(n_jobs, executor)
    if workers.executor is not None or workers.n_slots == 1:
        yield workers.executor, workers.n_slots
    elif workers.name.endswith("'threading'"):
        with ThreadPoolExecutor(workers.n_slots) as threads:
            yield threads, workers.n_slots
    else:
        n_threads = share_of_cores(workers.n_slots, workers.n_threads)
        env = thread_environment(n_threads, explicit=workers.n_threads is not None)
        key = tuple(sorted(env.items()))
        processes = take_workers(key, workers.n_slots)
        try:
            yield processes, workers.n_slots
        except BaseException:
            end_workers(processes)
            raise
        give_back_workers(key, processes)
