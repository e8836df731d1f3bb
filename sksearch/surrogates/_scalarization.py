"""One objective from several.

Knowles (2006), "ParEGO: a hybrid algorithm with on-line landscape approximation for
expensive multiobjective optimization problems".
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["augmented_chebyshev", "simplex_weights"]

Array = NDArray[np.float64]

_SLOPE = 0.05  # Knowles's rho


def augmented_chebyshev(Y: ArrayLike, weights: ArrayLike) -> Array:
    """Return how little the points fall short of the best, by weighted objectives.

    Knowles's augmented Chebyshev function, turned round: with f = 1 - y, the negative
    of max_j w_j f_j + 0.05 sum_j w_j f_j. The maximum reaches every point of a front of
    any shape; the sum keeps points out that another equals in all but one objective.

    Parameters
    ----------
    Y : array-like of shape (n, m)
        Points; larger is better, from 0 at the front's worst to 1 at its best.
    weights : array-like of shape (m,)
        Not negative.

    Returns
    -------
    score : ndarray of shape (n,)
        Larger is better; 0 where every objective is at its best.

    Examples
    --------
    >>> augmented_chebyshev([[1.0, 0.0], [0.7, 0.7]], [0.5, 0.5])
    array([-0.525, -0.165])
    """
    shortfall = np.asarray(weights, dtype=float) * (1.0 - np.asarray(Y, dtype=float))
    return np.asarray(-shortfall.max(axis=1) - _SLOPE * shortfall.sum(axis=1))


def simplex_weights(n_objectives: int, rng: np.random.Generator) -> Array:
    """Draw weights of which each mixture is as likely as any other.

    Knowles draws from a lattice of mixtures; this is the lattice's limit.

    Parameters
    ----------
    n_objectives : int
        At least 1.
    rng : numpy.random.Generator
        Where the draw comes from.

    Returns
    -------
    weights : ndarray of shape (n_objectives,)
        Not negative; their sum is 1. A Dirichlet distribution with parameters 1.

    Examples
    --------
    >>> import numpy as np
    >>> float(simplex_weights(3, np.random.default_rng(0)).sum().round(9))
    1.0
    """
    return rng.dirichlet(np.ones(n_objectives))
