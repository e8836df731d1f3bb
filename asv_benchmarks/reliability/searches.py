"""The searches that are killed, one of each kind, and their estimator.

Each training is a line in a file, so that one can tell what was done twice.
"""

import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
)

__all__ = [
    "CLASSES",
    "NETS",
    "RECHECK_CV",
    "SPACE",
    "Counted",
    "X",
    "Y",
    "allowed",
    "make_search",
    "plain_score",
    "small",
    "write",
]

N_ROWS = 24
X = np.column_stack([np.arange(N_ROWS), np.ones(N_ROWS)]).astype(float)
Y = np.arange(N_ROWS) % 2
SPACE = {"x": (0.0, 1.0), "kind": ["a", "b"]}
RECHECK_CV = KFold(4)


class Counted(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Writes a line for each training, and scores by its parameters and training."""

    def __init__(
        self,
        x: Any = 0.5,
        kind: Any = "a",
        log: str | None = None,
        pause: float = 0.0,
    ):
        self.x = x
        self.kind = kind
        self.log = log
        self.pause = pause

    def fit(self, X: Any, y: Any) -> Self:
        """Train once."""
        self.n_epochs_ = 0
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Train on; `coef_` remembers all that happened, in its order."""
        self.classes_ = np.unique(y) if classes is None else np.asarray(classes)
        self.n_epochs_ = getattr(self, "n_epochs_", 0) + 1
        before = getattr(self, "coef_", 0.0)
        self.coef_ = 0.5 * before + np.cos(self.n_epochs_ + X[:, 0].sum())
        if self.pause:
            # Of different lengths, so that results come before their turn.
            share = zlib.crc32(repr((self.x, X[0, 0])).encode()) % 100 / 100
            time.sleep(self.pause * share)
        if self.log is not None:
            Path(f"{self.log}.{os.getpid()}.pid").touch()
            write(
                self.log, f"{self.kind!r}{self.x!r}", int(X[:, 0].sum()), self.n_epochs_
            )
        return self

    def score(self, X: Any, y: Any) -> Any:
        """Return what is best at 0.3, and varies with folds and epochs."""
        bonus = 0.1 * (self.kind == "b")
        return bonus - (self.x - 0.3) ** 2 + 0.01 * self.coef_ / self.n_epochs_

    def predict(self, X: Any) -> Any:
        """Return the first class."""
        return np.full(len(X), self.classes_[0])


def write(log: str, x: str, fold: int, n_epochs: int) -> None:
    """Append one line, whole."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{x} {fold} {n_epochs}\n".encode())
    os.close(handle)


def plain_score(estimator: Counted, X: Any, y: Any) -> Any:
    """Score as the estimator does."""
    return estimator.score(X, y)


def allowed(params: dict[str, Any]) -> bool:
    """Allow most points."""
    return bool(params["x"] < 0.9)


def small(estimator: Counted, X: Any, y: Any) -> Any:
    """Score a second goal."""
    return -estimator.x


def _bayes(estimator: Any, **options: Any) -> Any:
    return BayesSearchCV(estimator, SPACE, **{"n_iter": 14, **options})


def _rechecked(estimator: Any, **options: Any) -> Any:
    again = {"n_recheck": 5, "recheck_cv": RECHECK_CV}
    return _bayes(estimator, **again, **options, n_iter=10)


def _hyperband(estimator: Any, **options: Any) -> Any:
    return HyperbandSearchCV(
        estimator, SPACE, max_resources=9, optimizer="tpe", **options
    )


def _multi(estimator: Any, **options: Any) -> Any:
    scoring = {"plain": plain_score, "small": small}
    options = {"n_iter": 14, "scoring": scoring, **options}
    return MultiObjectiveSearchCV(estimator, SPACE, **options)


def _multi_on_rungs(estimator: Any, **options: Any) -> Any:
    rungs = {"scheduler": "hyperband", "max_resources": 9, "n_iter": 12}
    return _multi(estimator, **options, **rungs)


def _population(estimator: Any, **options: Any) -> Any:
    # From this seed no two members move to the same point, which would look as if one
    # was trained twice.
    options |= {"random_state": 1, "population_size": 6, "step": 2, "max_resources": 8}
    return PopulationSearchCV(estimator, SPACE, **options)


def _nets(estimator: Counted, **options: Any) -> Any:
    from asv_benchmarks.reliability.nets import search_of_nets  # torch is an extra

    return search_of_nets(estimator.log, **options)


NETS = "hyperband, batch_candidates"
_MAKERS: dict[str, Callable[..., Any]] = {
    "bayes": _bayes,
    "bayes, n_recheck": _rechecked,
    "hyperband": _hyperband,
    "multi": _multi,
    "multi, rungs": _multi_on_rungs,
    "population": _population,
    NETS: _nets,
}
CLASSES = [name for name in _MAKERS if name != NETS]


def make_search(
    name: str,
    log: str | None = None,
    journal: str | None = None,
    n_jobs: int = 1,
    pause: float = 0.0,
) -> Any:
    """Return one of the searches that are killed: of `CLASSES`, or `NETS`."""
    estimator = Counted(log=log, pause=pause)
    options = {"cv": 3, "random_state": 0, "journal": journal, "n_jobs": n_jobs}
    return _MAKERS[name](estimator, **options)
