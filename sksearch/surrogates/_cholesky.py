"""Cholesky factors that survive nearly singular matrices."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack, solve_triangular

__all__ = ["NotPositiveDefiniteError", "append_rows", "cholesky", "solve_lower"]

Array = NDArray[np.float64]

_JITTERS = (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)


class NotPositiveDefiniteError(ArithmeticError):
    """A covariance matrix has no Cholesky factor, even with jitter on its diagonal."""


def cholesky(covariance: Array) -> Array:
    """Factorise a covariance as L @ L.T.

    Parameters
    ----------
    covariance : ndarray of shape (n, n)
        A symmetric matrix of which only the lower triangle is read.

    Returns
    -------
    factor : ndarray of shape (n, n)
        Lower triangular, in Fortran order. What stands above its diagonal is
        undefined.

    Raises
    ------
    NotPositiveDefiniteError
        If there is none with a jitter of 1e-4 of the mean variance.
    """
    variance = float(np.mean(np.diagonal(covariance)))
    for jitter in _JITTERS if np.isfinite(variance) else ():
        matrix = np.array(covariance, order="F")
        if jitter:
            matrix[np.diag_indices_from(matrix)] += jitter * variance
        factor, info = lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)
        if info == 0 and np.isfinite(factor[-1, -1]):
            return np.asarray(factor)
    raise NotPositiveDefiniteError(
        f"A covariance of {len(covariance)} points has no Cholesky factor."
    )


def solve_lower(factor: Array, right: Array, *, transposed: bool = False) -> Array:
    """Solve L x = b, or L.T x = b.

    Parameters
    ----------
    factor : ndarray of shape (n, n)
        Lower triangular L.
    right : ndarray of shape (n,) or (n, m)
        The right-hand side b.
    transposed : bool, default=False
        Solve with L.T.

    Returns
    -------
    solution : ndarray of the shape of `right`
        The x.
    """
    solution: Any = solve_triangular(
        factor, right, lower=True, trans=int(transposed), check_finite=False
    )
    return np.asarray(solution)


def append_rows(factor: Array, cross: Array, corner: Array) -> Array:
    """Extend the factor of A to the factor of [[A, B], [B.T, C]].

    Parameters
    ----------
    factor : ndarray of shape (n, n)
        Lower triangular factor of A.
    cross : ndarray of shape (n, k)
        B.
    corner : ndarray of shape (k, k)
        C.

    Returns
    -------
    extended : ndarray of shape (n + k, n + k)
        Lower triangular.
    """
    n, k = cross.shape
    below = solve_lower(factor, cross)
    extended = np.zeros((n + k, n + k), order="F")
    extended[:n, :n] = factor
    extended[n:, :n] = below.T
    extended[n:, n:] = cholesky(corner - below.T @ below)
    return extended
