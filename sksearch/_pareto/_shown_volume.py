"""The volume of a front as it is shown, by a faster library where that is installed."""

import importlib
from functools import cache
from typing import Any

from numpy.typing import ArrayLike

from sksearch._pareto._dominance import as_points, is_nondominated
from sksearch._pareto._hypervolume import as_reference, hypervolume

__all__ = ["shown_hypervolume"]

_FEWEST_OBJECTIVES = 4  # of which moocore is faster: below, both need microseconds


def shown_hypervolume(Y: ArrayLike, reference: ArrayLike) -> float:
    """Return `hypervolume`, from four objectives on by moocore if it is installed.

    The two differ in the last digits: no decision of a search may read this one, or it
    would depend on what is installed.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        As of `hypervolume`.
    reference : array-like of shape (m,)
        The reference point, finite.

    Returns
    -------
    volume : float
        As of `hypervolume`.

    Raises
    ------
    ValueError
        If the shapes do not fit or the reference point is not finite.

    Examples
    --------
    >>> round(shown_hypervolume([[2, 1, 1, 1], [1, 2, 1, 1]], [0, 0, 0, 0]), 9)
    3.0
    """
    points = as_points(Y)
    corner = as_reference(reference, points.shape[1])
    library = _moocore() if points.shape[1] >= _FEWEST_OBJECTIVES else None
    if library is None:
        return hypervolume(points, corner)
    front = points[is_nondominated(points)]  # which no infinite point is on
    return float(library.hypervolume(front, ref=corner, maximise=True))


@cache
def _moocore() -> Any:
    """Return the library, or None where it is not installed."""
    try:
        return importlib.import_module("moocore")
    except ImportError:
        return None
