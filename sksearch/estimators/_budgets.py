"""What a search may spend, altogether and on one fit: from arguments to what acts."""

import numbers
from collections.abc import Callable
from typing import Any

from sksearch._durations import seconds_of
from sksearch._sklearn_compat import Interval
from sksearch.callbacks import Callback, CostLimit, FitLimit, TimeLimit
from sksearch.callbacks._limits import amounts
from sksearch.estimators._validation import COUNT
from sksearch.evaluation import Limits

__all__ = ["BUDGET_CONSTRAINTS", "budget_callbacks", "check_budgets", "limits_of"]

_DURATION = [Interval(numbers.Real, 0, None, closed="neither"), str, None]

BUDGET_CONSTRAINTS: dict[str, list[Any]] = {
    "max_time": _DURATION,
    "max_fits": [COUNT, None],
    "max_cost": [*_DURATION, dict],
    "fit_timeout": _DURATION,
    "max_memory": [COUNT, None],
}


def check_budgets(search: Any) -> None:
    """Refuse texts that are no durations.

    Raises
    ------
    ValueError
        With the name of the argument.
    """
    for name in ("max_time", "fit_timeout"):
        if getattr(search, name) is not None:
            seconds_of(getattr(search, name), name)
    if search.max_cost is not None:
        amounts(search.max_cost, "max_cost")


def budget_callbacks(search: Any) -> list[Callback]:
    """Return what ends a search when one of its budgets is spent."""
    kinds: dict[str, Callable[[Any], Callback]] = {
        "max_time": TimeLimit,
        "max_fits": FitLimit,
        "max_cost": CostLimit,
    }
    asked = {name: getattr(search, name) for name in kinds}
    return [kinds[k](value) for k, value in asked.items() if value is not None]


def limits_of(search: Any) -> Limits:
    """Return what one fit of a search may take."""
    timeout = search.fit_timeout
    seconds = None if timeout is None else seconds_of(timeout, "fit_timeout")
    return Limits(seconds, search.max_memory)
