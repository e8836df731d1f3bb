"""The legal value nearest to a given one."""

import math
from typing import Any

from sksearch.space import Categorical, Dimension, Integer, Real

__all__ = ["nearest"]

# Of these a float is a share, an int a number: no one is near the other.
_SHARES = ("max_features", "max_samples", "min_samples_leaf", "min_samples_split")


def nearest(dimension: Dimension, name: str, value: Any) -> list[Any]:
    """Return the value of a dimension that comes nearest to a given one.

    Parameters
    ----------
    dimension : Dimension
        Where to look.
    name : str
        The parameter's, without the parts that it belongs to.
    value : float, int, str or None
        A word is near no other one; None stands for no limit.

    Returns
    -------
    list
        That value; empty if there is none.
    """
    if not isinstance(value, int | float) and value in dimension:
        return [dimension.canonical(value)]
    if isinstance(value, str):
        return []
    kinds = (type(value),) if name in _SHARES and value is not None else (int, float)
    if isinstance(dimension, Categorical):
        return _nearest_choice(dimension, kinds, value)
    if type(dimension.ppf(0.5)) not in kinds:
        return []
    return [_nearest_number(dimension, value)]


def _nearest_choice(
    dimension: Categorical, kinds: tuple[type, ...], value: float | None
) -> list[Any]:
    numbers = [c for c in dimension.choices if type(c) in kinds and math.isfinite(c)]
    if not numbers or value is None:
        return [max(numbers)] if numbers else []
    if min(*numbers, value) > 0:
        return [min(numbers, key=lambda number: abs(math.log(number / value)))]
    return [min(numbers, key=lambda number: abs(number - value))]


def _nearest_number(dimension: Dimension, value: float | None) -> Any:
    if value is None:
        return dimension.ppf(1.0)
    if isinstance(dimension, Real | Integer):
        value = min(max(value, dimension.low), dimension.high)
    if value in dimension:
        return dimension.canonical(value)
    return dimension.decode(dimension.encode(value))
