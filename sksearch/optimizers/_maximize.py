"""The best new legal point of an acquisition function over a mixed space."""

from collections.abc import Callable, Container
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from sksearch.optimizers._candidates import Candidates, Params, mutations
from sksearch.space import SearchSpace

__all__ = ["best_new", "climb", "maximize", "movable_columns"]

Array = NDArray[np.float64]

_N_TOP = 5
_SCALES = (0.05, 0.02)  # of the mutations in each round of refinement


def maximize(
    value: Callable[[Array], Array],
    value_and_gradient: Callable[[Array], tuple[Array, Array]],
    candidates: Candidates,
    space: SearchSpace,
    tried: Container[Any],
    rng: np.random.Generator,
) -> Params | None:
    """Return the best point found that has not been tried.

    The best candidates are refined by mutations of ever smaller steps, and then by
    climbing in their continuous columns.

    Parameters
    ----------
    value, value_and_gradient : callable
        The acquisition of points of shape (m, d).
    candidates : Candidates
        Where to begin.
    space : SearchSpace
        What is legal.
    tried : container
        Keys of points that are not to be proposed again.
    rng : numpy.random.Generator
        Draws the mutations.

    Returns
    -------
    params : dict or None
        None if every candidate has been tried, or has no finite value.
    """
    top = best_new(value, candidates, space, tried)
    n_each = 12 if space.continuous.any() else 24  # what is not climbed is mutated
    for scale in _SCALES if top.params else ():
        top += mutations(space, top.params[:3], rng, n_each, scale)
        top = best_new(value, top, space, tried)
    if top.params:
        movable = movable_columns(space, top.X)
        ends = space.decode(climb(value_and_gradient, top.X, movable, 12))
        top += Candidates.encode(space, filter(space.allows, ends))
        top = best_new(value, top, space, tried)
    return top.params[0] if top.params else None


def best_new(
    value: Callable[[Array], Array],
    candidates: Candidates,
    space: SearchSpace,
    tried: Container[Any],
) -> Candidates:
    """Return the best candidates that are new, at most five, best first.

    Parameters
    ----------
    value : callable
        From points of shape (m, d) to values (m,).
    candidates : Candidates
        Among which to choose.
    space : SearchSpace
        What names a point.
    tried : container
        Keys of points that are not new.

    Returns
    -------
    best : Candidates
        None that is equal to another, or whose value is not finite.
    """
    values = value(candidates.X)
    rows: dict[Any, int] = {}
    for row in np.argsort(-values, kind="stable").tolist():
        key = space.key(candidates.params[row])
        if np.isfinite(values[row]) and key not in tried:
            rows.setdefault(key, row)
        if len(rows) == _N_TOP:
            break
    return candidates.take(rows.values())


def climb(
    value_and_gradient: Callable[[Array], tuple[Array, Array]],
    X: Array,
    movable: NDArray[np.bool_],
    max_evaluations: int,
) -> Array:
    """Climb from several points at once, by L-BFGS-B on the sum of their values.

    The terms of the sum share no variable, and a step costs one call for all points.

    Parameters
    ----------
    value_and_gradient : callable
        From points of shape (m, d) to values (m,) and gradients (m, d).
    X : ndarray of shape (m, d)
        Where to start, in the unit cube.
    movable : ndarray of bool of shape (m, d)
        What may move.
    max_evaluations : int
        How many calls to spend.

    Returns
    -------
    X : ndarray of shape (m, d)
        Where the climbs ended.
    """
    moved = X.copy()

    def descend(free: Array) -> tuple[float, Array]:
        moved[movable] = free
        values, gradients = value_and_gradient(moved)
        return -float(values.sum()), -gradients[movable]

    if movable.any():
        moved[movable] = minimize(
            descend,
            X[movable],
            method="L-BFGS-B",
            jac=True,
            bounds=[(0.0, 1.0)] * int(movable.sum()),
            options={"maxfun": max_evaluations},
        ).x
    return moved


def movable_columns(space: SearchSpace, X: Array) -> NDArray[np.bool_]:
    """Return which columns of each point take every value: continuous and active.

    A parameter that a point does not have is encoded by a constant, to which a move
    of its column returns.

    Parameters
    ----------
    space : SearchSpace
        What the columns mean.
    X : ndarray of shape (m, d)
        Encoded points.

    Returns
    -------
    movable : ndarray of bool of shape (m, d)
        True where the column may move.
    """
    moved = np.where(space.continuous, (X + 0.5) % 1.0, X)
    again = space.encode(space.decode(moved))
    return np.asarray(space.continuous & (np.abs(again - X) > 0.25))
