"""Families of related tasks: tables of one space, one model on several data sets."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from asv_benchmarks.quality import tables
from asv_benchmarks.quality.interface import Params
from asv_benchmarks.transfer.computed import load_computed
from asv_benchmarks.transfer.definitions import BEFORE, COMPUTED

__all__ = ["FAMILIES", "TABLED", "Live", "load", "related"]

_LOG = "log-uniform"
_DATA: dict[str, Callable[..., Any]] = {
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
    "iris": load_iris,
    "wine": load_wine,
}
_MODELS: dict[str, tuple[Any, dict[str, Any]]] = {
    "svc": (
        make_pipeline(StandardScaler(), SVC()),
        {"svc__C": (1e-3, 1e4, _LOG), "svc__gamma": (1e-6, 10.0, _LOG)},
    ),
    "tree": (
        DecisionTreeClassifier(random_state=0),
        {
            "max_depth": (1, 20),
            "min_samples_leaf": (1, 50, _LOG),
            "ccp_alpha": (1e-5, 0.3, _LOG),
            "max_features": (0.1, 1.0),
        },
    ),
    "neighbours": (
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        {
            "kneighborsclassifier__n_neighbors": (1, 80, _LOG),
            "kneighborsclassifier__weights": ["uniform", "distance"],
            "kneighborsclassifier__p": (1.0, 4.0),
        },
    ),
}
FAMILIES: dict[str, tuple[str, ...]] = {
    **tables.FAMILIES,
    **COMPUTED,
    **{model: tuple(f"{model}_{name}" for name in _DATA) for model in _MODELS},
}
# Whose best point is known; of the others regret is an error.
TABLED = {task for name in (*tables.FAMILIES, *COMPUTED) for task in FAMILIES[name]}
_N_ROWS = 250  # of the live tasks: noisy enough that there is something to learn


class Live:
    """One model on a part of one data set; its regret is an error, which has no zero.

    Parameters
    ----------
    task : str
        The model and the data set.
    """

    def __init__(self, task: str) -> None:
        model, _, name = task.partition("_")
        self.name = task
        self.family = model
        self._model, self.space = _MODELS[model]
        X, y = _DATA[name](return_X_y=True)
        order = np.random.default_rng(0).permutation(len(y))
        self._X, self._y = X[order], y[order]
        self._regret = lru_cache(maxsize=None)(self._missed)

    def evaluate(self, params: Params, seed: int, number: int) -> tuple[float, ...]:
        """Return the accuracy on five folds of some rows, drawn by the seed."""
        rows = np.random.default_rng(seed).permutation(len(self._y))[:_N_ROWS]
        cv = StratifiedKFold(5, shuffle=True, random_state=seed)
        model = self._model.set_params(**params)
        found = cross_val_score(model, self._X[rows], self._y[rows], cv=cv)
        return tuple(map(float, found))

    def regret(self, params: Params) -> float:
        """Return one minus the accuracy of ten folds of all rows."""
        return self._regret(tuple(sorted(params.items())))

    def _missed(self, items: tuple[tuple[str, Any], ...]) -> float:
        model = self._model.set_params(**dict(items))
        cv = KFold(10, shuffle=True, random_state=0)
        return 1.0 - float(cross_val_score(model, self._X, self._y, cv=cv).mean())


@lru_cache(maxsize=64)
def load(task: str) -> Any:
    """Return a task by its name."""
    if task in tables.TASKS:
        return tables.load(task)
    return load_computed(task) if task in TABLED else Live(task)


def related(task: str) -> tuple[str, ...]:
    """Return the tasks whose searches come before: the others, or the month before."""
    [family] = [name for name, tasks in FAMILIES.items() if task in tasks]
    if family == "months":
        return BEFORE.get(task, ())
    return tuple(other for other in FAMILIES[family] if other != task)
