"""Outputs as a model wants them: mean 0, variance 1, and no long bad tail."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

__all__ = ["ConstantOutputError", "compress", "standardize"]

Array = NDArray[np.float64]


class ConstantOutputError(ArithmeticError):
    """All observations are equal, so that there is nothing to learn from them."""


def standardize(y: Array) -> tuple[Array, float, float]:
    """Standardise outputs.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite observations.

    Returns
    -------
    z : ndarray of shape (n,)
        (y - offset) / unit.
    offset, unit : float
        Mean and standard deviation of y.

    Raises
    ------
    ConstantOutputError
        If the observations do not vary.

    Examples
    --------
    >>> import numpy as np
    >>> z, offset, unit = standardize(np.array([1.0, 3.0]))
    >>> offset, unit, z.round(9).tolist()
    (2.0, 1.0, [-1.0, 1.0])
    """
    largest = _largest(y)
    scaled = y / largest  # 1e300 has no square
    offset, unit = float(scaled.mean()), float(scaled.std())
    if unit <= 1e-13:
        raise ConstantOutputError(f"The {len(y)} observations do not vary.")
    return (scaled - offset) / unit, offset * largest, unit * largest


def compress(y: Array) -> Array:
    """Replace what lies below the median by where it stands among its like.

    How bad the worst points are, and how noisy, must not flatten the good ones. The
    better half stays as it is; the worse half becomes the lower half of a normal
    distribution as wide as the better one (the half-rank warp of Song et al., "The
    Vizier Gaussian process bandit algorithm", 2024, section 3.3). Where most outputs
    are equal and none is worse, all stay as they are.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite observations; larger is better.

    Returns
    -------
    compressed : ndarray of shape (n,)
        In the same order, equal where y is at least its median.

    Raises
    ------
    ConstantOutputError
        If the observations are 0 or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> compress(np.array([2.0, 1.0, 3.0, -1e9, 0.0])).round(2).tolist()
    [2.0, 1.0, 3.0, -0.49, 0.59]
    """
    largest = _largest(y)
    scaled = y / largest
    median = float(np.median(scaled))
    worse = scaled < median
    if not worse.any():
        return y
    ranks = rankdata(scaled[worse])
    quantiles = 0.5 * (ranks - 0.5) / len(ranks)
    width = _width(scaled[~worse] - median, median - scaled[worse])
    scaled[worse] = median + width * ndtri(quantiles)
    return scaled * largest


def _width(above: Array, below: Array) -> float:
    """The root mean square of the better half; if all of it ties, of the worse one."""
    width = float(np.sqrt(np.mean(np.square(above))))
    return width or float(np.median(below))


def _largest(y: Array) -> float:
    largest = float(np.max(np.abs(y), initial=0.0))
    if not 1e-300 < largest < np.inf:
        raise ConstantOutputError(f"The {len(y)} observations are 0 or not finite.")
    return largest
