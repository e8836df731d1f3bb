"""Cross-validate the configurations of a family on every data set that suits it."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.stats import qmc
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler, scale
from threadpoolctl import threadpool_limits

from asv_benchmarks.portfolio.data import DATA
from asv_benchmarks.portfolio.families import FAMILIES, Family
from asv_benchmarks.quality.real.data import Data
from sksearch.space import SearchSpace

N_CONFIGURATIONS = 64
_N_FOLDS = 3
_DECIMALS = 4

Params = dict[str, Any]
Scores = dict[str, list[float]]  # by task, one for each configuration


def configurations(family: Family) -> list[Params]:
    """Return points spread evenly over the space of a family, in two digits."""
    space = SearchSpace(family.space)
    sequence = qmc.Sobol(space.n_coordinates, seed=np.random.default_rng(0))
    found = (space.from_unit(u) for u in sequence.random(N_CONFIGURATIONS))
    return [{name: _short(value) for name, value in p.items()} for p in found]


def _short(value: Any) -> Any:
    return float(f"{value:.2g}") if isinstance(value, float) else value


def measure(name: str) -> tuple[list[Params], Scores]:
    """Return the configurations of a family and their scores, NaN where a fit fails."""
    family = FAMILIES[name]
    points = configurations(family)
    scores: Scores = {}
    for data_name, load in DATA.items():
        data = _scaled_labels(load())
        for point in points if _kind(family, data) else []:
            for metric, score in _scores(family, data, point):
                scores.setdefault(f"{data_name}/{metric}", []).append(score)
    return points, scores


def _scaled_labels(data: Data) -> Data:
    """Numbers to predict have the variance 1: the epsilon of an SVR is of that."""
    X, y = data
    return X, y if y.dtype.kind == "i" else scale(y)


def _kind(family: Family, data: Data) -> Any:
    return family.classifier if data[1].dtype.kind == "i" else family.regressor


def _scores(family: Family, data: Data, point: Params) -> Iterator[tuple[str, float]]:
    estimator = _estimator(family, data, point)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = cross_validate(
            estimator, *data, cv=_folds(data), scoring=_metrics(estimator, data)
        )
    for name, column in found.items():
        if name.startswith("test_"):
            yield name.removeprefix("test_"), round(float(column.mean()), _DECIMALS)


def _estimator(family: Family, data: Data, point: Params) -> Any:
    model = _kind(family, data)()
    known = model.get_params()
    if family.over_columns:
        share = point[family.over_columns] / data[0].shape[1]
        point = {**point, family.over_columns: share}
    model.set_params(**{k: v for k, v in point.items() if k in known}, **family.fixed)
    return (
        Pipeline([("scale", StandardScaler()), ("m", model)])
        if family.scaled
        else model
    )


def _folds(data: Data) -> Any:
    kind = StratifiedKFold if data[1].dtype.kind == "i" else KFold
    return kind(_N_FOLDS, shuffle=True, random_state=0)


def _metrics(estimator: Any, data: Data) -> list[str]:
    if data[1].dtype.kind != "i":
        return ["r2"]
    if hasattr(estimator, "predict_proba"):
        return ["accuracy", "neg_log_loss"]
    return ["accuracy", "roc_auc"] if len(np.unique(data[1])) == 2 else ["accuracy"]
