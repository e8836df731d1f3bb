"""Dominance: as good in every objective, and better in one."""

from bisect import bisect_right

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "as_points",
    "crowding_distances",
    "distinct_points",
    "is_nondominated",
    "nondominated_ranks",
]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


def nondominated_ranks(Y: ArrayLike) -> Indices:
    """Return how many fronts have to be taken away before a point is on one.

    Deb et al. (2002), "A fast and elitist multiobjective genetic algorithm: NSGA-II",
    section III-A.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better.

    Returns
    -------
    ranks : ndarray of int of shape (n,)
        0 on the front. Equal points share a rank. Points that are not finite come one
        rank after the last, and never have rank 0.

    Raises
    ------
    ValueError
        If `Y` is no matrix with at least one column.

    Examples
    --------
    >>> nondominated_ranks([[2, 1], [1, 2], [1, 1], [1, 2], [0, 0]])
    array([0, 0, 1, 0, 2])
    """
    Y = as_points(Y)
    finite = np.isfinite(Y).all(axis=1)
    first, where = distinct_points(Y[finite])
    ranks = np.empty(len(Y), dtype=np.intp)
    ranks[finite] = _ranks(Y[finite][first])[where]
    ranks[~finite] = ranks[finite].max(initial=0) + 1
    return ranks


def is_nondominated(Y: ArrayLike) -> NDArray[np.bool_]:
    """Return which points no other dominates.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better.

    Returns
    -------
    nondominated : ndarray of bool of shape (n,)
        True on the front, for each of several equal points.

    Examples
    --------
    >>> is_nondominated([[2, 1], [1, 2], [1, 1]])
    array([ True,  True, False])
    """
    return np.equal(nondominated_ranks(Y), 0)


def crowding_distances(Y: ArrayLike) -> Array:
    """Return how much room the neighbours on a front leave a point.

    Deb et al. (2002), section III-B: half the girth of the box between the neighbours
    along each objective, in units of the front's range.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        The finite points of one front; larger is better.

    Returns
    -------
    distances : ndarray of shape (n,)
        Infinite at the ends of each objective. An objective that is constant has no
        ends; ties are put in the order of the rows.

    Examples
    --------
    >>> crowding_distances([[0, 4], [1, 3], [3, 1], [4, 0]])
    array([inf, 1.5, 1.5, inf])
    """
    Y = as_points(Y)
    distances = np.zeros(len(Y))
    for objective in Y.T:
        order = np.argsort(objective, kind="stable")
        ascending = objective[order]
        if len(Y) and ascending[-1] > ascending[0]:
            gaps = (ascending[2:] - ascending[:-2]) / (ascending[-1] - ascending[0])
            distances[order[1:-1]] += gaps
            distances[order[[0, -1]]] = np.inf
    return distances


def as_points(Y: ArrayLike) -> Array:
    """Return points as a float matrix, one a row."""
    points = np.asarray(Y, dtype=float)
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(
            f"Y has shape {points.shape}, and must have one row for each point and one "
            "column for each objective. A single objective is Y[:, np.newaxis]."
        )
    return points


def distinct_points(Y: Array) -> tuple[Indices, Indices]:
    """Return the first row of each distinct point, and each row's place among them.

    They are in descending lexicographic order: none is dominated by a later one.
    """
    order = np.lexsort(-Y.T[::-1])
    is_new = np.ones(len(Y), dtype=bool)
    is_new[1:] = (np.diff(Y[order], axis=0) != 0.0).any(axis=1)
    where = np.empty(len(Y), dtype=np.intp)
    where[order] = np.cumsum(is_new) - 1
    return order[is_new], where


def _ranks(distinct: Array) -> Indices:
    """Return the ranks of what `distinct_points` finds."""
    n, m = distinct.shape
    if m == 1:
        return np.arange(n)
    return _ranks_of_two(distinct) if m == 2 else _ranks_of_many(distinct)


def _ranks_of_two(distinct: Array) -> Indices:
    # All that came before are as good in the first objective. So a front dominates
    # a point if the best of its second objective does; that falls from front to front.
    ranks = np.empty(len(distinct), dtype=np.intp)
    best: list[float] = []
    for i, loss in enumerate((-distinct[:, 1]).tolist()):
        ranks[i] = rank = bisect_right(best, loss)
        best[rank : rank + 1] = [loss]
    return ranks


def _ranks_of_many(distinct: Array) -> Indices:
    # A rank is the length of the longest chain of points that dominate each other.
    ranks = np.zeros(len(distinct), dtype=np.intp)
    columns = np.ascontiguousarray(distinct.T[1:])
    for i in range(len(distinct) - 1):
        later = ranks[i + 1 :]
        dominated = (columns[:, i + 1 :] <= columns[:, i, np.newaxis]).all(axis=0)
        np.maximum(later, ranks[i] + 1, out=later, where=dominated)
    return ranks
