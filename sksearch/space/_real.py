"""Ranges of floats."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real as RealNumber
from typing import Any

import numpy as np

from sksearch.space._bounds import check_range, finite_float, is_real_number
from sksearch.space._dimensions import (
    Floats,
    RandomState,
    decode_one,
    draw,
    encode_one,
    infinite_values,
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
class Real:
    """A range of floats, both ends included.

    Parameters
    ----------
    low : float
        Smallest value.
    high : float
        Largest value.
    prior : {"uniform", "log-uniform"}, default="uniform"
        How values are drawn, and the scale on which they are modelled. A log-uniform
        range spends as many draws between 0.01 and 0.1 as between 0.1 and 1.
    step : float, default=None
        Keep only ``low``, ``low + step``, ``low + 2 * step``, ... up to ``high``.

    Examples
    --------
    >>> from sksearch.space import Real
    >>> round(Real(0.001, 10.0, prior="log-uniform").ppf(0.5), 3)
    0.1
    >>> Real(0.1, 0.5, step=0.1).values()
    [0.1, 0.2, 0.3, 0.4, 0.5]
    """

    low: float
    high: float
    prior: str = "uniform"
    step: float | None = None

    def __post_init__(self) -> None:
        for name in ("low", "high", "step"):
            value = getattr(self, name)
            if name != "step" or value is not None:
                object.__setattr__(self, name, finite_float(self, name, value))
        check_range(self, self.low, self.high, self.prior, self.step)

    def __repr__(self) -> str:
        return repr_of_range(self)

    def __getstate__(self) -> dict[str, Any]:
        return fields_of(self)

    @property
    def size(self) -> float:
        """Number of legal values."""
        return math.inf if self.step is None else float(self._n_steps)

    @property
    def n_columns(self) -> int:
        """Columns of the encoding."""
        return 1

    @property
    def continuous(self) -> bool:
        """Whether every number of the column is legal."""
        return self.step is None

    @property
    def column_groups(self) -> tuple[int, ...]:
        """Columns with equal numbers share a lengthscale."""
        return (0,)

    @property
    def inactive(self) -> tuple[float, ...]:
        """The column of a point without this parameter."""
        return (0.5,)

    @cached_property
    def _n_steps(self) -> int:
        if self.step is None:
            return 0
        n = (self.high - self.low) / self.step
        return math.floor(n + max(1e-9, 1e-15 * n)) + 1  # n is rarely a whole float

    @cached_property
    def _axis(self) -> Axis:
        log = is_logarithmic(self.low, self.high, self.prior)
        if self.step is None:
            return Axis(self.low, self.high, log)
        top = self.low + (self._n_steps - 1) * self.step
        return axis_of_cells(self.low, top, self.step, log)

    def _on_grid(self, k: int) -> float:
        assert self.step is not None
        if k == 0:
            return self.low
        raw = self.low + k * self.step
        clean = float(f"{raw:.12g}")  # 0.1 + 2 * 0.1 is 0.3, not 0.30000000000000004
        if abs(clean - raw) > 1e-6 * self.step:  # twelve digits are too few here
            clean = raw
        return min(max(clean, self.low), self.high)

    def _nearest_step(self, value: float) -> int:
        assert self.step is not None
        k = round((value - self.low) / self.step)
        return min(max(k, 0), self._n_steps - 1)

    def _nearest(self, value: float) -> float:
        if self.step is None:
            return min(max(value, self.low), self.high)
        return self._on_grid(self._nearest_step(value))

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
        float or list of float
            The draws.
        """
        return draw(self, size, random_state)

    def ppf(self, u: float) -> float:
        """Return the quantile of the prior.

        Parameters
        ----------
        u : float
            A number in the unit interval.

        Returns
        -------
        float
            A legal value.
        """
        return self._nearest(self._axis.at(float(u)))

    def encode_many(self, values: Sequence[Any]) -> Floats:
        """Encode n values, shape (n, 1)."""
        return self._axis.to_unit(clipped(values, self.low, self.high))[:, None]

    def decode_many(self, columns: Floats) -> list[float]:
        """Decode columns of shape (n, 1)."""
        values = self._axis.from_unit(columns[:, 0])
        if self.step is None:
            clipped: list[float] = np.clip(values, self.low, self.high).tolist()
            return clipped
        return [self._nearest(value) for value in values.tolist()]

    def encode(self, value: Any) -> Sequence[float]:
        """Return the column of a value."""
        return encode_one(self, value)

    def decode(self, columns: Sequence[float]) -> float:
        """Return the legal value nearest to a column."""
        value: float = decode_one(self, columns)
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
        return width_on(self._axis, self, centre, spread, 1.0)

    def canonical(self, value: Any) -> float:
        """Return the legal float that equals a value."""
        if value not in self:
            raise illegal_value(self, value)
        number = float(value)
        return number if self.step is None else self._nearest(number)

    def key(self, value: Any) -> Hashable:
        """Return a hashable that is equal for equal values."""
        return float(value) if self.step is None else self._nearest_step(value)

    def to_json(self, value: Any) -> float:
        """Return the number itself."""
        return float(value)

    def from_json(self, form: Any) -> float:
        """Return the number itself, checked."""
        return self.canonical(form)

    def values(self) -> list[float]:
        """List the legal values of a range with a step."""
        if self.step is None:
            raise infinite_values(self)
        return [self._on_grid(k) for k in range(self._n_steps)]

    def describe(self) -> str:
        """Describe the range in canonical text."""
        return repr(self)

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, RealNumber) or not is_real_number(value):
            return False
        number = float(value)
        if not self.low <= number <= self.high:
            return False
        if self.step is None:
            return True
        return abs(number - self._nearest(number)) <= 1e-6 * self.step
