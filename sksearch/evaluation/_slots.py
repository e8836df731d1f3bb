"""Warm worker processes, one to a slot.

Each slot is a loky executor with a single worker, so that a kill, a memory cap, a
device or a crash is the matter of one slot. Slots outlive a search, as joblib's
workers do: the next search finds the imports done.
"""

import contextlib
import itertools
import os
import signal
import threading
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from joblib.externals.loky import process_executor
from joblib.externals.loky.backend.utils import kill_process_tree
from joblib.externals.loky.process_executor import (
    ProcessPoolExecutor,
    ShutdownExecutorError,
)

from sksearch.evaluation._batches import Done, Outcome, WorkerLost, run_batch
from sksearch.evaluation._device_pool import GIVEN
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._limits import NO_LIMITS, Limits, Verdict, Watch
from sksearch.evaluation._notes import AtWork, Note, finished_fits, read_note
from sksearch.evaluation._orphans import end_with
from sksearch.evaluation._shipping import Shipment, unpack
from sksearch.evaluation._traces import tell_where_when_asked, where_it_is
from sksearch.evaluation._work_orders import settings_of, work_order
from sksearch.history import Evaluation

__all__ = [
    "SlotPool",
    "end_workers",
    "give_back_workers",
    "have_their_share",
    "run_shipped",
    "take_workers",
]

_IDLE_SECONDS = 300  # then a worker ends by itself; joblib's value
_COLLECT_SECONDS = 10.0  # between two collections of garbage in a worker

_Env = tuple[tuple[str, str], ...]


# -- in the worker ---------------------------------------------------------------

_received: dict[str, dict[str, Any]] = {}  # the newest shipment, by path


def run_shipped(
    path: str, fits: list[Fit], note: str | None = None
) -> list[Evaluation]:
    """Run a batch in a worker, which reads the evaluator when it first needs it.

    Where `note` is a path, it tells there what it is at.
    """
    if path not in _received:
        _received.clear()
        _received[path] = unpack(path)
        end_with(_received[path]["lifeline"])
    order = _received[path]
    with settings_of(order):
        if note is None:
            return run_batch(order["evaluator"], fits)
        tell_where_when_asked(note)
        with Note(note) as told:
            return run_batch(order["evaluator"], fits, told)


def _forget() -> None:
    _received.clear()


def _begin() -> None:
    """Make this process a worker that only its parent ends."""
    # A terminal sends Ctrl-C to every process; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Where psutil is installed, loky ends a worker that has grown by 300 MB, as the
    # import of torch makes it; and the thread that serves it dies of the warning about
    # that where warnings are errors. What a worker may hold is max_memory.
    process_executor._USE_PSUTIL = False
    # Then it collects garbage after a task, once a second: 50 to 100 ms each time with
    # scikit-learn and pandas loaded, a tenth of a worker's time. Python's own collector
    # runs all the same.
    process_executor._MEMORY_LEAK_CHECK_DELAY = _COLLECT_SECONDS


# -- in the parent ---------------------------------------------------------------

_idle: dict[tuple[_Env, int], list[ProcessPoolExecutor]] = {}
_started: "weakref.WeakSet[Executor]" = weakref.WeakSet()
_lock = threading.Lock()


def _after_fork() -> None:
    """A forked child has none of the threads that serve these workers."""
    global _lock
    _lock = threading.Lock()
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def take_workers(env: _Env, n_workers: int = 1) -> ProcessPoolExecutor:
    """Return warm workers with this environment, or new ones."""
    key = env, n_workers
    with _lock:
        kind = _without_device(env)
        for other in [other for other in _idle if _without_device(other[0]) != kind]:
            for workers in _idle.pop(other):
                end_workers(workers)
        if _idle.get(key):
            return _idle[key].pop()
    workers = ProcessPoolExecutor(
        max_workers=n_workers,
        timeout=_IDLE_SECONDS,
        initializer=_begin,
        env=dict(env),
    )
    _started.add(workers)
    return workers


def have_their_share(executor: Executor) -> bool:
    """Return whether workers were started by `take_workers`, with variables that hold.

    To hold their pools once more for every batch would cost milliseconds each time:
    the libraries that are loaded have to be looked for.
    """
    return executor in _started


def _without_device(env: _Env) -> _Env:
    """Workers of one search may differ in the device that they see."""
    return tuple((name, value) for name, value in env if name not in GIVEN)


def give_back_workers(env: _Env, workers: ProcessPoolExecutor) -> None:
    """Keep workers for the next search."""
    try:
        workers.submit(_forget)  # the data of the search that ends
    except (BrokenProcessPool, ShutdownExecutorError):
        return
    with _lock:
        _idle.setdefault((env, workers._max_workers), []).append(workers)


def end_workers(executor: ProcessPoolExecutor) -> None:
    """Kill the workers of an executor, with what they have started.

    Not by `shutdown(kill_workers=True)`: where that meets a batch just submitted, the
    thread that serves the worker ends in a KeyError.
    """
    for process in list(executor._processes.values()):
        if process.is_alive():  # else its number may be that of another by now
            kill_process_tree(process)
    executor.shutdown(wait=False)


class _Slot:
    """A worker, and the file in which it tells what it is at."""

    def __init__(self, worker: ProcessPoolExecutor, note: str) -> None:
        self.worker = worker
        self.note = note
        self.verdict: Verdict | None = None
        self.is_lost = False
        self.where = ""  # it was when it was killed

    def at_work(self) -> AtWork | None:
        """Return what the worker is at, as long as it lives."""
        return None if self.is_lost else read_note(self.note)

    def kill(self, verdict: Verdict) -> None:
        """End the worker and what it has started."""
        self.verdict, self.is_lost = verdict, True
        if verdict.status == "timed_out":
            self.where = where_it_is(verdict.at_work.pid, self.note)
        if hasattr(signal, "SIGSTOP"):  # at once: finding its children takes a moment
            with contextlib.suppress(OSError):
                os.kill(verdict.at_work.pid, signal.SIGSTOP)
        end_workers(self.worker)

    def loss(self, error: object) -> WorkerLost:
        """Say how the worker was lost."""
        self.is_lost = True  # its process id may soon be that of another
        finished, verdict = finished_fits(self.note), self.verdict
        if verdict is None:
            at_work = read_note(self.note)
            return WorkerLost(str(error), at_work, finished=finished)
        return WorkerLost(
            verdict.reason, verdict.at_work, verdict.status, finished, self.where
        )

    def outcome(self, future: "Future[list[Evaluation]]") -> Outcome:
        """Return what came of a batch."""
        if future.cancelled():
            return self.loss("the worker was shut down")
        error = future.exception()
        if isinstance(error, BrokenProcessPool | ShutdownExecutorError):
            return self.loss(error)
        if error is not None:
            return error
        evaluations, verdict = future.result(), self.verdict
        if verdict and any(map(verdict.concerns, evaluations)):  # it came too late
            return self.loss(verdict.reason)
        return evaluations


class SlotPool:
    """A number of slots, warm if an earlier search left them.

    Parameters
    ----------
    evaluator : Evaluator
        Shipped once; workers read it when they first need it.
    envs : sequence of dict of str to str
        The environment of each worker; as many as there are slots.
    nested_backend : object
        joblib's backend for parallelism inside a fit.
    temp_folder : str or None, default=None
        Where the data are written; None prefers shared memory.
    limits : Limits, default=NO_LIMITS
        What one fit may take; a worker whose fit takes more is killed.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        envs: Sequence[Mapping[str, str]],
        nested_backend: Any,
        temp_folder: str | None = None,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self.n_slots = len(envs)
        self.depths = (1, 2)
        self._envs: list[_Env] = [tuple(sorted(env.items())) for env in envs]
        order = work_order(evaluator, nested_backend)
        self._shipment = Shipment(order, temp_folder)
        self._numbers = itertools.count()
        self._slots = list(map(self._new_slot, self._envs))
        self._watch = Watch(limits, lambda: self._slots) if limits else None

    def _new_slot(self, env: _Env) -> _Slot:
        note = os.path.join(self._shipment.folder, f"note-{next(self._numbers)}")
        return _Slot(take_workers(env), note)

    def submit(self, slot: int, fits: list[Fit], done: Done) -> None:
        """Run a batch on a slot.

        Parameters
        ----------
        slot : int
            Where.
        fits : list of Fit
            What.
        done : callable
            Gets the evaluations, or the exception.
        """
        try:
            self._submit(slot, fits, done)
        except (BrokenProcessPool, ShutdownExecutorError):  # it died while it was idle
            self.replace(slot)
            self._submit(slot, fits, done)

    def _submit(self, slot: int, fits: list[Fit], done: Done) -> None:
        here = self._slots[slot]
        job = run_shipped, self._shipment.path, fits, here.note
        future = here.worker.submit(*job)
        future.add_done_callback(lambda future: done(here.outcome(future)))

    def finished(self, slot: int) -> list[Evaluation]:
        """Return what is known to be done of a batch that is not back.

        Parameters
        ----------
        slot : int
            Where it runs.

        Returns
        -------
        evaluations : list of Evaluation
            Of its first fits.
        """
        return finished_fits(self._slots[slot].note)

    def look(self) -> None:
        """Do nothing: a slot always has a worker."""

    def replace(self, slot: int) -> None:
        """Put a new worker into a slot.

        Parameters
        ----------
        slot : int
            Whose worker was lost.
        """
        end_workers(self._slots[slot].worker)
        self._slots[slot] = self._new_slot(self._envs[slot])

    def close(self, kill: bool = False) -> None:
        """Keep the workers warm for the next search, or end them.

        Parameters
        ----------
        kill : bool, default=False
            End them, with whatever they run.
        """
        if self._watch is not None:
            self._watch.stop()
        for slot, env in zip(self._slots, self._envs, strict=True):
            if kill or slot.is_lost:
                end_workers(slot.worker)
            else:
                give_back_workers(env, slot.worker)
        self._slots = []
        self._shipment.close()
