"""What differs between executors: how many workers they have, how losing one looks.

Any `concurrent.futures.Executor` runs fits. dask has one of its own; ray's tasks get
one here. Neither is imported before the user has.
"""

import concurrent.futures
import sys
from collections.abc import Callable, Mapping
from typing import Any

from joblib.externals import loky

__all__ = [
    "DaskExecutor",
    "RayExecutor",
    "executor_of",
    "is_local",
    "is_loss",
    "n_workers",
    "runs_inside",
    "that_answers",
]

# By name, for the classes are known only where the package is loaded.
_LOSSES = {
    "distributed.client.FutureCancelledError",
    "distributed.comm.core.CommClosedError",
    "distributed.scheduler.KilledWorker",
    "ray.exceptions.NodeDiedError",
    "ray.exceptions.ObjectLostError",
    "ray.exceptions.OutOfMemoryError",
    "ray.exceptions.WorkerCrashedError",
}


def is_loss(error: BaseException) -> bool:
    """Return whether a task failed because its worker was lost, and not by itself."""
    names = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__}
    return bool(names & _LOSSES)


def n_workers(executor: concurrent.futures.Executor) -> int | None:
    """Return how many tasks an executor runs at once now; None where it does not say.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        The standard library's, loky's, mpi4py's, or ours for dask and ray.
    """
    known = (getattr(executor, name, None) for name in ("_max_workers", "num_workers"))
    return next((number for number in known if isinstance(number, int)), None)


def is_local(executor: concurrent.futures.Executor) -> bool:
    """Return whether an executor's workers share the cores of this process for sure.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Where fits run.

    Returns
    -------
    is_local : bool
        False where nobody knows, as of one of the user's own.
    """
    local = (
        concurrent.futures.ThreadPoolExecutor,
        concurrent.futures.ProcessPoolExecutor,
        loky.ProcessPoolExecutor,
    )
    return isinstance(executor, local)


def runs_inside(backend: Any) -> bool:
    """Return whether this is a task of the cluster that a joblib backend leads to.

    It holds one of the places that its own tasks would wait for.
    """
    worker = sys.modules.get("distributed.worker")
    inside = hasattr(getattr(worker, "thread_state", None), "execution_state")
    return inside and _is_dask(backend)


def executor_of(backend: Any) -> concurrent.futures.Executor | None:
    """Return an executor on the cluster of a joblib backend, None if it has none.

    Parameters
    ----------
    backend : joblib.parallel.ParallelBackendBase
        `"dask"` and `"ray"` have clusters.
    """
    if _is_dask(backend):
        return DaskExecutor(backend.client, backend.submit_kwargs)
    if type(backend).__name__ == "RayBackend":
        return RayExecutor(backend.ray_remote_args)
    return None


def _is_dask(backend: Any) -> bool:
    return type(backend).__name__ == "DaskDistributedBackend"


def that_answers(executor: concurrent.futures.Executor) -> concurrent.futures.Executor:
    """Return an executor whose futures all end.

    Those of dask's own stay pending for good where a task was done, its worker died
    before the result was fetched, and doing it again then failed (seen with 2026.8).
    """
    if type(executor).__name__ == "ClientExecutor" and hasattr(executor, "_client"):
        return DaskExecutor(executor._client, executor._kwargs)  # type: ignore[attr-defined]
    return executor


class DaskExecutor(concurrent.futures.Executor):
    """Runs functions as tasks of dask.

    Parameters
    ----------
    client : distributed.Client
        Leads to the cluster.
    options : dict or None, default=None
        Of `client.submit`, such as `resources`.
    """

    def __init__(self, client: Any, options: Mapping[str, Any] | None = None) -> None:
        self._client = client
        self._options = {"pure": False, **(options or {})}

    @property
    def num_workers(self) -> int:
        """How many tasks run at once on the workers there are now."""
        return int(sum(self._client.nthreads().values()))

    def submit(  # type: ignore[override]
        self, fn: Callable[..., Any], /, *args: Any
    ) -> "concurrent.futures.Future[Any]":
        """Start a task.

        Parameters
        ----------
        fn : callable
            What to run.
        *args : object
            With what.

        Returns
        -------
        future : concurrent.futures.Future
            Cancelling it takes a task back that does not run yet.
        """
        source = self._client.submit(fn, *args, **self._options)
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.add_done_callback(lambda f: source.cancel() if f.cancelled() else None)
        self._client.loop.add_callback(_deliver, source, future)
        return future


async def _deliver(source: Any, target: "concurrent.futures.Future[Any]") -> None:
    """Wait for a task of dask, in the thread of its client."""
    try:
        result, error = await source, None
    except BaseException as raised:  # a cancelled task is no Exception
        result, error = None, raised
    if not target.set_running_or_notify_cancel():
        return
    if error is None:
        target.set_result(result)
    else:
        target.set_exception(error)


class RayExecutor(concurrent.futures.Executor):
    """Runs functions as tasks of ray, each on one CPU unless it is told otherwise.

    Parameters
    ----------
    remote_args : dict or None, default=None
        Options of `ray.remote`, such as `num_cpus`.
    """

    def __init__(self, remote_args: dict[str, Any] | None = None) -> None:
        import ray

        if not ray.is_initialized():
            ray.init()
        self._ray = ray
        # A worker that dies is told of, so that the search decides what to run again.
        self._options = {"max_retries": 0, **(remote_args or {})}
        self._remote: dict[Callable[..., Any], Any] = {}

    @property
    def num_workers(self) -> int:
        """How many tasks run at once on what the cluster has now."""
        cpus = self._ray.cluster_resources().get("CPU", 0)
        return int(cpus / (self._options.get("num_cpus") or 1))

    def submit(  # type: ignore[override]
        self, fn: Callable[..., Any], /, *args: Any
    ) -> "concurrent.futures.Future[Any]":
        """Start a task.

        Parameters
        ----------
        fn : callable
            What to run.
        *args : object
            With what.

        Returns
        -------
        future : concurrent.futures.Future
            Cancelling it ends the task, also one that runs.
        """
        if fn not in self._remote:
            self._remote[fn] = self._ray.remote(**self._options)(fn)
        reference = self._remote[fn].remote(*args)
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()

        def end_if_cancelled(future: "concurrent.futures.Future[Any]") -> None:
            if future.cancelled():
                self._ray.cancel(reference, force=True)

        future.add_done_callback(end_if_cancelled)
        reference.future().add_done_callback(lambda source: _copy(source, future))
        return future


def _copy(
    source: "concurrent.futures.Future[Any]", target: "concurrent.futures.Future[Any]"
) -> None:
    if not target.set_running_or_notify_cancel():
        return
    error = source.exception()
    if error is None:
        target.set_result(source.result())
    else:
        target.set_exception(error)
