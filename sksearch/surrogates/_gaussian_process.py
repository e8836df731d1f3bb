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
from sksearch.surrogates._kernel import (
    covariance,
    covariance_with_gradient,
    group_distances,
)
from sksearch.surrogates._outputs import standardize

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
    """The posterior of a Gaussian process for mixed parameters.

    The kernel is the sum of a Matern-5/2 and an additive one. Each group of columns has
    a lengthscale; the mean is an unknown constant. Make one with `fit`, or with `fixed`
    where the hyper-parameters are known.

    Parameters
    ----------
    hyperparameters : Hyperparameters
        For standardised outputs.
    offset, unit : float
        The constant mean, and the standard deviation by which outputs are divided.
    rates : ndarray of shape (d,)
        The inverse lengthscale of each column.
    groups : ndarray of int of shape (d,)
        The group of each column, in 0 ... G - 1.
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
    groups: NDArray[np.intp]
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
        variances: ArrayLike = 0.0,
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
        variances : array-like of shape (n,) or float, default=0.0
            How much more each observation varies than by the noise that all share, in
            the unit of the observations, squared.

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
        z, _, unit = standardize(np.asarray(y, dtype=float))
        found = find_hyperparameters(
            group_distances(X, groups, n_groups),
            z,
            starts or [Hyperparameters.default(n_groups)],
            _max_evaluations(len(z)),
            _in_units(variances, unit),
        )
        return cls.fixed(X, y, groups, found, variances)

    @classmethod
    def fixed(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike,
        hyperparameters: Hyperparameters,
        variances: ArrayLike = 0.0,
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
        variances : array-like of shape (n,) or float, default=0.0
            How much more each observation varies than by the noise that all share, in
            the unit of the observations, squared.

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
        groups = _consecutive(groups)
        rates = 1.0 / np.asarray(hyperparameters.lengthscales)[groups]
        points = np.asarray(X, dtype=float) * rates
        noisy = covariance(points, points, groups, hyperparameters.scales)
        noise = hyperparameters.noise + _in_units(variances, unit)
        np.fill_diagonal(noisy, sum(hyperparameters.scales) + noise)
        factor = cholesky(noisy)
        mean, weights = around_mean(factor, z)
        offset += unit * mean
        return cls(
            hyperparameters, offset, unit, rates, groups, points, factor, weights
        )

    @property
    def noise(self) -> float:
        """The variance of an observation, in the unit of the observations, squared."""
        return self.hyperparameters.noise * self.unit**2

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
        corner = self._covariance(added, added)
        corner[np.diag_indices_from(corner)] += self.hyperparameters.noise
        return replace(
            self,
            points=np.concatenate([self.points, added]),
            factor=append_rows(
                self.factor, self._covariance(self.points, added), corner
            ),
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
        k = self._covariance(np.asarray(X, dtype=float) * self.rates, self.points)
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
        k, d_k = covariance_with_gradient(
            queries, self.points, self.groups, self.hyperparameters.scales
        )
        solved, _ = lapack.dpotrs(self.factor, k.T, lower=1)  # C^-1 k
        mean, sd = self._mean(k), self._sd(np.einsum("ij,ji->i", k, solved))

        # d mean / dx = sum_j a_j dk_j / dx; d var / dx = -2 sum_j (C^-1 k)_j dk_j / dx
        d_mean = self.rates * np.einsum("ijd,j->id", d_k, self.weights)
        half = self.rates * np.einsum("ijd,ji->id", d_k, solved)
        d_sd = -half * (self.unit**2 / sd)[:, None]
        return PredictionWithGradient(mean, sd, self.unit * d_mean, d_sd)

    def _covariance(self, A: Array, B: Array) -> Array:
        return covariance(A, B, self.groups, self.hyperparameters.scales)

    def _mean(self, k: Array) -> Array:
        return np.asarray(self.offset + self.unit * (k @ self.weights))

    def _sd(self, explained: Array) -> Array:
        total = sum(self.hyperparameters.scales)
        return self.unit * np.sqrt(np.maximum(total - explained, 1e-12 * total))


def _in_units(variances: ArrayLike, unit: float) -> Array:
    """Return variances of standardised outputs."""
    return np.asarray(np.asarray(variances, dtype=float) / unit / unit)


def _consecutive(groups: ArrayLike) -> NDArray[np.intp]:
    return np.unique(np.asarray(groups, dtype=int), return_inverse=True)[1]


def _max_evaluations(n: int) -> int:
    # The cost of one evaluation grows as n^3, what it can still change shrinks.
    return 60 if n <= 100 else 20 if n <= 250 else 8
