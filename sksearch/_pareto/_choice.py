"""An order of preference among points, and the one to choose."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sksearch._pareto._dominance import (
    as_points,
    distinct_points,
    is_nondominated,
    nondominated_ranks,
)
from sksearch._pareto._hypervolume import hypervolume_contributions, reference_point

__all__ = ["knee", "preference_order", "preferred"]

Array = NDArray[np.float64]

_TIED = 1e-9  # of the front's range: what rounding may do to a sum
_SMALLEST = float(np.finfo(float).tiny)


def preference_order(
    Y: ArrayLike, reference: ArrayLike | None = None
) -> NDArray[np.intp]:
    """Return the rows from the best to the worst.

    By rank; within a rank by what the hypervolume of its points would lose, as in
    Beume, Naujoks and Emmerich (2007), "SMS-EMOA: multiobjective selection based on
    dominated hypervolume"; then by row.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better.
    reference : array-like of shape (m,), optional
        The reference point for all ranks. By default each rank has that of
        `reference_point`.

    Returns
    -------
    order : ndarray of int of shape (n,)
        A permutation. Of equal points the first counts as if it were alone, and the
        others are the last of their rank; points that are not finite are last of all.

    Examples
    --------
    >>> preference_order([[0, 0], [5, 1], [4, 3], [0, 4], [4, 3]])
    array([2, 3, 1, 4, 0])
    """
    Y = as_points(Y)
    return np.fromiter(preferred(Y, reference), dtype=np.intp, count=len(Y))


def preferred(Y: ArrayLike, reference: ArrayLike | None = None) -> Iterator[int]:
    """Yield the rows of `preference_order`; of no rank the volumes before its turn.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better.
    reference : array-like of shape (m,), optional
        As of `preference_order`.

    Yields
    ------
    row : int
        From the best to the worst.

    Examples
    --------
    >>> next(preferred([[0, 0], [5, 1], [4, 3], [0, 4], [4, 3]]))
    2
    """
    Y = as_points(Y)
    ranks = nondominated_ranks(Y)
    if Y.shape[1] == 1:  # it needs no more than the ranks
        yield from np.argsort(ranks, kind="stable").tolist()
        return
    for rank in np.unique(ranks):
        members = np.flatnonzero(ranks == rank)
        order = np.argsort(-_lost(Y[members], reference), kind="stable")
        yield from members[order].tolist()


def knee(Y: ArrayLike) -> int:
    """Return the row of the front's knee: from there, every gain has a higher price.

    The point of the front with the largest sum of objectives, each in units of the
    front's range. With two objectives it is the one that bulges farthest from the line
    between the ends of the front: Das (1999), "On characterizing the 'knee' of the
    Pareto curve based on normal-boundary intersection". With more, Das's plane through
    the best points of the objectives need not exist (one point may be best in two), and
    a plane with one slope towards all objectives takes its place.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better. At least one is finite.

    Returns
    -------
    row : int
        Of points with sums that differ by rounding, the one whose worst objective is
        best, then the first. Neither units nor origins of objectives matter; a constant
        objective has no say.

    Raises
    ------
    ValueError
        If no point is finite.

    Examples
    --------
    >>> knee([[0.0, 1.0], [0.7, 0.8], [1.0, 0.0], [0.6, 0.6]])
    1
    """
    Y = as_points(Y)
    front = np.flatnonzero(is_nondominated(Y))
    if not len(front):
        raise ValueError("Y has no finite point. Pass at least one.")
    normalised = _normalised(Y[front])
    sums, worst = normalised.sum(axis=1), normalised.min(axis=1)
    best = sums >= sums.max() - _TIED
    best &= worst >= worst[best].max() - _TIED
    return int(front[np.argmax(best)])


def _lost(Y: Array, reference: ArrayLike | None) -> Array:
    """Return what the volume of a rank loses with each of its points.

    In units of the largest loss, and without what rounding does: two points on a front
    always tie, and shall not be put in order by their last bits.
    """
    lost = np.zeros(len(Y))
    if not np.isfinite(Y).all():  # the last rank, of what is no point
        return lost
    first = np.sort(distinct_points(Y)[0])
    corner = reference_point(Y[first]) if reference is None else reference
    losses = hypervolume_contributions(Y[first], corner)
    lost[first] = np.round(losses / max(float(losses.max()), _SMALLEST), 9)
    return lost


def _normalised(front: Array) -> Array:
    """Put each objective on [0, 1]; 1 where it is constant."""
    low, scale = front.min(axis=0), np.ptp(front, axis=0)
    return np.where(scale > 0.0, (front - low) / np.where(scale > 0.0, scale, 1.0), 1.0)
