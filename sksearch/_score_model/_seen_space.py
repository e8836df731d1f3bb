"""A space as it was seen: what stands for that of a stored search that nobody gave."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._shown_space import ShownSpace
from sksearch.history import History
from sksearch.space import Categorical, Dimension, Integer, Real, SearchSpace
from sksearch.space._identity import token

__all__ = ["is_logarithmic", "is_number", "seen_space", "with_seen_space"]

Array = NDArray[np.float64]

_RATIO = 10.0  # between two quantiles, from which on a scale may be logarithmic


def with_seen_space(history: History) -> History:
    """Return a history over a space of which a model can be made.

    Parameters
    ----------
    history : History
        Any.

    Returns
    -------
    history : History
        The same, or one with the same records over the ranges of numbers and the
        choices that were tried, where it was loaded without its space. Points with
        the same parameters make a branch.
    """
    if not isinstance(history.space, ShownSpace) or not history.trials:
        return history
    space = seen_space([trial.params for trial in history.trials])
    seen = History(space, **history.header())
    for record in history.records:
        seen.record(record)
    return seen


def seen_space(points: Sequence[Mapping[str, Any]]) -> SearchSpace:
    """Return the ranges of numbers and the choices of points, a branch for each shape.

    Parameters
    ----------
    points : sequence of dict
        Their parameters.
    """
    branches: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for params in points:
        branches.setdefault(tuple(sorted(params)), []).append(params)
    return SearchSpace(
        [
            {name: _dimension(name, inside, points) for name in names}
            for names, inside in branches.items()
        ]
    )


def _dimension(
    name: str, inside: Sequence[Mapping[str, Any]], points: Sequence[Mapping[str, Any]]
) -> Dimension:
    """Return the range of numbers in all branches, or the choices of one branch."""
    numbers = [params[name] for params in points if name in params]
    if not all(map(is_number, numbers)) or min(numbers) == max(numbers):
        values = {token(params[name]): params[name] for params in inside}
        return Categorical(list(values.values()))
    low, high = min(numbers), max(numbers)
    is_log = low > 0 and is_logarithmic(np.asarray(numbers, dtype=float))
    prior = "log-uniform" if is_log else "uniform"
    if all(isinstance(number, int) for number in numbers):
        return Integer(low, high, prior=prior)
    return Real(float(low), float(high), prior=prior)


def is_logarithmic(numbers: Array, beyond: float = 0.05) -> bool:
    """Return whether the median of positive numbers is amid their logarithms.

    Parameters
    ----------
    numbers : ndarray of shape (n,)
        Above 0.
    beyond : float, default=0.05
        Which share of them lies beyond either end of the range that is looked at.
    """
    low, middle, high = np.quantile(numbers, [beyond, 0.5, 1.0 - beyond])
    if high < _RATIO * low:
        return False
    in_logs = abs(np.log(middle / low) / np.log(high / low) - 0.5)
    return bool(in_logs < abs((middle - low) / (high - low) - 0.5))


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number."""
    is_number = isinstance(value, int | float | np.number)
    return bool(is_number and not isinstance(value, bool) and np.isfinite(value))
