"""A Gaussian process of a function that changes with time.

k((t, x), (t', x')) = s (1 - w)^(|t - t'| / 2) M(r^2)

M is the Matern-5/2 correlation of the distance of two points, and w, between 0 and 1,
how much of the function is forgotten in a unit of time (Bogunovic, Scarlett and Cevher,
"Time-varying Gaussian process bandit optimization", 2016).

Shapes: n points, m queries, d columns, G groups of columns, M = n (n - 1) / 2 pairs.
theta = (ln l_1 ... ln l_G, ln rate, ln s, ln noise) with rate = -ln(1 - w) / 2.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import lapack
from scipy.optimize import minimize
from scipy.spatial.distance import pdist

from sksearch.surrogates._cholesky import (
    NotPositiveDefiniteError,
    append_rows,
    cholesky,
    solve_lower,
)
from sksearch.surrogates._kernel import (
    group_distances,
    matern52,
    matern52_slope,
    squared_distances,
)

__all__ = ["TimeVaryingProcess"]

Array = NDArray[np.float64]

_WIDTH = math.log(1e3)  # of the bounds, around the mode of the priors
_MAX_EVALUATIONS = 60


@dataclass(frozen=True, eq=False)
class TimeVaryingProcess:
    """The posterior of a function of time and of a point in the unit cube.

    Make one with `fit`. Its prior mean is 0.

    Parameters
    ----------
    theta : ndarray of shape (G + 3,)
        Logarithms of the lengthscales, of the rate at which correlations decay, and of
        the variances of the function and of the noise.
    groups : ndarray of int of shape (d,)
        The group of each column, in 0 ... G - 1.
    times : ndarray of shape (n,)
        When the process is conditioned.
    points : ndarray of shape (n, d)
        Where, divided by the lengthscales.
    factor : ndarray of shape (n, n)
        Lower triangular factor L of the covariance C of the observations.
    weights : ndarray of shape (n,)
        C^-1 y; 0 for pending points.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates._time_varying import TimeVaryingProcess
    >>> times, X = np.repeat(np.arange(6.0), 5), np.tile(np.linspace(0, 1, 5), 6)
    >>> y = 1.0 - 4.0 * (X - times / 5) ** 2  # the best point moves from 0 to 1
    >>> process = TimeVaryingProcess.fit(times, X[:, None], y, groups=[0])
    >>> mean, sd = process.predict(5.0, [[0.0], [1.0]])
    >>> bool(mean[1] > mean[0])
    True
    """

    theta: Array
    groups: NDArray[np.intp]
    times: Array
    points: Array
    factor: Array
    weights: Array

    @classmethod
    def fit(
        cls, times: ArrayLike, X: ArrayLike, y: ArrayLike, groups: ArrayLike
    ) -> "TimeVaryingProcess":
        """Find the most probable hyper-parameters and condition on observations.

        Parameters
        ----------
        times : array-like of shape (n,)
            When each was made, in a unit in which little changes.
        X : array-like of shape (n, d)
            Points in the unit cube, n at least 2.
        y : array-like of shape (n,)
            Observations of mean 0 and variance 1 or so; larger is better.
        groups : array-like of int of shape (d,)
            Columns with the same number share a lengthscale.

        Returns
        -------
        process : TimeVaryingProcess
            The posterior.

        Raises
        ------
        NotPositiveDefiniteError
            If the covariance cannot be factorised.
        """
        times, X, y = (np.asarray(a, dtype=float) for a in (times, X, y))
        groups = np.unique(np.asarray(groups, dtype=int), return_inverse=True)[1]
        n_groups = int(groups.max(initial=-1)) + 1
        distances = group_distances(X, groups, n_groups)
        theta = _find_theta(distances, pdist(times[:, None], "cityblock"), y)
        points = X / np.exp(theta[:-3])[groups]
        factor = cholesky(_covariance(theta, times, points, times, points, noisy=True))
        weights, _ = lapack.dpotrs(factor, y, lower=1)
        return cls(theta, groups, times, points, factor, weights)

    def condition(self, times: ArrayLike, X: ArrayLike) -> "TimeVaryingProcess":
        """Condition on points whose observations are still pending.

        Parameters
        ----------
        times : array-like of shape (k,)
            When they will have been made.
        X : array-like of shape (k, d)
            The pending points, or none.

        Returns
        -------
        process : TimeVaryingProcess
            As if each had been observed at its posterior mean: the mean stays as it
            is, and the standard deviation falls around the points.

        Raises
        ------
        NotPositiveDefiniteError
            If the covariance cannot be factorised.
        """
        when, added = np.asarray(times, dtype=float), self._scaled(X)
        if not len(added):
            return self
        corner = _covariance(self.theta, when, added, when, added, noisy=True)
        cross = _covariance(self.theta, self.times, self.points, when, added)
        return replace(
            self,
            times=np.concatenate([self.times, when]),
            points=np.concatenate([self.points, added]),
            factor=append_rows(self.factor, cross, corner),
            weights=np.concatenate([self.weights, np.zeros(len(added))]),
        )

    def predict(self, time: float, X: ArrayLike) -> tuple[Array, Array]:
        """Return the posterior of the function at points.

        Parameters
        ----------
        time : float
            When.
        X : array-like of shape (m, d)
            Points in the unit cube.

        Returns
        -------
        mean : ndarray of shape (m,)
            In the unit of the observations.
        sd : ndarray of shape (m,)
            Of the function, without the noise of an observation.
        """
        queries = self._scaled(X)
        when = np.full(len(queries), float(time))
        k = _covariance(self.theta, when, queries, self.times, self.points)
        half = solve_lower(self.factor, k.T)
        scale = math.exp(self.theta[-2])
        left = scale - np.einsum("ij,ij->j", half, half)
        return k @ self.weights, np.sqrt(np.maximum(left, 1e-12 * scale))

    def _scaled(self, X: ArrayLike) -> Array:
        lengthscales: Array = np.exp(self.theta[:-3])[self.groups]
        return np.asarray(X, dtype=float) / lengthscales


def _covariance(
    theta: Array, t: Array, A: Array, u: Array, B: Array, noisy: bool = False
) -> Array:
    """Return the covariances of two sets of points, divided by their lengthscales."""
    rate, scale, noise = np.exp(theta[-3:]).tolist()
    faded = np.exp(-rate * np.abs(np.subtract.outer(t, u)))
    found: Array = scale * faded * matern52(squared_distances(A, B))
    if noisy:
        found[np.diag_indices_from(found)] = scale + noise
    return found


# -- hyper-parameters ----------------------------------------------------------------


def _mode(n_groups: int) -> Array:
    """Return the mode of the priors, from which a fit starts.

    ln l ~ N(ln .5 + .5 ln G, 1), ln rate ~ N(ln .05, 1): a tenth is forgotten in a unit
    of time; ln s ~ N(0, 1), ln noise ~ N(-2, 1): scores of single steps are noisy.
    """
    lengthscale = math.log(0.5) + 0.5 * math.log(max(n_groups, 1))
    return np.array([*[lengthscale] * n_groups, math.log(0.05), 0.0, -2.0])


def _find_theta(distances: Array, gaps: Array, y: Array) -> Array:
    mode = _mode(len(distances))
    found = minimize(
        _negative_log_posterior,
        mode,
        (mode, distances, gaps, y, np.triu_indices(len(y), 1)),
        method="L-BFGS-B",
        jac=True,
        bounds=list(zip(mode - _WIDTH, mode + _WIDTH, strict=True)),
        options={"maxfun": _MAX_EVALUATIONS, "ftol": 5e-5, "gtol": 3e-2},
    )
    if not np.isfinite(found.fun):
        raise NotPositiveDefiniteError("No hyper-parameters have a finite density.")
    return np.asarray(found.x)


def _negative_log_posterior(
    theta: Array, mode: Array, distances: Array, gaps: Array, y: Array, pairs: Any
) -> tuple[float, Array]:
    value, gradient = log_likelihood(theta, distances, gaps, y, pairs)
    away = theta - mode
    return 0.5 * float(away @ away) - value, away - gradient


def log_likelihood(
    theta: Array, distances: Array, gaps: Array, y: Array, pairs: Any
) -> tuple[float, Array]:
    """Return the log likelihood, and its gradient.

    Parameters
    ----------
    theta : ndarray of shape (G + 3,)
        Logarithms of the hyper-parameters.
    distances : ndarray of shape (G, M)
        Squared distances by group.
    gaps : ndarray of shape (M,)
        Distances in time.
    y : ndarray of shape (n,)
        Observations.
    pairs : tuple of two ndarrays of shape (M,)
        `numpy.triu_indices(n, 1)`.

    Returns
    -------
    value : float
        ln p(y | t, X, theta).
    gradient : ndarray of shape (G + 3,)
        With respect to theta.
    """
    n, scaled = len(y), np.exp(-2.0 * theta[:-3])[:, None] * distances
    rate, scale, noise = np.exp(theta[-3:]).tolist()
    r2, faded = scaled.sum(axis=0), scale * np.exp(-rate * gaps)
    at_pairs = faded * matern52(r2)
    covariance = np.empty((n, n))
    covariance[pairs] = at_pairs  # the upper triangle, the lower one of the transpose
    np.fill_diagonal(covariance, scale + noise)
    factor = cholesky(covariance.T)
    a, _ = lapack.dpotrs(factor, y, lower=1)
    log_determinant = 2.0 * float(np.log(np.diagonal(factor)).sum())
    value = -0.5 * (float(y @ a) + log_determinant + n * math.log(2 * math.pi))

    inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    # W = a a^T - C^-1, at the pairs and on the diagonal; dL = 1/2 sum_ij W_ij dC_ij
    w = a[pairs[0]] * a[pairs[1]] - inverse.T[pairs]
    trace = float(a @ a - np.trace(inverse))
    # d r^2 / d ln l = -2 r^2 of the group
    by_lengthscale = -2.0 * (scaled @ (w * faded * matern52_slope(r2)))
    by_rate = -rate * float(w @ (at_pairs * gaps))
    by_scale = float(w @ at_pairs) + 0.5 * scale * trace
    return value, np.array([*by_lengthscale, by_rate, by_scale, 0.5 * noise * trace])
