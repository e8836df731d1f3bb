"""How likely a fit succeeds, from where fits have succeeded and failed."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr

from sksearch.surrogates._gaussian_process import GaussianProcess

__all__ = ["Feasibility"]

Array = NDArray[np.float64]

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class Feasibility:
    """The probability of success, by a Gaussian process on labels 0 and 1.

    Parameters
    ----------
    process : GaussianProcess
        The posterior of the label; success is a label above 1/2.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import Feasibility
    >>> X = np.linspace(0.0, 1.0, 11)[:, None]
    >>> feasibility = Feasibility.fit(X, X[:, 0] < 0.5, groups=[0])
    >>> log_probability, _ = feasibility.log_probability([[0.2], [0.8]])
    >>> np.exp(log_probability).round(1)
    array([1., 0.])
    """

    process: GaussianProcess

    @classmethod
    def fit(
        cls, X: ArrayLike, succeeded: ArrayLike, groups: ArrayLike
    ) -> "Feasibility":
        """Learn from fits that have ended.

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
        return cls(GaussianProcess.fit(X, labels, groups))

    def log_probability(self, X: ArrayLike) -> tuple[Array, Array]:
        """Return the log probability of success and its gradient.

        Parameters
        ----------
        X : array-like of shape (m, d)
            Points in the unit cube.

        Returns
        -------
        log_probability : ndarray of shape (m,)
            ln Phi(z) with z = (mean - 1/2) / sqrt(sd^2 + noise).
        gradient : ndarray of shape (m, d)
            With respect to the point.
        """
        mean, sd, d_mean, d_sd = self.process.predict_with_gradient(X)
        noise = self.process.hyperparameters.noise * self.process.unit**2
        spread = np.sqrt(sd**2 + noise)
        z = (mean - 0.5) / spread
        log_p = np.asarray(log_ndtr(z))
        by_z = np.exp(-0.5 * z * z - _LOG_SQRT_2PI - log_p)  # phi / Phi
        d_z = (d_mean - (z * sd / spread)[:, None] * d_sd) / spread[:, None]
        return log_p, by_z[:, None] * d_z
