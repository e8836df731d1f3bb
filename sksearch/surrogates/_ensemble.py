"""Processes of related tasks, weighted by how well each ranks what one task has shown.

Feurer, Letham, Hutter and Bakshy, "Practical transfer learning for Bayesian
optimization", 2018 (RGPE): a process of an earlier task counts by the probability that
it ranks the observations of the new task better than every other process, the one of
the new task included, which is asked about each observation without knowing it.

Shapes: n observations, m queries, d columns, s processes of earlier tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from sksearch.surrogates._gaussian_process import (
    GaussianProcess,
    PredictionWithGradient,
)
from sksearch.surrogates._hyperparameters import Hyperparameters

__all__ = ["Ensemble", "leave_one_out", "ranking_weights"]

Array = NDArray[np.float64]

_N_DRAWS = 256
_SURE = 0.95  # an earlier task whose usual loss is above this quantile of ours is out


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The weighted mean of a process and of those of earlier tasks.

    Each counts in its own standard units: only how points compare is carried over.

    Parameters
    ----------
    model : GaussianProcess or AtResource
        Of the task at hand.
    offset, unit : float
        Of its process: answers are in its units.
    weight : float
        How much it counts.
    others : sequence of GaussianProcess
        Of earlier tasks.
    weights : sequence of float
        How much each of these counts.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import Ensemble, GaussianProcess
    >>> X = np.linspace(0.0, 1.0, 9)[:, None]
    >>> up, down = (GaussianProcess.fit(X, s * X[:, 0], [0]) for s in (1.0, -1.0))
    >>> both = Ensemble(up, up.offset, up.unit, 0.5, [down], [0.5])
    >>> mean, _ = both.predict([[0.1], [0.9]])
    >>> bool(abs(mean[0] - mean[1]) < 0.01)
    True
    """

    model: Any
    offset: float
    unit: float
    weight: float
    others: Sequence[GaussianProcess]
    weights: Sequence[float]

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Those of the process of the task at hand."""
        found: Hyperparameters = self.model.hyperparameters
        return found

    @property
    def _shares(self) -> list[tuple[float, Any, float]]:
        """Return of each model its share, in our unit, and its offset."""
        parts = zip(self.weights, self.others, strict=True)
        return [
            (self.weight, self.model, self.offset),
            *((w * self.unit / other.unit, other, other.offset) for w, other in parts),
        ]

    def predict(self, X: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of points of shape (m, d)."""
        X = np.asarray(X, dtype=float)
        mean, variance = np.full(len(X), self.offset), np.zeros(len(X))
        for share, model, offset in self._shares:
            m, sd = model.predict(X)
            mean += share * (m - offset)
            variance += np.square(share * sd)
        return mean, np.sqrt(variance)

    def predict_with_gradient(self, X: ArrayLike) -> PredictionWithGradient:
        """Return both, and their gradients with respect to the d columns."""
        X = np.asarray(X, dtype=float)
        mean, variance = np.full(len(X), self.offset), np.zeros(len(X))
        d_mean, d_half = np.zeros_like(X), np.zeros_like(X)
        for share, model, offset in self._shares:
            m, sd, d_m, d_sd = model.predict_with_gradient(X)
            mean += share * (m - offset)
            variance += np.square(share * sd)
            d_mean += share * d_m
            d_half += share**2 * sd[:, None] * d_sd
        sd = np.sqrt(variance)
        return PredictionWithGradient(mean, sd, d_mean, d_half / sd[:, None])

    def condition(self, X: ArrayLike) -> "Ensemble":
        """Condition on points whose observations are pending."""
        return replace(
            self,
            model=self.model.condition(X),
            others=[other.condition(X) for other in self.others],
        )


def leave_one_out(process: GaussianProcess) -> tuple[Array, Array]:
    """Return what a process would say about each observation without knowing it.

    Rasmussen and Williams, "Gaussian processes for machine learning", 2006, equations
    5.12: with a = C^-1 z the mean is z_i - a_i / (C^-1)_ii, the variance 1 / (C^-1)_ii.

    Parameters
    ----------
    process : GaussianProcess
        Conditioned on n observations, none of them pending.

    Returns
    -------
    mean, sd : ndarray of shape (n,)
        Of the function, in the unit of the observations.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import GaussianProcess, leave_one_out
    >>> X = np.linspace(0.0, 1.0, 9)[:, None]
    >>> mean, sd = leave_one_out(GaussianProcess.fit(X, X[:, 0], [0]))
    >>> bool(abs(mean[4] - 0.5) < 0.05)
    True
    """
    factor = np.tril(process.factor)  # above the diagonal is what was there before
    half = solve_triangular(factor, np.eye(len(factor)), lower=True)
    precision = np.square(half).sum(axis=0)
    z = factor @ (factor.T @ process.weights)
    mean = z - process.weights / precision
    variance = 1.0 / precision - process.hyperparameters.noise
    sd = np.sqrt(np.maximum(variance, 1e-12))
    return process.offset + process.unit * mean, process.unit * sd


def ranking_weights(
    means: ArrayLike, sds: ArrayLike, y: ArrayLike, rng: np.random.Generator
) -> Array:
    """Return how often each of several models ranks observations best.

    Parameters
    ----------
    means, sds : array-like of shape (s + 1, n)
        What the models say about the observations. The last one is that of the task
        itself, which must not know what it is asked about.
    y : array-like of shape (n,)
        The observations.
    rng : numpy.random.Generator
        Draws what the models mean.

    Returns
    -------
    weights : ndarray of shape (s + 1,)
        They add up to 1. Of an earlier task 0 exactly where it ranks no better than
        chance, by one standard error of Kendall's tau, or is mostly worse than the last
        model at its 95th percentile.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import ranking_weights
    >>> y = np.arange(8.0)
    >>> means, sds = [y, -y, np.zeros(8)], np.full((3, 8), 0.1)
    >>> ranking_weights(means, sds, y, np.random.default_rng(0)).tolist()
    [1.0, 0.0, 0.0]
    """
    means, sds, y = (np.asarray(a, dtype=float) for a in (means, sds, y))
    losses = np.array(
        [_losses(*model, y, rng) for model in zip(means, sds, strict=True)]
    )
    is_out = np.median(losses, axis=1) > np.quantile(losses[-1], _SURE)
    is_out |= np.array([_is_chance(mean, y) for mean in means])
    is_out[-1] = False
    losses[is_out] = np.inf
    is_best = losses == losses.min(axis=0)
    return np.asarray((is_best / is_best.sum(axis=0)).mean(axis=1))


def _losses(mean: Array, sd: Array, y: Array, rng: np.random.Generator) -> Array:
    """Return for each draw of a model the share of pairs that it ranks wrongly."""
    drawn = mean + sd * rng.standard_normal((_N_DRAWS, len(y)))
    first, second = np.triu_indices(len(y), 1)
    wrong = (drawn[:, first] < drawn[:, second]) != (y[first] < y[second])
    return np.asarray(wrong.mean(axis=1))


def _is_chance(mean: Array, y: Array) -> bool:
    """Whether tau is not above its standard error where there is no relation."""
    first, second = np.triu_indices(len(y), 1)
    agree = np.sign(mean[first] - mean[second]) * np.sign(y[first] - y[second])
    n = len(y)
    return bool(agree.mean() <= np.sqrt(2.0 * (2 * n + 5) / (9.0 * n * (n - 1))))
