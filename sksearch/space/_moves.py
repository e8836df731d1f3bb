"""Small moves in a space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sksearch.space._branches import Branches, Params
from sksearch.space._dimensions import Floats

_BRANCH_RATE = 0.1


def neighbours(
    branches: Branches,
    points: Sequence[Mapping[str, Any]],
    rng: np.random.Generator,
    scale: float,
    n_each: int,
) -> Floats:
    """Return the columns of points near others, constraint or not."""
    X = np.repeat(branches.encode(points), n_each, axis=0)
    origins = [branches.branch_of(params) for params in points]
    b = np.repeat(np.array(origins, dtype=int), n_each)
    leaves = _leaves(branches, b, rng)
    rows = np.flatnonzero(leaves)
    X[rows] = branches.encode(
        [_enter_another(branches, points[row // n_each], rng) for row in rows.tolist()]
    )
    chosen = _some(branches.free_slots[b], rng) & ~leaves[:, None]
    for slot in np.flatnonzero(chosen.any(axis=0)).tolist():
        at = chosen[:, slot], branches.columns[slot + 1]
        X[at] = branches.slots[slot][1].move(X[at], rng, scale)
    return X


def _leaves(branches: Branches, b: Any, rng: np.random.Generator) -> Any:
    """Choose who enters another branch: few, and those that cannot move else."""
    if len(branches) == 1:
        return np.zeros(len(b), dtype=bool)
    is_free = branches.free_slots[b].any(axis=1)
    return ~is_free | (rng.random(len(b)) < _BRANCH_RATE)


def _some(free: Any, rng: np.random.Generator) -> Any:
    """Choose one or two slots in each row of those that are free, now and then more."""
    luck = np.where(free, rng.random(free.shape), np.inf)
    rate = np.maximum(0.15, 1.5 / np.maximum(free.sum(axis=1), 1))
    highest = np.maximum(rate, luck.min(axis=1, initial=np.inf))
    return free & (luck <= highest[:, None])


def _enter_another(
    branches: Branches, params: Mapping[str, Any], rng: np.random.Generator
) -> Params:
    """Move to another branch, keeping the values that are legal there."""
    n = len(branches)
    b = (branches.branch_of(params) + int(rng.integers(1, n))) % n
    return {
        name: dimension.canonical(params[name])
        if name in params and params[name] in dimension
        else dimension.rvs(random_state=rng)
        for name, dimension in branches.dimensions[b].items()
    }
