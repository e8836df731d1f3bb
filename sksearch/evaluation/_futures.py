"""Fits on an executor that somebody else has made, here or on other machines."""

import contextlib
import functools
import os
import pickle
import sys
import threading
import time
import warnings
from collections import OrderedDict
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import Any

from sksearch.evaluation._batches import Done, Outcome, WorkerLost, run_batch
from sksearch.evaluation._clusters import is_loss, n_workers
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._seeding import owning_generators
from sksearch.evaluation._shipping import Shipment, cloudpickle, unpack
from sksearch.evaluation._threads import hold_openmp, hold_pools
from sksearch.evaluation._train_on import TrainOn
from sksearch.evaluation._work_orders import settings_of, work_order
from sksearch.exceptions import CheckpointWarning, WorkerDiedError
from sksearch.history import Evaluation

__all__ = ["FuturesPool"]

_KEPT = 8  # searches whose data a worker keeps: several may run at once
_SECONDS = 1.0  # between two looks at how many workers there are


# -- in the worker ---------------------------------------------------------------

_orders: "OrderedDict[str, dict[str, Any]]" = OrderedDict()
_here: dict[str, dict[str, Any]] = {}  # of searches of this process, for its threads
_lock = threading.Lock()


def run_remote(
    path: str, fits: bytes | list[Fit], order: bytes | None = None
) -> list[Evaluation] | None:
    """Run a batch in a worker, maybe on another machine; None where it lacks the data.

    They come from the file that the owner has written where that can be read, which
    maps its arrays into memory, or else with a batch that is sent once more.
    """
    known = _order(path, order)
    if known is None:
        return None
    alone = _is_alone(known["lifeline"].owner)
    with contextlib.ExitStack() as stack:
        stack.enter_context(settings_of(known, alone))
        if alone:
            stack.enter_context(owning_generators())
        if known["n_threads"] is not None:
            stack.enter_context(hold_pools(known["n_threads"]))
            stack.enter_context(hold_openmp(known["n_threads"]))
        fits = pickle.loads(fits) if isinstance(fits, bytes) else fits
        return run_batch(known["evaluator"], fits)


def _order(path: str, order: bytes | None) -> dict[str, Any] | None:
    if path in _here:
        return _here[path]
    with _lock:
        if path not in _orders:
            if order is not None:
                _orders[path] = pickle.loads(order)
            else:
                try:
                    _orders[path] = {**unpack(path), "is_mapped": True}
                except OSError:  # another machine, or a container
                    return None
            _forget_what_has_ended()
        _orders.move_to_end(path)
        while len(_orders) > _KEPT:
            _orders.popitem(last=False)
        return _orders[path]


def _forget_what_has_ended() -> None:
    """Let go of data whose file is gone, for `forget` may not have reached us."""
    for path, order in list(_orders.items()):
        if order.get("is_mapped") and not os.path.exists(path):
            del _orders[path]


def forget(path: str) -> None:
    """Let go of the data of a search that has ended."""
    with _lock:
        _orders.pop(path, None)


def _is_alone(owner: int) -> bool:
    """Whether this is the only thread of the process that runs fits."""
    if threading.current_thread() is threading.main_thread():
        return True
    worker = sys.modules.get("distributed.worker")
    try:
        n_threads = worker.get_worker().state.nthreads if worker else 0
    except ValueError:  # no task of dask
        return False
    return n_threads == 1 and os.getpid() != owner


# -- in the parent ---------------------------------------------------------------


class FuturesPool:
    """Any `concurrent.futures.Executor`; it chooses the worker of a batch itself.

    Data are sent to each worker once. Workers may come and go: those there are now
    bound what is in flight.

    Parameters
    ----------
    evaluator : Evaluator
        Runs one fit.
    executor : concurrent.futures.Executor
        Where.
    most : int or None
        How many fits may be in flight; None is what there are workers for.
    nested_backend : object
        joblib's backend for parallelism inside a fit.
    n_threads : int or None
        The share of cores of one fit, None where the workers know.
    temp_folder : str or None, default=None
        Where the data are written; None prefers shared memory.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        executor: Executor,
        most: int | None,
        nested_backend: Any,
        n_threads: int | None,
        temp_folder: str | None = None,
    ) -> None:
        self._executor = executor
        self._most = most
        # What waits on a cluster is what makes it grow.
        self.depths = (2, 2) if most is None else (1, 1)
        order = work_order(evaluator, nested_backend)
        self._content = {**order, "n_threads": n_threads}
        self._in_threads = isinstance(executor, ThreadPoolExecutor)
        self._stack = contextlib.ExitStack()
        self._path = self._put_down(temp_folder)
        self._flying: set[Future[Any]] = set()
        self._counted = (-_SECONDS, 1)
        self._is_told = False
        self._lacking = threading.Event()  # a worker that has not seen the data

    def _put_down(self, temp_folder: str | None) -> str:
        """Leave the data where workers look for them."""
        if self._in_threads:
            path = f"here-{id(self)}"
            _here[path] = self._content
            self._stack.callback(_here.pop, path)
            return path
        shipment = Shipment(self._content, temp_folder)
        self._stack.callback(shipment.close)
        return shipment.path

    @property
    def n_slots(self) -> int:
        """How many batches run at once now."""
        when, number = self._counted
        if time.monotonic() - when > _SECONDS:
            number = max(1, n_workers(self._executor) or self._most or 1)
            self._counted = time.monotonic(), number
        return min(number, self._most or number)

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
        if self._lacking.is_set():  # told here, in the thread of the search
            self._lacking.clear()
            self._tell_that_training_begins_again()
        packed = fits if self._in_threads else cloudpickle.dumps(fits)
        self._send(packed, None, done)

    def _send(self, fits: Any, order: bytes | None, done: Done) -> None:
        try:
            future = self._executor.submit(run_remote, self._path, fits, order)
        except BrokenExecutor as error:
            raise _broken(self._executor, error) from error
        self._flying.add(future)
        future.add_done_callback(lambda future: self._receive(fits, done, future))

    def _receive(self, fits: Any, done: Done, future: "Future[Any]") -> None:
        self._flying.discard(future)
        outcome = self._outcome(future)
        if outcome is not None:
            done(outcome)
            return
        self._lacking.set()
        try:
            self._send(fits, self._order, done)
        except BaseException as error:  # handed on: it is raised in the main thread
            done(error)

    @functools.cached_property
    def _order(self) -> bytes:
        """The data, for a worker that does not see the file with them."""
        order: bytes = cloudpickle.dumps(self._content)
        return order

    def _outcome(self, future: "Future[Any]") -> Outcome | None:
        if future.cancelled():
            return WorkerLost("The cluster has cancelled its task.")
        error = future.exception()
        if isinstance(error, BrokenExecutor):
            return _broken(self._executor, error)
        if error is not None:
            return WorkerLost(str(error)) if is_loss(error) else error
        evaluations: list[Evaluation] | None = future.result()
        return evaluations

    def _tell_that_training_begins_again(self) -> None:
        """Warn where workers would go on from a file that they do not see."""
        train = self._content["evaluator"].train
        if isinstance(train, TrainOn) and train.continues and train.checkpoints.made:
            warnings.warn(
                "Workers do not see the files of this machine: every candidate is "
                "trained from the beginning in every rung. The results are the same. "
                "Pass journal= with a path on a disk that all machines have; what is "
                "trained then waits beside it.",
                CheckpointWarning,
                stacklevel=2,
            )

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

    def replace(self, slot: int) -> None:
        """Do nothing: a cluster replaces its own workers.

        Parameters
        ----------
        slot : int
            Not used.
        """

    def look(self) -> None:
        """Warn, once, of a cluster without workers; it may be growing, or broken."""
        try:
            is_empty = n_workers(self._executor) == 0
        except Exception:  # whatever a client says while its connection is lost
            return
        if is_empty and not self._is_told:
            self._is_told = True
            warnings.warn(
                f"The cluster has no workers, and {len(self._flying)} tasks of the "
                "search wait for some. Add workers, and it goes on; dask's "
                "cluster.adapt(minimum=2) also replaces those that died. Ctrl-C ends "
                "the search, and keeps what is finished.",
                UserWarning,
                stacklevel=2,
            )

    def close(self, kill: bool = False) -> None:
        """Leave the executor as it was; what has begun may run to its end.

        Parameters
        ----------
        kill : bool, default=False
            Whether to cancel what is in flight.
        """
        for future in list(self._flying) if kill else []:
            future.cancel()
        with contextlib.suppress(RuntimeError):  # it was shut down
            for _ in range(self.n_slots):
                self._executor.submit(forget, self._path)
        self._stack.close()


def _broken(executor: Executor, error: BaseException) -> WorkerDiedError:
    return WorkerDiedError(
        f"executor={type(executor).__name__} is broken, and cannot be mended from "
        f"here: {error} What was measured is in history_. Pass n_jobs without "
        "executor: a worker of the search itself is replaced when it dies."
    )
