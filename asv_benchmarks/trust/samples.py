"""Normal data, and linear models of them whose score on endless data is a formula."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

__all__ = ["SETTINGS", "Setting"]


class _Ridge(BaseEstimator):  # type: ignore[misc]
    """Ridge regression on some columns, which a number draws; no intercept."""

    def __init__(self, subset: int = -1, alpha: float = 1.0) -> None:
        self.subset = subset
        self.alpha = alpha

    def _learn(self, X: Any, y: Any) -> None:
        self.coef_ = np.zeros(X.shape[1])
        columns = self._columns(X.shape[1])
        A = X[:, columns]
        penalty = self.alpha * np.eye(len(columns))
        self.coef_[columns] = np.linalg.solve(A.T @ A + penalty, A.T @ y)

    def _columns(self, n: int) -> Any:
        if self.subset < 0:
            return np.arange(n)
        rng = np.random.default_rng(self.subset)
        most = min(n, 20)
        return rng.choice(n, rng.integers(1, most), replace=False)


class RidgeSigns(ClassifierMixin, _Ridge):  # type: ignore[misc]
    """Predicts -1 or 1."""

    def fit(self, X: Any, y: Any) -> "RidgeSigns":
        """Learn."""
        self._learn(X, y)
        self.classes_ = np.array([-1.0, 1.0])
        return self

    def predict(self, X: Any) -> Any:
        """Return the signs of the linear model."""
        return np.where(X @ self.coef_ >= 0.0, 1.0, -1.0)


class RidgeValues(RegressorMixin, _Ridge):  # type: ignore[misc]
    """Predicts numbers."""

    def fit(self, X: Any, y: Any) -> "RidgeValues":
        """Learn."""
        self._learn(X, y)
        return self

    def predict(self, X: Any) -> Any:
        """Return the values of the linear model."""
        return X @ self.coef_


@dataclass(frozen=True)
class Setting:
    """Samples of `n_rows` normal rows; the first five columns say something.

    The target is the sum of these, together of length `signal`, and noise of variance
    1; its sign where `classifies`. With a signal of 0 labels are random.
    """

    n_rows: int
    n_columns: int
    signal: float
    classifies: bool
    drawn: bool  # whether candidates differ by their columns, or by the penalty alone

    @property
    def estimator(self) -> Any:
        """The model."""
        return RidgeSigns() if self.classifies else RidgeValues()

    @property
    def scoring(self) -> str:
        """How it is scored."""
        return "accuracy" if self.classifies else "neg_mean_squared_error"

    @property
    def space(self) -> dict[str, Any]:
        """What is searched."""
        penalty: dict[str, Any] = {"alpha": (0.1, 1e4, "log-uniform")}
        return penalty | ({"subset": (0, 10**6)} if self.drawn else {})

    def _weights(self) -> Any:
        weights = np.zeros(self.n_columns)
        weights[:5] = self.signal / np.sqrt(5)
        return weights

    def sample(self, seed: int) -> tuple[Any, Any]:
        """Return X and y."""
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(self.n_rows, self.n_columns))
        z = X @ self._weights() + rng.normal(size=self.n_rows)
        return X, np.where(z >= 0.0, 1.0, -1.0) if self.classifies else z

    def truth(self, model: Any) -> float:
        """Return what a model scores on endless data.

        Two normal numbers of correlation r have the same sign with probability
        1 - arccos(r) / pi.
        """
        coef, weights = model.coef_, self._weights()
        if not self.classifies:
            return -float(np.sum((coef - weights) ** 2) + 1.0)
        length = np.sqrt(np.sum(coef**2) * (np.sum(weights**2) + 1.0))
        r = coef @ weights / length if length else 0.0
        return 1.0 - float(np.arccos(np.clip(r, -1.0, 1.0))) / np.pi


SETTINGS = {
    "random labels, a penalty": Setting(200, 20, 0.0, True, False),
    "random labels, columns": Setting(200, 20, 0.0, True, True),
    "random labels, columns of 1,000": Setting(200, 1000, 0.0, True, True),
    "classes, weak signal": Setting(200, 20, 0.5, True, True),
    "classes": Setting(200, 20, 1.0, True, True),
    "numbers": Setting(200, 20, 1.0, False, True),
    "numbers, 60 rows": Setting(60, 20, 1.0, False, True),
}
