"""Branches of dimensions: which parameters exist together, and their columns."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sksearch.space._categorical import Categorical
from sksearch.space._dimensions import Dimension, Floats
from sksearch.space._identity import describe, python_value

Params: TypeAlias = dict[str, Any]


class Branches:
    """Dimensions by branch and name; equal ones under one name share their columns.

    ``slots`` lists the distinct dimensions by name, and each branch names its slots.
    The branch itself is a categorical dimension, whose columns come first.
    """

    def __init__(self, branches: list[dict[str, Dimension]]) -> None:
        self.slots = _distinct(branches)
        self.slot_of: list[dict[str, int]] = [
            {name: self.slots.index((name, d)) for name, d in branch.items()}
            for branch in branches
        ]
        self.dimensions: list[dict[str, Dimension]] = [
            {name: self.slots[slot][1] for name, slot in branch.items()}
            for branch in self.slot_of
        ]
        self.choice = Categorical(range(len(branches)))
        self._all: list[Dimension] = [self.choice, *(d for _, d in self.slots)]

    def __len__(self) -> int:
        return len(self.dimensions)

    @cached_property
    def size(self) -> float:
        """Upper bound of the number of points."""
        return float(
            sum(math.prod(d.size for d in b.values()) for b in self.dimensions)
        )

    @cached_property
    def free(self) -> list[list[str]]:
        """The parameters of each branch that have several values."""
        return [[n for n, d in b.items() if d.size > 1] for b in self.dimensions]

    @cached_property
    def free_slots(self) -> NDArray[np.bool_]:
        """Which slots a branch has, with several values, (n_branches, n_slots)."""
        found = np.zeros((len(self), len(self.slots)), dtype=bool)
        for b, names in enumerate(self.free):
            found[b, [self.slot_of[b][name] for name in names]] = True
        return found

    @cached_property
    def coordinates(self) -> dict[str, list[int]]:
        """The coordinates of each parameter in `from_unit`."""
        first = int(len(self) > 1)
        found: dict[str, list[int]] = {}
        for slot, (name, _) in enumerate(self.slots):
            found.setdefault(name, []).append(first + slot)
        for name, slots in found.items():
            if all(self.slots[slot - first][1].size == 1 for slot in slots):
                found[name] = [0] if len(slots) > 1 else []
        return found

    @cached_property
    def columns(self) -> list[slice]:
        """The columns of the branch, then those of each slot."""
        ends = np.cumsum([dimension.n_columns for dimension in self._all]).tolist()
        return [slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True)]

    @cached_property
    def groups(self) -> NDArray[np.int_]:
        """The lengthscale of each column."""
        groups: list[int] = []
        for dimension in self._all:
            first = max(groups, default=-1) + 1
            groups += [first + group for group in dimension.column_groups]
        return np.array(groups, dtype=int)

    @cached_property
    def continuous(self) -> NDArray[np.bool_]:
        """Whether every number in a column is legal."""
        continuous = [d.continuous for d in self._all for _ in range(d.n_columns)]
        return np.array(continuous, dtype=bool)

    @cached_property
    def _inactive(self) -> Floats:
        return np.array([x for d in self._all for x in d.inactive], dtype=float)

    @cached_property
    def _with_names(self) -> dict[frozenset[str], list[int]]:
        found: dict[frozenset[str], list[int]] = {}
        for b, branch in enumerate(self.dimensions):
            found.setdefault(frozenset(branch), []).append(b)
        return found

    def contains(self, params: Mapping[str, Any]) -> bool:
        """Tell whether a point lies in any branch."""
        return any(
            all(value in self.dimensions[b][name] for name, value in params.items())
            for b in self._with_names.get(frozenset(params), [])
        )

    def point(self, values: Mapping[str, Any]) -> Params:
        """Return the legal point that equals given values, or say why there is none."""
        illegal = ""
        for b in self._with_names.get(frozenset(values), []):
            own = self.dimensions[b]
            wrong = [name for name, value in values.items() if value not in own[name]]
            if not wrong:
                return {name: own[name].canonical(values[name]) for name in own}
            name = wrong[0]
            illegal = f"{name}={values[name]!r} is not a value of {own[name]!r}."
        raise ValueError(illegal or self._wrong_names(values))

    def _wrong_names(self, values: Mapping[str, Any]) -> str:
        """Say how the names differ from those of the branch that is most like them."""
        branch = min(self._with_names, key=lambda names: len(names ^ set(values)))
        unknown, missing = sorted(set(values) - branch), sorted(branch - set(values))
        parts = [f"{unknown} is not searched"] if unknown else []
        parts += [f"{missing} is missing"] if missing else []
        return f"{' and '.join(parts)}. Give a value for each of {sorted(branch)}."

    def branches_at(self, columns: Floats) -> NDArray[np.intp]:
        """Return the branch of each row of columns, shape (n,)."""
        return np.asarray(self.choice.nearest(columns[:, self.columns[0]]))

    def branch_of(self, params: Mapping[str, Any]) -> int:
        """Return the first branch that a point lies in, types and all if possible."""
        if len(self) == 1:
            return 0
        candidates = self._with_names.get(frozenset(params), [])
        if len(candidates) == 1:
            return candidates[0]
        # max_features=1 and max_features=1.0 may lie in different branches.
        for matches in (_is_exactly_in, _is_in):
            for b in candidates:
                dimensions = self.dimensions[b]
                if all(matches(v, dimensions[name]) for name, v in params.items()):
                    return b
        raise ValueError(
            f"{dict(params)!r} lies in no branch of param_distributions. Pass a point "
            "of the space."
        )

    def from_unit(self, coordinates: list[float]) -> Params:
        """Return the point at quantiles of the branch, if several, and of each slot."""
        b = 0
        if len(self) > 1:
            b, coordinates = self.choice.ppf(coordinates[0]), coordinates[1:]
        return {
            name: self.dimensions[b][name].ppf(coordinates[slot])
            for name, slot in self.slot_of[b].items()
        }

    def draw(self, rng: np.random.Generator) -> Params:
        """Draw a branch, and then its parameters."""
        b = int(rng.integers(len(self))) if len(self) > 1 else 0
        return {
            name: dimension.rvs(random_state=rng)
            for name, dimension in self.dimensions[b].items()
        }

    def encode(self, points: Sequence[Mapping[str, Any]]) -> Floats:
        """Return the columns of n points, shape (n, n_columns)."""
        encoded: Floats = np.tile(self._inactive, (len(points), 1))
        if not len(points):
            return encoded
        branches = [self.branch_of(params) for params in points]
        encoded[:, self.columns[0]] = self.choice.encode_many(branches)
        for slot, (name, dimension) in enumerate(self.slots):
            rows = self._rows_with(slot, branches)
            if dimension.n_columns and rows:
                values = [points[row][name] for row in rows]
                encoded[rows, self.columns[slot + 1]] = dimension.encode_many(values)
        return encoded

    def decode(self, columns: Floats) -> list[Params]:
        """Return the points nearest to columns of shape (n, n_columns)."""
        branches: list[int] = self.choice.decode_many(columns[:, self.columns[0]])
        points: list[Params] = [{} for _ in branches]
        for slot, (name, dimension) in enumerate(self.slots):
            rows = self._rows_with(slot, branches)
            values = dimension.decode_many(columns[rows, self.columns[slot + 1]])
            for row, value in zip(rows, values, strict=True):
                points[row][name] = value
        return points

    def _rows_with(self, slot: int, branches: list[int]) -> list[int]:
        """Return the rows in whose branch a dimension is active."""
        active = self._active[slot]
        return [row for row, b in enumerate(branches) if b in active]

    @cached_property
    def _active(self) -> list[set[int]]:
        """The branches of each slot."""
        return [
            {b for b, branch in enumerate(self.slot_of) if slot in branch.values()}
            for slot in range(len(self.slots))
        ]

    def key(self, params: Mapping[str, Any]) -> Hashable:
        """Return a hashable that is equal for equal points."""
        b = self.branch_of(params)
        return b, *[d.key(params[name]) for name, d in self.dimensions[b].items()]

    def to_json(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a form of a point that ``json.dumps`` takes."""
        return self._form(params, self.branch_of(params))

    def _form(self, params: Mapping[str, Any], b: int) -> dict[str, Any]:
        form = {}
        for name, dimension in self.dimensions[b].items():
            form[name] = dimension.to_json(params[name])
            if name in self._ambiguous and isinstance(form[name], dict):
                form[name]["branch"] = b
        return form

    @cached_property
    def _ambiguous(self) -> set[str]:
        """Names whose dimensions differ between branches."""
        names = [name for name, _ in self.slots]
        return {name for name in names if names.count(name) > 1}

    def from_json(self, form: Mapping[str, Any]) -> Params:
        """Return the point of a form that `to_json` made."""
        for b in self._with_names.get(frozenset(form), []):
            params = self._read(form, b)
            if params is not None:
                return params
        raise ValueError(
            f"{dict(form)!r} is no point of param_distributions. Read it with the "
            "space that it was written with."
        )

    def _read(self, form: Mapping[str, Any], b: int) -> Params | None:
        """Read a form as a point of one branch, or return None if it is not that."""
        try:
            params = {
                name: dimension.from_json(form[name])
                for name, dimension in self.dimensions[b].items()
            }
        except ValueError:
            return None
        if len(self) > 1:  # 1 and 1.0, or the number of the branch, tell them apart
            again = json.dumps(self._form(params, b), sort_keys=True)
            return params if again == json.dumps(dict(form), sort_keys=True) else None
        return params

    def describe(self) -> str:
        """Describe all branches in canonical text."""
        return describe(
            [{name: d.describe() for name, d in b.items()} for b in self.dimensions]
        )


def _is_in(value: Any, dimension: Dimension) -> bool:
    return value in dimension


def _is_exactly_in(value: Any, dimension: Dimension) -> bool:
    value = python_value(value)
    return value in dimension and type(dimension.canonical(value)) is type(value)


def _distinct(branches: list[dict[str, Dimension]]) -> list[tuple[str, Dimension]]:
    """List the dimensions of all branches by name, equal ones once."""
    slots: list[tuple[str, Dimension]] = []
    for name in sorted({name for branch in branches for name in branch}):
        for branch in branches:
            if name in branch and (name, branch[name]) not in slots:
                slots.append((name, branch[name]))
    return slots
