"""Dimensions of scikit-optimize, which are known by their attributes.

Their `rvs` draws a list of one value, so that as any object with ``rvs`` each of them
would be a parameter that fits refuse.
"""

from __future__ import annotations

from typing import Any

from sksearch.space._categorical import Categorical
from sksearch.space._dimensions import Dimension
from sksearch.space._identity import python_value
from sksearch.space._integer import Integer
from sksearch.space._real import Real

_RANGES: dict[str, type[Real] | type[Integer]] = {"Real": Real, "Integer": Integer}


def is_skopt(value: Any) -> bool:
    """Tell whether a value is `Real`, `Integer` or `Categorical` of scikit-optimize."""
    name = type(value).__name__
    if not hasattr(value, "transform_"):
        return False
    if name == "Categorical":
        return hasattr(value, "categories")
    return name in _RANGES and hasattr(value, "low") and hasattr(value, "high")


def from_skopt(dimension: Any) -> Dimension:
    """Return the dimension that has the same values, modelled alike.

    Raises
    ------
    ValueError
        If choices have probabilities, with which ours are not drawn.
    """
    name = type(dimension).__name__
    if name == "Categorical":
        return _from_categorical(dimension)
    low, high = python_value(dimension.low), python_value(dimension.high)
    return _RANGES[name](low, high, prior=dimension.prior)


def _from_categorical(dimension: Any) -> Categorical:
    choices = list(dimension.categories)
    if dimension.prior is not None:
        pairs = ", ".join(
            f"{choice!r}: {p:g}"
            for choice, p in zip(choices, dimension.prior, strict=True)
        )
        raise ValueError(
            f"{dimension!r} has probabilities, and choices are drawn alike here. Pass "
            f"the list of choices, and prior={{...: {{{pairs}}}}} of the search for "
            "what you believe of them."
        )
    return Categorical(choices)
