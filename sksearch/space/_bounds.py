"""What the arguments of a range must hold, and what to do if they do not."""

from __future__ import annotations

import math
from numbers import Real as RealNumber
from typing import Any

PRIORS = ("uniform", "log-uniform")
_FINEST_STEP = 64  # floats between two steps, so that rounding tells them apart
_MOST_STEPS = 2**40  # beyond, steps on a log axis would share one float in [0, 1]


def finite_float(dimension: Any, name: str, value: Any) -> float:
    """Return a bound or a step as a finite float."""
    if not is_real_number(value) or not _is_finite(value):
        raise ValueError(
            f"{type(dimension).__name__}: {name}={value!r} must be a finite number. "
            "For other values pass a list of choices."
        )
    return float(value)


def is_real_number(value: object) -> bool:
    """Tell whether a value is any kind of real number, and no bool."""
    return isinstance(value, RealNumber) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond the floats
        return False


def whole_number(dimension: Any, name: str, value: Any) -> int:
    """Return a bound or a step as an int."""
    number = finite_float(dimension, name, value)
    if number != math.floor(number):
        raise ValueError(
            f"{type(dimension).__name__}: {name}={value!r} must be a whole number. "
            "Use Real for floats."
        )
    return int(value)


def check_range(
    dimension: Any, low: float, high: float, prior: str, step: float | None
) -> None:
    """Raise ValueError unless the range holds at least two values."""
    name = type(dimension).__name__
    if low >= high:
        raise ValueError(
            f"{name}: low={low!r} must be smaller than high={high!r}. "
            f"Swap them, or pass [{low!r}] for a single value."
        )
    if not math.isfinite(float(high) - float(low)):
        raise ValueError(
            f"{name}: the range from low={low!r} to high={high!r} is wider than a "
            "float can hold. Use narrower bounds."
        )
    if prior not in PRIORS:
        raise ValueError(
            f"{name}: prior={prior!r} is unknown. Use one of {', '.join(PRIORS)}."
        )
    if prior == "log-uniform" and low <= 0:
        raise ValueError(
            f"{name}: low={low!r} must be positive with prior='log-uniform'. "
            "Raise low, or use prior='uniform'."
        )
    if step is not None:
        _check_step(name, low, high, step)


def _check_step(name: str, low: float, high: float, step: float) -> None:
    width = high - low
    if step <= 0:
        raise ValueError(
            f"{name}: step={step!r} must be positive. Leave it out for every value."
        )
    if step > width * (1 + 1e-9):
        raise ValueError(
            f"{name}: step={step!r} is larger than high - low = {width!r}, so that "
            "low is the only value. Use a smaller step."
        )
    finest = _FINEST_STEP * max(math.ulp(low), math.ulp(high))
    if width / step > _MOST_STEPS or (step < finest and isinstance(step, float)):
        raise ValueError(
            f"{name}: step={step!r} is too fine for a range of width {width!r}. "
            "Leave it out for every value."
        )
