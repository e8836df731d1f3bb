"""What a search keeps back for its re-check, and what is then left of its budgets."""

import time
from collections.abc import Callable
from typing import Any

from sksearch._cost import add_spent, is_fit, worker_seconds
from sksearch._durations import seconds_of
from sksearch.callbacks import Callback, CostLimit, FitLimit, TimeLimit
from sksearch.history import History

__all__ = ["budgets_before", "budgets_left", "expected_seconds"]

Seconds = Callable[[History], float]


def expected_seconds(history: History, n_fits: int, goes_on: bool) -> float:
    """Return how long workers should be at so many fits of the incumbent.

    Parameters
    ----------
    history : History
        The log.
    n_fits : int
        How many.
    goes_on : bool
        Whether training went on from rung to rung; else each began anew.

    Examples
    --------
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1]}), seed=0, n_splits=1)
    >>> expected_seconds(history, 20, goes_on=False)
    0.0
    """
    incumbent = history.incumbent()
    if incumbent is None:
        return 0.0
    highest = history.highest()
    assert highest is not None  # there is an incumbent
    n_folds = len(history.evaluations(incumbent, highest))
    seconds = sum(
        worker_seconds(fold)
        for task in _trainings(history, incumbent, highest, goes_on)
        for fold in history.evaluations(*task).values()
    )
    return n_fits * seconds / n_folds


def _trainings(
    history: History, trial_id: int, highest: int, goes_on: bool
) -> list[tuple[int, int]]:
    """Return the tasks that are done anew: all that led to where a candidate is."""
    if not goes_on:
        return [(trial_id, highest)]
    own = [(trial_id, r) for r in history.resources(trial_id) if r <= highest]
    return [*((trial.id, r) for trial, r in history.inherited(trial_id)), *own]


# -- of the search -----------------------------------------------------------------


def budgets_before(search: Any, n_fits: int, n_slots: int) -> list[Callback]:
    """Return what ends a search while a re-check can still be paid.

    Parameters
    ----------
    search : BaseSearch
        With its budgets.
    n_fits : int
        Of the re-check.
    n_slots : int
        How many of them run at once.
    """
    training = getattr(search._fidelity, "training", None)  # None: all in full
    goes_on = training is not None and training.continues

    def work(history: History) -> float:
        return expected_seconds(history, n_fits, goes_on)

    found: list[Callback] = []
    if search.max_fits is not None:
        found.append(FitLimit(search.max_fits - n_fits))
    if search.max_time is not None:
        found.append(_TimeBefore(search.max_time, lambda h: work(h) / n_slots))
    if search.max_cost is not None:
        found.append(_CostBefore(search.max_cost, work))
    return found


class _TimeBefore(TimeLimit):
    """Keeps the time back that something else will take."""

    def __init__(self, seconds: float | str, kept: Seconds) -> None:
        super().__init__(seconds)
        self._also = kept

    def _kept(self, history: History) -> float:
        return super()._kept(history) + self._also(history)


class _CostBefore(CostLimit):
    """Keeps the work back that something else will take."""

    def __init__(self, seconds: Any, kept: Seconds) -> None:
        super().__init__(seconds)
        self._also = kept

    def _kept(self, history: History) -> float:
        return super()._kept(history) + self._also(history)


# -- of the re-check ---------------------------------------------------------------


def budgets_left(search: Any, begun: float) -> list[Callback] | None:
    """Return what ends a re-check; None where nothing is left for it.

    Parameters
    ----------
    search : BaseSearch
        With its budgets, and the history that has spent of them.
    begun : float
        `time.monotonic()` when the search began.
    """
    limits = _fits_left(search), _time_left(search, begun), _cost_left(search)
    is_spent = any(limit is None for limit in limits)
    return None if is_spent else [each for limit in limits for each in limit or []]


def _fits_left(search: Any) -> list[Callback] | None:
    if search.max_fits is None:
        return []
    left = search.max_fits - sum(map(is_fit, search.history_.records))
    return [FitLimit(left)] if left > 0 else None


def _time_left(search: Any, begun: float) -> list[Callback] | None:
    if search.max_time is None:
        return []
    left = seconds_of(search.max_time, "max_time") - (time.monotonic() - begun)
    return [TimeLimit(left)] if left > 0 else None


def _cost_left(search: Any) -> list[Callback] | None:
    if search.max_cost is None:
        return []
    limit = _CostAfter(search.max_cost, search.history_)
    return None if limit.is_spent else [limit]


class _CostAfter(CostLimit):
    """Counts what another log has cost too."""

    def __init__(self, seconds: Any, before: History) -> None:
        super().__init__(seconds)
        self._before = before
        self.on_search_begin(before)
        self.is_spent = any(self._spent[k] >= most for k, most in self._most.items())

    def on_search_begin(self, history: History) -> bool:
        super().on_search_begin(history)
        if history is not self._before:
            for fit in filter(is_fit, self._before.records):
                add_spent(self._spent, fit)
        return self._is_spent(history)
