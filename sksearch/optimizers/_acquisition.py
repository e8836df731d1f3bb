"""How much is gained by evaluating a point: terms in logarithms, which add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sksearch.optimizers._models import Model
from sksearch.surrogates import (
    log_hypervolume_improvement,
    log_hypervolume_improvement_with_gradient,
    log_improvement,
    log_improvement_with_gradient,
)

__all__ = ["Acquisition", "HypervolumeImprovement", "Improvement", "Term"]

Array = NDArray[np.float64]


class Term(Protocol):
    """The logarithm of something that multiplies what is gained."""

    def value(self, X: Array, /) -> Array: ...

    def value_and_gradient(self, X: Array, /) -> tuple[Array, Array]: ...


@dataclass(frozen=True)
class Acquisition:
    """The sum of several terms.

    Parameters
    ----------
    terms : sequence of Term
        Such as an improvement, the probability that constraints are met, minus a cost.
    """

    terms: Sequence[Term]

    def value(self, X: Array) -> Array:
        """Return the acquisition of points of shape (m, d)."""
        return np.asarray(sum(term.value(X) for term in self.terms))

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return the acquisition of points of shape (m, d) and its gradient."""
        found = [term.value_and_gradient(X) for term in self.terms]
        values, gradients = zip(*found, strict=True)
        return np.asarray(sum(values)), np.asarray(sum(gradients))


@dataclass(frozen=True)
class Improvement:
    """Log expected improvement of one output.

    Parameters
    ----------
    model : GaussianProcess or AtResource
        Conditioned on observed and pending points.
    best : float
        What is to be improved upon.
    """

    model: Model
    best: float

    def value(self, X: Array) -> Array:
        """Return it at points of shape (m, d)."""
        return log_improvement(*self.model.predict(X), self.best)

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return it at points of shape (m, d), and its gradient."""
        mean, sd, d_mean, d_sd = self.model.predict_with_gradient(X)
        value, by_mean, by_sd = log_improvement_with_gradient(mean, sd, self.best)
        return value, by_mean[:, None] * d_mean + by_sd[:, None] * d_sd


@dataclass(frozen=True)
class HypervolumeImprovement:
    """Log expected gain in hypervolume of several independent outputs.

    Parameters
    ----------
    models : sequence of GaussianProcess or AtResource
        One for each output, conditioned on observed and pending points.
    boxes : tuple of ndarray of shape (k, m)
        What no point dominates, as `nondominated_boxes` divides it.
    """

    models: Sequence[Model]
    boxes: tuple[Array, Array]

    def value(self, X: Array) -> Array:
        """Return it at points of shape (n, d)."""
        found = [model.predict(X) for model in self.models]
        mean, sd = (np.column_stack(each) for each in zip(*found, strict=True))
        return log_hypervolume_improvement(mean, sd, self.boxes)

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return it at points of shape (n, d), and its gradient."""
        found = [model.predict_with_gradient(X) for model in self.models]
        mean = np.column_stack([each.mean for each in found])
        sd = np.column_stack([each.sd for each in found])
        value, by_mean, by_sd = log_hypervolume_improvement_with_gradient(
            mean, sd, self.boxes
        )
        gradient = sum(
            by_mean[:, [j]] * each.mean_gradient + by_sd[:, [j]] * each.sd_gradient
            for j, each in enumerate(found)
        )
        return value, np.asarray(gradient)
