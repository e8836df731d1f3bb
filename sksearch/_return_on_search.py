"""What the hours of a search have bought, read from its log."""

import bisect
import math
import numbers
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._cost import is_fit, worker_seconds
from sksearch._numbers import is_finite_number
from sksearch.history import Evaluation, History

__all__ = ["ReturnOnSearch", "return_on_search"]


@dataclass(frozen=True)
class ReturnOnSearch:
    """What a search has gained over a baseline, and what that took.

    Parameters
    ----------
    hours : ndarray of shape (n_fits + 1,)
        Spent until each fit was in the log; the first is 0.
    gained : ndarray of shape (n_fits + 1,)
        By how much the best candidate at that time is above the baseline; 0 as long as
        none is.
    unit : {"GPU hour", "CPU hour"}
        What the hours are of.
    value_per_unit : float or None, default=None
        What one unit of score is worth, in money.
    price_per_hour : float or None, default=None
        What an hour costs, in money.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch import ReturnOnSearch
    >>> found = ReturnOnSearch(
    ...     np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.01, 0.03]), "GPU hour"
    ... )
    >>> round(found.per_hour, 3)
    0.015
    """

    hours: NDArray[np.float64]
    gained: NDArray[np.float64]
    unit: str
    value_per_unit: float | None = None
    price_per_hour: float | None = None

    @property
    def per_hour(self) -> float:
        """Score gained per hour, of the whole search; NaN where it took no time."""
        return _ratio(float(self.gained[-1]), float(self.hours[-1]))

    @property
    def value(self) -> NDArray[np.float64] | None:
        """What is gained, in money; None without `value_per_unit`."""
        return (
            None if self.value_per_unit is None else self.gained * self.value_per_unit
        )

    @property
    def cost(self) -> NDArray[np.float64] | None:
        """What is spent, in money; None without `price_per_hour`."""
        return None if self.price_per_hour is None else self.hours * self.price_per_hour

    @property
    def profit(self) -> NDArray[np.float64] | None:
        """The value less the cost; None where one of them is."""
        if self.value is None or self.cost is None:
            return None
        return self.value - self.cost

    @property
    def per_cost(self) -> float | None:
        """Money gained for money spent, of the whole search."""
        if self.value is None or self.cost is None:
            return None
        return _ratio(float(self.value[-1]), float(self.cost[-1]))

    def __str__(self) -> str:
        text = (
            f"{self.gained[-1]:.4g} of score in {self.hours[-1]:.4g} {self.unit}s: "
            f"{self.per_hour:.4g} per {self.unit}"
        )
        if self.value is None or self.cost is None:
            return text
        return text + f"; {self.value[-1]:.4g} of value for {self.cost[-1]:.4g} of cost"


def return_on_search(
    search: Any,
    baseline: Any,
    *,
    value_per_unit: float | None = None,
    price_per_hour: float | None = None,
) -> ReturnOnSearch:
    """Return the score that a search has gained for each hour of its devices.

    Hours are those of accelerators, if a fit ran on one: during which a device had at
    least one fit, so that four nets on one GPU for an hour take one hour. Else they are
    those of workers, added up. The refit is no part of them.

    Parameters
    ----------
    search : fitted search, History, or path of a journal
        What was searched, and how long that took.
    baseline : float, fitted search, History, or path of a journal
        The score that would do without it, such as that of the defaults or of a plain
        search.
    value_per_unit : float or None, default=None
        What one unit of score is worth, in money.
    price_per_hour : float or None, default=None
        What an hour costs, in money.

    Returns
    -------
    returned : ReturnOnSearch
        Numbers of the whole search, and how they grew; print it.

    Raises
    ------
    TypeError
        If the one has no history, or the other no score.
    ValueError
        If the baseline is not finite, or a price is negative.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV, return_on_search
    >>> space = {"n_neighbors": (1, 40), "p": [1, 2]}
    >>> search = BayesSearchCV(KNeighborsClassifier(), space, n_iter=8, random_state=0)
    >>> search = search.fit(*load_wine(return_X_y=True))
    >>> found = return_on_search(search, baseline=0.6, price_per_hour=2.0)
    >>> found.unit, len(found.hours)
    ('CPU hour', 41)
    >>> bool(found.gained[-1] == search.best_score_ - 0.6)
    True
    """
    _check_money(value_per_unit=value_per_unit, price_per_hour=price_per_hour)
    history, level = _history_of(search), _score_of(baseline)
    fits = [record for record in history.records if is_fit(record)]
    on_device = [fit for fit in fits if fit.device is not None]
    hours = _busy_hours(fits) if on_device else _worker_hours(fits)
    best = np.array([-math.inf, *_best_scores(history)])
    return ReturnOnSearch(
        hours=np.concatenate([[0.0], hours]),
        gained=np.maximum(best - level, 0.0),
        unit="GPU hour" if on_device else "CPU hour",
        value_per_unit=value_per_unit,
        price_per_hour=price_per_hour,
    )


def _check_money(**amounts: float | None) -> None:
    for name, amount in amounts.items():
        if amount is not None and not (is_finite_number(amount) and amount >= 0):
            raise ValueError(f"{name}={amount!r} must be a number of at least 0.")


def _history_of(search: Any) -> History:
    if isinstance(search, History):
        return search
    if isinstance(search, str | os.PathLike):
        return History.load(Path(search))
    if not isinstance(getattr(search, "history_", None), History):
        raise TypeError(
            f"search={search!r} has no history. Pass a fitted search of sksearch, a "
            "History, or the path of a journal."
        )
    history: History = search.history_
    return history


def _score_of(baseline: Any) -> float:
    is_bool = isinstance(baseline, bool)
    if isinstance(baseline, numbers.Real) and not is_bool:
        level = float(baseline)
    elif isinstance(baseline, History | str | os.PathLike) or hasattr(
        baseline, "history_"
    ):
        level = _best_of(_history_of(baseline))
    elif hasattr(baseline, "best_score_"):  # one of scikit-learn's
        level = float(baseline.best_score_)
    else:
        raise TypeError(
            f"baseline={baseline!r} has no score. Pass a number, a fitted search, a "
            "History, or the path of a journal."
        )
    if not math.isfinite(level):
        raise ValueError(
            f"baseline={baseline!r} has the score {level}. Pass the number that would "
            "do without the search."
        )
    return level


def _best_of(history: History) -> float:
    incumbent = history.incumbent()
    return (
        -math.inf if incumbent is None else history.score(incumbent, history.highest())
    )


def _best_scores(history: History) -> Iterable[float]:
    """Yield, for each fit in the order of the log, the score of the incumbent then."""
    replayed = History(history.space, **history.header())
    best, n_open = -math.inf, 0
    for record in history.records:
        replayed.record(record)
        if replayed.n_unfinished != n_open:  # a task began or is finished
            n_open, best = replayed.n_unfinished, _best_of(replayed)
        if is_fit(record):
            yield best


def _worker_hours(fits: list[Evaluation]) -> NDArray[np.float64]:
    return np.cumsum([worker_seconds(fit) for fit in fits]) / 3600


def _busy_hours(fits: list[Evaluation]) -> NDArray[np.float64]:
    """Return, for each fit, the time until then that devices had one at least."""
    busy: dict[str, _Union] = defaultdict(_Union)
    seconds, found = 0.0, []
    for fit in fits:
        if fit.device is not None:
            start, length = fit.started, worker_seconds(fit)
            # A log that was made by hand may not say when.
            known = math.isfinite(start)
            seconds += busy[fit.device].add(start, start + length) if known else length
        found.append(seconds)
    return np.array(found) / 3600


class _Union:
    """Disjoint intervals, in order."""

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []

    def add(self, start: float, end: float) -> float:
        """Add an interval; return by how much all together have grown."""
        first = bisect.bisect_left(self._ends, start)
        last = bisect.bisect_right(self._starts, end)
        inside = slice(first, last)
        known = sum(self._ends[inside]) - sum(self._starts[inside])
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]
        return end - start - known


def _ratio(gained: float, spent: float) -> float:
    return gained / spent if spent > 0 else math.nan
