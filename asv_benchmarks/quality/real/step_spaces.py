"""The spaces of the real problems whose steps are choices themselves."""

from typing import Any

from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.ensemble import ExtraTreesRegressor as ExtraTrees
from sklearn.ensemble import RandomForestRegressor as RandomForest
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge, SGDRegressor
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from asv_benchmarks.quality.interface import Space
from asv_benchmarks.quality.real.choices import BALANCE, log_spaced, scalers, under


def _steps(reducers: list[Space], models: list[Space]) -> list[Space]:
    """Return a branch for each pair of a reducer and a model, any scaler before."""
    return [{"scale": scalers(), **r, **m} for r in reducers for m in models]


def _kept(n_components: list[int], k: list[int]) -> list[Space]:
    return [
        {"reduce": ["passthrough"]},
        {"reduce": [PCA()], "reduce__n_components": n_components},
        {"reduce": [SelectKBest()], "reduce__k": k},
    ]


def _model(model: Any, **space: list[Any]) -> Space:
    return {"model": [model], **under("model", space)}


def _forest(min_samples_leaf: list[int]) -> Space:
    return {
        "model__max_features": [0.15, 0.3, 0.45, 0.6, 0.8, 1.0],
        "model__max_depth": [4, 7, 12, None],
        "model__min_samples_leaf": min_samples_leaf,
    }


_TREES = ExtraTreesClassifier(n_estimators=12, random_state=0)
_WEIGHTS = ["uniform", "distance"]
_RATIOS = [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0]
_NEIGHBOURS: Space = {
    "n_neighbors": [1, 2, 3, 4, 5, 6, 8, 11, 16, 25],
    "weights": _WEIGHTS,
}

STEP_SPACES: dict[str, Space | list[Space]] = {
    "steps_oj": _steps(
        _kept([2, 5, 8, 11], [1, 2, 5, 10]),
        [
            _model(LogisticRegression(), C=log_spaced(0.001, 100, 8)),
            _model(SVC(), C=log_spaced(0.03, 30, 5), gamma=log_spaced(0.003, 0.3, 4)),
            _model(
                _TREES, max_features=[0.2, 0.5, 1.0], min_samples_leaf=[1, 3, 8, 20]
            ),
            _model(KNeighborsClassifier(), n_neighbors=[5, 15, 40], weights=_WEIGHTS),
        ],
    ),
    "steps_hpc": _steps(
        _kept([2, 4, 6, 8], [2, 4, 6, 8]),
        [
            _model(
                LogisticRegression(), C=log_spaced(0.01, 100, 5), class_weight=BALANCE
            ),
            _model(
                SVC(class_weight="balanced"),
                C=log_spaced(0.3, 300, 4),
                gamma=log_spaced(0.01, 1, 4),
            ),
            _model(_TREES, max_depth=[3, 5, 9, None], max_features=[0.3, 0.6, 1.0]),
            _model(KNeighborsClassifier(), n_neighbors=[1, 3, 7, 15], p=[1, 2]),
        ],
    ),
    "forest_sacramento": [
        {
            "model": [RandomForest(n_estimators=16, random_state=0)],
            "model__criterion": ["squared_error", "poisson"],
            "model__max_samples": [0.4, 0.7, 1.0],
            **_forest([1, 2, 4, 8]),
        },
        {
            "model": [ExtraTrees(n_estimators=16, random_state=0)],
            "model__ccp_alpha": [0.0, 1e-4, 3e-4, 1e-3],
            **_forest([1, 2, 3, 5, 9]),
        },
    ],
    "knn_flavia": [
        {
            "scale": scalers(),
            "reduce": ["passthrough"],
            **under("knn", _NEIGHBOURS),
            "knn__metric": ["minkowski"],
            "knn__p": [1, 1.5, 2, 3],
        },
        {
            "scale": scalers(),
            "reduce": ["passthrough"],
            **under("knn", _NEIGHBOURS),
            "knn__metric": ["cosine"],
        },
        {
            "scale": scalers()[:3],
            "reduce": [PCA(random_state=0)],
            "reduce__n_components": [4, 8, 12, 18, 26, 38],
            "reduce__whiten": [False, True],
            **under("knn", _NEIGHBOURS),
        },
    ],
    "linear_diabetes": [
        {"expand__degree": [1, 2], **branch}
        for branch in [
            _model(ElasticNet(), alpha=log_spaced(3e-4, 1, 14), l1_ratio=_RATIOS),
            _model(Ridge(), alpha=log_spaced(0.01, 1e4, 14)),
            _model(
                SGDRegressor(random_state=0, max_iter=60),
                alpha=log_spaced(1e-4, 1, 6),
                learning_rate=["constant", "invscaling", "adaptive"],
                eta0=log_spaced(1e-4, 0.1, 8),
            ),
            _model(
                SGDRegressor(
                    random_state=0, max_iter=60, loss="huber", penalty="elasticnet"
                ),
                alpha=log_spaced(1e-4, 0.3, 6),
                l1_ratio=[0.1, 0.5, 0.9],
                eta0=log_spaced(1e-3, 0.1, 5),
                epsilon=[0.1, 0.3, 1.0],
            ),
        ]
    ],
    "logistic_breast_cancer": [
        {"scale": scalers()[:3], **branch, "model__class_weight": BALANCE}
        for branch in [
            # It has no mixed penalty: as in many a grid, some points can only fail.
            under(
                "model",
                {
                    "solver": ["lbfgs"],
                    "C": log_spaced(0.02, 500, 9),
                    "l1_ratio": [0.0, 0.5],
                },
            ),
            under(
                "model",
                {
                    "solver": ["liblinear"],
                    "C": log_spaced(0.02, 300, 13),
                    "l1_ratio": [0.0, 1.0],
                    "intercept_scaling": [0.1, 1.0, 10.0],
                },
            ),
            under(
                "model",
                {
                    "solver": ["saga"],
                    "C": log_spaced(0.02, 20, 10),
                    "l1_ratio": [0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
                },
            ),
        ]
    ],
}
