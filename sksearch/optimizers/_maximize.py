"""The best new legal point of an acquisition function over a mixed space."""

from collections.abc import Callable, Container, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from sksearch.optimizers._acquisition import Term
from sksearch.optimizers._candidates import Params
from sksearch.space import SearchSpace

__all__ = ["best_new", "climb", "maximize", "movable_columns"]

Array = NDArray[np.float64]

_SCALES = (0.05, 0.02)  # of the moves in each round of refinement


def maximize(
    acquisition: Term,
    candidates: Array,
    space: SearchSpace,
    tried: Container[Any],
    rng: np.random.Generator,
) -> Params | None:
    """Return the best point found that is legal and has not been tried.

    The best candidates are refined by moves of ever smaller steps, and then by climbing
    in their continuous columns.

    Parameters
    ----------
    acquisition : Term
        What is to be large.
    candidates : ndarray of shape (m, d)
        Where to begin.
    space : SearchSpace
        What is legal.
    tried : container
        Keys of points that are not to be proposed again.
    rng : numpy.random.Generator
        Draws the moves.

    Returns
    -------
    params : dict or None
        None if every candidate has been tried, or has no finite value.
    """
    value = acquisition.value
    best, X = best_new(value, candidates, space, tried)
    n_each = 12 if space.continuous.any() else 24  # what is not climbed is moved
    for scale in _SCALES if best else ():
        moved = space.neighbours(best[:3], rng, scale, n_each)
        best, X = best_new(value, np.concatenate([X, moved]), space, tried)
    if best:
        movable = movable_columns(space, X)
        ends = climb(acquisition.value_and_gradient, X, movable, 12)
        best, _ = best_new(value, np.concatenate([X, ends]), space, tried, n=1)
    return best[0] if best else None


def best_new(
    value: Callable[[Array], Array],
    candidates: Array,
    space: SearchSpace,
    tried: Container[Any],
    n: int = 5,
) -> tuple[list[Params], Array]:
    """Return the best candidates that are legal and new, best first.

    Parameters
    ----------
    value : callable
        From points of shape (m, d) to values (m,).
    candidates : ndarray of shape (m, d)
        Among which to choose.
    space : SearchSpace
        What is legal, and what names a point.
    tried : container
        Keys of points that are not new.
    n : int, default=5
        How many to return at most.

    Returns
    -------
    best : list of dict
        None that is equal to another, or whose value is not finite.
    X : ndarray of shape (len(best), d)
        Their rows of `candidates`.
    """
    values = value(candidates)
    order = np.argsort(-values, kind="stable")
    found: dict[Any, tuple[Params, int]] = {}
    finite = order[np.isfinite(values[order])]
    for row, params in _decoded(space, candidates, finite, 2 * n):
        key = space.key(params)
        if key not in tried and key not in found and space.meets_constraint(params):
            found[key] = params, row
        if len(found) == n:
            break
    rows = [row for _, row in found.values()]
    return [params for params, _ in found.values()], candidates[rows]


def _decoded(
    space: SearchSpace, X: Array, rows: Any, size: int
) -> Iterator[tuple[int, Params]]:
    """Decode some rows, a few at a time: the first are mostly all that is needed."""
    start = 0
    while start < len(rows):
        part = rows[start : start + size]
        yield from zip(part.tolist(), space.decode(X[part]), strict=True)
        start, size = start + size, 2 * size


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
