"""How much is gained by evaluating a point, as the Bayesian optimizer sees it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sksearch.optimizers._cost import Cost
from sksearch.optimizers._fidelity import AtResource
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
    """Log expected improvement, plus what else counts, in logarithms.

    Parameters
    ----------
    process : GaussianProcess or AtResource
        The model, conditioned on observed and pending points.
    best : float
        What is to be improved upon.
    feasibility : Feasibility or None, default=None
        How probable it is that the fit succeeds; None where no fit has failed.
    cost : Cost or None, default=None
        What a fit costs, where that is to count.
    """

    process: GaussianProcess | AtResource
    best: float
    feasibility: Feasibility | None = None
    cost: Cost | None = None

    def value(self, X: Array) -> Array:
        """Return the acquisition of points of shape (m, d)."""
        value = log_improvement(*self.process.predict(X), self.best)
        if self.feasibility is not None:
            value = value + self.feasibility.log_probability(X)[0]
        return value if self.cost is None else value - self.cost.value(X)

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return the acquisition of points of shape (m, d) and its gradient."""
        mean, sd, d_mean, d_sd = self.process.predict_with_gradient(X)
        value, by_mean, by_sd = log_improvement_with_gradient(mean, sd, self.best)
        gradient = by_mean[:, None] * d_mean + by_sd[:, None] * d_sd
        if self.feasibility is not None:
            log_p, d_log_p = self.feasibility.log_probability(X)
            value, gradient = value + log_p, gradient + d_log_p
        if self.cost is not None:
            log_cost, d_log_cost = self.cost.value_and_gradient(X)
            value, gradient = value - log_cost, gradient - d_log_cost
        return value, gradient
