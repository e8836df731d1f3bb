"""Frozen scipy.stats distributions that are no plain range."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import stats

from sksearch.space._dimensions import (
    Floats,
    RandomState,
    check_spread,
    decode_one,
    draw,
    encode_one,
    infinite_values,
    move_number,
    width_between,
)
from sksearch.space._identity import describe, is_number, python_value, token

_TAIL = 1e-9  # quantiles closer to 0 or 1 than this are not used: they may be infinite
_LANDMARKS = np.linspace(0.05, 0.95, 19)
_MOST_VALUES = 2**20  # a bounded discrete distribution with more counts as infinite


@dataclass(frozen=True, eq=False, repr=False)
class FrozenDistribution:
    """A frozen scipy.stats distribution, encoded by its distribution function."""

    frozen: Any

    @cached_property
    def _identity(self) -> tuple[Hashable, ...]:
        frozen = self.frozen
        # The arguments of a histogram, or of a user's own family, do not tell all.
        quantiles = tuple(f"{x:.9g}" for x in frozen.ppf(_LANDMARKS).tolist())
        return frozen.dist.name, token(frozen.args), token(frozen.kwds), quantiles

    def __repr__(self) -> str:
        shown = [repr(value) for value in self.frozen.args]
        shown += [f"{name}={value!r}" for name, value in self.frozen.kwds.items()]
        return f"scipy.stats.{self.frozen.dist.name}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenDistribution):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @cached_property
    def _support(self) -> tuple[float, float]:
        low, high = self.frozen.support()
        return float(low), float(high)

    @cached_property
    def continuous(self) -> bool:
        """Whether the values are floats."""
        return isinstance(self.frozen.dist, stats.rv_continuous)

    @cached_property
    def size(self) -> float:
        """Number of legal values."""
        low, high = self._support
        width = high - low + 1
        return math.inf if self.continuous or width > _MOST_VALUES else width

    @property
    def n_columns(self) -> int:
        """Columns of the encoding."""
        return 1

    @property
    def column_groups(self) -> tuple[int, ...]:
        """Columns with equal numbers share a lengthscale."""
        return (0,)

    @property
    def inactive(self) -> tuple[float, ...]:
        """The column of a point without this parameter."""
        return (0.5,)

    def _from_quantiles(self, u: Floats) -> list[Any]:
        values = self.frozen.ppf(np.clip(u, _TAIL, 1 - _TAIL))
        if self.continuous:
            floats: list[Any] = np.clip(values, *self._support).tolist()
            return floats
        return [int(value) for value in values]

    def rvs(self, size: Any = None, random_state: RandomState = None) -> Any:
        """Draw values by inverting the distribution function."""
        return draw(self, size, random_state)

    def ppf(self, u: float) -> Any:
        """Return the quantile at ``u``."""
        return self._from_quantiles(np.array([u], dtype=float))[0]

    def encode_many(self, values: Sequence[Any]) -> Floats:
        """Encode n values, shape (n, 1)."""
        x = np.asarray(values, dtype=float)
        cdf: Floats = self.frozen.cdf(x)
        if not self.continuous:  # the middle of the value's step
            cdf = (cdf + self.frozen.cdf(x - 1)) / 2
        return cdf.clip(0.0, 1.0)[:, None]

    def decode_many(self, columns: Floats) -> list[Any]:
        """Decode columns of shape (n, 1)."""
        return self._from_quantiles(columns[:, 0])

    def encode(self, value: Any) -> Sequence[float]:
        """Return the column of a value."""
        return encode_one(self, value)

    def decode(self, columns: Sequence[float]) -> Any:
        """Return the legal value nearest to a column."""
        return decode_one(self, columns)

    def move(self, columns: Floats, rng: np.random.Generator, scale: float) -> Floats:
        """Move n encoded values, shape (n, 1), to legal ones nearby."""
        return move_number(self, columns, rng, scale)

    def width(self, centre: float, spread: float) -> float:
        """Return a difference from a value in units of the column."""
        check_spread(self, *self._support, centre, spread)
        return width_between(self, centre, spread)

    def canonical(self, value: Any) -> Any:
        """Return the legal Python value that equals a value."""
        if value not in self:
            raise ValueError(f"{value!r} is not a value of {self!r}.")
        return float(value) if self.continuous else int(value)

    def key(self, value: Any) -> Hashable:
        """Return a hashable that is equal for equal values."""
        return float(value) if self.continuous else int(value)

    def to_json(self, value: Any) -> Any:
        """Return the number itself."""
        return self.key(value)

    def from_json(self, form: Any) -> Any:
        """Return the number itself, checked."""
        return self.canonical(form)

    def values(self) -> list[Any]:
        """List the legal values of a bounded discrete distribution."""
        if math.isinf(self.size):
            raise infinite_values(self)
        low, high = self._support
        return list(range(int(low), int(high) + 1))

    def describe(self) -> str:
        """Describe the distribution in canonical text."""
        frozen = self.frozen
        arguments = describe((frozen.args, frozen.kwds))
        return f"{frozen.dist.name}{arguments}{self._identity[-1]}"

    def __contains__(self, value: object) -> bool:
        number = python_value(value)
        if not is_number(number) or not (self.continuous or isinstance(number, int)):
            return False
        low, high = self._support
        return math.isfinite(number) and low <= number <= high
