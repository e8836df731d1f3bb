"""Estimators that are tuned for how well they predict and for what that costs.

The grids are finite: `build` computes every point once, and a search looks it up.
"""

import importlib
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np

from asv_benchmarks.quality.interface import Space
from asv_benchmarks.quality.trained.problems import digits, loans

_SEED = 0
_N_TIMED = 1_000  # rows of which the prediction is timed
_N_REPEATS = 5  # of which the fastest counts: whatever else ran only adds to the others


@dataclass(frozen=True, eq=False)
class Definition:
    """One problem.

    Parameters
    ----------
    data : callable
        Returns features and labels.
    n_rows : int
        So many of them, drawn.
    make : callable
        From the parameters of a point to an estimator.
    scoring : str
        scikit-learn's name of the score.
    cost : callable
        From a fitted estimator and features to what using it costs.
    """

    data: Callable[[], tuple[Any, Any]]
    n_rows: int
    make: Callable[[Mapping[str, Any]], Any]
    scoring: str
    cost: Callable[[Any, Any], float]


# -- costs -----------------------------------------------------------------------------


def latency(model: Any, X: Any) -> float:
    """Return the CPU milliseconds of the predictions of a thousand rows."""
    rows = np.resize(np.arange(len(X)), _N_TIMED)
    seconds = []
    for _ in range(_N_REPEATS):
        start = process_time()
        model.predict(X[rows])
        seconds.append(process_time() - start)
    return 1e3 * min(seconds)


def n_bytes(model: Any, X: Any) -> float:
    """Return the size of a model as it is stored."""
    return len(pickle.dumps(model))


def n_weights(model: Any, X: Any) -> float:
    """Return the weights of a network."""
    arrays = [*model[-1].coefs_, *model[-1].intercepts_]
    return float(sum(array.size for array in arrays))


def n_nodes(model: Any, X: Any) -> float:
    """Return the nodes of a forest."""
    return float(sum(tree.tree_.node_count for tree in model.estimators_))


# -- estimators ------------------------------------------------------------------------


def _boosting(params: Mapping[str, Any]) -> Any:
    kind = importlib.import_module("lightgbm").LGBMClassifier
    return kind(**params, random_state=_SEED, n_jobs=1, verbose=-1)


def _perceptron(params: Mapping[str, Any]) -> Any:
    from sklearn.neural_network import MLPClassifier

    others = {key: params[key] for key in params if key not in ("width", "depth")}
    layers = (params["width"],) * params["depth"]
    net = MLPClassifier(
        layers, **others, batch_size=64, max_iter=15, random_state=_SEED
    )
    return _scaled(net)


def _forest(params: Mapping[str, Any]) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(**params, random_state=_SEED)


def _machine(params: Mapping[str, Any]) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.svm import SVC

    others = {key: params[key] for key in params if key != "n_components"}
    return _scaled(PCA(params["n_components"], random_state=_SEED), SVC(**others))


def _scaled(*steps: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), *steps)


DEFINITIONS: dict[str, Definition] = {
    "lgbm_latency": Definition(loans, 1500, _boosting, "roc_auc", latency),
    "mlp_weights": Definition(digits, 900, _perceptron, "accuracy", n_weights),
    "forest_nodes": Definition(digits, 900, _forest, "accuracy", n_nodes),
    "svc_bytes": Definition(digits, 900, _machine, "accuracy", n_bytes),
}
SPACES: dict[str, Space] = {
    "lgbm_latency": {
        "n_estimators": [5, 10, 20, 40, 80],
        "num_leaves": [3, 7, 15, 31],
        "learning_rate": [0.03, 0.1, 0.3],
        "min_child_samples": [5, 20, 80],
        "colsample_bytree": [0.2, 0.5, 1.0],
    },
    "mlp_weights": {
        "width": [4, 8, 12, 16, 32, 64],
        "depth": [1, 2, 3],
        "activation": ["relu", "tanh"],
        "alpha": [1e-4, 1e-1],
        "learning_rate_init": [1e-3, 3e-3, 1e-2, 3e-2],
    },
    "forest_nodes": {
        "n_estimators": [2, 4, 8, 16, 32],
        "max_depth": [2, 4, 6, 8, 12],
        "min_samples_leaf": [1, 3, 8],
        "max_features": [0.05, 0.1, 0.2, 0.5],
        "max_samples": [0.3, 1.0],
    },
    "svc_bytes": {
        "n_components": [4, 8, 16, 32, 48],
        "kernel": ["rbf", "poly", "sigmoid"],
        "C": [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0],
        "gamma": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
    },
}
