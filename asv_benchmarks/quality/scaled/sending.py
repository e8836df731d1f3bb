"""What the parent's process takes for each fit that it sends to a real pool.

Fits sleep for a quarter of a second, so that they do not travel in batches. Run it from
the root of the repository::

    python -m asv_benchmarks.quality.scaled.sending
"""

import time
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from sksearch import BayesSearchCV

N_WORKERS, N_FOLDS = 8, 2
FEW, MANY = 20, 220  # candidates: what a search takes once is in both


class Sleeper(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Sleeps, and has its parameter as its score."""

    def __init__(self, level: float = 0.0) -> None:
        self.level = level

    def fit(self, X: Any, y: Any) -> "Sleeper":
        """Sleep."""
        self.classes_ = np.unique(y)
        time.sleep(0.25)
        return self

    def predict(self, X: Any) -> Any:
        """Return the first class."""
        return np.full(len(X), self.classes_[0])

    def score(self, X: Any, y: Any) -> float:
        """Return the parameter."""
        return self.level


def seconds(n_iter: int) -> float:
    """Return the CPU seconds of this process, without its workers."""
    X, y = np.zeros((40, 3)), np.arange(40) % 2
    begin = time.process_time()
    BayesSearchCV(
        Sleeper(),
        {"level": (0.0, 1.0)},
        optimizer="random",
        n_iter=n_iter,
        cv=N_FOLDS,
        n_jobs=N_WORKERS,
        refit=False,
        random_state=0,
    ).fit(X, y)
    return time.process_time() - begin


def per_fit() -> float:
    """Return the seconds of one more fit, all that the parent does included."""
    seconds(FEW)  # starts the workers
    few, many = seconds(FEW), seconds(MANY)
    return (many - few) / (N_FOLDS * (MANY - FEW))


def main() -> None:
    """Print the milliseconds."""
    # Importable in the workers, which do not know this module as __main__.
    from asv_benchmarks.quality.scaled import sending

    print(f"{1e3 * sending.per_fit():.2f} ms of parent CPU per fit")


if __name__ == "__main__":
    main()
