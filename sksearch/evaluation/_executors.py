"""Where fits run: here, or on a pool of workers."""

import collections
import dataclasses
import functools
import itertools
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sksearch.evaluation._batches import BATCH_LIMIT, Outcome, Pool, WorkerLost, key_of
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._fits import Fit
from sksearch.history import Evaluation

__all__ = ["Executor", "PoolExecutor", "SerialExecutor"]

_Waiting = collections.deque[Fit]

_BATCH_SECONDS = 0.05  # a batch this long makes the 0.3 ms of its journey 1 % of it
_SILENCE = 60.0  # seconds without a result until the pool looks for its workers
_SHORT_SECONDS = 0.2  # batches shorter than this may queue behind another


class Executor(Protocol):
    """What the search loop needs of the world outside: run fits, hand back results.

    Attributes
    ----------
    n_running : int
        How many fits were taken and not handed back.
    """

    @property
    def n_running(self) -> int:
        """How many fits were taken and not handed back."""
        ...

    def feed(self, waiting: _Waiting) -> None:
        """Take from the left of `waiting` what can start now.

        Parameters
        ----------
        waiting : deque of Fit
            The fits that nobody has started, in their order.
        """
        ...

    def collect(self) -> list[Evaluation]:
        """Wait until something is done.

        Returns
        -------
        evaluations : list of Evaluation
            At least one, of fits that were taken.
        """
        ...

    def drain(self) -> list[Evaluation]:
        """Return what is done or about to be, starting nothing.

        Returns
        -------
        evaluations : list of Evaluation
            Of fits that were taken; the others are given up.
        """
        ...

    def close(self) -> None:
        """Release the workers, and end what they still run where that is possible."""
        ...


class SerialExecutor:
    """Runs one fit at a time in the calling thread.

    Parameters
    ----------
    evaluate : callable
        Turns a `Fit` into an `Evaluation`.

    Examples
    --------
    >>> from collections import deque
    >>> from sksearch.evaluation import Fit, SerialExecutor
    >>> from sksearch.history import Evaluation, Trial
    >>> executor = SerialExecutor(lambda fit: Evaluation(*fit.key))
    >>> executor.feed(deque([Fit(Trial(0, {"C": 1}), resource=1, fold=2)]))
    >>> [evaluation] = executor.collect()
    >>> evaluation.fold
    2
    """

    def __init__(self, evaluate: Callable[[Fit], Evaluation]) -> None:
        self._evaluate = evaluate
        self._fit: Fit | None = None

    @property
    def n_running(self) -> int:
        """How many fits were taken and not handed back."""
        return int(self._fit is not None)

    def feed(self, waiting: _Waiting) -> None:
        """Take the first fit.

        Parameters
        ----------
        waiting : deque of Fit
            The fits that nobody has started, in their order.
        """
        if self._fit is None and waiting:
            self._fit = waiting.popleft()

    def collect(self) -> list[Evaluation]:
        """Run the fit.

        Returns
        -------
        evaluations : list of Evaluation
            Its result.
        """
        fit, self._fit = self._fit, None
        assert fit is not None
        return [self._evaluate(fit)]

    def drain(self) -> list[Evaluation]:
        """Give up a fit that was taken and not run.

        Returns
        -------
        evaluations : list of Evaluation
            Empty: nothing runs between two calls.
        """
        self._fit = None
        return []

    def close(self) -> None:
        """Do nothing: nothing runs between two calls."""


@dataclass(eq=False)
class _Batch:
    slot: int
    fits: list[Fit]
    alone: bool  # the last chance of a fit whose worker was lost


class PoolExecutor:
    """Keeps the slots of a pool busy; short fits travel in batches.

    A lost worker costs nobody else: the fit that it was at is run again, alone on a
    slot, and only a fit that loses its worker a second time, or was killed for what it
    took, is given up. What had travelled with that fit goes back to those that wait.

    Parameters
    ----------
    evaluator : Evaluator
        Says what a fit given up looks like.
    pool : Pool
        The workers.
    max_batches : callable
        From the number of slots, how many batches may be queued or running at once.
    take : callable or None, default=None
        Takes the fits of one batch from those that wait, given the number of slots;
        none where they need not travel together. None takes by their duration.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        pool: Pool,
        max_batches: Callable[[int], int],
        take: Callable[[_Waiting, int], list[Fit]] | None = None,
    ) -> None:
        self._take = take
        self._evaluator = evaluator
        self._pool = pool
        self._max_batches = max_batches
        self._running: dict[int, set[_Batch]] = collections.defaultdict(set)
        self._suspects: _Waiting = collections.deque()  # lost once
        self._returned: _Waiting = collections.deque()  # not begun by their worker
        self._done: queue.SimpleQueue[tuple[_Batch, Outcome]] = queue.SimpleQueue()
        self._seconds_per_fit: float | None = None

    @property
    def n_running(self) -> int:
        """How many fits were taken and not handed back."""
        batches = itertools.chain(*self._running.values())
        running = sum(len(batch.fits) for batch in batches)
        return running + len(self._suspects) + len(self._returned)

    # -- out ---------------------------------------------------------------------

    def feed(self, waiting: _Waiting) -> None:
        """Give batches to the slots that have room.

        Parameters
        ----------
        waiting : deque of Fit
            The fits that nobody has started, in their order.
        """
        while self._suspects and (slot := self._room(depth=1)) is not None:
            self._submit(_Batch(slot, [self._suspects.popleft()], alone=True))
        while self._returned:
            waiting.appendleft(self._returned.pop())
        while waiting and (slot := self._room(self._depth())) is not None:
            fits = self._take(waiting, self._pool.n_slots) if self._take else []
            if not fits:
                size = min(self._batch_size(len(waiting)), len(waiting))
                fits = [waiting.popleft() for _ in range(size)]
            self._submit(_Batch(slot, fits, alone=False))

    def _room(self, depth: int) -> int | None:
        """The emptiest slot, if it has room for another batch."""
        n_slots, running = self._pool.n_slots, self._running
        if sum(map(len, running.values())) >= self._max_batches(n_slots):
            return None
        open_slots = [
            (len(running[slot]), slot)
            for slot in range(n_slots)
            if len(running[slot]) < depth and not any(b.alone for b in running[slot])
        ]
        return min(open_slots)[1] if open_slots else None

    def _depth(self) -> int:
        """How many batches a slot may have; one is to be free for those lost once."""
        seconds, (long, short) = self._seconds_per_fit, self._pool.depths
        is_short = seconds is not None and seconds < _SHORT_SECONDS
        return 1 if self._suspects else (short if is_short else long)

    def _batch_size(self, n_waiting: int) -> int:
        if self._seconds_per_fit is None:
            return 1
        long_enough = int(_BATCH_SECONDS / max(self._seconds_per_fit, 1e-6)) + 1
        fair = -(-n_waiting // (2 * self._pool.n_slots))
        return max(1, min(long_enough, fair))

    def _submit(self, batch: _Batch) -> None:
        self._running[batch.slot].add(batch)
        self._pool.submit(
            batch.slot, batch.fits, lambda outcome: self._done.put((batch, outcome))
        )

    # -- back --------------------------------------------------------------------

    def collect(self) -> list[Evaluation]:
        """Wait for a batch.

        Returns
        -------
        evaluations : list of Evaluation
            Its results.

        Raises
        ------
        Exception
            What a fit raised, when `error_score="raise"`.
        """
        while True:
            batch, outcome = self._next()
            self._running[batch.slot].discard(batch)
            if isinstance(outcome, WorkerLost):
                lost = self._after_loss(batch, outcome)
                if lost:
                    return lost
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                self._returned.extend(batch.fits[len(outcome) :])
                self._learn(outcome)
                return outcome

    def _next(self) -> tuple[_Batch, Outcome]:
        while True:
            try:
                return self._done.get(timeout=_SILENCE)
            except queue.Empty:
                self._pool.look()

    def _after_loss(self, batch: _Batch, loss: WorkerLost) -> list[Evaluation]:
        """Give up the fit that is to blame, or try it again alone; the others wait."""
        if not self._running[batch.slot]:  # the last of what this worker had taken
            self._pool.replace(batch.slot)
        keys = {fit.key for fit in batch.fits}
        results = [done for done in loss.in_time() if key_of(done) in keys]
        keys -= set(map(key_of, results))
        rest = [fit for fit in batch.fits if fit.key in keys]
        guilty = [fit for fit in rest if loss.blames(fit)]
        self._returned.extend(fit for fit in rest if not loss.blames(fit))
        if batch.alone or loss.is_final:
            results += [self._give_up(fit, loss) for fit in guilty]
        else:
            self._suspects.extend(guilty)
        if not results:
            self._feed_again()
        return results

    def _feed_again(self) -> None:
        """Start what is left of lost batches: nobody else may be running."""
        waiting: _Waiting = collections.deque()
        self.feed(waiting)
        self._returned.extend(waiting)

    def _give_up(self, fit: Fit, loss: WorkerLost) -> Evaluation:
        error = loss.error()
        if self._evaluator.error_score == "raise":
            raise error from loss
        text, at_work = f"{loss.where}{type(error).__name__}: {loss}", loss.at_work
        give_up = functools.partial(self._evaluator.failure, fit, loss.status, text)
        if at_work is None:
            return give_up(self._evaluator.origin)
        evaluation = give_up(at_work.began, at_work.seconds)
        return dataclasses.replace(evaluation, worker=str(at_work.pid))

    def _learn(self, evaluations: list[Evaluation]) -> None:
        """Follow the duration of a fit; it decides how fits travel, never what runs."""
        seconds = sum(e.fit_time + e.score_time for e in evaluations) / len(evaluations)
        known = self._seconds_per_fit
        self._seconds_per_fit = seconds if known is None else (known + seconds) / 2

    def drain(self) -> list[Evaluation]:
        """Return what is done, or comes within the time that a batch takes.

        Returns
        -------
        evaluations : list of Evaluation
            Of fits that were taken; the others are given up.
        """
        evaluations: list[Evaluation] = []
        end = time.perf_counter() + BATCH_LIMIT
        while any(self._running.values()) and (left := end - time.perf_counter()) > 0:
            try:
                batch, outcome = self._done.get(timeout=left)
            except queue.Empty:
                break
            self._running[batch.slot].discard(batch)
            evaluations += outcome if isinstance(outcome, list) else []
        return evaluations + self._finished_in_running()

    def _finished_in_running(self) -> list[Evaluation]:
        """Return what came of the fits before those that still run."""
        evaluations: list[Evaluation] = []
        for slot, batches in self._running.items():
            keys = {fit.key for batch in batches for fit in batch.fits}
            finished = self._pool.finished(slot) if keys else []
            evaluations += [done for done in finished if key_of(done) in keys]
        return evaluations

    def close(self) -> None:
        """Release the workers, and end what they still run where that is possible."""
        self.drain()  # a worker that is about to be free stays warm
        self._pool.close(kill=any(self._running.values()))
