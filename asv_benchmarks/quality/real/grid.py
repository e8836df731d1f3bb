"""Grids with branches: their points in order, and the row of each."""

import itertools
import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from asv_benchmarks.quality.interface import Space


def branches(space: Space | list[Space]) -> list[Space]:
    """Return the branches of a space, one for a space without any."""
    return space if isinstance(space, list) else [space]


def points(space: Space | list[Space]) -> Iterator[dict[str, Any]]:
    """Yield every point: branch by branch, each in the order of `itertools.product`."""
    for branch in branches(space):
        for values in itertools.product(*branch.values()):
            yield dict(zip(branch, values, strict=True))


@dataclass(frozen=True, eq=False)
class Branch:
    """A branch of a space: what turns its points into rows.

    Parameters
    ----------
    start : int
        The row of its first point.
    places : dict of str to dict
        Of each parameter the position of each choice.
    tuned : dict of str to set of str
        Of each parameter that is a step, which parameters of that step are tuned too.
    """

    start: int
    places: dict[str, dict[Hashable, int]]
    tuned: dict[str, set[str]]

    def row(self, values: Mapping[str, Any]) -> int | None:
        """Return the row of a point, or None if it lies elsewhere."""
        row = 0
        for name, places in self.places.items():
            place = places.get(_key(values[name], self.tuned[name]))
            if place is None:
                return None
            row = row * len(places) + place
        return self.start + row


def located(space: Space | list[Space]) -> list[Branch]:
    """Return the branches of a space with the rows where they start."""
    spaces = branches(space)
    sizes = [math.prod(map(len, branch.values())) for branch in spaces]
    starts = itertools.accumulate(sizes[:-1], initial=0)
    return [_branch(*pair) for pair in zip(spaces, starts, strict=True)]


def _branch(space: Space, start: int) -> Branch:
    tuned = {name: _below(name, space) for name in space}
    places = {
        name: {_key(choice, tuned[name]): i for i, choice in enumerate(choices)}
        for name, choices in space.items()
    }
    return Branch(start, places, tuned)


def _below(name: str, space: Space) -> set[str]:
    prefix = f"{name}__"
    return {other.removeprefix(prefix) for other in space if other.startswith(prefix)}


def _key(value: Any, tuned: set[str]) -> Hashable:
    """Return what equal choices have in common, clones of estimators among them.

    What is tuned below a step counts as a parameter of its own: the step is the same
    choice before and after it is set.
    """
    if not hasattr(value, "get_params"):
        return value  # type: ignore[no-any-return]
    params = value.get_params(deep=False).items()
    return type(value), repr(sorted(p for p in params if p[0] not in tuned))
