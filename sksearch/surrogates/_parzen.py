"""Parzen estimators: the density of points, and of good ones against the others.

Bergstra et al. (2011), "Algorithms for hyper-parameter optimization", section 4; with
one kernel over all columns (Falkner, Klein and Hutter, 2018) it sees that parameters go
together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from sksearch.surrogates._kernel import squared_distances

__all__ = ["DensityRatio"]

Array = NDArray[np.float64]

_NARROWEST = 0.1  # of the kernels: with less a few good points draw all to them
_FEWEST, _MOST = 5, 25  # good points
_FLAT = 0.1


@dataclass(frozen=True, eq=False)
class DensityRatio:
    """How much likelier a point is among the good ones than among the others.

    Each density is a mixture of Gaussian kernels around its points and a tenth that is
    flat: far from all points the ratio is 1.

    Parameters
    ----------
    good, others : ndarray of shape (n, d)
        Points in the unit cube.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import DensityRatio
    >>> X = np.linspace(0.0, 1.0, 21)[:, None]
    >>> ratio = DensityRatio.fit(X, -np.abs(X[:, 0] - 0.3))
    >>> float(X[np.argmax(ratio.log_ratio(X)), 0].round(9))
    0.3
    """

    good: Array
    others: Array

    @classmethod
    def fit(cls, X: ArrayLike, y: ArrayLike) -> "DensityRatio":
        """Divide points by their outputs.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Points in the unit cube, n at least 2.
        y : array-like of shape (n,)
            Outputs; larger is better. The best tenth is good, 5 to 25 points.

        Returns
        -------
        ratio : DensityRatio
            The two sets.
        """
        X = np.asarray(X, dtype=float)
        order = np.argsort(-np.asarray(y, dtype=float), kind="stable")
        n_good = min(max(len(order) // 10, _FEWEST), _MOST, len(order) - 1)
        return cls(X[order[:n_good]], X[order[n_good:]])

    def log_ratio(self, X: ArrayLike) -> Array:
        """Return the logarithm of the ratio of the densities.

        Parameters
        ----------
        X : array-like of shape (m, d)
            Points in the unit cube.

        Returns
        -------
        log_ratio : ndarray of shape (m,)
            ln l(x) - ln g(x); what it is largest for has the largest expected
            improvement (Bergstra et al., equation 4).
        """
        X = np.asarray(X, dtype=float)
        return _log_density(X, self.good) - _log_density(X, self.others)


def _log_density(X: Array, points: Array) -> Array:
    n, d = points.shape
    # Scott's rule, for points that may all be one.
    width = np.maximum(points.std(axis=0) * n ** (-1.0 / (d + 4)), _NARROWEST)
    peak = -0.5 * d * np.log(2 * np.pi) - np.log(width).sum()
    kernels = peak - 0.5 * squared_distances(X / width, points / width)
    mixture = logsumexp(kernels, axis=1) - np.log(n / (1.0 - _FLAT))
    return np.asarray(np.logaddexp(mixture, np.log(_FLAT)))
