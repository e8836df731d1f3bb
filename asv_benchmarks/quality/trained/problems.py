"""Estimators that are trained in epochs or trees, with their spaces and data."""

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

_LOANS = Path(__file__).parents[3] / "examples" / "data" / "lending_club.csv.gz"


@dataclass(frozen=True)
class Problem:
    """What is searched.

    Parameters
    ----------
    data : callable
        Returns the rows and their classes.
    estimator : callable
        Takes a seed and `most`; trains so many units, no fewer, in its `fit`.
    space : dict
        Distributions and lists, which `RandomizedSearchCV` understands too.
    resource : str
        The parameter of the estimator that holds the units.
    n_train : int
        Rows to search with; the others are held out.
    scoring : str, default="accuracy"
        Of folds and of the rows held out.
    most : int, default=27
        Epochs or trees of a candidate that is trained in full.
    least : int, default=1
        Those with which candidates begin.
    n_candidates : int, default=49
        As many as one round of Hyperband starts from `least` to `most` by 3.
    n_folds : int, default=3
        1 holds a third of the rows out.
    rate : str, default=""
        The parameter that is the learning rate; empty where it is not asked for.
    """

    data: Callable[[], tuple[Any, Any]]
    estimator: Callable[[int, int], Any]
    space: dict[str, Any]
    resource: str
    n_train: int
    scoring: str = "accuracy"
    most: int = 27
    least: int = 1
    n_candidates: int = 49
    n_folds: int = 3
    rate: str = ""

    def splits(self, seed: int) -> Any:
        """Return how rows are split for the search."""
        if self.n_folds == 1:
            return StratifiedShuffleSplit(1, test_size=1 / 3, random_state=seed)
        return StratifiedKFold(self.n_folds, shuffle=True, random_state=seed)


# -- data ----------------------------------------------------------------------------


def digits() -> tuple[Any, Any]:
    """Return the 1797 digits of scikit-learn, 64 grey values each."""
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y.astype(np.int64)


def loans() -> tuple[Any, Any]:
    """Return the 9857 loans of the examples, their texts as numbers."""
    with gzip.open(_LOANS, "rt", newline="") as file:
        _, *rows = list(csv.reader(file))
    columns = [_numbers(column) for column in zip(*rows, strict=True)]
    return np.column_stack(columns[:-1]), columns[-1].astype(int)


def _numbers(column: tuple[str, ...]) -> Any:
    try:
        return np.array(column, dtype=float)
    except ValueError:
        return np.unique(column, return_inverse=True)[1].astype(float)


# -- estimators ----------------------------------------------------------------------


def perceptron(seed: int, most: int) -> Any:
    """Return a network of scikit-learn that does all its epochs."""
    net = MLPClassifier(max_iter=most, n_iter_no_change=10 * most, random_state=seed)
    return make_pipeline(StandardScaler(), net)


def linear(seed: int, most: int) -> Any:
    """Return a linear model that does all its epochs."""
    model = SGDClassifier(max_iter=most, tol=None, random_state=seed)
    return make_pipeline(StandardScaler(), model)


def boosting(seed: int, most: int) -> Any:
    """Return the boosted trees of LightGBM."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=most, subsample_freq=1, random_state=seed, n_jobs=1, verbose=-1
    )


def convolutions(seed: int, most: int) -> Any:
    """Return a small convolutional net of skorch; its weights are drawn by torch."""
    import torch
    from skorch import NeuralNetClassifier

    torch.manual_seed(seed)
    return NeuralNetClassifier(
        _convolutional(),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        max_epochs=most,
        train_split=None,
        verbose=0,
    )


def _convolutional() -> type:
    from asv_benchmarks.quality.trained.nets import Convolutional

    return Convolutional


PROBLEMS = {
    "mlp_digits": Problem(
        digits,
        perceptron,
        {
            "mlpclassifier__hidden_layer_sizes": [8, 16, 32, 64],
            "mlpclassifier__alpha": loguniform(1e-6, 1e0),
            "mlpclassifier__learning_rate_init": loguniform(1e-4, 1e-1),
            "mlpclassifier__batch_size": [64, 128, 256],
        },
        "mlpclassifier__max_iter",
        1198,
        rate="mlpclassifier__learning_rate_init",
    ),
    "sgd_digits": Problem(
        digits,
        linear,
        {
            "sgdclassifier__loss": ["hinge", "log_loss", "modified_huber"],
            "sgdclassifier__penalty": ["l2", "l1", "elasticnet"],
            "sgdclassifier__alpha": loguniform(1e-6, 1e0),
            "sgdclassifier__learning_rate": ["optimal", "constant", "invscaling"],
            "sgdclassifier__eta0": loguniform(1e-4, 1e0),
        },
        "sgdclassifier__max_iter",
        1198,
        rate="sgdclassifier__eta0",
    ),
    "lgbm_loans": Problem(
        loans,
        boosting,
        {
            "learning_rate": loguniform(1e-2, 1e0),
            "num_leaves": [3, 7, 15, 31, 63],
            "min_child_samples": [2, 5, 10, 20, 50, 100],
            "subsample": [0.5, 0.7, 0.9, 1.0],
            "colsample_bytree": [0.3, 0.5, 0.7, 1.0],
            "reg_lambda": loguniform(1e-3, 1e2),
        },
        "n_estimators",
        2000,
        "roc_auc",
        rate="learning_rate",
    ),
    "cnn_digits": Problem(
        digits,
        convolutions,
        {
            "lr": loguniform(1e-4, 1e-1),
            "batch_size": [64, 128, 256],
            "module__n_channels": [2, 4, 8],
            "optimizer__weight_decay": loguniform(1e-6, 1e-1),
        },
        "max_epochs",
        1198,
        n_folds=1,
    ),
}
for _name in ("sgd_digits", "lgbm_loans"):
    PROBLEMS[f"{_name}_81"] = replace(PROBLEMS[_name], most=81, n_candidates=143)
