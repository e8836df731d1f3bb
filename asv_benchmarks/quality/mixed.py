"""A cheap problem of ten mixed parameters, on which the cost of a search is measured.

Four floats, two floats of logarithmic ranges, two integers and two categories of four:
a bowl around one point, with a little noise. `MixedEstimator` is the same to fit.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from asv_benchmarks.quality.interface import Params, Space, stream

SPACE: Space = {
    "float_0": (0.0, 1.0),
    "float_1": (0.0, 1.0),
    "float_2": (-1.0, 2.0),
    "float_3": (0.0, 100.0),
    "log_0": (1e-4, 1.0, "log-uniform"),
    "log_1": (1e-6, 1e3, "log-uniform"),
    "integer_0": (1, 20),
    "integer_1": (2, 256),
    "choice_0": ["a", "b", "c", "d"],
    "choice_1": ["a", "b", "c", "d"],
}
_BEST = {"choice_0": "b", "choice_1": "d"}
_WHERE = 0.3  # of each range, where the best number lies
_NOISE = 0.01


def value(params: Params) -> float:
    """Return the score without noise: 0 at the best point, less elsewhere."""
    return -sum(_loss(name, params[name]) for name in SPACE)


def _loss(name: str, found: Any) -> float:
    if name in _BEST:
        return 0.0 if found == _BEST[name] else 0.2
    low, high, *prior = SPACE[name]
    if prior:
        low, high, found = math.log(low), math.log(high), math.log(found)
    share = (found - low) / (high - low)
    return float((share - _WHERE) ** 2)


@dataclass(frozen=True)
class Mixed:
    """The problem, with normal noise.

    Parameters
    ----------
    name, family : str, default="mixed"
        The task, and which tasks it is like.
    """

    name: str = "mixed"
    family: str = "mixed"

    @property
    def space(self) -> Space:
        """The ten parameters."""
        return SPACE

    def evaluate(self, params: Params, seed: int, number: int) -> tuple[float, ...]:
        """Return the score of one evaluation."""
        rng = np.random.default_rng([stream(self.name, seed), number])
        return (value(params) + _NOISE * float(rng.normal()),)

    def regret(self, params: Params) -> float:
        """Return how far the score without noise is from the best, which is 0."""
        return -value(params)


class MixedEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """An estimator whose fit takes no time and whose score is the problem's.

    Parameters
    ----------
    **params : object
        Values of the ten parameters; what is left out is the first of its range.
    """

    def __init__(self, **params: Any) -> None:
        self._params = {name: values[0] for name, values in SPACE.items()} | params

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the ten parameters."""
        return dict(self._params)

    def set_params(self, **params: Any) -> "MixedEstimator":
        """Replace some of them."""
        self._params.update(params)
        return self

    def fit(self, X: Any, y: Any) -> "MixedEstimator":
        """Learn nothing."""
        self.is_fitted_ = True
        return self

    def score(self, X: Any, y: Any) -> float:
        """Return the score, a little different on each fold."""
        return value(self._params) + _NOISE * float(np.mean(X))
