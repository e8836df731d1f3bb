"""From the seconds of a few fits to those of a search."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sksearch._durations import seconds_of
from sksearch.callbacks._limits import amounts
from sksearch.evaluation._devices import device_of

__all__ = ["Budgets", "Span", "Timings", "Work", "budgets_of", "estimate"]

_Seconds = NDArray[np.float64]

# A machine is not equally fast at all times, and no two runs are: the ends of a span
# lie by so much beyond what was measured.
_NOISE = 1.5


class Span(NamedTuple):
    """Seconds: hardly less, about, and hardly more."""

    low: float
    typical: float
    high: float


@dataclass(frozen=True)
class Timings:
    """What a few fits took.

    Parameters
    ----------
    resources : tuple of int
        One, or a lower and a higher one, at which each candidate was fitted.
    seconds : ndarray of shape (n_probes, n_resources)
        Of fitting and scoring.
    fit_seconds : ndarray of shape (n_fitted, n_resources)
        Of fitting alone, of those that were not killed.
    """

    resources: tuple[int, ...]
    seconds: _Seconds
    fit_seconds: _Seconds


@dataclass(frozen=True)
class Work:
    """What a search is to do.

    Parameters
    ----------
    steps : list of (int, int)
        How many candidates are trained by how much, on each fold.
    n_splits : int
        How many folds there are.
    n_fits : int
        After how many the search ends.
    n_busy : int
        How many run at once.
    resource : int
        Up to where a candidate is trained at most.
    refit_rows : float
        The rows of the refit by those of a fit, at least 1; 0 without a refit.
    refit_from : int or None, default=None
        The smallest resource of a refit that may be shorter; None is the whole one.
    """

    steps: Sequence[tuple[int, int]]
    n_splits: int
    n_fits: int
    n_busy: int
    resource: int
    refit_rows: float
    refit_from: int | None = None

    def fits(self) -> list[tuple[int, int]]:
        """Return how many fits train by how much, up to the last one.

        >>> Work([(9, 1), (3, 2)], n_splits=2, n_fits=20, n_busy=1, resource=3,
        ...      refit_rows=0.0).fits()
        [(18, 1), (2, 2)]
        """
        left, found = self.n_fits, []
        for n_candidates, amount in self.steps:
            n = min(n_candidates * self.n_splits, left)
            left -= n
            found += [(n, amount)] if n else []
        return found


@dataclass(frozen=True)
class Budgets:
    """What ends a search, or a fit, in seconds; infinite where nothing does.

    Parameters
    ----------
    time, cost, fit : float
        `max_time`, `max_cost` and `fit_timeout`.
    """

    time: float = math.inf
    cost: float = math.inf
    fit: float = math.inf


def budgets_of(search: Any) -> Budgets:
    """Return the budgets of a search.

    Parameters
    ----------
    search : BaseSearch
        With its parameters.
    """
    time, fit = (
        math.inf if value is None else seconds_of(value, name)
        for name in ("max_time", "fit_timeout")
        for value in [getattr(search, name)]
    )
    if search.max_cost is None:
        return Budgets(time, math.inf, fit)
    kind = "gpu_hours" if device_of(search.estimator) else "cpu_hours"
    allowed = amounts(search.max_cost, "max_cost")
    return Budgets(time, allowed.get("", allowed.get(kind, math.inf)), fit)


def estimate(timings: Timings, work: Work, budgets: Budgets) -> dict[str, Span]:
    """Return what a search takes, as if all candidates were one of those measured.

    A training takes seconds for itself and seconds for each unit of the resource:
    t = a + b * amount, by two measurements, or a alone by one.

    Parameters
    ----------
    timings : Timings
        What a few fits took.
    work : Work
        What the search does.
    budgets : Budgets
        What ends it.

    Returns
    -------
    seconds : dict of str to Span
        "fit_seconds" (of one in full; its median), and with `_NOISE` in their ends
        "worker_seconds" (of all together; the mean), "wall_seconds" and
        "refit_seconds".
    """
    by = _lines(timings.resources, timings.seconds)
    full = np.minimum(by(work.resource), budgets.fit)
    scales = (1.0 / _NOISE, 1.0, _NOISE)
    spent = [_spent(by, scale, work, budgets) for scale in scales]
    (low, lows), (typical, typicals), (high, highs) = spent
    return {
        "fit_seconds": _span(full, np.median(full), full),
        "worker_seconds": _span(low, np.mean(typical), high),
        "wall_seconds": _span(lows, np.mean(typicals), highs),
        "refit_seconds": _refit(timings, work),
    }


def _spent(
    by: Callable[[int], _Seconds], scale: float, work: Work, budgets: Budgets
) -> tuple[_Seconds, _Seconds]:
    """Return the seconds of all workers and of the clock, by each one measured."""
    fits = work.fits()
    seconds = [np.minimum(scale * by(amount), budgets.fit) for _, amount in fits]
    total = sum(n * each for (n, _), each in zip(fits, seconds, strict=True))
    # No budget ends a search before a candidate is complete.
    least = work.n_splits * seconds[0]
    most = min(budgets.cost, budgets.time * work.n_busy)
    worker = np.minimum(total, np.maximum(most, least))
    # However many workers there are, no fit is divided among them.
    wall = np.maximum(worker / work.n_busy, np.max(seconds, axis=0))
    return worker, np.minimum(wall, np.maximum(budgets.time, least / work.n_busy))


def _refit(timings: Timings, work: Work) -> Span:
    """On more rows: at least as long, mostly in proportion, at most by the square."""
    rows = work.refit_rows
    if not rows:
        return Span(0.0, 0.0, 0.0)
    by = _lines(timings.resources, timings.fit_seconds)
    full, least = by(work.resource), by(work.refit_from or work.resource)
    return _span(least / _NOISE, rows * np.median(full), _NOISE * rows**2 * full)


def _lines(resources: tuple[int, ...], seconds: _Seconds) -> Callable[[int], _Seconds]:
    """Return what gives the seconds of each candidate by how much it is trained."""
    highest = seconds[:, -1]
    if len(resources) == 1:
        return lambda amount: highest
    low, high = resources
    slope = np.maximum((highest - seconds[:, 0]) / (high - low), 0.0)
    # Through the longer time, which is the surer one; where time grows faster than the
    # resource nothing is left for the beginning, and the line is above both.
    overhead = np.maximum(highest - slope * high, 0.0)
    return lambda amount: overhead + slope * amount


def _span(low: _Seconds, typical: Any, high: _Seconds) -> Span:
    return Span(float(np.min(low)), float(typical), float(np.max(high)))
