"""Few rows to search on, and many others of the same kind that tell the truth."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    make_classification,
    make_friedman1,
)
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

__all__ = ["PROBLEMS", "Problem"]

Rows = tuple[Any, Any, Any, Any]
_N_TRAIN = 100


@dataclass(frozen=True)
class Problem:
    """An estimator, its space, and rows.

    Parameters
    ----------
    load : callable
        Returns all rows and their target.
    estimator : estimator
        What is tuned.
    space : dict
        Of its parameters.
    """

    load: Callable[[], tuple[Any, Any]]
    estimator: Any
    space: dict[str, Any]

    @property
    def is_classification(self) -> bool:
        """Whether splits are to be stratified."""
        return bool(is_classifier(self.estimator))

    def rows(self, seed: int) -> Rows:
        """Return the rows to search on and all others: X, X_others, y, y_others."""
        X, y = self.load()
        strata = y if self.is_classification else None
        parts = train_test_split(
            X, y, train_size=_N_TRAIN, random_state=seed, stratify=strata
        )
        return tuple(parts)


@cache
def _clusters() -> tuple[Any, Any]:
    X, y = make_classification(
        5000, 20, n_informative=5, n_redundant=5, flip_y=0.1, random_state=0
    )
    return X, y


@cache
def _friedman() -> tuple[Any, Any]:
    X, y = make_friedman1(5000, noise=2.0, random_state=0)
    return X, y


@cache
def _breast() -> tuple[Any, Any]:
    X, y = load_breast_cancer(return_X_y=True)
    return np.asarray(X), np.asarray(y)


@cache
def _diabetes() -> tuple[Any, Any]:
    X, y = load_diabetes(return_X_y=True)
    return np.asarray(X), np.asarray(y)


_TREE = {
    "max_depth": (1, 12),
    "min_samples_leaf": (1, 20),
    "max_features": (0.1, 1.0),
    "ccp_alpha": (1e-4, 0.1, "log-uniform"),
}
_KERNEL = {"C": (1e-2, 1e3, "log-uniform"), "gamma": (1e-4, 1.0, "log-uniform")}


def _of(step: str, space: dict[str, Any]) -> dict[str, Any]:
    return {f"{step}__{name}": values for name, values in space.items()}


PROBLEMS: dict[str, Problem] = {
    "clusters, SVC": Problem(
        _clusters, make_pipeline(StandardScaler(), SVC()), _of("svc", _KERNEL)
    ),
    "breast cancer, tree": Problem(
        _breast, DecisionTreeClassifier(random_state=0), _TREE
    ),
    "diabetes, SVR": Problem(
        _diabetes,
        make_pipeline(StandardScaler(), SVR()),
        _of("svr", {**_KERNEL, "epsilon": (1.0, 60.0, "log-uniform")}),
    ),
    "friedman, tree": Problem(_friedman, DecisionTreeRegressor(random_state=0), _TREE),
}
