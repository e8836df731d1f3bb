"""A process that begins from what those of related tasks say.

The function of the new task is taken for f(x) = c + sum_s b_s g_s(x) + r(x): g_s is the
posterior mean of an earlier task in its own standard units, r the process of the new
task, b ~ N(0.8 / s, 0.5 / s). Constant and coefficients are found by generalised least
squares with that prior (Rasmussen and Williams, "Gaussian processes for machine
learning", 2006, section 2.7), and the evidence says whether the earlier tasks explain
more than they cost.

Shapes: n observations, m queries, d columns, s processes of earlier tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sksearch.surrogates._cholesky import solve_lower
from sksearch.surrogates._gaussian_process import (
    GaussianProcess,
    PredictionWithGradient,
)
from sksearch.surrogates._hyperparameters import Hyperparameters

__all__ = ["Ensemble", "stack"]

Array = NDArray[np.float64]

_EXPECTED = 0.8  # of the sum of the coefficients: related until shown otherwise
_VARIANCE = 0.5  # of the same sum


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The weighted sum of processes of earlier tasks, and a process of what is left.

    Each counts in its own standard units: only how points compare is carried over. The
    deviation is that of what is left.

    Parameters
    ----------
    model : GaussianProcess or AtResource
        Of the task at hand, conditioned on what the others leave.
    unit : float
        Of its process: answers are in its units.
    others : sequence of GaussianProcess
        Of earlier tasks.
    weights : sequence of float
        How much each of these counts.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import Ensemble, GaussianProcess, stack
    >>> X = np.linspace(0.0, 1.0, 9)[:, None]
    >>> earlier = GaussianProcess.fit(X, np.sin(6.0 * X[:, 0]), [0])
    >>> own = GaussianProcess.fit(X[::3], np.sin(6.0 * X[::3, 0]), [0])
    >>> rest, weights = stack(own, [earlier])
    >>> mean, _ = Ensemble(rest, rest.unit, [earlier], weights).predict([[0.25]])
    >>> bool(abs(mean[0] - np.sin(1.5)) < 0.1)
    True
    """

    model: Any
    unit: float
    others: Sequence[GaussianProcess]
    weights: Sequence[float]

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Those of the process of the task at hand."""
        found: Hyperparameters = self.model.hyperparameters
        return found

    @property
    def _shares(self) -> list[tuple[float, GaussianProcess]]:
        """Return of each earlier process its share, in our unit."""
        parts = zip(self.weights, self.others, strict=True)
        return [(weight * self.unit / other.unit, other) for weight, other in parts]

    def predict(self, X: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of points of shape (m, d)."""
        mean, sd = self.model.predict(X)
        for share, other in self._shares:
            mean = mean + share * (other.predict(X)[0] - other.offset)
        return mean, sd

    def predict_with_gradient(self, X: ArrayLike) -> PredictionWithGradient:
        """Return both, and their gradients with respect to the d columns."""
        mean, sd, d_mean, d_sd = self.model.predict_with_gradient(X)
        for share, other in self._shares:
            found = other.predict_with_gradient(X)
            mean = mean + share * (found.mean - other.offset)
            d_mean = d_mean + share * found.mean_gradient
        return PredictionWithGradient(mean, sd, d_mean, d_sd)

    def condition(self, X: ArrayLike) -> "Ensemble":
        """Condition on points whose observations are pending."""
        return replace(self, model=self.model.condition(X))


def stack(
    process: GaussianProcess, others: Sequence[GaussianProcess]
) -> tuple[GaussianProcess, Array]:
    """Return a process of what earlier tasks leave of this one, and how each counts.

    Parameters
    ----------
    process : GaussianProcess
        Of the new task, conditioned on n observations, none of them pending. It may
        have columns after those of the others.
    others : sequence of GaussianProcess
        Of the s earlier tasks, over the same d columns.

    Returns
    -------
    rest : GaussianProcess
        With the hyper-parameters of `process`; that itself where the evidence is no
        larger with earlier tasks than without.
    weights : ndarray of shape (s,)
        The coefficients, for functions in standard units: about 0 of a task that says
        nothing, below it of one that ranks upside down; all 0 where they do not count.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.surrogates import GaussianProcess, stack
    >>> X = np.random.default_rng(0).random((12, 2))
    >>> process = GaussianProcess.fit(X, X[:, 0] ** 2, [0, 1])
    >>> other = GaussianProcess.fit(X, X[:, 1], [0, 1])
    >>> stack(process, [process])[1].round(1).tolist()
    [1.0]
    >>> bool(abs(stack(process, [other])[1][0]) < 0.1)
    True
    """
    if not others:
        return process, np.zeros(0)
    columns, n = _said(process, others), len(process.weights)
    # The constant is ~ N(0, 1) around the average; the first solution is 1' C^-1 (z -
    # mean) = mean, and by it the standardised outputs are known again.
    mean = float(process.weights.sum())
    ones = solve_lower(process.factor, np.ones(n))
    whitened = np.tril(process.factor).T @ process.weights + mean * ones
    without, _ = _least_squares(whitened, ones[:, None], np.zeros(1), np.ones(1))
    count = len(others)
    evidence, coefficients = _least_squares(
        whitened,
        np.column_stack([ones, solve_lower(process.factor, columns)]),
        np.array([0.0] + [_EXPECTED / count] * count),
        np.array([1.0] + [_VARIANCE / count] * count),
    )
    if not evidence > without:
        return process, np.zeros(count)
    constant, weights = float(coefficients[0]), coefficients[1:]
    left = whitened - constant * ones - solve_lower(process.factor, columns @ weights)
    rest = replace(
        process,
        offset=process.offset + process.unit * (constant - mean),
        weights=solve_lower(process.factor, left, transposed=True),
    )
    return rest, weights


def _said(process: GaussianProcess, others: Sequence[GaussianProcess]) -> Array:
    """Return what the others say where the process is conditioned, shape (n, s)."""
    X = process.points / process.rates
    means = [(o.predict(X[:, : len(o.rates)])[0] - o.offset) / o.unit for o in others]
    return np.column_stack(means)


def _least_squares(
    y: Array, H: Array, mean: Array, variance: Array
) -> tuple[float, Array]:
    """Return the log evidence of y = H b + e, up to a constant, and the mean of b.

    With e ~ N(0, 1) and b ~ N(mean, variance).
    """
    residual = y - H @ mean
    precision = np.diag(1.0 / variance) + H.T @ H
    change = np.linalg.solve(precision, H.T @ residual)
    fit = residual @ residual - (H.T @ residual) @ change
    volume = np.linalg.slogdet(precision)[1] + np.log(variance).sum()
    return -0.5 * float(fit + volume), mean + change
