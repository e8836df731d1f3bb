"""Legal points that are worth a look by an acquisition function."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.optimizers._sobol import sobol_points
from sksearch.space import SearchSpace

__all__ = ["LARGEST_GRID", "Candidates", "Params", "mutations", "pool"]

Array = NDArray[np.float64]
Params = Mapping[str, Any]

_N_POOL = 512
LARGEST_GRID = 1000


@dataclass(frozen=True, eq=False)
class Candidates:
    """Parameters and their encoding, row by row.

    Parameters
    ----------
    params : list of dict
        Legal parameters.
    X : ndarray of shape (m, d)
        Their encoding.
    """

    params: Sequence[Params]
    X: Array

    @classmethod
    def encode(cls, space: SearchSpace, params: Iterable[Params]) -> "Candidates":
        """Return parameters with their encoding."""
        params = list(params)
        return cls(params, space.encode(params))

    def __add__(self, other: "Candidates") -> "Candidates":
        return Candidates(
            [*self.params, *other.params], np.concatenate([self.X, other.X])
        )

    def take(self, rows: Iterable[int]) -> "Candidates":
        """Return the candidates of some rows."""
        rows = list(rows)
        return Candidates([self.params[row] for row in rows], self.X[rows])


# A memo: encoding the pool costs more than the model does.
@lru_cache(maxsize=8)
def pool(space: SearchSpace, seed: int, block: int) -> Candidates:
    """Return points that cover the space: all of a small one, else Sobol points."""
    if space.size <= LARGEST_GRID:
        return Candidates.encode(space, space.grid())
    size = _N_POOL * (block + 1)
    # Another seed than the initial design's, or the pool would repeat it.
    points = sobol_points(space.n_coordinates, seed + 1, 1 << (size - 1).bit_length())
    found = filter(space.allows, map(space.from_unit, points[size - _N_POOL : size]))
    return Candidates.encode(space, list(found) or _drawn(space, seed))


def _drawn(space: SearchSpace, seed: int) -> list[Params]:
    rng = np.random.default_rng(seed)
    drawn = (space.sample(rng) for _ in range(_N_POOL // 8))
    return [params for params in drawn if params is not None]


def mutations(
    space: SearchSpace,
    parents: Iterable[Params],
    rng: np.random.Generator,
    n_each: int,
    scale: float,
) -> Candidates:
    """Return legal neighbours of some points."""
    found = [space.mutants(parent, rng, scale, n_each) for parent in parents]
    return Candidates.encode(space, itertools.chain.from_iterable(found))
