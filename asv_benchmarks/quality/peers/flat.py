"""A space as peers take it: one list of parameters, each with its branches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

from asv_benchmarks.quality.interface import Space

BRANCH = "__branch__"  # the key of the categorical that chooses among the branches


@dataclass(frozen=True)
class Parameter:
    """One parameter, as peers see it.

    Parameters
    ----------
    key : str
        Its name, unique in the space.
    name : str
        Its name in the branches.
    branches : tuple of int
        The branches that have it.
    kind : {"float", "int", "choice"}
        An ordered list is an "int", any other list a "choice"; both are indices.
    low, high : float
        The first and the last value, or index.
    is_log : bool, default=False
        Whether the range is searched in logarithms.
    choices : tuple, default=()
        What the indices stand for; empty if the parameter is a range.
    """

    key: str
    name: str
    branches: tuple[int, ...]
    kind: Literal["float", "int", "choice"]
    low: float
    high: float
    is_log: bool = False
    choices: tuple[Any, ...] = ()

    @property
    def indices(self) -> list[int]:
        """What a categorical chooses from."""
        return list(range(len(self.choices)))

    def value(self, found: Any) -> Any:
        """Return the value that a peer's number stands for."""
        if self.choices:
            return self.choices[round(float(found))]
        # Exponentials of logarithms miss the bounds by a rounding error.
        clipped = min(max(float(found), self.low), self.high)
        return clipped if self.kind == "float" else round(clipped)


@dataclass(frozen=True)
class FlatSpace:
    """All parameters of a space, and what its branches hold constant.

    Parameters
    ----------
    parameters : tuple of Parameter
        In the order in which they were written.
    constants : tuple of dict
        The parameters with a single choice, by branch.
    """

    parameters: tuple[Parameter, ...]
    constants: tuple[Mapping[str, Any], ...]

    @property
    def branches(self) -> list[int]:
        """The numbers of the branches: what a categorical chooses from, if several."""
        return list(range(len(self.constants)))

    @property
    def is_conditional(self) -> bool:
        """Whether there is more than one branch."""
        return len(self.constants) > 1

    def of(self, branch: int) -> list[Parameter]:
        """Return the parameters of a branch."""
        return [p for p in self.parameters if branch in p.branches]

    def params(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Return the point for what a peer found by key; it may hold inactive ones."""
        branch = int(found.get(BRANCH, 0))
        values = {p.name: p.value(found[p.key]) for p in self.of(branch)}
        return {**self.constants[branch], **values}


def flatten(space: Space | Sequence[Space]) -> FlatSpace:
    """Return the parameters of all branches.

    One that several branches write alike is one parameter with one key, as it is to
    whoever writes the search by hand, and to ours.
    """
    branches = [space] if isinstance(space, dict) else list(space)
    written: dict[tuple[str, str], Any] = {}
    homes: dict[tuple[str, str], list[int]] = {}
    for number, branch in enumerate(branches):
        for name, values in branch.items():
            if not _is_constant(values):
                written[name, repr(values)] = values
                homes.setdefault((name, repr(values)), []).append(number)
    n_variants = Counter(name for name, _ in written)
    return FlatSpace(
        tuple(
            _parameter(
                name if n_variants[name] == 1 else f"{name}.{homes[name, text][0]}",
                name,
                tuple(homes[name, text]),
                values,
            )
            for (name, text), values in written.items()
        ),
        tuple(
            {name: values[0] for name, values in branch.items() if _is_constant(values)}
            for branch in branches
        ),
    )


def _parameter(
    key: str, name: str, branches: tuple[int, ...], values: Any
) -> Parameter:
    if isinstance(values, tuple):
        low, high, *prior = values
        kind: Literal["float", "int"] = (
            "int" if isinstance(low, int) and isinstance(high, int) else "float"
        )
        return Parameter(key, name, branches, kind, low, high, bool(prior))
    return Parameter(
        key,
        name,
        branches,
        "int" if _is_ordered(values) else "choice",
        0,
        len(values) - 1,
        choices=tuple(values),
    )


def _is_constant(values: Any) -> bool:
    return isinstance(values, list) and len(values) == 1


def _is_ordered(choices: Sequence[Any]) -> bool:
    """Whether the choices are numbers."""
    return all(isinstance(c, Real) and not isinstance(c, bool) for c in choices)
