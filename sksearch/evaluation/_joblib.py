"""What joblib's configuration asks for, and joblib's own backends as a pool.

The one module that touches private names of joblib; checked with joblib 1.4 to 1.6.
"""

import contextlib
import functools
import threading
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from joblib import Parallel, delayed
from joblib._parallel_backends import LokyBackend, ThreadingBackend
from joblib._utils import eval_expr
from joblib.parallel import BatchedCalls, get_active_backend
from sklearn import config_context

from sksearch.evaluation._batches import Done, Outcome, run_batch
from sksearch.evaluation._clusters import (
    executor_of,
    n_workers,
    runs_inside,
    that_answers,
)
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._shipping import Shipment
from sksearch.evaluation._slots import run_shipped
from sksearch.evaluation._threads import (
    hold_openmp_of_this_thread,
    hold_pools,
    threads_granted,
)
from sksearch.evaluation._work_orders import work_order
from sksearch.history import Evaluation

__all__ = [
    "BackendPool",
    "Workers",
    "configured_workers",
    "inherited_threads",
    "max_batches",
]

_LOKY = LokyBackend(nesting_level=0)


@dataclass(frozen=True)
class Workers:
    """What joblib's configuration and `n_jobs` come to.

    Parameters
    ----------
    parallel : joblib.Parallel
        Carries the backend.
    n_slots : int
        How many fits run at once.
    n_threads : int or None
        `inner_max_num_threads`, where the user has set it, or what another parallel
        loop leaves to those inside its workers.
    is_inherited : bool, default=False
        Whether nobody has chosen the backend: it is what another parallel loop leaves
        to those inside its workers.
    executor : concurrent.futures.Executor or None, default=None
        Where fits run instead: the user's, or that of the backend's cluster.
    most : int or None, default=None
        How many fits that executor may have at once; None is what it has workers for.
    """

    parallel: Parallel
    n_slots: int
    n_threads: int | None
    is_inherited: bool = False
    executor: Executor | None = None
    most: int | None = None

    @property
    def must_share(self) -> bool:
        """Whether a fit may not have all cores."""
        return self.n_slots > 1 or (self.is_inherited and self.n_threads is not None)

    @property
    def can_be_processes(self) -> bool:
        """Whether fits may run in processes of ours, also where one would run here."""
        return self.executor is None and (self.are_processes or self.is_inherited)

    @property
    def name(self) -> str:
        """What runs the fits."""
        if self.executor is not None:
            return f"executor {type(self.executor).__name__!r}"
        name = type(self.parallel._backend).__name__
        return f"joblib backend {name.removesuffix('Backend').lower()!r}"

    @property
    def are_processes(self) -> bool:
        """Whether joblib would start loky workers, for which we keep our own."""
        return isinstance(self.parallel._backend, LokyBackend)

    @property
    def temp_folder(self) -> str | None:
        """Where `parallel_config` wants temporary files, if it says so."""
        name = "_backend_kwargs"  # "_backend_args" before joblib 1.5
        options = getattr(self.parallel, name, None) or self.parallel._backend_args
        folder: str | None = options.get("temp_folder")
        return folder

    @property
    def nested_backend(self) -> Any:
        """The backend for parallelism inside a fit: joblib's, or what loky would give.

        A cluster's would have tasks wait for the place of the one that waits for them.
        """
        backend = self.parallel._backend if self.executor is None else _LOKY
        return backend.get_nested_backend()[0]


@functools.cache
def max_batches(pre_dispatch: int | str, n_slots: int) -> int:
    """Return what `pre_dispatch`, read as joblib does, allows to be queued."""
    if pre_dispatch == "all":
        return 2 * n_slots
    try:
        n_batches = int(eval_expr(str(pre_dispatch).replace("n_jobs", str(n_slots))))
    except (TypeError, ValueError, SyntaxError, KeyError):
        n_batches = 0
    if n_batches < 1:
        raise ValueError(
            f"pre_dispatch={pre_dispatch!r} must come to at least 1. Pass a "
            f"number, an expression such as '2*n_jobs', or 'all'."
        )
    return n_batches


def configured_workers(n_jobs: int | None, executor: Executor | None = None) -> Workers:
    """Ask joblib where and how many fits shall run.

    Inside a worker of another parallel loop the answer is one, whatever `n_jobs` says,
    unless a `parallel_config` in that worker says otherwise: the outer loop has the
    cores already.

    Parameters
    ----------
    n_jobs : int or None
        As in scikit-learn; None means 1 unless a `parallel_config` says otherwise. With
        an executor the most fits at once, None and -1 what it has workers for.
    executor : concurrent.futures.Executor or None, default=None
        Where fits run, whatever joblib's configuration says.

    Returns
    -------
    workers : Workers
        The backend and the number of slots.
    """
    if n_jobs == 0:
        raise ValueError(
            "n_jobs == 0 has no meaning. Pass 1, or -1 for as many as there are cores."
        )
    backend, nested = _active_backend()
    n_threads = getattr(backend, "inner_max_num_threads", None) or inherited_threads()
    if executor is not None:
        return _on_executor(executor, Parallel(), n_threads, n_jobs)
    if runs_inside(backend) or (nested and isinstance(backend, ThreadingBackend)):
        return Workers(Parallel(n_jobs=1), 1, n_threads, nested)
    parallel = Parallel(n_jobs=n_jobs)
    if parallel.n_jobs != 1 and (cluster := executor_of(backend)) is not None:
        return _on_executor(cluster, parallel, n_threads, parallel.n_jobs)
    n_slots = max(1, parallel._effective_n_jobs())
    return Workers(parallel, n_slots, n_threads, nested)


def _on_executor(
    executor: Executor, parallel: Parallel, n_threads: int | None, n_jobs: int | None
) -> Workers:
    executor = that_answers(executor)
    most = n_jobs if n_jobs is not None and n_jobs > 0 else None
    known = n_workers(executor)
    if known is None:
        known = most
    if known is None:
        raise ValueError(
            f"executor={executor!r} does not tell how many workers it has. Pass "
            "n_jobs: how many fits it shall have at once."
        )
    n_slots = min(max(1, known), most or max(1, known))
    return Workers(parallel, n_slots, n_threads, executor=executor, most=most)


def inherited_threads() -> int | None:
    """Return what an outer parallel loop leaves to a fit inside its workers.

    Returns
    -------
    n_threads : int or None
        None outside of such a worker, and where it is not known.
    """
    return threads_granted() if _active_backend()[1] else None


def _active_backend() -> tuple[Any, bool]:
    """Return joblib's backend, and whether an outer loop rather than a user set it."""
    backend, configured = get_active_backend()
    return backend, bool(backend.nesting_level) and configured is None


class BackendPool:
    """Any other joblib backend; it chooses the worker of a batch itself.

    Parameters
    ----------
    evaluator : Evaluator
        Handed to threads as it is, shipped to processes.
    workers : Workers
        The configured backend.
    n_threads : int
        The share of cores of one fit.
    """

    def __init__(self, evaluator: Evaluator, workers: Workers, n_threads: int) -> None:
        self.n_slots = workers.n_slots
        self.depths = (1, 2)
        self._parallel = workers.parallel
        self._nested = workers.parallel._backend.get_nested_backend()
        self._stack = contextlib.ExitStack()
        order = work_order(evaluator, workers.nested_backend)
        if getattr(workers.parallel._backend, "supports_sharedmem", False):
            self._run: Any = _InThreads(order, n_threads)
            self._what: str | None = None
            self._stack.enter_context(hold_pools(n_threads))
        else:
            shipment = Shipment(order, workers.temp_folder)
            self._stack.callback(shipment.close)
            self._run, self._what = run_shipped, shipment.path
        self._open()

    def _open(self) -> None:
        self._parallel.__enter__()
        self._parallel._calling = True  # so that leaving stops the call
        backend = self._parallel._backend
        if hasattr(backend, "start_call"):
            backend.start_call()
        self._backend = backend

    def submit(self, slot: int, fits: list[Fit], done: Done) -> None:
        """Run a batch on any worker.

        Parameters
        ----------
        slot : int
            Not used.
        fits : list of Fit
            What.
        done : callable
            Gets the evaluations, or the exception.
        """
        calls = BatchedCalls([delayed(self._run)(self._what, fits)], self._nested)
        submit = getattr(self._backend, "submit", None) or self._backend.apply_async
        submit(calls, callback=lambda result: done(self._outcome(result)))

    def _outcome(self, result: Any) -> Outcome:
        try:
            [evaluations] = self._backend.retrieve_result_callback(result)
        except BaseException as error:  # handed on: it is raised in the main thread
            return error
        return list(evaluations)

    def finished(self, slot: int) -> list[Evaluation]:
        """Return nothing: these workers tell when a whole batch is done.

        Parameters
        ----------
        slot : int
            Not used.

        Returns
        -------
        evaluations : list of Evaluation
            None.
        """
        return []

    def look(self) -> None:
        """Do nothing: these backends always have workers."""

    def replace(self, slot: int) -> None:
        """Do nothing: these backends replace their own workers.

        Parameters
        ----------
        slot : int
            Not used.
        """

    def close(self, kill: bool = False) -> None:
        """Leave joblib's context; threads finish what they run.

        Parameters
        ----------
        kill : bool, default=False
            Whether to abort what runs, on backends that can.
        """
        if kill:
            self._backend.abort_everything(ensure_ready=False)
        else:
            self._parallel.__exit__(None, None, None)
        self._stack.close()


class _InThreads:
    """Runs batches in threads of this process, each held to its share of cores."""

    def __init__(self, order: dict[str, Any], n_threads: int) -> None:
        self._order = order
        self._n_threads = n_threads
        self._limited = threading.local()

    def __call__(self, _: None, fits: list[Fit]) -> list[Evaluation]:
        if not hasattr(self._limited, "done"):
            hold_openmp_of_this_thread(self._n_threads)
            self._limited.done = True
        with config_context(**self._order["config"]):
            return run_batch(self._order["evaluator"], fits)
