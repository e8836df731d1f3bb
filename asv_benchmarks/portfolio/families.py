"""Families of estimators: what is tuned of them, and which classes share a portfolio.

A classifier and a regressor share one where their parameters mean the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from asv_benchmarks.quality.interface import Space
from asv_benchmarks.quality.real.data import optional

Make = Callable[[], Any]


@dataclass(frozen=True, eq=False)
class Family:
    """Estimators that are tuned alike.

    Parameters
    ----------
    classifier, regressor : callable or None
        Return a new estimator; None where there is none.
    space : dict
        What is tuned. A parameter that only one of the two has is left to that one.
    classes : tuple of str
        The top package and the name of each class that the portfolio is for.
    fixed : dict, default={}
        What all configurations have.
    scaled : bool, default=False
        Whether the columns are scaled first.
    over_columns : str, default=""
        A parameter that is given as a multiple of one over the number of columns.
    """

    classifier: Make | None
    regressor: Make | None
    space: Space
    classes: tuple[str, ...]
    fixed: dict[str, Any] = field(default_factory=dict)
    scaled: bool = False
    over_columns: str = ""


def _log(low: float, high: float) -> tuple[float, float, str]:
    return low, high, "log-uniform"


def _both(package: str, stem: str) -> tuple[str, ...]:
    return f"{package}.{stem}Classifier", f"{package}.{stem}Regressor"


def _lightgbm(kind: str) -> Any:
    return getattr(optional("lightgbm"), kind)(
        subsample_freq=1, n_jobs=1, random_state=0, verbosity=-1
    )


def _xgboost(kind: str) -> Any:
    return getattr(optional("xgboost"), kind)(n_jobs=1, random_state=0)


_ROUNDS = _log(20, 200)
_RATE = _log(0.01, 0.5)
_LEAF = _log(1, 30)
_PENALTY = _log(1e-3, 10.0)
_DEPTHS = [3, 5, 8, 12, None]
_FOREST: Space = {
    "max_features": (0.1, 1.0),
    "max_depth": _DEPTHS,
    "min_samples_leaf": _log(1, 12),
    "min_samples_split": _log(2, 20),
}
_TREES: dict[str, Any] = {"n_estimators": 40, "random_state": 0}

FAMILIES: dict[str, Family] = {
    "svm": Family(
        SVC,
        SVR,
        {"C": _log(0.03, 300.0), "gamma": _log(0.03, 10.0), "epsilon": _log(0.01, 0.5)},
        ("sklearn.SVC", "sklearn.SVR"),
        {"kernel": "rbf"},
        scaled=True,
        over_columns="gamma",
    ),
    "neighbors": Family(
        KNeighborsClassifier,
        KNeighborsRegressor,
        {
            "n_neighbors": _log(1, 40),
            "weights": ["uniform", "distance"],
            "p": [1, 2],
        },
        _both("sklearn", "KNeighbors"),
        scaled=True,
    ),
    "logistic": Family(
        partial(LogisticRegression, max_iter=300),
        None,
        {"C": _log(1e-3, 100.0)},
        ("sklearn.LogisticRegression",),
        scaled=True,
    ),
    "elastic_net": Family(
        None,
        ElasticNet,
        {"alpha": _log(1e-3, 1.0), "l1_ratio": (0.05, 1.0)},
        ("sklearn.ElasticNet",),
        scaled=True,
    ),
    "ridge": Family(
        None, Ridge, {"alpha": _log(0.01, 1e3)}, ("sklearn.Ridge",), scaled=True
    ),
    "tree": Family(
        partial(DecisionTreeClassifier, random_state=0),
        partial(DecisionTreeRegressor, random_state=0),
        {
            "max_depth": _DEPTHS,
            "min_samples_leaf": _LEAF,
            "min_samples_split": _log(2, 40),
            "max_features": (0.2, 1.0),
            "ccp_alpha": _log(1e-4, 0.03),
        },
        _both("sklearn", "DecisionTree"),
    ),
    "lightgbm": Family(
        partial(_lightgbm, "LGBMClassifier"),
        partial(_lightgbm, "LGBMRegressor"),
        {
            "n_estimators": _ROUNDS,
            "learning_rate": _RATE,
            "num_leaves": _log(3, 63),
            "min_child_samples": _log(2, 50),
            "reg_lambda": _PENALTY,
            "reg_alpha": _PENALTY,
            "subsample": (0.4, 1.0),
            "colsample_bytree": (0.3, 1.0),
        },
        _both("lightgbm", "LGBM"),
        {"boosting_type": "gbdt"},
    ),
    "xgboost": Family(
        partial(_xgboost, "XGBClassifier"),
        partial(_xgboost, "XGBRegressor"),
        {
            "n_estimators": _ROUNDS,
            "learning_rate": _RATE,
            "max_depth": _log(1, 10),
            "min_child_weight": _log(0.5, 20.0),
            "gamma": _log(1e-3, 3.0),
            "reg_lambda": _PENALTY,
            "reg_alpha": _PENALTY,
            "subsample": (0.4, 1.0),
            "colsample_bytree": (0.3, 1.0),
        },
        _both("xgboost", "XGB"),
    ),
    "forest": Family(
        partial(RandomForestClassifier, **_TREES),
        partial(RandomForestRegressor, **_TREES),
        {**_FOREST, "max_samples": (0.4, 1.0)},
        _both("sklearn", "RandomForest"),
    ),
    "extra_trees": Family(
        partial(ExtraTreesClassifier, **_TREES),
        partial(ExtraTreesRegressor, **_TREES),
        _FOREST,
        _both("sklearn", "ExtraTrees"),
    ),
    "perceptron": Family(
        partial(MLPClassifier, max_iter=100, random_state=0),
        partial(MLPRegressor, max_iter=100, random_state=0),
        {
            "hidden_layer_sizes": _log(8, 128),
            "activation": ["relu", "tanh"],
            "alpha": _log(1e-5, 10.0),
            "learning_rate_init": _log(3e-4, 0.1),
        },
        _both("sklearn", "MLP"),
        {"solver": "adam"},
        scaled=True,
    ),
    "hist_boosting": Family(
        partial(HistGradientBoostingClassifier, random_state=0),
        partial(HistGradientBoostingRegressor, random_state=0),
        {
            "max_iter": _ROUNDS,
            "learning_rate": _RATE,
            "max_leaf_nodes": _log(3, 31),
            "max_depth": _DEPTHS,
            "min_samples_leaf": _log(2, 50),
            "l2_regularization": _PENALTY,
            "max_features": (0.2, 1.0),
        },
        _both("sklearn", "HistGradientBoosting"),
    ),
    "boosting": Family(
        partial(GradientBoostingClassifier, random_state=0),
        partial(GradientBoostingRegressor, random_state=0),
        {
            "n_estimators": _ROUNDS,
            "learning_rate": _RATE,
            "max_depth": _log(1, 8),
            "min_samples_leaf": _LEAF,
            "subsample": (0.4, 1.0),
            "max_features": (0.1, 1.0),
        },
        _both("sklearn", "GradientBoosting"),
    ),
}
