"""How likely a fit succeeds, from where fits have failed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sksearch.surrogates._matern import (
    matern52,
    matern52_slope,
    squared_distances,
)

__all__ = ["Feasibility"]

Array = NDArray[np.float64]


class Feasibility(NamedTuple):
    """A kernel-weighted share of successes, with one of each to begin with.

    p(x) = (1 + S) / (2 + S + F), where S and F sum the Matern-5/2 correlations of x
    with the points of successful and of failed fits.

    Parameters
    ----------
    points : ndarray of shape (n, d)
        Where fits have ended, multiplied by `rates`.
    failed : ndarray of bool of shape (n,)
        Which of them failed.
    rates : ndarray of shape (d,)
        The inverse lengthscale of each column.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import Feasibility
    >>> X = np.array([[0.0], [9.0]])
    >>> feasibility = Feasibility(X, np.array([False, True]), np.ones(1))
    >>> np.exp(feasibility.log_probability(X)[0]).round(2)
    array([0.67, 0.33])
    """

    points: Array
    failed: NDArray[np.bool_]
    rates: Array

    def log_probability(self, X: Array) -> tuple[Array, Array]:
        """Return the log probability of success and its gradient.

        Parameters
        ----------
        X : ndarray of shape (m, d)
            Points in the unit cube.

        Returns
        -------
        log_probability : ndarray of shape (m,)
            Never positive.
        gradient : ndarray of shape (m, d)
            With respect to the point.
        """
        queries = X * self.rates
        r2 = squared_distances(queries, self.points)
        weights = matern52(r2)
        succeeded = np.logical_not(self.failed)
        successes = 1.0 + weights @ succeeded
        ends = 2.0 + weights.sum(axis=1)
        # d log p = dS / (1 + S) - d(S + F) / (2 + S + F)
        c = succeeded / successes[:, None] - 1.0 / ends[:, None]
        c = c * (2.0 * matern52_slope(r2))
        pull = queries * c.sum(axis=1)[:, None] - c @ self.points
        return np.log(successes / ends), np.asarray(self.rates * pull)
