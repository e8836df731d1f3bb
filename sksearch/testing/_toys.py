"""Estimators that watch how a search treats them; importable in worker processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier

# Spaces for the toys and for real trees.
TWO = {"quality": [0.0, 1.0]}
FOUR = {"quality": [0.0, 1.0, 2.0, 3.0]}
TREES = {"max_depth": [1, 2, 3, 4], "min_samples_leaf": [1, 5, 10]}


def numbered_rows(n_rows: int = 24) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return X whose first column numbers the rows from 1, and y of two classes."""
    X = np.column_stack([np.arange(1.0, n_rows + 1), np.arange(n_rows) // 4])
    return X, np.arange(n_rows) % 2


def write_event(log: str | None, **event: Any) -> None:
    """Append one JSON line in one write, which is atomic across processes."""
    if log is not None:
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, json.dumps(event).encode() + b"\n")
        os.close(descriptor)


def read_events(log: str) -> list[dict[str, Any]]:
    """Return the events of a log in the order in which they were written."""
    if not Path(log).exists():
        return []
    return [json.loads(line) for line in Path(log).read_text().splitlines()]


class ToyClassifier(ClassifierMixin, BaseEstimator):
    """Score as `quality` says, plus a little that differs between folds."""

    def __init__(self, quality: float = 0.0, log: str | None = None) -> None:
        self.quality = quality
        self.log = log

    def fit(self, X: Any, y: ArrayLike) -> ToyClassifier:
        """Remember the classes."""
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the first class."""
        return np.full(len(X), self.classes_[0])

    def score(self, X: Any, y: ArrayLike) -> float:
        """Return the quality, lowered by where the rows stand in the data."""
        return float(self.quality - 1e-6 * np.mean(np.asarray(X)[:, 0]))


class FailingClassifier(ToyClassifier):
    """Raise `error` for the qualities in `fails`, in training sets that hold `row`."""

    errors = (ValueError, RuntimeError, KeyError, ZeroDivisionError)

    def __init__(
        self,
        quality: float = 0.0,
        fails: tuple[float, ...] = (),
        error: str = "ValueError",
        row: float | None = None,
        scoring_fails: bool = False,
    ) -> None:
        super().__init__(quality)
        self.fails = fails
        self.error = error
        self.row = row
        self.scoring_fails = scoring_fails

    def fit(self, X: Any, y: ArrayLike) -> FailingClassifier:
        """Fit, or fail as told."""
        if not self.scoring_fails and (self.row is None or self.row in X[:, 0]):
            self._fail()
        super().fit(X, y)
        return self

    def score(self, X: Any, y: ArrayLike) -> float:
        """Score, or fail as told."""
        if self.scoring_fails:
            self._fail()
        return super().score(X, y)

    def _fail(self) -> None:
        if self.quality in self.fails:
            errors = {error.__name__: error for error in self.errors}
            raise errors[self.error](f"failing with quality {self.quality}")


class RecordingClassifier(ToyClassifier):
    """Log what each fit and each score is given."""

    def __init__(
        self, choice: Any = None, quality: float = 0.0, log: str | None = None
    ) -> None:
        super().__init__(quality, log)
        self.choice = choice

    def fit(self, X: Any, y: Any) -> RecordingClassifier:
        """Log the container, its types and the value of `choice`."""
        write_event(
            self.log,
            container=type(X).__name__,
            columns=[str(name) for name in getattr(X, "columns", ())],
            dtypes=[str(dtype) for dtype in getattr(X, "dtypes", ())],
            y_container=type(y).__name__,
            choice=[type(self.choice).__name__, repr(self.choice)],
        )
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the first class."""
        return np.full(X.shape[0], self.classes_[0])

    def score(self, X: Any, y: ArrayLike) -> float:
        """Return the quality."""
        return float(self.quality)


class FoldRecordingClassifier(ToyClassifier):
    """Log which rows were trained on when others are scored."""

    def fit(self, X: Any, y: ArrayLike) -> FoldRecordingClassifier:
        """Remember the numbers of the rows."""
        super().fit(X, y)
        self.rows_ = X[:, 0].tolist()
        return self

    def score(self, X: Any, y: ArrayLike) -> float:
        """Log both sets of rows."""
        write_event(
            self.log, quality=self.quality, train=self.rows_, test=X[:, 0].tolist()
        )
        return super().score(X, y)


class WeighedClassifier(ToyClassifier):
    """Fail unless each row's weight is its number; log whether weights came."""

    def fit(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> WeighedClassifier:
        """Check the weights of a fit."""
        self._weigh("fit", X, sample_weight)
        super().fit(X, y)
        return self

    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> WeighedClassifier:
        """Check the weights of a continued fit."""
        return self.fit(X, y, sample_weight)

    def score(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Check the weights of a score."""
        self._weigh("score", X, sample_weight)
        return super().score(X, y)

    def _weigh(self, use: str, X: Any, sample_weight: ArrayLike | None) -> None:
        if sample_weight is not None and not np.array_equal(sample_weight, X[:, 0]):
            raise ValueError(f"{use} got weights that belong to other rows")
        write_event(self.log, use=use, weighed=sample_weight is not None)


class DelayedTree(DecisionTreeClassifier):
    """A tree whose fits end in another order than they began."""

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        check_input: bool = True,
    ) -> DelayedTree:
        """Wait up to 16 ms, then fit."""
        time.sleep(0.004 * ((7 * self.max_depth + 3 * self.min_samples_leaf) % 5))
        super().fit(X, y, sample_weight, check_input)
        return self


class InterruptingClassifier(ToyClassifier):
    """Interrupt process `pid` as Ctrl-C does, in the fit number `at` of all."""

    def __init__(
        self,
        quality: float = 0.0,
        log: str | None = None,
        pid: int = 0,
        at: int = 1,
        seconds: float = 0.0,
    ) -> None:
        super().__init__(quality, log)
        self.pid = pid
        self.at = at
        self.seconds = seconds

    def fit(self, X: Any, y: ArrayLike) -> InterruptingClassifier:
        """Log the fit; the one that is number `at` interrupts."""
        super().fit(X, y)
        time.sleep(self.seconds)
        write_event(self.log, quality=self.quality)
        if self.log is not None and len(read_events(self.log)) >= self.at:
            self._interrupt_once(f"{self.log}.interrupted")
        return self

    def _interrupt_once(self, mark: str) -> None:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))  # only one fit succeeds
            for pid in {os.getpid(), self.pid}:  # a terminal interrupts all
                os.kill(pid, signal.SIGINT)
            time.sleep(0.05)  # the signal arrives while this fit is running


class ExitingClassifier(ToyClassifier):
    """End the worker process in each fit with quality `fatal`."""

    def __init__(
        self, quality: float = 0.0, fatal: float | None = None, pid: int = 0
    ) -> None:
        super().__init__(quality)
        self.fatal = fatal
        self.pid = pid

    def fit(self, X: Any, y: ArrayLike) -> ExitingClassifier:
        """Exit without a word, as a process that is out of memory does."""
        if self.quality == self.fatal and os.getpid() != self.pid:
            os._exit(1)
        super().fit(X, y)
        return self
