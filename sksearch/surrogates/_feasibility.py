"""How likely an output is high enough: that fits succeed, or that a bound is met."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr

from sksearch.surrogates._gaussian_process import (
    GaussianProcess,
    PredictionWithGradient,
)
from sksearch.surrogates._hyperparameters import Hyperparameters

__all__ = ["Feasibility", "Predicts"]

Array = NDArray[np.float64]

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


class Predicts(Protocol):
    """A Gaussian process, or what looks at one from a side."""

    @property
    def hyperparameters(self) -> Hyperparameters:
        """What it has learned."""
        ...

    def predict_with_gradient(self, X: ArrayLike, /) -> PredictionWithGradient:
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
        ...


@dataclass(frozen=True, eq=False)
class Feasibility:
    """The probability that an output is above a threshold, by a Gaussian process.

    Parameters
    ----------
    process : GaussianProcess or alike
        The posterior of the output.
    threshold : float
        What the output has to reach.
    noise : float
        The variance of an observation around the function.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import Feasibility
    >>> X = np.linspace(0.0, 1.0, 11)[:, None]
    >>> feasibility = Feasibility.fit(X, X[:, 0] < 0.5, groups=[0])
    >>> log_probability = feasibility.value([[0.2], [0.8]])
    >>> np.exp(log_probability).round(1)
    array([1., 0.])
    """

    process: Predicts
    threshold: float
    noise: float

    @classmethod
    def fit(
        cls, X: ArrayLike, succeeded: ArrayLike, groups: ArrayLike
    ) -> "Feasibility":
        """Learn from labels 0 and 1; success is a label above 1/2.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Their points in the unit cube.
        succeeded : array-like of bool of shape (n,)
            Which of them succeeded; not all, not none.
        groups : array-like of int of shape (d,)
            Columns with the same number share a lengthscale.

        Returns
        -------
        feasibility : Feasibility
            The model.

        Raises
        ------
        NotPositiveDefiniteError
            If the covariance cannot be factorised.
        ConstantOutputError
            If all succeeded, or none.
        """
        labels = np.asarray(succeeded, dtype=float)
        process = GaussianProcess.fit(X, labels, groups)
        return cls(process, 0.5, process.noise)

    def value(self, X: ArrayLike) -> Array:
        """Return the log probability of points of shape (m, d)."""
        return self.value_and_gradient(X)[0]

    def value_and_gradient(self, X: ArrayLike) -> tuple[Array, Array]:
        """Return the log probability and its gradient.

        Parameters
        ----------
        X : array-like of shape (m, d)
            Points in the unit cube.

        Returns
        -------
        log_probability : ndarray of shape (m,)
            ln Phi(z) with z = (mean - threshold) / sqrt(sd^2 + noise).
        gradient : ndarray of shape (m, d)
            With respect to the point.
        """
        mean, sd, d_mean, d_sd = self.process.predict_with_gradient(X)
        spread = np.sqrt(sd**2 + self.noise)
        z = (mean - self.threshold) / spread
        log_p = np.asarray(log_ndtr(z))
        by_z = np.exp(-0.5 * z * z - _LOG_SQRT_2PI - log_p)  # phi / Phi
        d_z = (d_mean - (z * sd / spread)[:, None] * d_sd) / spread[:, None]
        return log_p, by_z[:, None] * d_z
