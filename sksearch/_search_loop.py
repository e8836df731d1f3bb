"""The loop of a search: decide, run, commit. The only place that writes the history.

`Search` is the pure half: given the log, it says which records follow. `run_search` is
the driver: it feeds an executor with the fits that the log asks for and commits their
results in the order in which they were asked for. The log therefore depends neither on
the number of workers nor on their speed, and a search continues from any prefix of it.
"""

import collections
import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sksearch._interrupt import Interrupt
from sksearch._journal import Journal
from sksearch.callbacks import Callback
from sksearch.evaluation import Executor, Fit
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.optimizers import Optimizer
from sksearch.schedulers import FoldRacing, Scheduler, Start

__all__ = ["MakeFit", "Search", "run_search"]

_SCHEDULE, _ASK = 0, 1  # keys of the random streams

Record = Trial | Task | Evaluation
MakeFit = Callable[[Trial, int, int, tuple[int, ...]], Fit]


@dataclass(frozen=True)
class Search:
    """A history and the rules by which it grows.

    Parameters
    ----------
    history : History
        The log.
    optimizer : Optimizer
        With which parameters a trial starts.
    scheduler : Scheduler
        Which trial starts or continues.
    max_pending : int
        How many trials may be unfinished when the next one is decided.
    racing : FoldRacing or None, default=None
        Which trials are stopped before their last fold; None stops none.
    """

    history: History
    optimizer: Optimizer
    scheduler: Scheduler
    max_pending: int
    racing: FoldRacing | None = None

    def decide(self) -> list[Record]:
        """Record what follows from the log until `max_pending` trials are unfinished.

        Returns
        -------
        decisions : list of Trial, Task and Evaluation
            What was recorded, an `Evaluation` being that of a fold that is skipped;
            empty when nothing can be decided before more results.
        """
        decided: list[Record] = []
        while (decision := self._next_skip() or self._next_start()) is not None:
            self.history.record(decision)
            decided.append(decision)
        return decided

    def is_over(self) -> bool:
        """Return whether the log waits for no result, and nothing follows from it."""
        waits = next(self.unfinished(), None) is not None
        return not waits and self._next_start() is None

    def _next_skip(self) -> Evaluation | None:
        """Skip a fold of a trial that is stopped, or is to be."""
        if self.racing is None:
            return None
        for trial_id, resource in self.history.open_tasks():
            folds = self.history.evaluations(trial_id, resource)
            is_stopped = any(fold.status == "skipped" for fold in folds.values())
            if folds and (is_stopped or self.racing.stops(self.history, trial_id)):
                fold = next(k for k in itertools.count() if k not in folds)
                return Evaluation(trial_id, resource, fold, status="skipped")
        return None

    def _next_start(self) -> Trial | Task | None:
        if self.history.n_unfinished >= self.max_pending:
            return None
        rng = self._rng(_SCHEDULE, len(self.history))
        decision = self.scheduler.schedule(self.history, rng)
        return self._start(decision) if isinstance(decision, Start) else decision

    def _start(self, start: Start) -> Trial | None:
        """Turn a start into a trial; None when the space has no point left."""
        number = len(self.history.trials)
        params, tags = start.params, start.tags
        if params is None:
            proposal = self.optimizer.ask(self.history, self._rng(_ASK, number))
            if proposal is None:
                return None
            params, tags = proposal.params, {**proposal.tags, **tags}
        return Trial(number, params, start.resource, start.parent, tags)

    def _rng(self, stream: int, number: int) -> np.random.Generator:
        return np.random.default_rng([self.history.seed, stream, number])

    def unfinished(self) -> Iterator[tuple[Trial, int, int]]:
        """Yield (trial, resource, fold) of the results that the log waits for."""
        for trial_id, resource in self.history.open_tasks():
            done = self.history.evaluations(trial_id, resource)
            for fold in range(self.history.n_splits):
                if fold not in done:
                    yield self.history.trials[trial_id], resource, fold


def run_search(
    search: Search,
    executor: Executor,
    *,
    make_fit: MakeFit = Fit,
    callbacks: Sequence[Callback] = (),
    asynchronous: bool = False,
    interrupt: Interrupt | None = None,
    journal: Journal | None = None,
) -> None:
    """Run a search until nothing is left to decide, a callback or Ctrl-C ends it.

    Parameters
    ----------
    search : Search
        The log and its rules; an unfinished log is continued.
    executor : Executor
        Runs the fits; closed by the caller.
    make_fit : callable, default=Fit
        Turns (trial, resource, fold, earlier resources) into what the executor takes.
    callbacks : sequence of Callback, default=()
        Readers of the history; one that returns True from `on_search_begin` or from
        `on_evaluation` ends it.
    asynchronous : bool, default=False
        Commit results as they come instead of in the order of the queue.
    interrupt : Interrupt or None, default=None
        Where Ctrl-C arrives.
    journal : Journal or None, default=None
        Follows the history; keeps results that come before their turn, and has those
        of an earlier run.
    """
    driver = _Driver(search, executor, make_fit, callbacks, asynchronous, journal)
    interrupt = interrupt or Interrupt()
    # All are told before any answer is read.
    answers = [callback.on_search_begin(search.history) for callback in callbacks]
    try:
        ends = any(answers) or driver.resume()
        while not ends and driver.start():
            results = interrupt.run(executor.collect)
            if results is None or driver.commit(results):
                break
        if interrupt.received:
            driver.keep_finished()
    finally:
        for callback in callbacks:
            callback.on_search_end(search.history)


class _Driver:
    """The queue of a search, and the results that wait for their turn."""

    def __init__(
        self,
        search: Search,
        executor: Executor,
        make_fit: MakeFit,
        callbacks: Sequence[Callback],
        asynchronous: bool,
        journal: Journal | None,
    ) -> None:
        self._search = search
        self._executor = executor
        self._make_fit = make_fit
        self._callbacks = callbacks
        self._asynchronous = asynchronous
        self._journal = journal
        self._waiting: collections.deque[Fit] = collections.deque()
        self._order: collections.deque[tuple[int, int, int]] = collections.deque()
        self._results: dict[tuple[int, int, int], Evaluation] = {}

    def resume(self) -> bool:
        """Queue what the log waits for and what follows; True as from `commit`."""
        for trial, resource, fold in self._search.unfinished():
            self._enqueue(trial, resource, fold)
        self._grow()
        early = dict(self._journal.early) if self._journal else {}
        for key in early:
            self._forget_waiting(key)
        return self.commit(early.values())

    def start(self) -> bool:
        """Start what can start; False when nothing runs and nothing waits."""
        self._executor.feed(self._waiting)
        return self._executor.n_running > 0

    def _take(self, results: Iterable[Evaluation]) -> None:
        taken = {}
        for result in results:
            key = result.trial_id, result.resource, result.fold
            done = self._search.history.evaluations(*key[:2])
            if result.fold in done:  # skipped while it ran: its trial was stopped
                continue
            self._results[key] = taken[key] = result
            if self._asynchronous:
                self._order.remove(key)
                self._order.appendleft(key)
        for key, result in taken.items():
            if self._journal and key != self._order[0]:  # that one is written at once
                self._journal.keep(result)

    def commit(self, results: Iterable[Evaluation]) -> bool:
        """Write the results whose turn it is; True when a callback ends the search."""
        self._take(results)
        while self._order and self._order[0] in self._results:
            evaluation = self._results.pop(self._order.popleft())
            self._search.history.record(evaluation)
            if self._told(evaluation) or self._grow():
                return True
        return False

    def keep_finished(self) -> None:
        """Commit what is done out of turn: no decision follows any more."""
        self._take(self._executor.drain())
        # A journal keeps them, and commits them in their turn when the search goes on.
        self._search.history.sink = None
        for key in self._order:
            if key in self._results:
                if self._journal:
                    self._journal.keep(self._results[key])
                self._search.history.record(self._results[key])

    def _told(self, evaluation: Evaluation) -> bool:
        history = self._search.history
        # All are told before any answer is read: one that says stop silences nobody.
        answers = [c.on_evaluation(history, evaluation) for c in self._callbacks]
        return any(answers)

    def _grow(self) -> bool:
        """Queue what follows from the log; True when a callback ends the search."""
        ends = False
        for decision in self._search.decide():
            if isinstance(decision, Evaluation):
                self._dequeue(decision)
                ends |= self._told(decision)
            else:
                self._enqueue_folds(decision)
        return ends

    def _enqueue_folds(self, decision: Trial | Task) -> None:
        trial = decision
        if isinstance(trial, Task):
            trial = self._search.history.trials[trial.trial_id]
        for fold in range(self._search.history.n_splits):
            self._enqueue(trial, decision.resource, fold)

    def _enqueue(self, trial: Trial, resource: int, fold: int) -> None:
        known = self._search.history.resources(trial.id)
        earlier = tuple(known[: known.index(resource)])
        fit = self._make_fit(trial, resource, fold, earlier)
        if trial.parent is not None:
            inherited = self._search.history.inherited(trial.id)
            fit = dataclasses.replace(fit, inherited=inherited)
        self._waiting.append(fit)
        self._order.append(fit.key)

    def _dequeue(self, skipped: Evaluation) -> None:
        """Forget a fit that is not wanted any more, wherever it is."""
        key = skipped.trial_id, skipped.resource, skipped.fold
        self._order.remove(key)
        self._results.pop(key, None)
        self._forget_waiting(key)

    def _forget_waiting(self, key: tuple[int, int, int]) -> None:
        kept = [fit for fit in self._waiting if fit.key != key]
        self._waiting.clear()  # the executor may hold this very deque
        self._waiting.extend(kept)
