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


def compress(y: Array, threshold: float | None = None) -> Array:
    """Replace what lies below a threshold by where it stands among its like.

    How bad the worst points are, and how noisy, must not flatten the good ones. What
    is at least the threshold stays as it is; the others become the lower half of a
    normal distribution as wide as those are above it: with the median the half-rank
    warp of Song et al., "The Vizier Gaussian process bandit algorithm", 2024, section
    3.3. Where none is worse, or all are, all stay as they are.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite observations; larger is better.
    threshold : float or None, default=None
        Where good begins; None is the median.

    Returns
    -------
    compressed : ndarray of shape (n,)
        In the same order, equal where y is at least the threshold.

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
    least = float(np.median(scaled)) if threshold is None else threshold / largest
    worse = scaled < least
    if not worse.any() or worse.all():
        return y
    ranks = rankdata(scaled[worse])
    quantiles = 0.5 * (ranks - 0.5) / len(ranks)
    width = _width(scaled[~worse] - least, least - scaled[worse])
    scaled[worse] = least + width * ndtri(quantiles)
    return scaled * largest


def _width(above: Array, below: Array) -> float:
    """The root mean square above; if all of it ties, the median below."""
    width = float(np.sqrt(np.mean(np.square(above))))
    return width or float(np.median(below))


def _largest(y: Array) -> float:
    largest = float(np.max(np.abs(y), initial=0.0))
    if not 1e-300 < largest < np.inf:
        raise ConstantOutputError(f"The {len(y)} observations are 0 or not finite.")
    return largest
