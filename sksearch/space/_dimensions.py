"""The protocol of a dimension, and what every dimension does in the same way."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

Floats: TypeAlias = NDArray[np.float64]
RandomState: TypeAlias = np.random.Generator | np.random.RandomState | int | None

_MOVES = 50  # attempts to reach another legal value


class Dimension(Protocol):
    """One parameter's legal values, their prior and their encoding for a model.

    Attributes
    ----------
    size : float
        Number of legal values; ``math.inf`` for a continuous dimension.
    n_columns : int
        Columns of the encoding; 0 for a single legal value.
    continuous : bool
        Whether the encoding is one column in which every number is legal.
    column_groups : tuple of int
        Columns with equal numbers share a lengthscale.
    inactive : tuple of float
        The columns of a point that does not have this parameter.
    """

    @property
    def size(self) -> float:
        """Number of legal values."""
        ...

    @property
    def n_columns(self) -> int:
        """Columns of the encoding."""
        ...

    @property
    def continuous(self) -> bool:
        """Whether every number in the one column is legal."""
        ...

    @property
    def column_groups(self) -> tuple[int, ...]:
        """Columns with equal numbers share a lengthscale."""
        ...

    @property
    def inactive(self) -> tuple[float, ...]:
        """The columns of a point without this parameter."""
        ...

    def rvs(self, size: Any = None, random_state: RandomState = None) -> Any:
        """Draw one value, or a list of ``size`` values, from the prior."""

    def ppf(self, u: float) -> Any:
        """Return the prior's quantile at ``u``, a legal value."""

    def encode(self, value: Any) -> Sequence[float]:
        """Return the columns of a value, all in the unit interval."""

    def decode(self, columns: Sequence[float]) -> Any:
        """Return the legal value nearest to the columns."""

    def encode_many(self, values: Sequence[Any]) -> Floats:
        """Encode n values, shape (n, n_columns)."""

    def decode_many(self, columns: Floats) -> list[Any]:
        """Decode columns of shape (n, n_columns)."""

    def move(self, columns: Floats, rng: np.random.Generator, scale: float) -> Floats:
        """Move n encoded values, shape (n, n_columns), to other legal ones nearby."""

    def width(self, centre: float, spread: float) -> float:
        """Return a spread around a value in units of the column, or raise ValueError.

        A spread is a factor on a logarithmic scale, and a difference on any other.
        """
        ...

    def canonical(self, value: Any) -> Any:
        """Return the legal Python value that equals ``value``, or raise ValueError."""

    def key(self, value: Any) -> Hashable:
        """Return a hashable that is equal for equal values."""

    def to_json(self, value: Any) -> Any:
        """Return a form that ``json.dumps`` takes."""

    def from_json(self, form: Any) -> Any:
        """Return the value of a form that `to_json` made."""

    def values(self) -> list[Any]:
        """List the legal values of a finite dimension in order."""

    def describe(self) -> str:
        """Describe the dimension in canonical text, the same in every process."""

    def __contains__(self, value: object) -> bool: ...


def uniforms(random_state: RandomState) -> Any:
    """Return the function that draws uniform numbers from any kind of random state."""
    if isinstance(random_state, np.random.Generator):
        return random_state.random
    return check_random_state(random_state).random


def draw(dimension: Dimension, size: Any, random_state: RandomState) -> Any:
    """Draw from a dimension by inverting its prior."""
    random = uniforms(random_state)
    if size is None:
        return dimension.ppf(random())
    return [dimension.ppf(u) for u in np.ravel(random(size)).tolist()]


def encode_one(dimension: Dimension, value: Any) -> list[float]:
    """Encode a single value through the vectorised path, so that both agree in bits."""
    columns: list[float] = dimension.encode_many([value])[0].tolist()
    return columns


def decode_one(dimension: Dimension, columns: Sequence[float]) -> Any:
    """Decode a single row of columns."""
    row = np.asarray(columns, dtype=float).reshape(1, dimension.n_columns)
    return dimension.decode_many(row)[0]


def move_number(
    dimension: Dimension, columns: Floats, rng: np.random.Generator, scale: float
) -> Floats:
    """Move encodings that are one number each, shape (n, 1)."""

    def snap(x: Floats) -> Floats:
        if dimension.continuous:
            return x
        return dimension.encode_many(dimension.decode_many(x[:, None]))[:, 0]

    return move_on_axis(columns[:, 0], snap, rng, scale)[:, None]


def move_on_axis(
    x: Floats,
    snap: Callable[[Floats], Floats],
    rng: np.random.Generator,
    scale: float,
) -> Floats:
    """Move numbers in the unit interval until they are legal and others."""
    start = snap(x)
    moved, rows = start.copy(), np.arange(len(x))
    for _ in range(_MOVES):
        steps = scale * rng.standard_normal(len(rows))
        moved[rows] = snap(_reflect(start[rows] + steps))
        rows = rows[moved[rows] == start[rows]]
        if not len(rows):
            break
        scale = min(1.4 * scale, 1.0)  # the next legal value is farther than that
    return moved


def _reflect(x: Floats) -> Floats:
    """Fold real numbers into the unit interval at its ends."""
    x = np.abs(x) % 2.0
    return np.minimum(x, 2.0 - x)


def check_spread(
    dimension: Dimension, low: float, high: float, centre: float, spread: float
) -> None:
    """Raise ValueError unless a value is in range, and a difference is one."""
    if not low <= centre <= high:
        raise ValueError(
            f"{centre!r} is outside {dimension!r}. Pass a centre between {low!r} and "
            f"{high!r}, or widen the range."
        )
    if not 0.0 < spread < math.inf:
        raise ValueError(
            f"{spread!r} is no spread: it must be a positive number, the standard "
            f"deviation around the centre, in the unit of {dimension!r}."
        )


def width_between(dimension: Dimension, centre: float, spread: float) -> float:
    """Return a spread in units of a column that bends: the larger of its two sides."""
    ends = [centre - spread, centre, centre + spread]
    return float(np.diff(dimension.encode_many(ends)[:, 0]).max())


def infinite_values(dimension: Dimension) -> ValueError:
    """Return the error for a list of infinitely many values."""
    return ValueError(f"{dimension!r} has infinitely many values; give it a step.")
