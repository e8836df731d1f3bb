"""The Matern-5/2 correlation, as a function of the squared distance.

In r^2 rather than r everything is smooth enough: d/d(r^2) is finite at 0, where
d/dr would need a limit.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

__all__ = ["group_distances", "matern52", "matern52_slope", "squared_distances"]

Array = NDArray[np.float64]


def matern52(r2: Array) -> Array:
    """Return the correlation at squared distances.

    Parameters
    ----------
    r2 : ndarray
        Squared distances, in units of the lengthscale.

    Returns
    -------
    correlation : ndarray of the same shape
        (1 + a + a^2 / 3) exp(-a) with a = sqrt(5 r2).

    Examples
    --------
    >>> import numpy as np
    >>> matern52(np.array([0.0, 1.0])).round(3)
    array([1.   , 0.524])
    """
    a = np.sqrt(5.0 * r2)
    return np.asarray((1.0 + a * (1.0 + a / 3.0)) * np.exp(-a))


def matern52_slope(r2: Array) -> Array:
    """Return the derivative of the correlation with respect to r2.

    Parameters
    ----------
    r2 : ndarray
        Squared distances, in units of the lengthscale.

    Returns
    -------
    slope : ndarray of the same shape
        -5/6 (1 + a) exp(-a) with a = sqrt(5 r2).
    """
    a = np.sqrt(5.0 * r2)
    return np.asarray((-5.0 / 6.0) * (1.0 + a) * np.exp(-a))


def squared_distances(A: Array, B: Array) -> Array:
    """Return the squared Euclidean distances between two sets of points.

    Parameters
    ----------
    A : ndarray of shape (m, d)
        Points, already divided by their lengthscales.
    B : ndarray of shape (n, d)
        As `A`.

    Returns
    -------
    r2 : ndarray of shape (m, n)
        |a|^2 + |b|^2 - 2 a.b, one matrix product; never negative.
    """
    r2 = A @ B.T
    r2 *= -2.0
    r2 += np.einsum("ij,ij->i", A, A)[:, None]
    r2 += np.einsum("ij,ij->i", B, B)
    return np.maximum(r2, 0.0, out=r2)


def group_distances(X: Array, groups: NDArray[np.intp], n_groups: int) -> Array:
    """Return the squared distances of all pairs, for each group of columns.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Points.
    groups : ndarray of int of shape (d,)
        The group of each column, in 0 ... n_groups - 1.
    n_groups : int
        How many groups there are.

    Returns
    -------
    distances : ndarray of shape (n_groups, n (n - 1) / 2)
        Pairs in the order of `numpy.triu_indices(n, 1)`.
    """
    pairs = [pdist(X[:, groups == group], "sqeuclidean") for group in range(n_groups)]
    return np.array(pairs).reshape(n_groups, len(X) * (len(X) - 1) // 2)
