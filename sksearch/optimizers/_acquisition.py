"""How much is gained by evaluating a point, as the Bayesian optimizer sees it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sksearch.surrogates import (
    Feasibility,
    GaussianProcess,
    log_improvement,
    log_improvement_with_gradient,
)

__all__ = ["Acquisition"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Acquisition:
    """Log expected improvement, plus the log probability that the fit succeeds.

    Parameters
    ----------
    process : GaussianProcess
        The model, conditioned on observed and pending points.
    best : float
        What is to be improved upon.
    feasibility : Feasibility or None
        None where no fit has failed.
    """

    process: GaussianProcess
    best: float
    feasibility: Feasibility | None

    def value(self, X: Array) -> Array:
        """Return the acquisition of points of shape (m, d)."""
        value = log_improvement(*self.process.predict(X), self.best)
        if self.feasibility is None:
            return value
        return value + self.feasibility.log_probability(X)[0]

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return the acquisition of points of shape (m, d) and its gradient."""
        mean, sd, d_mean, d_sd = self.process.predict_with_gradient(X)
        value, by_mean, by_sd = log_improvement_with_gradient(mean, sd, self.best)
        gradient = by_mean[:, None] * d_mean + by_sd[:, None] * d_sd
        if self.feasibility is None:
            return value, gradient
        log_p, d_log_p = self.feasibility.log_probability(X)
        return value + log_p, gradient + d_log_p
