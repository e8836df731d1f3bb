"""The volume that points dominate above a reference point.

Zitzler and Thiele (1999), "Multiobjective evolutionary algorithms: a comparative case
study and the strength Pareto approach". All volumes here are exact.
"""

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sksearch._pareto._dominance import as_points, distinct_points, is_nondominated

__all__ = [
    "as_reference",
    "hypervolume",
    "hypervolume_contributions",
    "reference_point",
]

Array = NDArray[np.float64]

_MARGIN = 0.1  # of the front's range


def hypervolume(Y: ArrayLike, reference: ArrayLike) -> float:
    """Return the volume between a reference point and what the points dominate.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better. Those that do not exceed the reference point in every
        objective, or are not finite, add nothing.
    reference : array-like of shape (m,)
        The reference point, finite.

    Returns
    -------
    volume : float
        In the product of the objectives' units.

    Raises
    ------
    ValueError
        If the shapes do not fit or the reference point is not finite.

    Examples
    --------
    >>> hypervolume([[2, 1], [1, 2], [1, 1]], [0, 0])
    3.0
    """
    heights, _ = _heights(Y, reference)
    return _volume(heights)


def hypervolume_contributions(Y: ArrayLike, reference: ArrayLike) -> Array:
    """Return the volume that would be lost with each point.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better.
    reference : array-like of shape (m,)
        The reference point, finite.

    Returns
    -------
    contributions : ndarray of shape (n,)
        `hypervolume` of all points less that of the others: 0 for points that are
        dominated, that occur twice, or that `hypervolume` passes over.

    Examples
    --------
    >>> hypervolume_contributions([[2, 1], [1, 2], [1, 1]], [0, 0])
    array([1., 1., 0.])
    """
    heights, above = _heights(Y, reference)
    first, where = distinct_points(heights)
    single = np.bincount(where, minlength=len(first)) == 1
    contributions = np.zeros(len(above))
    contributions[above] = np.where(single, _contributions(heights[first]), 0.0)[where]
    return contributions


def reference_point(Y: ArrayLike) -> Array:
    """Return a point a little worse than the front in every objective.

    The front's worst value of an objective less a tenth of the front's range there, so
    that the ends of the front have volume too. The worst value ever seen would let one
    disaster swell all volumes.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better. At least one is finite.

    Returns
    -------
    reference : ndarray of shape (m,)
        Less than every point of the front. Where the front has no range, its distance
        from the median of all points takes the range's place; where that is 0 too, the
        size of the value, or 1 if it is 0.

    Raises
    ------
    ValueError
        If no point is finite.

    Examples
    --------
    >>> reference_point([[3, 1], [1, 2], [0, 0]]).round(9)
    array([0.8, 0.9])
    >>> reference_point([[3, 1]]).round(9)
    array([2.7, 0.9])
    """
    Y = as_points(Y)
    Y = Y[np.isfinite(Y).all(axis=1)]
    if not len(Y):
        raise ValueError("Y has no finite point. Pass at least one.")
    front = Y[is_nondominated(Y)]
    nadir, scale = front.min(axis=0), np.ptp(front, axis=0)
    # A front without range in an objective stands at the best value of all points.
    fallbacks = (nadir - np.median(Y, axis=0), np.abs(nadir), np.ones_like(nadir))
    for fallback in fallbacks:
        scale = np.where(scale > 0.0, scale, fallback)
    return np.asarray(nadir - _MARGIN * scale)


def as_reference(reference: ArrayLike, n_objectives: int) -> Array:
    """Return a reference point as a finite vector, one number an objective."""
    point = np.asarray(reference, dtype=float)
    if point.shape != (n_objectives,) or not np.isfinite(point).all():
        raise ValueError(
            f"reference={reference!r} must be {n_objectives} finite numbers, one for "
            "each column of Y."
        )
    return point


def _heights(Y: ArrayLike, reference: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
    """Return how far points exceed the reference, and which exceed it everywhere."""
    Y = as_points(Y)
    with np.errstate(invalid="ignore"):
        heights = Y - as_reference(reference, Y.shape[1])
    above = np.all((heights > 0.0) & (heights < np.inf), axis=1)
    return heights[above], above


def _contributions(distinct: Array) -> Array:
    on_front = is_nondominated(distinct)
    if distinct.shape[1] == 2 and on_front.all():
        widths = -np.diff(distinct[:, 0], append=0.0)
        return np.asarray(widths * np.diff(distinct[:, 1], prepend=0.0))
    lost = np.zeros(len(distinct))
    for i in np.flatnonzero(on_front):
        lost[i] = _exclusive(distinct[i], np.delete(distinct, i, axis=0))
    return lost


def _volume(heights: Array) -> float:
    """Return the volume above the origin; dominated points do not matter."""
    n, m = heights.shape
    if n == 0:
        return 0.0
    if m == 1:
        return float(heights.max())
    if m == 2:
        return _area(heights)
    return _volume_of_three(heights) if m == 3 else _volume_of_many(heights)


def _area(heights: Array) -> float:
    widths, levels = heights[np.argsort(-heights[:, 0])].T
    return float(-np.diff(widths, append=0.0) @ np.maximum.accumulate(levels))


def _volume_of_three(heights: Array) -> float:
    """Sweep from the top: the area of a growing staircase, times how far it reaches.

    Beume et al. (2009), "On the complexity of computing the hypervolume indicator".
    """
    xs, ys = [0.0, np.inf], [np.inf, 0.0]  # a staircase between two sentinels
    volume = 0.0
    for x, y, z in heights[np.argsort(-heights[:, 2])].tolist():
        # Each gain in area reaches from its z down to the reference.
        volume += z * _grow(xs, ys, x, y)
    return volume


def _grow(xs: list[float], ys: list[float], x: float, y: float) -> float:
    """Put a step into a staircase, and return how much its area grows."""
    end = bisect_left(xs, x)
    if ys[end] >= y:
        return 0.0
    grown, start, right = 0.0, end, x
    while ys[start] <= y:
        left = xs[start - 1]
        grown += (right - left) * (y - ys[start])
        right, start = left, start - 1
    xs[start + 1 : end], ys[start + 1 : end] = [x], [y]
    return grown


def _volume_of_many(heights: Array) -> float:
    """Add what each point has to itself, from the top of the last objective down.

    While, Bradstreet and Barone (2012), "A fast way of calculating exact hypervolumes".
    """
    heights = heights[np.argsort(-heights[:, -1])]
    sides = heights[:, :-1]
    return float(
        sum(z * _exclusive(sides[i], sides[:i]) for i, z in enumerate(heights[:, -1]))
    )


def _exclusive(point: Array, others: Array) -> float:
    """Return the volume that a point has and the others have not."""
    shared = _volume(_undominated(np.minimum(others, point)))
    return max(float(point.prod()) - shared, 0.0)


def _undominated(heights: Array) -> Array:
    """Leave out most dominated points."""
    heights = heights[np.argsort(-heights.sum(axis=1))]
    i = 0
    while i < len(heights):
        keep = (heights > heights[i]).any(axis=1)
        keep[i] = True
        heights, i = heights[keep], i + 1
    return heights
