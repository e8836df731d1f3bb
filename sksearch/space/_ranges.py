"""What ranges of floats and of ints have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.space._dimensions import Floats, check_spread


@dataclass(frozen=True)
class Axis:
    """A linear or logarithmic axis over the unit interval."""

    low: float
    high: float
    log: bool

    def to_unit(self, values: Floats) -> Floats:
        """Map values into the unit interval."""
        if self.log:
            start = math.log(self.low)
            x = (np.log(values) - start) / (math.log(self.high) - start)
        else:
            x = (values - self.low) / (self.high - self.low)
        inside: Floats = np.clip(x, 0.0, 1.0)
        return inside

    def from_unit(self, x: Floats) -> Floats:
        """Map the unit interval to values."""
        if self.log:
            start = math.log(self.low)
            return np.exp(start + x * (math.log(self.high) - start))
        return self.low + x * (self.high - self.low)

    def at(self, u: float) -> float:
        """Map one number; five times faster than `from_unit` on an array of one."""
        if self.log:
            start = math.log(self.low)
            return math.exp(start + u * (math.log(self.high) - start))
        return self.low + u * (self.high - self.low)


def is_logarithmic(low: float, high: float, prior: str) -> bool:
    """Tell whether to use a log axis: not where its ends are one float, or nearly."""
    return prior == "log-uniform" and high > low * (1 + 1e-6)


def axis_of_cells(low: float, top: float, step: float, log: bool) -> Axis:
    """Give each value its cell of the axis; a log axis must not start at or below 0."""
    half = step / 2
    start = max(low - half, low / 2) if log else low - half
    return Axis(start, top + half, log)


def width_on(
    axis: Axis, dimension: Any, centre: float, spread: float, unit: float
) -> float:
    """Return a spread in units of an axis; a factor where the range is log-uniform."""
    is_factor = dimension.prior == "log-uniform"
    if is_factor and not spread > 1.0:
        raise ValueError(
            f"{spread!r} is no factor: {dimension!r} has a logarithmic scale, on which "
            "3.0 means within a factor of 3 of the centre. Pass a number above 1."
        )
    check_spread(dimension, dimension.low, dimension.high, centre, spread)
    if is_factor and axis.log:
        return math.log(spread) / math.log(axis.high / axis.low)
    if is_factor:  # the ends are one float, or nearly
        spread = centre * math.log(spread)
    return spread / unit / (axis.high - axis.low)


def clipped(values: Sequence[Any], low: float, high: float) -> Floats:
    """Return values as an array within the bounds."""
    inside: Floats = np.clip(np.asarray(values, dtype=float), low, high)
    return inside


def illegal_value(dimension: Any, value: Any) -> ValueError:
    """Return the error for a value that the range does not hold."""
    return ValueError(f"{value!r} is not a value of {dimension!r}.")


def fields_of(dimension: Any) -> dict[str, Any]:
    """Return what pickling keeps: the arguments, nothing derived from them."""
    return {name: vars(dimension)[name] for name in dimension.__dataclass_fields__}


def repr_of_range(dimension: Any) -> str:
    """Print the call that makes the range."""
    shown = [repr(dimension.low), repr(dimension.high)]
    if dimension.prior != "uniform":
        shown.append(f"prior={dimension.prior!r}")
    if dimension.step is not None:
        shown.append(f"step={dimension.step!r}")
    return f"{type(dimension).__name__}({', '.join(shown)})"
