"""What no point of a front dominates, cut into boxes."""

import operator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sksearch._pareto._dominance import as_points, is_nondominated
from sksearch._pareto._hypervolume import as_reference

__all__ = ["nondominated_boxes"]

Array = NDArray[np.float64]
Corner = tuple[float, ...]
Box = tuple[Corner, Corner]


def nondominated_boxes(front: ArrayLike, reference: ArrayLike) -> tuple[Array, Array]:
    """Return disjoint boxes that fill what lies above a reference and is not dominated.

    With slices from the top of the last objective down, each cut in the same way; what
    does not change from a slice to the next stays one box. For two objectives that is
    the staircase; for three there are at most 2n + 1 boxes, as in Yang et al. (2019),
    "Efficient computation of expected hypervolume improvement using box decomposition
    algorithms".

    Parameters
    ----------
    front : array-like of shape (n, m)
        Points; larger is better. May be empty, and may hold dominated points.
    reference : array-like of shape (m,)
        The reference point, finite.

    Returns
    -------
    lower, upper : ndarray of shape (k, m)
        Opposite corners of the boxes; the upper may be infinite.

    Raises
    ------
    ValueError
        If the shapes do not fit or the reference point is not finite.

    Examples
    --------
    >>> lower, upper = nondominated_boxes([[2, 1], [1, 2]], [0, 0])
    >>> lower
    array([[0., 2.],
           [1., 1.],
           [2., 0.]])
    >>> upper
    array([[inf, inf],
           [inf,  2.],
           [inf,  1.]])
    """
    points = as_points(front)
    corner = as_reference(reference, points.shape[1])
    points = points[is_nondominated(points) & (points > corner).all(axis=1)]
    boxes = _boxes([tuple(point) for point in points.tolist()], tuple(corner.tolist()))
    lower, upper = np.moveaxis(np.array(boxes), 1, 0)
    return lower, upper


def _boxes(points: list[Corner], reference: Corner) -> list[Box]:
    """Cut the space above a reference that points do not dominate."""
    *sides_of_reference, bottom = reference
    if not sides_of_reference:
        return [((max([bottom, *(height for [height] in points)]),), (np.inf,))]
    side = tuple(sides_of_reference)
    boxes: list[Box] = []
    front: list[Corner] = []
    tops = dict.fromkeys(_boxes(front, side), np.inf)  # of the boxes that still grow
    for *new, level in sorted(points, key=lambda point: -point[-1]):
        front = _with(front, tuple(new))
        sections = dict.fromkeys(_boxes(front, side))
        ended = {box: top for box, top in tops.items() if box not in sections}
        boxes += _stretched(ended, level)
        tops = {box: tops.get(box, level) for box in sections}
    return boxes + _stretched(tops, bottom)


def _with(front: list[Corner], new: Corner) -> list[Corner]:
    """Add a point to a front, and take out what it dominates."""
    if any(all(map(operator.ge, point, new)) for point in front):
        return front
    return [point for point in front if any(map(operator.gt, point, new))] + [new]


def _stretched(tops: dict[Box, float], level: float) -> list[Box]:
    """Give boxes one more objective, in which they reach from a level to their tops."""
    return [
        ((*lower, level), (*upper, top))
        for (lower, upper), top in tops.items()
        if top > level
    ]
