"""Choices between opaque objects, ordered or not."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set, Sized
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sksearch.space._dimensions import (
    Floats,
    RandomState,
    decode_one,
    draw,
    encode_one,
    move_on_axis,
)
from sksearch.space._identity import describe, is_number, python_value, text, token

# Two rows of an identity matrix scaled by this lie at distance 1: the squared distance
# of two points then counts the categoricals in which they differ.
_HAMMING = math.sqrt(0.5)
_MOST_UNEVEN = 4.0  # largest ratio of two gaps that still counts as even spacing


@dataclass(frozen=True, eq=False, repr=False)
class Categorical:
    """A choice between any Python objects.

    Choices are found again by identity, then by equality that minds the type: True, 1
    and 1.0 are three choices. Equal choices count once.

    Parameters
    ----------
    choices : sequence
        The choices: anything at all, of mixed types.
    ordered : bool, default=False
        Whether choices that stand close together act alike. Numbers are then modelled
        on their own scale (linear, logarithmic or by rank, whichever spaces them
        evenly), None among numbers as a case of its own, others in the order given.

    Examples
    --------
    >>> from sksearch.space import Categorical
    >>> Categorical(["gini", "entropy"]).ppf(0.7)
    'entropy'
    >>> Categorical([1, 10, 100], ordered=True).encode(10)
    [0.5]
    """

    choices: Sequence[Any]
    ordered: bool = False

    def __post_init__(self) -> None:
        distinct: dict[Hashable, Any] = {}
        for choice in map(python_value, check_choices(self.choices)):
            distinct.setdefault(token(choice), choice)
        object.__setattr__(self, "choices", tuple(distinct.values()))
        object.__setattr__(self, "_tokens", tuple(distinct))
        object.__setattr__(self, "ordered", bool(self.ordered))

    def __repr__(self) -> str:
        shown = ", ".join(map(text, self.choices))
        return f"Categorical([{shown}]{', ordered=True' if self.ordered else ''})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Categorical):
            return NotImplemented
        return (self._tokens, self.ordered) == (other._tokens, other.ordered)

    def __hash__(self) -> int:
        return hash((self._tokens, self.ordered))

    def __getstate__(self) -> dict[str, Any]:
        return {"choices": self.choices, "ordered": self.ordered}  # ids do not travel

    @cached_property
    def _tokens(self) -> tuple[Hashable, ...]:
        return tuple(map(token, self.choices))

    @cached_property
    def _index_of_token(self) -> dict[Hashable, int]:
        return {key: i for i, key in enumerate(self._tokens)}

    @cached_property
    def _index_of_id(self) -> dict[int, int]:
        return {id(choice): i for i, choice in enumerate(self.choices)}

    @property
    def size(self) -> float:
        """Number of choices."""
        return float(len(self.choices))

    @cached_property
    def n_columns(self) -> int:
        """Columns of the encoding."""
        return int(self._table.shape[1])

    @property
    def continuous(self) -> bool:
        """Whether every number of the column is legal."""
        return False

    @property
    def column_groups(self) -> tuple[int, ...]:
        """Columns with equal numbers share a lengthscale."""
        if self._numbers is not None:
            return tuple(range(self.n_columns))
        return (0,) * self.n_columns

    @property
    def inactive(self) -> tuple[float, ...]:
        """The columns of a point without this parameter."""
        one_hot = self.n_columns > 1 and self._numbers is None
        return (0.0 if one_hot else 0.5,) * self.n_columns

    @cached_property
    def _numbers(self) -> tuple[float, ...] | None:
        """The choices as numbers where they are modelled so; NaN stands for None."""
        if not self.ordered or len(self.choices) < 3:
            return None
        return _as_numbers(self.choices)

    @cached_property
    def _table(self) -> Floats:
        """The encoding of each choice, shape (n_choices, n_columns)."""
        n = len(self.choices)
        if n <= 2:
            return np.arange(float(n))[:, None][:, : n - 1]
        if self._numbers is not None:
            return _numeric_table(np.asarray(self._numbers))
        if self.ordered:
            return np.linspace(0.0, 1.0, n)[:, None]
        return np.eye(n) * _HAMMING

    @cached_property
    def _line(self) -> tuple[list[int], Floats] | None:
        """The choices other than None along their axis, and where they stand on it."""
        if not self.ordered or len(self.choices) < 3:
            return None
        x = self._table[:, -1]
        order = [i for i in np.argsort(x, kind="stable").tolist() if not self._aside(i)]
        return order, x[order]

    def _aside(self, i: int) -> bool:
        return self._numbers is not None and math.isnan(self._numbers[i])

    def index(self, value: Any) -> int:
        """Find a choice.

        Parameters
        ----------
        value : object
            One of the choices, or an object equal to one.

        Returns
        -------
        int
            Its position among the choices.

        Raises
        ------
        ValueError
            If it is none of the choices.
        """
        found = self._index_of_id.get(id(value))
        if found is None:
            found = self._index_of_equal(python_value(value))
        if found is None:
            raise ValueError(f"{text(value)} is not a choice of {self!r}.")
        return found

    def _index_of_equal(self, value: Any) -> int | None:
        found = self._index_of_token.get(token(value))
        if found is None and is_number(value):
            other = float if isinstance(value, int) else int
            return self._index_of_token.get((other, value))  # 1.0 finds 1
        return found

    def rvs(self, size: Any = None, random_state: RandomState = None) -> Any:
        """Draw choices uniformly.

        Parameters
        ----------
        size : int, default=None
            Number of draws; None for a single value instead of a list.
        random_state : Generator, RandomState, int or None, default=None
            The source of randomness.

        Returns
        -------
        object or list of object
            The draws, the very objects given as choices.
        """
        return draw(self, size, random_state)

    def ppf(self, u: float) -> Any:
        """Return the choice at a fraction of the list.

        Parameters
        ----------
        u : float
            A number in the unit interval.

        Returns
        -------
        object
            A choice.
        """
        n = len(self.choices)
        return self.choices[min(max(int(u * n), 0), n - 1)]

    def encode_many(self, values: Sequence[Any]) -> Floats:
        """Encode n values, shape (n, n_columns)."""
        rows: Floats = self._table[[self.index(value) for value in values]]
        return rows

    def decode_many(self, columns: Floats) -> list[Any]:
        """Decode columns of shape (n, n_columns)."""
        return [self.choices[i] for i in self.nearest(columns).tolist()]

    def nearest(self, columns: Floats) -> Any:
        """Return the positions of the choices nearest to n rows, shape (n,)."""
        if self.n_columns == 0:
            return np.zeros(len(columns), dtype=int)
        if self._line is not None and self.n_columns == 1:  # no n x n_choices matrix
            order, x = self._line
            return np.take(order, _nearest_on(x, columns[:, 0]))
        # ||x - t||^2 without its constant part
        closeness = 2 * columns @ self._table.T - np.sum(self._table**2, axis=1)
        return np.argmax(closeness, axis=1)

    def encode(self, value: Any) -> Sequence[float]:
        """Return the columns of a choice."""
        return encode_one(self, value)

    def decode(self, columns: Sequence[float]) -> Any:
        """Return the choice nearest to the columns."""
        return decode_one(self, columns)

    def move(self, columns: Floats, rng: np.random.Generator, scale: float) -> Floats:
        """Move n encoded choices, along their axis if they have one, else anywhere."""
        i, n = self.nearest(columns), len(self.choices)
        j = (i + rng.integers(1, max(n, 2), len(i))) % n
        if self._line is not None:
            order, x = self._line
            near = np.isin(i, order) & (rng.random(len(i)) * n > n - len(order))
            moved = move_on_axis(
                self._table[i[near], -1], lambda u: x[_nearest_on(x, u)], rng, scale
            )
            j[near] = np.take(order, np.searchsorted(x, moved))
        rows: Floats = self._table[j]
        return rows

    def width(self, centre: float, spread: float) -> float:
        """Raise: between choices there is no distance."""
        raise ValueError(f"{self!r} has no scale. Use a range.")

    def canonical(self, value: Any) -> Any:
        """Return the choice that equals a value."""
        return self.choices[self.index(value)]

    def key(self, value: Any) -> Hashable:
        """Return the position of a choice."""
        return self.index(value)

    def to_json(self, value: Any) -> dict[str, Any]:
        """Return the position of a choice and a text to show for it."""
        i = self.index(value)
        return {"choice": i, "text": text(self.choices[i])}

    def from_json(self, form: Any) -> Any:
        """Return the original choice object."""
        i = form.get("choice") if isinstance(form, Mapping) else None
        if not isinstance(i, int) or not 0 <= i < len(self.choices):
            raise ValueError(f"{form!r} does not name a choice of {self!r}.")
        return self.choices[i]

    def values(self) -> list[Any]:
        """List the choices."""
        return list(self.choices)

    def describe(self) -> str:
        """Describe the choices in canonical text."""
        return f"Categorical({describe(list(self.choices))}, ordered={self.ordered})"

    def __contains__(self, value: object) -> bool:
        try:
            self.index(value)
        except ValueError:
            return False
        return True


def check_choices(choices: Any, owner: str = "Categorical") -> list[Any]:
    """Return the items of a sequence of choices, or say why it is none."""
    if isinstance(choices, np.ndarray) and choices.ndim != 1:
        raise ValueError(
            f"{owner}: the choices must be one-dimensional, got an array of shape "
            f"{choices.shape}. Pass a list of its rows to choose between them."
        )
    unordered = isinstance(choices, (str, bytes, Mapping, Set))
    if unordered or not (isinstance(choices, Iterable) and isinstance(choices, Sized)):
        raise TypeError(
            f"{owner}: the choices must be a list or an array, got {choices!r} (of "
            f"type {type(choices).__name__}). Wrap a single value in a list."
        )
    if len(choices) == 0:
        raise ValueError(f"{owner}: {choices!r} is empty. Give at least one choice.")
    return list(choices)


def as_listed(choices: Any) -> Categorical:
    """Return the dimension of a plain list, ordered if it lists numbers."""
    plain = Categorical(choices)
    if len(plain.choices) < 2 or _as_numbers(plain.choices) is None:
        return plain
    return Categorical(plain.choices, ordered=True)


def _as_numbers(choices: Sequence[Any]) -> tuple[float, ...] | None:
    """Return distinct finite numbers as floats, a None among them as NaN."""
    known = [choice for choice in choices if choice is not None]
    if len(known) < 2 or not all(map(_is_finite, known)):
        return None
    if len(set(known)) < len(known):  # such as 1 and 1.0
        return None
    return tuple(math.nan if choice is None else float(choice) for choice in choices)


def _is_finite(value: Any) -> bool:
    return is_number(value) and -1e300 < value < 1e300


def _numeric_table(numbers: Floats) -> Floats:
    """Encode numbers by position, with an indicator column if there is a None."""
    is_none = np.isnan(numbers)
    positions = np.full(len(numbers), 0.5)
    positions[~is_none] = _positions(numbers[~is_none])
    if not is_none.any():
        return positions[:, None]
    return np.column_stack([is_none.astype(float), positions])


def _positions(numbers: Floats) -> Floats:
    """Place numbers in the unit interval: linear, logarithmic or by rank.

    >>> _positions(np.array([1.0, 10.0, 100.0]))
    array([0. , 0.5, 1. ])
    """
    candidates = [numbers, np.log(numbers)] if numbers.min() > 0 else [numbers]
    best = min(candidates, key=_unevenness)
    if _unevenness(best) > _MOST_UNEVEN:
        best = np.argsort(np.argsort(numbers)).astype(float)
    positions: Floats = (best - best.min()) / (best.max() - best.min())
    return positions


def _unevenness(numbers: Floats) -> float:
    gaps = np.diff(np.sort(numbers))
    smallest, largest = float(gaps.min()), float(gaps.max())
    return largest / smallest if smallest > 0 else math.inf


def _nearest_on(positions: Floats, x: Floats) -> Any:
    """Return the index of the sorted position nearest to each x."""
    middles = (positions[1:] + positions[:-1]) / 2
    return np.searchsorted(middles, x)
