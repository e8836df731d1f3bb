"""The values of one parameter on an axis: numbers on a scale, or names in a row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ValueAxis"]

Array = NDArray[np.float64]

_LONGEST = 16  # characters of a choice
_RATIO = 10.0  # between two quantiles, from which on a scale may be logarithmic


@dataclass(frozen=True)
class ValueAxis:
    """Where the values of a parameter stand.

    Parameters
    ----------
    scale : {"linear", "log", "choices"}
        "choices" stand at 0, 1, 2, ...
    choices : tuple of str, default=()
        The text of each, in order; empty for numbers.
    ends : tuple of float, default=(0.0, 1.0)
        The smallest and the largest number.
    """

    scale: str
    choices: tuple[str, ...] = ()
    ends: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def of(cls, values: Sequence[Any]) -> "ValueAxis":
        """Choose the axis for values, drawn as the space draws them.

        Numbers stand on a logarithmic axis where their median lies nearer to the middle
        of their range in logarithms than in themselves.

        >>> ValueAxis.of([0.1, 1.0, 10.0, 100.0]).scale, ValueAxis.of([1, 2, 3]).scale
        ('log', 'linear')
        >>> ValueAxis.of(["sqrt", None, 3])
        ValueAxis(scale='choices', choices=('3', 'None', 'sqrt'), ends=(0.0, 1.0))
        """
        if not all(map(_is_number, values)):
            distinct = {str(v): v for v in values}
            texts = sorted(distinct, key=lambda text: _order(distinct[text]))
            return cls("choices", tuple(texts))
        numbers = np.asarray(values, dtype=float)
        ends = float(numbers.min()), float(numbers.max())
        return cls("log" if _is_logarithmic(numbers) else "linear", ends=ends)

    def holding(self, values: Sequence[Any]) -> "ValueAxis":
        """Return an axis that is long enough for more values."""
        if self.scale == "choices":
            return ValueAxis.of([*self.choices, *map(str, values)])
        numbers = [*self.ends, *(float(v) for v in values if _is_number(v))]
        return replace(self, ends=(min(numbers), max(numbers)))

    def places(self, values: Sequence[Any]) -> Array:
        """Return where values stand, shape (n,); NaN for None where numbers are."""
        if self.scale == "choices":
            place = {text: float(i) for i, text in enumerate(self.choices)}
            return np.array([place.get(str(value), np.nan) for value in values])
        return np.array([float(v) if _is_number(v) else np.nan for v in values])

    @property
    def labels(self) -> list[str]:
        """The choices, cut to what an axis can hold."""
        short = [
            t if len(t) <= _LONGEST else t[: _LONGEST - 1] + "…" for t in self.choices
        ]
        if len(set(short)) == len(short):
            return short
        return [f"{text} ({i})" for i, text in enumerate(short)]


def _is_logarithmic(numbers: Array) -> bool:
    low, middle, high = np.quantile(numbers, [0.05, 0.5, 0.95])
    if numbers.min() <= 0.0 or high < _RATIO * low:
        return False
    in_logs = abs(np.log(middle / low) / np.log(high / low) - 0.5)
    return bool(in_logs < abs((middle - low) / (high - low) - 0.5))


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float | np.number)
    return bool(is_number and not isinstance(value, bool) and np.isfinite(value))


def _order(value: Any) -> tuple[bool, float, str]:
    """Numbers first, then texts."""
    return (
        not _is_number(value),
        float(value) if _is_number(value) else 0.0,
        str(value),
    )
