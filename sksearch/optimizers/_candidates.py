"""Encoded points that are worth a look by an acquisition function."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History
from sksearch.optimizers._sobol import sobol_points
from sksearch.space import SearchSpace

__all__ = ["LARGEST_GRID", "Params", "broad", "near", "pool"]

Array = NDArray[np.float64]
Params = Mapping[str, Any]

_N_POOL = 512
_N_BLOCKS = 4  # of the pool, taken in turn
_N_BELIEVED = 64  # drawn from what the user believes
LARGEST_GRID = 1000


# A memo: encoding the pool costs more than the model does.
@lru_cache(maxsize=8)
def pool(space: SearchSpace, seed: int, block: int) -> Array:
    """Return legal points that cover the space, encoded: all of a small one, or Sobol.

    Parameters
    ----------
    space : SearchSpace
        What to cover.
    seed : int
        Of the Sobol sequence.
    block : int
        Which part of the sequence, from 0.

    Returns
    -------
    X : ndarray of shape (m, d)
        Read-only.
    """
    if space.size <= LARGEST_GRID:
        found: list[Params] = list(space.grid())
    else:
        found = _sobol_block(space, seed, block) or _drawn(space, seed)
    X: Array = space.encode(found)
    X.flags.writeable = False
    return X


def _sobol_block(space: SearchSpace, seed: int, block: int) -> list[Params]:
    size = _N_POOL * (block + 1)
    # Another seed than the initial design's, or the pool would repeat it.
    points = sobol_points(space.n_coordinates, seed + 1, 1 << (size - 1).bit_length())
    decoded = map(space.from_unit, points[size - _N_POOL : size])
    return list(filter(space.allows, decoded))


def _drawn(space: SearchSpace, seed: int) -> list[Params]:
    rng = np.random.default_rng(seed)
    drawn = (space.sample(rng) for _ in range(_N_POOL // 8))
    return [params for params in drawn if params is not None]


def near(history: History, best: Sequence[Params], rng: np.random.Generator) -> Array:
    """Return neighbours of the first three of some points, shape (m, d)."""
    return history.space.neighbours(best[:3], rng, 0.05, 40)


def broad(history: History, best: Sequence[Params], rng: np.random.Generator) -> Array:
    """Return points everywhere, more of them near some points, shape (m, d).

    Where the user believes something there are more of them there, too.
    """
    space = history.space
    if space.size <= LARGEST_GRID:
        return pool(space, history.seed, 0)
    everywhere = pool(space, history.seed, len(history.trials) % _N_BLOCKS)
    parts = [everywhere, space.neighbours(best, rng, 0.1, 20)]
    if space.prior is not None:  # its peak may be too narrow for the others
        parts.append(space.encode(space.prior.draw(rng, _N_BELIEVED)))
    return np.concatenate(parts)
