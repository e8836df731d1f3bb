"""A Gaussian process for few, noisy observations in a mixed unit cube.

Shapes: n points, m queries, d columns, G groups of columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import lapack

from sksearch.surrogates._cholesky import append_rows, cholesky, solve_lower
from sksearch.surrogates._hyperparameters import (
    Hyperparameters,
    around_mean,
    find_hyperparameters,
)
from sksearch.surrogates._matern import (
    group_distances,
    matern52,
    matern52_slope,
    squared_distances,
)
from sksearch.surrogates._standardize import standardize

__all__ = ["GaussianProcess", "PredictionWithGradient"]

Array = NDArray[np.float64]


class PredictionWithGradient(NamedTuple):
    """Posterior mean and standard deviation of m points, and how they change.

    Parameters
    ----------
    mean, sd : ndarray of shape (m,)
        Of the function, without the noise of an observation.
    mean_gradient, sd_gradient : ndarray of shape (m, d)
        With respect to the point.
    """

    mean: Array
    sd: Array
    mean_gradient: Array
    sd_gradient: Array


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """The posterior of a Gaussian process with a Matern-5/2 kernel.

    Each group of columns has a lengthscale; the mean is an unknown constant. Make one
    with `fit`, or with `fixed` where the hyper-parameters are known.

    Parameters
    ----------
    hyperparameters : Hyperparameters
        For standardised outputs.
    offset, unit : float
        The constant mean, and the standard deviation by which outputs are divided.
    rates : ndarray of shape (d,)
        The inverse lengthscale of each column.
    points : ndarray of shape (n, d)
        Where the process is conditioned, multiplied by `rates`.
    factor : ndarray of shape (n, n)
        Lower triangular factor L of the covariance C of the observations.
    weights : ndarray of shape (n,)
        C^-1 (y - offset) / unit; 0 for pending points.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import GaussianProcess
    >>> X = np.linspace(0.0, 1.0, 9)[:, None]
    >>> process = GaussianProcess.fit(X, np.sin(6.0 * X[:, 0]), groups=[0])
    >>> mean, sd = process.predict([[0.3]])
    >>> bool(abs(mean[0] - np.sin(1.8)) < 0.05)
    True
    """

    hyperparameters: Hyperparameters
    offset: float
    unit: float
    rates: Array
    points: Array
    factor: Array
    weights: Array

    @classmethod
    def fit(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike,
        starts: Sequence[Hyperparameters] = (),
    ) -> "GaussianProcess":
        """Find the most probable hyper-parameters and condition on observations.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Points in the unit cube, n at least 2.
        y : array-like of shape (n,)
            Observations; larger is better.
        groups : array-like of int of shape (d,)
            Columns with the same number share a lengthscale.
        starts : sequence of Hyperparameters, default=()
            Where to climb from; those of a related fit save time. None is the mode
            of the priors.

        Returns
        -------
        process : GaussianProcess
            The posterior.

        Raises
        ------
        NotPositiveDefiniteError
            If the covariance cannot be factorised.
        ConstantOutputError
            If the observations do not vary.
        """
        X, groups = np.asarray(X, dtype=float), _consecutive(groups)
        n_groups = int(groups.max(initial=-1)) + 1
        z, _, _ = standardize(np.asarray(y, dtype=float))
        found = find_hyperparameters(
            group_distances(X, groups, n_groups),
            z,
            starts or [Hyperparameters.default(n_groups)],
            _max_evaluations(len(z)),
        )
        return cls.fixed(X, y, groups, found)

    @classmethod
    def fixed(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike,
        hyperparameters: Hyperparameters,
    ) -> "GaussianProcess":
        """Condition on observations with hyper-parameters that are known.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Points in the unit cube.
        y : array-like of shape (n,)
            Observations; larger is better.
        groups : array-like of int of shape (d,)
            Columns with the same number share a lengthscale.
        hyperparameters : Hyperparameters
            For the standardised observations.

        Returns
        -------
        process : GaussianProcess
            The posterior.

        Raises
        ------
        NotPositiveDefiniteError
            If the covariance cannot be factorised.
        ConstantOutputError
            If the observations do not vary.
        """
        z, offset, unit = standardize(np.asarray(y, dtype=float))
        rates = 1.0 / np.asarray(hyperparameters.lengthscales)[_consecutive(groups)]
        points = np.asarray(X, dtype=float) * rates
        factor = cholesky(_noisy_covariance(points, hyperparameters))
        mean, weights = around_mean(factor, z)
        offset += unit * mean
        return cls(hyperparameters, offset, unit, rates, points, factor, weights)

    def condition(self, X: ArrayLike) -> "GaussianProcess":
        """Condition on points whose observations are still pending.

        Parameters
        ----------
        X : array-like of shape (k, d)
            The pending points, or none.

        Returns
        -------
        process : GaussianProcess
            As if each had been observed at its posterior mean: the mean stays as it
            is, and the standard deviation falls around the points.

        Raises
        ------
        NotPositiveDefiniteError
            If the covariance cannot be factorised.
        """
        added = np.asarray(X, dtype=float) * self.rates
        if not len(added):
            return self
        corner = _noisy_covariance(added, self.hyperparameters)
        return replace(
            self,
            points=np.concatenate([self.points, added]),
            factor=append_rows(self.factor, self._cross(added).T, corner),
            weights=np.concatenate([self.weights, np.zeros(len(added))]),
        )

    def predict(self, X: ArrayLike) -> tuple[Array, Array]:
        """Return the posterior of the function at points.

        Parameters
        ----------
        X : array-like of shape (m, d)
            Points in the unit cube.

        Returns
        -------
        mean : ndarray of shape (m,)
            In the unit of the observations.
        sd : ndarray of shape (m,)
            Of the function, without the noise of an observation.
        """
        k = self._cross(np.asarray(X, dtype=float) * self.rates)
        half = solve_lower(self.factor, k.T)
        return self._mean(k), self._sd(np.einsum("ij,ij->j", half, half))

    def predict_with_gradient(self, X: ArrayLike) -> PredictionWithGradient:
        """Return the posterior at points, and how it changes when they move.

        Parameters
        ----------
        X : array-like of shape (m, d)
            Points in the unit cube.

        Returns
        -------
        prediction : PredictionWithGradient
            Mean, standard deviation, and the gradients of both.
        """
        queries = np.asarray(X, dtype=float) * self.rates
        r2 = squared_distances(queries, self.points)
        k = self.hyperparameters.scale * matern52(r2)
        solved, _ = lapack.dpotrs(self.factor, k.T, lower=1)  # C^-1 k
        mean, sd = self._mean(k), self._sd(np.einsum("ij,ji->i", k, solved))

        # d r2 / dx = 2 (x - x_j) / l^2; d var / dx = -2 sum_j (C^-1 k)_j dk_j / dx
        slope = 2.0 * self.hyperparameters.scale * matern52_slope(r2)
        d_mean = self._pull(queries, slope * self.weights)
        d_variance = -2.0 * self._pull(queries, slope * solved.T)
        d_sd = d_variance * (0.5 * self.unit**2 / sd)[:, None]
        return PredictionWithGradient(mean, sd, self.unit * d_mean, d_sd)

    def _cross(self, queries: Array) -> Array:
        return _covariance(queries, self.points, self.hyperparameters)

    def _mean(self, k: Array) -> Array:
        return np.asarray(self.offset + self.unit * (k @ self.weights))

    def _sd(self, explained: Array) -> Array:
        scale = self.hyperparameters.scale
        return self.unit * np.sqrt(np.maximum(scale - explained, 1e-12 * scale))

    def _pull(self, queries: Array, c: Array) -> Array:
        """Return sum_j c_ij (x_i - x_j) / l^2 for each query i."""
        pull = queries * c.sum(axis=1)[:, None] - c @ self.points
        return np.asarray(self.rates * pull)


def _covariance(A: Array, B: Array, found: Hyperparameters) -> Array:
    return found.scale * matern52(squared_distances(A, B))


def _noisy_covariance(points: Array, found: Hyperparameters) -> Array:
    covariance = _covariance(points, points, found)
    np.fill_diagonal(covariance, found.scale + found.noise)
    return covariance


def _consecutive(groups: ArrayLike) -> NDArray[np.intp]:
    return np.unique(np.asarray(groups, dtype=int), return_inverse=True)[1]


def _max_evaluations(n: int) -> int:
    # The cost of one evaluation grows as n^3, what it can still change shrinks.
    return 60 if n <= 100 else 20 if n <= 250 else 8
