"""Every search class on one toy whose fits take no time, for `benchmarks/classes.py`.

The toy has four parameters. Its score is the distance from one point, and less after
few epochs; for several objectives there are two scores that cannot both be best.
"""

import math
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
    nested_cross_validate,
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(90, 2)), RNG.normal(size=90)
SPACE = {
    "share": (0.0, 1.0),
    "width": (0.0, 1.0),
    "rate": (1e-4, 1.0, "log-uniform"),
    "kind": ["a", "b", "c"],
}
BEST_SHARE = 0.3
BEST_VOLUME = 2 / 3  # what lies above (0, 0) and below (u, 1 - u^2), u from 0 to 1


def loss(params: dict[str, Any]) -> float:
    """Return how far the parameters but `share` are from the best ones."""
    far = (params["width"] - 0.3) ** 2 + (math.log10(params["rate"]) / 4 + 0.5) ** 2
    return float(far + 0.2 * (params["kind"] != "b"))


class Toy(RegressorMixin, BaseEstimator):
    """Counts epochs; each fold adds a little to the score."""

    def __init__(self, share=0.0, width=0.0, rate=1e-4, kind="a", max_iter=27):
        self.share = share
        self.width = width
        self.rate = rate
        self.kind = kind
        self.max_iter = max_iter

    def fit(self, X, y):
        """Train for as long as is allowed."""
        self.n_iter_ = self.max_iter
        return self

    def partial_fit(self, X, y):
        """Train for one more epoch."""
        self.n_iter_ = getattr(self, "n_iter_", 0) + 1
        return self

    def predict(self, X):
        """Return zeros."""
        return np.zeros(len(X))

    def score(self, X, y):
        """Return the score of the toy, and what the fold adds."""
        at = loss(self.get_params()) + (self.share - BEST_SHARE) ** 2
        return 0.1 * float(X[:, 0].mean()) - at - 0.5**self.n_iter_


def accuracy(estimator, X, y):
    """Return one of two scores."""
    return estimator.share - loss(estimator.get_params())


def speed(estimator, X, y):
    """Return the other, which is best where the first is worst."""
    return 1.0 - estimator.share**2 - loss(estimator.get_params())


NESTED = "nested_cross_validate"
SETTINGS = {"cv": 3, "n_jobs": 1}
SEARCHES = {
    "BayesSearchCV": BayesSearchCV,
    "HyperbandSearchCV": HyperbandSearchCV,
    "MultiObjectiveSearchCV": partial(
        MultiObjectiveSearchCV,
        scoring={"accuracy": accuracy, "speed": speed},
        reference_point=(0.0, 0.0),
    ),
    "PopulationSearchCV": partial(PopulationSearchCV, step=3),
    NESTED: BayesSearchCV,
}
SIZES = {"PopulationSearchCV": "population_size"}


def run(name: str, size: int, random_state: int = 0, **options: Any) -> list[Any]:
    """Return the fitted searches: one, or of nested cross-validation three.

    Parameters
    ----------
    name : str
        One of `SEARCHES`.
    size : int
        How many candidates each of them begins.
    random_state : int, default=0
        Of the search.
    **options : object
        Of the search.
    """
    options |= {SIZES.get(name, "n_iter"): size, "random_state": random_state}
    search = SEARCHES[name](Toy(), SPACE, **SETTINGS, **options)
    if name != NESTED:
        return [search.fit(X, Y)]
    scores = nested_cross_validate(search, X, Y, cv=3, n_jobs=1, return_estimator=True)
    return list(scores.estimators)


def regret(search: Any) -> float:
    """Return how far from the best a search ended: 0 is the best."""
    if hasattr(search, "hypervolume_"):
        return 1.0 - search.hypervolume_ / BEST_VOLUME
    params = search.best_params_
    return loss(params) + (params["share"] - BEST_SHARE) ** 2
