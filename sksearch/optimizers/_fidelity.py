"""A model across resources, seen at one of them.

Scores after little training say something about scores after more. As in MOBSTER
(Klein, Tiao, Lienart, Archambeau and Seeger, "Model-based asynchronous hyperparameter
and neural architecture search", 2020) one Gaussian process learns from all, with the
resource as one more column, and proposals are made by what it says at a high one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sksearch.surrogates import (
    GaussianProcess,
    Hyperparameters,
    PredictionWithGradient,
)

__all__ = ["AtResource", "Resources"]

Array = NDArray[np.float64]

_ENOUGH = 3  # trials at a resource, for proposals to be made by it


@dataclass(frozen=True, eq=False)
class Resources:
    """How far tasks train, as a column of a model.

    Parameters
    ----------
    column : ndarray of shape (n,)
        The logarithms of the resources, in the unit interval.
    target : float
        Where proposals are to be good: the highest resource with three tasks, or the
        one with the most.
    is_far : ndarray of bool of shape (n,)
        Which tasks train as far as that, or farther.
    """

    column: Array
    target: float
    is_far: NDArray[np.bool_]

    @classmethod
    def of(cls, resources: NDArray[np.int_]) -> "Resources | None":
        """Read the resources of n tasks; None where there is only one."""
        known, counts = np.unique(resources, return_counts=True)
        if len(known) < 2:
            return None
        enough = known[counts >= _ENOUGH]
        target = enough[-1] if len(enough) else known[counts.argmax()]
        low, high = np.log(known[0]), np.log(known[-1])
        column, at = (np.log(resources) - low), (np.log(target) - low)
        return cls(column / (high - low), float(at / (high - low)), resources >= target)

    def beside(self, n_failed: int) -> Array:
        """Return the column with that of failures, which count where it matters."""
        return np.concatenate([self.column, np.full(n_failed, self.target)])


@dataclass(frozen=True, eq=False)
class AtResource:
    """A Gaussian process over points and resources, as one over points.

    Parameters
    ----------
    process : GaussianProcess
        Its last column is the resource.
    target : float
        The value of that column.
    """

    process: GaussianProcess
    target: float

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Those of the process."""
        return self.process.hyperparameters

    def predict(self, X: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of points of shape (m, d)."""
        return self.process.predict(self._completed(X))

    def predict_with_gradient(self, X: ArrayLike) -> PredictionWithGradient:
        """Return both, and their gradients with respect to the d columns."""
        mean, sd, d_mean, d_sd = self.process.predict_with_gradient(self._completed(X))
        return PredictionWithGradient(mean, sd, d_mean[:, :-1], d_sd[:, :-1])

    def condition(self, X: ArrayLike) -> "AtResource":
        """Condition on points whose observations are pending."""
        return AtResource(self.process.condition(self._completed(X)), self.target)

    def _completed(self, X: ArrayLike) -> Array:
        X = np.asarray(X, dtype=float)
        return np.column_stack([X, np.full(len(X), self.target)])
