"""Small moves in a space."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from sksearch.space._branches import Branches, Params

_BRANCH_RATE = 0.1


def neighbour(
    branches: Branches,
    params: Mapping[str, Any],
    rng: np.random.Generator,
    scale: float,
) -> Params:
    """Draw a point near another one, constraint or not."""
    b = branches.branch_of(params)
    dimensions, free = branches.dimensions[b], branches.free[b]
    if len(branches) > 1 and (not free or rng.random() < _BRANCH_RATE):
        return _enter(branches, branches.choice.neighbour(b, rng, scale), params, rng)
    near = {name: params[name] for name in dimensions}
    for name in _some(free, rng):
        near[name] = dimensions[name].neighbour(params[name], rng, scale)
    return near


def _some(names: list[str], rng: np.random.Generator) -> list[str]:
    """Choose one or two names, now and then more."""
    if not names:
        return []
    chosen = rng.random(len(names)) < max(0.15, 1.5 / len(names))
    chosen[rng.integers(len(names))] |= not chosen.any()
    return list(itertools.compress(names, chosen.tolist()))


def _enter(
    branches: Branches, b: int, params: Mapping[str, Any], rng: np.random.Generator
) -> Params:
    """Move to a branch, keeping the values that are legal there."""
    return {
        name: dimension.canonical(params[name])
        if name in params and params[name] in dimension
        else dimension.rvs(random_state=rng)
        for name, dimension in branches.dimensions[b].items()
    }
