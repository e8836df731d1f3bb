"""Outputs of mean 0 and variance 1 whose bad tail is short."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["ConstantOutputError", "standardize"]

Array = NDArray[np.float64]


class ConstantOutputError(ArithmeticError):
    """All observations are equal, so that there is nothing to learn from them."""


def standardize(y: Array) -> tuple[Array, float, float]:
    """Standardise outputs of which larger is better.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite observations.

    Returns
    -------
    z : ndarray of shape (n,)
        (y - offset) / unit, where y below median - 3 (max - median) is raised to
        that: how bad the worst points are must not flatten the good ones.
    offset, unit : float
        Mean and standard deviation of the raised y.

    Raises
    ------
    ConstantOutputError
        If the observations do not vary.

    Examples
    --------
    >>> import numpy as np
    >>> z, offset, unit = standardize(np.array([0.0, 1.0, 2.0, -1e6]))
    >>> bool(z.min() > -2)
    True
    """
    largest = float(np.max(np.abs(y), initial=0.0))
    if not 1e-300 < largest < np.inf:
        raise ConstantOutputError(f"The {len(y)} observations are 0 or not finite.")
    raised = np.maximum(y / largest, _floor(y / largest))  # 1e300 has no square
    offset, unit = float(raised.mean()), float(raised.std())
    if unit <= 1e-13:
        raise ConstantOutputError(f"The {len(y)} observations do not vary.")
    return (raised - offset) / unit, offset * largest, unit * largest


def _floor(y: Array) -> float:
    quartile, median, best = np.quantile(y, [0.25, 0.5, 1.0])
    # Where half of the points tie for the best, the quartile gives the spread.
    spread = max(best - median, median - quartile)
    return float(median - 3.0 * spread) if spread > 0.0 else -np.inf
