"""The hyper-parameters of the Gaussian process, and how probable they are.

Shapes: n points, G groups of columns, M = n (n - 1) / 2 pairs.
theta = (ln l_1 ... ln l_G, ln scale, ln additive, ln noise).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.optimize import minimize

from sksearch.surrogates._cholesky import NotPositiveDefiniteError, cholesky
from sksearch.surrogates._kernel import pair_terms, slopes_of_pairs

__all__ = ["Hyperparameters", "around_mean", "find_hyperparameters"]

Array = NDArray[np.float64]

_LENGTHSCALE_BOUNDS = (math.log(1e-2), math.log(1e3))
_SCALE_BOUNDS = (math.log(1e-3), math.log(1e3))
_NOISE_BOUNDS = (math.log(1e-6), math.log(10.0))


@dataclass(frozen=True)
class Hyperparameters:
    """What a Gaussian process learns, for outputs of mean 0 and variance 1.

    Parameters
    ----------
    lengthscales : tuple of float
        One for each group of columns.
    scale, additive : float
        Variance of the function: of what the parameters do together, and of what each
        does alone.
    noise : float
        Variance of an observation around it.

    Examples
    --------
    >>> from sksearch.surrogates import Hyperparameters
    >>> Hyperparameters.default(4).lengthscales
    (1.0, 1.0, 1.0, 1.0)
    """

    lengthscales: tuple[float, ...]
    scale: float
    additive: float
    noise: float

    @classmethod
    def default(cls, n_groups: int) -> "Hyperparameters":
        """Return where a fit starts that knows nothing: the mode of the priors.

        Parameters
        ----------
        n_groups : int
            How many lengthscales.

        Returns
        -------
        hyperparameters : Hyperparameters
            Lengthscales of sqrt(G) / 2: a typical distance grows as sqrt(G), and from
            shorter ones all gradients vanish.
        """
        lengthscale = 0.5 * math.sqrt(n_groups)
        return cls((lengthscale,) * n_groups, 0.5, 0.5, math.exp(-4.0))

    @classmethod
    def from_theta(cls, theta: Array) -> "Hyperparameters":
        """Return the hyper-parameters of a vector of logarithms.

        Parameters
        ----------
        theta : ndarray of shape (G + 3,)
            Logarithms.

        Returns
        -------
        hyperparameters : Hyperparameters
            Their exponentials.
        """
        *lengthscales, scale, additive, noise = np.exp(theta).tolist()
        return cls(tuple(lengthscales), scale, additive, noise)

    @property
    def scales(self) -> tuple[float, float]:
        """The variances of the two terms of the kernel."""
        return self.scale, self.additive

    @property
    def theta(self) -> Array:
        """The logarithms, as one vector."""
        return np.log([*self.lengthscales, self.scale, self.additive, self.noise])


def find_hyperparameters(
    distances: Array,
    z: Array,
    starts: Sequence[Hyperparameters],
    max_evaluations: int,
    known: Array | float = 0.0,
) -> Hyperparameters:
    """Maximise the posterior density of the hyper-parameters.

    Parameters
    ----------
    distances : ndarray of shape (G, M)
        Squared distances by group.
    z : ndarray of shape (n,)
        Standardised outputs.
    starts : sequence of Hyperparameters
        Where to climb from; the best end is taken.
    max_evaluations : int
        How often each climb may evaluate the density.
    known : ndarray of shape (n,) or float, default=0.0
        Variances of single outputs, on top of the noise of all.

    Returns
    -------
    hyperparameters : Hyperparameters
        The best ones found.

    Raises
    ------
    NotPositiveDefiniteError
        If no start gives a finite density.
    """
    bounds = [_LENGTHSCALE_BOUNDS] * len(distances)
    bounds += [_SCALE_BOUNDS, _SCALE_BOUNDS, _NOISE_BOUNDS]
    ends = [
        minimize(
            _negative_log_posterior,
            np.clip(start.theta, *np.transpose(bounds)),
            (distances, z, np.triu_indices(len(z), 1), known),
            method="L-BFGS-B",
            jac=True,
            bounds=bounds,
            options={"maxfun": max_evaluations, "ftol": 5e-5, "gtol": 3e-2},
        )
        for start in starts
    ]
    best = min(ends, key=lambda end: float(end.fun))
    if not np.isfinite(best.fun):
        raise NotPositiveDefiniteError("No hyper-parameters have a finite density.")
    return Hyperparameters.from_theta(best.x)


def _negative_log_posterior(
    theta: Array, distances: Array, z: Array, pairs: Any, known: Array | float
) -> tuple[float, Array]:
    likelihood, d_likelihood = log_likelihood(theta, distances, z, pairs, known)
    prior, d_prior = log_prior(theta)
    return -(likelihood + prior), -(d_likelihood + d_prior)


def log_prior(theta: Array) -> tuple[float, Array]:
    """Return the log density of the priors (up to a constant), and its gradient."""
    n_groups = len(theta) - 3
    # ln l ~ N(ln .5 + .5 ln G, 1), ln scale and ln additive ~ N(ln .5, 1),
    # ln noise ~ N(-4, 1)
    deviation = theta - Hyperparameters.default(n_groups).theta
    return -0.5 * float(deviation @ deviation), -deviation


def log_likelihood(
    theta: Array, distances: Array, z: Array, pairs: Any, known: Array | float = 0.0
) -> tuple[float, Array]:
    """Return the log likelihood at the most probable mean, and its gradient.

    Parameters
    ----------
    theta : ndarray of shape (G + 3,)
        Logarithms of the hyper-parameters.
    distances : ndarray of shape (G, M)
        Squared distances by group.
    z : ndarray of shape (n,)
        Outputs.
    pairs : tuple of two ndarrays of shape (M,)
        `numpy.triu_indices(n, 1)`.
    known : ndarray of shape (n,) or float, default=0.0
        Variances of single outputs, on top of the noise of all.

    Returns
    -------
    value : float
        ln p(z | mean, X, theta) - mean^2 / 2.
    gradient : ndarray of shape (G + 3,)
        With respect to theta.
    """
    n, squared_rates = len(z), np.exp(-2.0 * theta[:-3])
    scale, additive, noise = np.exp(theta[-3:]).tolist()
    scaled = squared_rates[:, None] * distances
    terms = pair_terms(scaled)
    covariance = np.empty((n, n))
    covariance[pairs] = (
        scale * terms.together + additive * terms.alone
    )  # the upper triangle, hence the lower one of the transpose
    np.fill_diagonal(covariance, scale + additive + noise + known)
    factor = cholesky(covariance.T)
    mean, a = around_mean(factor, z)
    log_determinant = 2.0 * float(np.log(np.diagonal(factor)).sum())
    value = -0.5 * (
        float((z - mean) @ a) + mean**2 + log_determinant + n * math.log(2 * math.pi)
    )

    inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    # W = a a^T - C^-1, at the pairs and on the diagonal; dL = 1/2 sum_ij W_ij dC_ij
    w = a[pairs[0]] * a[pairs[1]] - inverse.T[pairs]
    trace = float(a @ a - np.trace(inverse))
    by_rate = slopes_of_pairs(scaled, terms, (scale, additive), w)
    by_scale = scale * (float(w @ terms.together) + 0.5 * trace)
    by_additive = additive * (float(w @ terms.alone) + 0.5 * trace)
    by_noise = 0.5 * noise * trace
    return value, np.array([*(-2.0 * by_rate), by_scale, by_additive, by_noise])


def around_mean(factor: Array, z: Array) -> tuple[float, Array]:
    """Return the most probable constant mean, which is ~ N(0, 1), and C^-1 (z - mean).

    The average of what a search has evaluated is better than that of its space: taken
    for the mean, it would promise too much of what is unknown.

    Parameters
    ----------
    factor : ndarray of shape (n, n)
        Lower triangular factor of the covariance C.
    z : ndarray of shape (n,)
        Outputs.

    Returns
    -------
    mean : float
        Maximises the density of z and mean together.
    weights : ndarray of shape (n,)
        C^-1 (z - mean).
    """
    right = np.ones((len(z), 2), order="F")
    right[:, 0] = z
    solved, _ = lapack.dpotrs(factor, right, lower=1, overwrite_b=1)
    of_z, of_ones = solved.T
    mean = float(of_ones @ z) / (1.0 + float(of_ones.sum()))
    return mean, of_z - mean * of_ones
