"""A search in virtual time: everything is real but the fits and the workers."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from sksearch._search_loop import Search, run_search
from sksearch.callbacks import Callback
from sksearch.evaluation import Fit
from sksearch.history import Evaluation, History
from sksearch.optimizers import Optimizer
from sksearch.schedulers import FoldRacing, Scheduler
from sksearch.space import SearchSpace
from sksearch.testing._simulation import Simulation
from sksearch.testing._virtual_time import ParentTime, TimedOptimizer, VirtualExecutor

__all__ = ["simulate"]


def simulate(
    space: SearchSpace | Any,
    optimizer: Optimizer,
    scheduler: Scheduler,
    replay: Callable[[Fit], tuple[float, float]],
    *,
    n_workers: int,
    n_splits: int = 1,
    max_pending: int | None = None,
    asynchronous: bool = False,
    racing: FoldRacing | None = None,
    seed: int = 0,
    clock: Callable[[], float] | None = time.process_time,
    send_seconds: float = 0.0,
) -> Simulation:
    """Run a search whose fits only take virtual time, on as many workers as you like.

    The optimizer, the scheduler, the log and the loop are those of a search that fits
    for real, and decide what they would decide there. A fit takes the seconds that
    `replay` says. One thread, the parent, suggests, records and hands out fits: what it
    takes by `clock` passes in virtual time too, and a worker that becomes free in the
    meantime waits.

    Not simulated are data that travel, fits that share processors or memory, workers
    that start or die, and batches, in which fits travel that take less than 0.2
    seconds.

    Parameters
    ----------
    space : SearchSpace, dict or list of dict
        What may be tried.
    optimizer : Optimizer
        With which parameters a trial starts.
    scheduler : Scheduler
        Which trial starts or continues; it ends the search.
    replay : callable
        Takes a `sksearch.evaluation.Fit`, which has a `trial`, a `resource`, a `fold`
        and the resources `earlier` of the same trial; returns its score, greater is
        better and NaN a failure, and its seconds.
    n_workers : int
        How many fits run at once.
    n_splits : int, default=1
        Folds of each task.
    max_pending : int or None, default=None
        How many trials may be unfinished when the next one is decided. None is
        `n_workers`, with which an asynchronous search always has a fit for a worker.
        Where results are committed in order, it takes more: trials wait behind the
        slowest.
    asynchronous : bool, default=False
        Commit results as they come instead of in the order of the queue.
    racing : FoldRacing or None, default=None
        Which trials are stopped before their last fold; None stops none.
    seed : int, default=0
        Of the search.
    clock : callable or None, default=time.process_time
        Returns the seconds that the parent has worked. None lets it take no time, and
        the simulation depends on nothing but its arguments.
    send_seconds : float, default=0.0
        Further seconds of the parent for each fit that it hands out: pickling, sending.

    Returns
    -------
    simulation : Simulation
        The log, and how busy the workers and the parent were.

    Raises
    ------
    ValueError
        If `n_workers`, `max_pending` or the seconds of a fit make no sense.

    Examples
    --------
    >>> from sksearch.optimizers import Random
    >>> from sksearch.schedulers import FullEvaluation
    >>> from sksearch.testing import simulate
    >>> def replay(fit):
    ...     depth = fit.trial.params["depth"]
    ...     return -abs(depth - 7), 2.0 * depth
    >>> found = simulate(
    ...     {"depth": range(1, 11)},
    ...     Random(),
    ...     FullEvaluation(10),
    ...     replay,
    ...     n_workers=2,
    ...     asynchronous=True,
    ...     clock=None,
    ... )
    >>> found.makespan, round(found.utilisation, 2)
    (60.0, 0.92)
    """
    most = n_workers if max_pending is None else max_pending
    for name, value in (("n_workers", n_workers), ("max_pending", most)):
        if value < 1:
            raise ValueError(f"{name}={value} runs nothing. Pass an integer from 1 on.")
    clock = clock or _no_time
    space = space if isinstance(space, SearchSpace) else SearchSpace(space)
    history, asked = History(space, seed=seed, n_splits=n_splits), list[float]()
    timed = TimedOptimizer(optimizer, clock, asked)
    parent = ParentTime(clock)
    executor = VirtualExecutor(_checked(replay), n_workers, parent, send_seconds)
    commits = _Commits(parent)
    run_search(
        Search(history, timed, scheduler, most, racing),
        executor,
        callbacks=[commits],
        asynchronous=asynchronous,
    )
    parent.charge()
    sending = send_seconds * len(executor.spans)
    return Simulation(
        history,
        n_workers,
        parent.now,
        np.array(executor.spans).reshape(-1, 2),
        commits.at,
        sum(asked),
        parent.busy - sum(asked) - sending,
        sending,
    )


def _no_time() -> float:
    return 0.0


def _checked(
    replay: Callable[[Fit], tuple[float, float]],
) -> Callable[[Fit], tuple[float, float]]:
    def checked(fit: Fit) -> tuple[float, float]:
        score, seconds = replay(fit)
        if not 0.0 <= seconds < np.inf:
            raise ValueError(
                f"replay returned {seconds=} for {fit.key} (trial, resource, fold). "
                "Return a score and the seconds of the fit, finite and at least 0."
            )
        return score, seconds

    return checked


class _Commits(Callback):
    """Notes when the last fold of a task is in the log."""

    def __init__(self, parent: ParentTime) -> None:
        self._parent = parent
        self.at: dict[tuple[int, int], float] = {}

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        task = evaluation.trial_id, evaluation.resource
        if len(history.evaluations(*task)) == history.n_splits:
            self._parent.charge()
            self.at[task] = self._parent.now
