"""Starts that were good on other data, made points of the user's space.

The table beside this file holds portfolios of common estimators: configurations that
are good together, the best first. `asv_benchmarks.portfolio` makes it.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice, product
from typing import Any

from sksearch.estimators._nearest import nearest
from sksearch.space import Dimension, SearchSpace

__all__ = ["portfolio"]

_MOST_VARIANTS = 100

# An entry holds under the condition of what it says of these.
_CONDITIONS = ("boosting_type", "kernel", "solver")
_ROUNDS = ("max_iter", "n_estimators")
_USUAL_ROUNDS = 100  # where an estimator does not say, as those of XGBoost

Params = dict[str, Any]
Branch = Mapping[str, Dimension]


def portfolio(
    estimator: Any,
    space: SearchSpace,
    branches: Sequence[Branch],
    n_columns: int | None = None,
) -> Iterator[Params]:
    """Yield the points of a space that are nearest to the entries for an estimator.

    Parameters
    ----------
    estimator : estimator object
        The one that is searched. The classes of its parts, and of the choices for
        them, say which entries there are.
    space : SearchSpace
        Where the points lie.
    branches : sequence of dict of str to Dimension
        The dimensions of each branch of the space.
    n_columns : int, default=None
        Of the data; None where it is not known. A gamma is a multiple of one over it.

    Yields
    ------
    dict
        Legal points, all different. Each kind of estimator has its turn with its best
        entry, then with its second one.
    """
    kinds: dict[Any, list[_Variant]] = {}
    for variant in _variants(estimator, branches, n_columns):
        kinds.setdefault(variant.kind, []).append(variant)
    longest = max((len(v.entries) for vs in kinds.values() for v in vs), default=0)
    seen = set()
    for turn in range(longest):
        for variants in kinds.values():
            params = variants[turn % len(variants)].point(turn)
            if space.allows(params) and space.key(params) not in seen:
                seen.add(space.key(params))
                yield params


# -- what is searched in a branch ----------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Variant:
    """A branch in which the parts that have parameters of their own are chosen.

    ``values`` are the parameters of the estimator with these parts, and ``entries``
    what the table says of them, by full names.
    """

    branch: Branch
    parts: Params
    values: Params
    kind: tuple[str, ...]
    entries: list[Params]

    def point(self, turn: int) -> Params:
        """Return the point of an entry; they begin anew after the last one."""
        known = self.parts | self.entries[turn % len(self.entries)]
        return {
            name: known[name] if name in known else self._usual(name)
            for name in self.branch
        }

    def _usual(self, name: str) -> Any:
        """Return the estimator's own value, or else the median of the prior."""
        dimension = self.branch[name]
        if name in self.values and self.values[name] in dimension:
            return dimension.canonical(self.values[name])
        return dimension.ppf(0.5)


def _variants(
    estimator: Any, branches: Sequence[Branch], n_columns: int | None
) -> Iterator[_Variant]:
    """Yield the variants for which there are entries."""
    for branch in branches:
        for parts in islice(_choices_of_parts(branch), _MOST_VARIANTS):
            values = _with_parts(estimator, parts)
            found = {
                owner: entries
                for owner in dict.fromkeys(map(_owner, branch))
                if (entries := _entries(branch, owner, values, n_columns))
            }
            if found:
                kind = tuple(type(values[owner]).__name__ for owner in found)
                entries = _side_by_side(list(found.values()))
                yield _Variant(branch, parts, values, kind, entries)


def _choices_of_parts(branch: Branch) -> Iterator[Params]:
    """Yield the choices for all parts that have searched parameters themselves."""
    owners = {_owner(name) for name in branch}
    above = {
        name for name in branch for o in owners if f"{o}__".startswith(f"{name}__")
    }
    parts = sorted(name for name in above if math.isfinite(branch[name].size))
    for chosen in product(*(branch[name].values() for name in parts)):
        yield dict(zip(parts, chosen, strict=True))


def _with_parts(estimator: Any, parts: Params) -> Params:
    """Return all parameters of an estimator with other parts, itself under ""."""
    values = {"": estimator, **estimator.get_params(deep=True)}
    for name in sorted(parts):  # the whole before its parts
        values[name] = parts[name]
        if hasattr(parts[name], "get_params"):
            below = parts[name].get_params(deep=True)
            values |= {f"{name}__{key}": value for key, value in below.items()}
    return values


def _owner(name: str) -> str:
    return name.rpartition("__")[0]


def _side_by_side(several: list[list[Params]]) -> list[Params]:
    """Join the entries of several owners, the first with the first."""
    longest = max(map(len, several))
    return [
        {name: v for own in several for name, v in own[k % len(own)].items()}
        for k in range(longest)
    ]


# -- what the table says -------------------------------------------------------------


def _entries(
    branch: Branch, owner: str, values: Params, n_columns: int | None
) -> list[Params]:
    """Return the entries for one owner, by full names and as values of the branch.

    Those that say nothing of more than half of what is searched are left out.
    """
    prefix = f"{owner}__" if owner else ""
    searched = [n for n in branch if _owner(n) == owner and branch[n].size > 1]
    found = []
    for entry in _table(type(values.get(owner))):
        entry = _over_columns(entry, n_columns)
        full = {prefix + name: value for name, value in entry.items()}
        if not _holds(full, branch, values):
            continue
        full = _at_the_rounds(full, prefix, branch, values)
        known = {n: v for n in searched if n in full for v in _near(branch, n, full)}
        if known and 2 * len(known) >= len(searched):
            found.append(known)
    return found


def _near(branch: Branch, name: str, entry: Params) -> list[Any]:
    return nearest(branch[name], name.rpartition("__")[2], entry[name])


def _over_columns(entry: Params, n_columns: int | None) -> Params:
    """Divide what is given as a multiple, or leave it out."""
    return {
        name: value["over_columns"] / n_columns if isinstance(value, dict) else value
        for name, value in entry.items()
        if n_columns or not isinstance(value, dict)
    }


def _holds(entry: Params, branch: Branch, values: Params) -> bool:
    """Whether the conditions of an entry can be met."""
    return all(
        value in branch[name] if name in branch else value == values.get(name)
        for name, value in entry.items()
        if name.rpartition("__")[2] in _CONDITIONS
    )


def _at_the_rounds(
    entry: Params, prefix: str, branch: Branch, values: Params
) -> Params:
    """Learn faster in fewer rounds, within reason: only their product has a meaning."""
    rate = f"{prefix}learning_rate"
    for name in (prefix + rounds for rounds in _ROUNDS):
        if name in entry and rate in entry:
            near = _near(branch, name, entry) if name in branch else []
            rounds = near[0] if near else values.get(name) or _USUAL_ROUNDS
            factor = min(max(entry[name] / rounds, 0.2), 5.0)
            return entry | {rate: min(entry[rate] * factor, 1.0)}
    return entry


def _table(kind: type) -> list[Params]:
    """Return the entries for a class, or for the first of those above it."""
    table = _read()
    for above in kind.__mro__:
        name = f"{above.__module__.partition('.')[0]}.{above.__name__}"
        if name in table["classes"]:
            entries: list[Params] = table["portfolios"][table["classes"][name]]
            return entries
    return []


@cache
def _read() -> Any:
    return json.loads(files(__package__).joinpath("_portfolio.json").read_text("utf-8"))
