"""The covariance of two points: all parameters together, and each one alone.

k(x, x') = s M(r^2) + a / G sum_g Q(r_g^2)

M is the Matern-5/2 correlation of the whole distance, Q(r^2) = 1 / (1 + r^2) the
rational quadratic of the distance in one group of columns. The second term is an
additive model: what one parameter does is learned from every point, wherever the others
stand, which few points allow (Duvenaud, Nickisch and Rasmussen, "Additive Gaussian
processes", 2011). How much of the variance is additive, a against s, is learned.
Q needs no exponential.

Shapes: m and n points, d columns, G groups, M = n (n - 1) / 2 pairs. Points come
multiplied by their rates, the inverse lengthscales. Everything is a function of squared
distances: d/d(r^2) is finite at 0, where d/dr would need a limit.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

__all__ = [
    "PairTerms",
    "covariance",
    "covariance_with_gradient",
    "group_distances",
    "matern52",
    "matern52_slope",
    "pair_terms",
    "slopes_of_pairs",
    "squared_distances",
]

Array = NDArray[np.float64]
Groups = NDArray[np.intp]

Scales = tuple[float, float]  # (s, a)


def covariance(A: Array, B: Array, groups: Groups, scales: Scales) -> Array:
    """Return the covariances between two sets of points.

    Parameters
    ----------
    A, B : ndarray of shape (m, d) and (n, d)
        Points, multiplied by their rates.
    groups : ndarray of int of shape (d,)
        The group of each column, in 0 ... G - 1.
    scales : tuple of two floats
        The variances s and a of the two terms.

    Returns
    -------
    covariance : ndarray of shape (m, n)
        s + a where two points are equal.

    Examples
    --------
    >>> import numpy as np
    >>> A, B = np.zeros((1, 2)), np.array([[0.0, 0.0], [0.0, 1.0]])
    >>> covariance(A, B, np.arange(2), (1.0, 1.0)).round(3)
    array([[2.   , 1.274]])
    """
    total = scales[0] * matern52(squared_distances(A, B))
    share = scales[1] / max(_n_groups(groups), 1)
    for columns in _columns(groups):
        alone = _alone(A, B, columns)
        alone += 1.0
        total += np.divide(share, alone, out=alone)
    return total


def covariance_with_gradient(
    A: Array, B: Array, groups: Groups, scales: Scales
) -> tuple[Array, Array]:
    """Return the covariances of a few points with others, and how they change.

    Parameters
    ----------
    A, B : ndarray of shape (m, d) and (n, d)
        Points, multiplied by their rates.
    groups : ndarray of int of shape (d,)
        The group of each column.
    scales : tuple of two floats
        The variances s and a of the two terms.

    Returns
    -------
    covariance : ndarray of shape (m, n)
        As `covariance` has it.
    gradient : ndarray of shape (m, n, d)
        With respect to the points A.
    """
    members = (groups[:, None] == np.arange(_n_groups(groups))).astype(float)
    gaps = A[:, None, :] - B[None, :, :]
    r2 = np.square(gaps) @ members  # (m, n, G)
    whole, alone = r2.sum(axis=2), np.reciprocal(1.0 + r2)
    share = scales[1] / max(members.shape[1], 1)
    total = scales[0] * matern52(whole) + share * alone.sum(axis=2)
    # d r^2 / da = 2 (a - b), and d Q / d(r^2) = -Q^2
    slopes = (-share * np.square(alone)) @ members.T
    slopes += (scales[0] * matern52_slope(whole))[:, :, None]
    return total, 2.0 * slopes * gaps


def _n_groups(groups: Groups) -> int:
    return int(groups.max(initial=-1)) + 1


def _columns(groups: Groups) -> Iterator[NDArray[np.intp]]:
    for group in range(_n_groups(groups)):
        yield np.flatnonzero(groups == group)


def _alone(A: Array, B: Array, columns: NDArray[np.intp]) -> Array:
    """Return the squared distances in some columns."""
    if len(columns) > 1:
        return squared_distances(A[:, columns], B[:, columns])
    gaps: Array = np.subtract.outer(A[:, columns[0]], B[:, columns[0]])
    return np.square(gaps, out=gaps)


# -- all pairs of one set ------------------------------------------------------------


def group_distances(X: Array, groups: Groups, n_groups: int) -> Array:
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


class PairTerms(NamedTuple):
    """The correlations of each pair, and what their slopes are made of.

    Parameters
    ----------
    together, alone : ndarray of shape (M,)
        M(r^2), and the mean of Q(r_g^2).
    slope : ndarray of shape (M,)
        dM / d(r^2).
    each : ndarray of shape (G, M)
        Q(r_g^2).
    """

    together: Array
    alone: Array
    slope: Array
    each: Array


def pair_terms(distances: Array) -> PairTerms:
    """Return the correlations of each pair.

    Parameters
    ----------
    distances : ndarray of shape (G, M)
        Squared distances by group, multiplied by the squared rates.

    Returns
    -------
    terms : PairTerms
        All that covariances and `slopes_of_pairs` need.
    """
    a = np.sqrt(5.0 * distances.sum(axis=0))
    decay = np.exp(-a)
    each = np.reciprocal(1.0 + distances)
    return PairTerms(
        together=(1.0 + a * (1.0 + a / 3.0)) * decay,
        alone=each.sum(axis=0) / max(len(distances), 1),
        slope=(-5.0 / 6.0) * (1.0 + a) * decay,
        each=each,
    )


def slopes_of_pairs(
    distances: Array, terms: PairTerms, scales: Scales, c: Array
) -> Array:
    """Return what the covariances gain when the squared distances of a group grow.

    Parameters
    ----------
    distances : ndarray of shape (G, M)
        Squared distances by group, multiplied by the squared rates.
    terms : PairTerms
        Of these distances.
    scales : tuple of two floats
        The variances s and a of the two terms.
    c : ndarray of shape (M,)
        The weight of each pair.

    Returns
    -------
    slopes : ndarray of shape (G,)
        sum_p c_p d k_p / d ln(R_g), with R_g the squared rate of group g.
    """
    # d Q / d(r^2) = -Q^2
    weighted = distances * np.square(terms.each)
    share = scales[1] / max(len(distances), 1)
    return np.asarray(
        distances @ (c * (scales[0] * terms.slope)) - share * (weighted @ c)
    )


# -- the two parts -------------------------------------------------------------------


def matern52(r2: Array) -> Array:
    """Return the Matern-5/2 correlation at squared distances.

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
    """Return the derivative of the Matern-5/2 correlation with respect to r2.

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
