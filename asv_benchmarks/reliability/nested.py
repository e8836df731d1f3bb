"""Searches inside the folds of a cross-validation, and who has the cores."""

import importlib
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

from sklearn.model_selection import cross_val_score

from asv_benchmarks.reliability.machine import cores, versions
from asv_benchmarks.reliability.rows import Nested
from sksearch import BayesSearchCV

__all__ = ["MODELS", "SPLITS", "measure"]

# asv's classes are not typed.
_threads: Any = importlib.import_module("asv_benchmarks.benchmarks.threads")
MODELS = {"LightGBM": _threads.lightgbm_classifier, "skorch net": _threads.torch_net}
_PACKAGES = {"LightGBM": ("lightgbm",), "skorch net": ("torch", "skorch")}
SPLITS = ((1, 1), (2, 1), (1, 2), (2, 2))  # n_jobs outside, and of the search


def measure(models: Sequence[str], n_rounds: int) -> Iterator[Nested]:
    """Yield the times of all splits in turns; a first round warms the workers up."""
    for model in models:
        for number in range(-1, n_rounds):
            for outer, inner in SPLITS:
                seconds = _seconds(model, outer, inner)
                if number >= 0:
                    known = versions(*_PACKAGES[model])
                    yield Nested(
                        model, number, outer, inner, round(seconds, 3), known, cores()
                    )


def _seconds(model: str, outer: int, inner: int) -> float:
    estimator, space = MODELS[model]()
    search = BayesSearchCV(
        estimator, space, n_iter=6, optimizer="random", cv=3, n_jobs=inner,
        random_state=0,
    )  # fmt: skip
    begin = perf_counter()
    cross_val_score(
        search, _threads.X, _threads.Y, cv=4, n_jobs=outer, error_score="raise"
    )
    return perf_counter() - begin
