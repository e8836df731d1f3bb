"""Objects of which only ``rvs`` is known."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sksearch.space._categorical import Categorical
from sksearch.space._dimensions import (
    Floats,
    RandomState,
    check_spread,
    decode_one,
    encode_one,
    infinite_values,
    move_number,
    width_between,
)
from sksearch.space._identity import describe, is_number, python_value, text, token

_N_REFERENCE = 256


@dataclass(frozen=True, eq=False, repr=False)
class SampledDistribution:
    """An object of which only ``rvs`` is known, encoded by 256 reference draws.

    Sampling draws afresh. Models see the rank of a number among the reference draws, or
    which of them it equals if they are no numbers; decoding returns a reference draw.
    """

    distribution: Any

    def __post_init__(self) -> None:
        self._draw(np.random.RandomState(0))  # a broken one is refused here, by name

    @cached_property
    def _reference(self) -> tuple[Any, ...]:
        random_state = np.random.RandomState(0)
        return tuple(self._draw(random_state) for _ in range(_N_REFERENCE))

    def _draw(self, random_state: Any) -> Any:
        try:
            return python_value(self.distribution.rvs(random_state=random_state))
        except Exception as error:
            raise ValueError(
                f"{text(self.distribution)}.rvs(random_state=...) raised {error!r}. It "
                "must return one value."
            ) from error

    @cached_property
    def _sorted(self) -> Floats | None:
        """The reference draws in order, if they are numbers."""
        if not all(is_number(x) and math.isfinite(x) for x in self._reference):
            return None
        return np.sort(np.asarray(self._reference, dtype=float))

    @cached_property
    def _distinct(self) -> Categorical:
        return Categorical(self._reference)

    @cached_property
    def _whole(self) -> bool:
        return all(isinstance(x, int) for x in self._reference)

    def __repr__(self) -> str:
        return text(self.distribution)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SampledDistribution):
            return NotImplemented
        return token(self.distribution) == token(other.distribution)

    def __hash__(self) -> int:
        return hash(token(self.distribution))

    def __getstate__(self) -> dict[str, Any]:
        return {"distribution": self.distribution}

    @property
    def size(self) -> float:
        """Number of legal values, which nobody knows."""
        return math.inf

    @property
    def continuous(self) -> bool:
        """Whether every number of the column is legal."""
        return False

    @cached_property
    def n_columns(self) -> int:
        """Columns of the encoding."""
        if self._distinct.n_columns == 0:
            return 0
        return self._distinct.n_columns if self._sorted is None else 1

    @property
    def column_groups(self) -> tuple[int, ...]:
        """Columns with equal numbers share a lengthscale."""
        return (0,) * self.n_columns

    @property
    def inactive(self) -> tuple[float, ...]:
        """The columns of a point without this parameter."""
        return (0.5,) if self.n_columns == 1 else (0.0,) * self.n_columns

    def rvs(self, size: Any = None, random_state: RandomState = None) -> Any:
        """Draw afresh from the object itself."""
        if isinstance(random_state, np.random.Generator):
            seed = int(random_state.integers(2**32))
            random_state = np.random.RandomState(seed)
        elif not isinstance(random_state, np.random.RandomState):
            random_state = check_random_state(random_state)
        if size is None:
            return self._draw(random_state)
        return [self._draw(random_state) for _ in range(int(np.prod(size)))]

    def ppf(self, u: float) -> Any:
        """Return a reference draw: the quantile if they are numbers."""
        i = min(max(int(u * _N_REFERENCE), 0), _N_REFERENCE - 1)
        return self._reference[i] if self._sorted is None else self._number(i)

    def _number(self, i: int) -> Any:
        assert self._sorted is not None
        number = float(self._sorted[i])
        return int(number) if self._whole else number

    def encode_many(self, values: Sequence[Any]) -> Floats:
        """Encode n values, shape (n, n_columns)."""
        if self.n_columns == 0:
            return np.empty((len(values), 0))
        if self._sorted is None:
            return np.array([self._one_hot(value) for value in values])
        numbers = np.asarray(values, dtype=float)
        ranks = np.searchsorted(self._sorted, numbers, "left")
        ranks = ranks + np.searchsorted(self._sorted, numbers, "right")
        return (ranks / (2 * _N_REFERENCE))[:, None]

    def _one_hot(self, value: Any) -> Sequence[float]:
        known = value in self._distinct
        return self._distinct.encode(value) if known else self.inactive

    def decode_many(self, columns: Floats) -> list[Any]:
        """Decode columns of shape (n, n_columns) to reference draws."""
        if self._sorted is None or self.n_columns == 0:
            return self._distinct.decode_many(columns)
        return [self.ppf(x) for x in columns[:, 0].tolist()]

    def encode(self, value: Any) -> Sequence[float]:
        """Return the columns of a value."""
        return encode_one(self, value)

    def decode(self, columns: Sequence[float]) -> Any:
        """Return the nearest reference draw."""
        return decode_one(self, columns)

    def move(self, columns: Floats, rng: np.random.Generator, scale: float) -> Floats:
        """Move n encoded values to reference draws: of similar rank, or any others."""
        if self._sorted is None or self.n_columns == 0:
            return self._distinct.move(columns, rng, scale)
        return move_number(self, columns, rng, scale)

    def width(self, centre: float, spread: float) -> float:
        """Return a difference from a number in units of the column."""
        if self._sorted is None or self.n_columns == 0:
            raise ValueError(f"{self!r} draws no numbers, or one. Use a list.")
        low, high = float(self._sorted[0]), float(self._sorted[-1])
        check_spread(self, low, high, centre, spread)
        return width_between(self, centre, spread)

    def canonical(self, value: Any) -> Any:
        """Return the value as a Python value."""
        if value not in self:
            raise ValueError(f"{text(value)} is not a value of {self!r}.")
        return python_value(value)

    def key(self, value: Any) -> Hashable:
        """Return a hashable that is equal for equal values."""
        return token(python_value(value))

    def to_json(self, value: Any) -> Any:
        """Return the value if JSON has it, else the reference draw that it equals.

        Any other value is recorded as text only.
        """
        value = python_value(value)
        if value is None or isinstance(value, (bool, str)):
            return value
        if is_number(value) and math.isfinite(value):
            return value
        if value in self._distinct:
            return self._distinct.to_json(value)
        return {"text": text(value)}

    def from_json(self, form: Any) -> Any:
        """Return the value; a text where only a text was recorded."""
        if not isinstance(form, Mapping):
            return form
        return self._distinct.from_json(form) if "choice" in form else form.get("text")

    def values(self) -> list[Any]:
        """Raise: nobody knows the values."""
        raise infinite_values(self)

    def describe(self) -> str:
        """Describe the object by its print and, if they repeat, its first draws."""
        kind = type(self.distribution)
        draws = self._reference[:8]
        random_state = np.random.RandomState(0)
        again = [self._draw(random_state) for _ in draws]
        described = describe(draws) if token(list(draws)) == token(again) else ""
        return f"{kind.__module__}.{kind.__qualname__}:{self!r}{described}"

    def __contains__(self, value: object) -> bool:
        value = python_value(value)
        if self._sorted is None:
            return True
        if not is_number(value) or not math.isfinite(value):  # type: ignore[arg-type]
            return False
        return isinstance(value, int) or not self._whole
