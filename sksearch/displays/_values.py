"""The values of one parameter on an axis: numbers on a scale, or names in a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._score_model import is_logarithmic, is_number

__all__ = ["ValueAxis"]

Array = NDArray[np.float64]

_LONGEST = 16  # characters of a choice


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
    is_whole : bool, default=False
        Whether all are integers.
    """

    scale: str
    choices: tuple[str, ...] = ()
    ends: tuple[float, float] = (0.0, 1.0)
    is_whole: bool = False

    @classmethod
    def of(cls, drawn: Sequence[Any], seen: Sequence[Any] = ()) -> "ValueAxis":
        """Choose the axis for values as the space draws them, and for others seen.

        Numbers stand on a logarithmic axis where the median of those drawn lies nearer
        to the middle of their range in logarithms than in themselves.

        >>> ValueAxis.of([0.1, 1.0, 10.0, 100.0]).scale, ValueAxis.of([1, 2, 3]).scale
        ('log', 'linear')
        >>> ValueAxis.of(["sqrt", None], [3]).choices
        ('3', 'None', 'sqrt')
        """
        values = [*drawn, *seen]
        if not all(map(is_number, values)):
            distinct = {str(v): v for v in values}
            texts = sorted(distinct, key=lambda text: _order(distinct[text]))
            return cls("choices", tuple(texts))
        numbers = np.asarray(values, dtype=float)
        ends = float(numbers.min()), float(numbers.max())
        # All count: where a search has converged most lie within a factor of ten.
        told = np.asarray(drawn, dtype=float)
        is_log = ends[0] > 0.0 and is_logarithmic(told, beyond=0.0)
        is_whole = bool((numbers % 1.0 == 0.0).all())
        return cls("log" if is_log else "linear", ends=ends, is_whole=is_whole)

    def places(self, values: Sequence[Any]) -> Array:
        """Return where values stand, shape (n,); NaN for None where numbers are."""
        if self.scale == "choices":
            place = {text: float(i) for i, text in enumerate(self.choices)}
            return np.array([place.get(str(value), np.nan) for value in values])
        return np.array([float(v) if is_number(v) else np.nan for v in values])

    @property
    def labels(self) -> list[str]:
        """The choices, cut to what an axis can hold."""
        short = [_shortened(text) for text in self.choices]
        if len(set(short)) == len(short):
            return short
        return [f"{text} ({i})" for i, text in enumerate(short)]


def _shortened(text: str) -> str:
    """Return what an axis can hold, without controls."""
    text = "".join(c if c.isprintable() else "�" for c in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _order(value: Any) -> tuple[bool, float, str]:
    """Numbers first, then texts."""
    return (
        not is_number(value),
        float(value) if is_number(value) else 0.0,
        str(value),
    )
