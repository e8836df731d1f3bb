"""Ranges of ints."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np

from sksearch.space._bounds import check_range, is_real_number, whole_number
from sksearch.space._dimensions import (
    Floats,
    RandomState,
    decode_one,
    draw,
    encode_one,
    move_number,
)
from sksearch.space._ranges import (
    Axis,
    axis_of_cells,
    clipped,
    fields_of,
    illegal_value,
    is_logarithmic,
    repr_of_range,
    width_on,
)


@dataclass(frozen=True, repr=False)
class Integer:
    """A range of ints, both ends included.

    Parameters
    ----------
    low : int
        Smallest value.
    high : int
        Largest value.
    prior : {"uniform", "log-uniform"}, default="uniform"
        How values are drawn, and the scale on which they are modelled.
    step : int, default=None
        Keep only ``low``, ``low + step``, ``low + 2 * step``, ... up to ``high``.

    Examples
    --------
    >>> from sksearch.space import Integer
    >>> Integer(1, 1000, prior="log-uniform").ppf(0.5)
    22
    >>> Integer(50, 200, step=50).values()
    [50, 100, 150, 200]
    """

    low: int
    high: int
    prior: str = "uniform"
    step: int | None = None

    def __post_init__(self) -> None:
        for name in ("low", "high", "step"):
            value = getattr(self, name)
            if name != "step" or value is not None:
                object.__setattr__(self, name, whole_number(self, name, value))
        check_range(self, self.low, self.high, self.prior, self.step)

    def __repr__(self) -> str:
        return repr_of_range(self)

    def __getstate__(self) -> dict[str, Any]:
        return fields_of(self)

    @property
    def size(self) -> float:
        """Number of legal values."""
        return float(self._n_steps)

    @property
    def n_columns(self) -> int:
        """Columns of the encoding."""
        return 1

    @property
    def continuous(self) -> bool:
        """Whether every number of the column is legal."""
        return False

    @property
    def column_groups(self) -> tuple[int, ...]:
        """Columns with equal numbers share a lengthscale."""
        return (0,)

    @property
    def inactive(self) -> tuple[float, ...]:
        """The column of a point without this parameter."""
        return (0.5,)

    @cached_property
    def _every(self) -> int:
        return 1 if self.step is None else self.step

    @cached_property
    def _n_steps(self) -> int:
        return (self.high - self.low) // self._every + 1

    @cached_property
    def _axis(self) -> Axis:
        # Steps are counted from low on a linear axis: no digits are lost far from 0.
        if not is_logarithmic(self.low, self.high, self.prior):
            return Axis(-0.5, self._n_steps - 0.5, log=False)
        top = self.low + (self._n_steps - 1) * self._every
        return axis_of_cells(self.low, top, self._every, log=True)

    def _from_axis(self, value: float) -> int:
        k = value if not self._axis.log else (value - self.low) / self._every
        return self.low + self._every * min(max(round(k), 0), self._n_steps - 1)

    def rvs(self, size: Any = None, random_state: RandomState = None) -> Any:
        """Draw from the range.

        Parameters
        ----------
        size : int, default=None
            Number of draws; None for a single value instead of a list.
        random_state : Generator, RandomState, int or None, default=None
            The source of randomness.

        Returns
        -------
        int or list of int
            The draws.
        """
        return draw(self, size, random_state)

    def ppf(self, u: float) -> int:
        """Return the quantile of the prior.

        Parameters
        ----------
        u : float
            A number in the unit interval.

        Returns
        -------
        int
            A legal value.
        """
        return self._from_axis(self._axis.at(float(u)))

    def encode_many(self, values: Sequence[Any]) -> Floats:
        """Encode n values, shape (n, 1)."""
        if self._axis.log:
            return self._axis.to_unit(clipped(values, self.low, self.high))[:, None]
        steps = [(value - self.low) / self._every for value in values]
        return self._axis.to_unit(np.asarray(steps, dtype=float))[:, None]

    def decode_many(self, columns: Floats) -> list[int]:
        """Decode columns of shape (n, 1)."""
        values = self._axis.from_unit(columns[:, 0]).tolist()
        return [self._from_axis(value) for value in values]

    def encode(self, value: Any) -> Sequence[float]:
        """Return the column of a value."""
        return encode_one(self, value)

    def decode(self, columns: Sequence[float]) -> int:
        """Return the legal value nearest to a column."""
        value: int = decode_one(self, columns)
        return value

    def move(self, columns: Floats, rng: np.random.Generator, scale: float) -> Floats:
        """Move n encoded values, shape (n, 1), to legal ones nearby."""
        return move_number(self, columns, rng, scale)

    def width(self, centre: float, spread: float) -> float:
        """Return a spread around a value in units of the column.

        Parameters
        ----------
        centre : float
            A number between `low` and `high`.
        spread : float
            A factor above 1 where the prior is log-uniform, else a difference.

        Returns
        -------
        float
            The share of the column.

        Raises
        ------
        ValueError
            If an argument breaks its rule.
        """
        unit = 1.0 if self._axis.log else float(self._every)
        return width_on(self._axis, self, centre, spread, unit)

    def canonical(self, value: Any) -> int:
        """Return the legal int that equals a value."""
        if value not in self:
            raise illegal_value(self, value)
        return int(value)

    def key(self, value: Any) -> Hashable:
        """Return a hashable that is equal for equal values."""
        return int(value)

    def to_json(self, value: Any) -> int:
        """Return the number itself."""
        return int(value)

    def from_json(self, form: Any) -> int:
        """Return the number itself, checked."""
        return self.canonical(form)

    def values(self) -> list[int]:
        """List the legal values."""
        return list(range(self.low, self.high + 1, self._every))

    def describe(self) -> str:
        """Describe the range in canonical text."""
        return repr(self)

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, Integral) or not is_real_number(value):
            return False
        number = int(value)
        in_range = self.low <= number <= self.high
        return in_range and (number - self.low) % self._every == 0
