"""Search, ask for honest scores, and look up the truth."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from asv_benchmarks.quality.workers import processes
from asv_benchmarks.reliability.machine import versions
from asv_benchmarks.trust.drawn import DrawnSearch
from asv_benchmarks.trust.rows import Judged
from asv_benchmarks.trust.samples import SETTINGS
from sksearch import (
    BayesSearchCV,
    NestedScores,
    bootstrap_bias_corrected_score,
    nested_cross_validate,
)

__all__ = ["AGAIN", "DIGITS", "N_DIGITS", "SEEDS", "judge", "lacking", "run_all"]

DIGITS = "digits"
N_DIGITS = 100  # rows that are searched on; the other 1,697 tell the truth
AGAIN = range(1000, 1200)  # drawn once it was settled which truth counts
SEEDS = {name: [*range(200), *AGAIN] for name in SETTINGS} | {DIGITS: [*range(30)]}
N_NESTED = 100  # of the random labels, how many are nested too

Truth = Callable[[Any], float]


def lacking(known: Sequence[Judged]) -> list[tuple[str, int]]:
    """Return what is still to be done, a few seeds of each at a time."""
    done = {row.key for row in known}
    wanted = [(name, seed) for name, seeds in SEEDS.items() for seed in seeds]
    wanted.sort(key=lambda key: (key[0] == DIGITS, key[1]))
    return [key for key in wanted if key not in done]


def run_all(wanted: Sequence[tuple[str, int]], n_jobs: int) -> Iterator[Judged]:
    """Yield the rows as they come."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(judge, *key) for key in wanted]
        for future in as_completed(futures):
            yield future.result()


def judge(name: str, seed: int) -> Judged:
    """Judge the search of one sample."""
    if name == DIGITS:
        search, data, truth = _digits(seed)
        with warnings.catch_warnings():  # of a class with fewer rows than folds
            warnings.filterwarnings("ignore", message="The least populated class")
            search.fit(*data)
            nested = _nested(search, data, seed)
        return _judged(name, seed, search, truth, nested)
    setting = SETTINGS[name]
    search = DrawnSearch(setting.estimator, setting.space, setting.scoring, seed)
    data = setting.sample(seed)
    is_nested = setting.signal == 0.0 and seed < N_NESTED
    outer = _as_nested(search, data, seed) if is_nested else (math.nan,) * 4
    return _judged(name, seed, search.fit(*data), setting.truth, outer)


def _digits(seed: int) -> tuple[Any, tuple[Any, Any], Truth]:
    """Return trees that are searched with a hundred handwritten digits."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(X))
    few, others = order[:N_DIGITS], order[N_DIGITS:]
    search = BayesSearchCV(
        DecisionTreeClassifier(random_state=0),
        {
            "max_depth": (1, 12),
            "min_samples_leaf": (1, 10),
            "max_features": (0.05, 1.0),
            "criterion": ["gini", "entropy"],
            "ccp_alpha": (1e-4, 0.1, "log-uniform"),
        },
        n_iter=50,
        optimizer="random",
        return_oof=True,
        return_estimator=True,
        cv=StratifiedKFold(5, shuffle=True, random_state=seed),
        random_state=seed,
    )
    return (
        search,
        (X[few], y[few]),
        lambda model: float(model.score(X[others], y[others])),
    )


def _judged(
    name: str, seed: int, search: Any, truth: Truth, outer: tuple[float, ...]
) -> Judged:
    corrected = bootstrap_bias_corrected_score(search, random_state=seed)
    low, high = corrected.confidence_interval()
    return Judged(
        setting=name,
        seed=seed,
        best=float(search.best_score_),
        corrected=corrected.score,
        corrected_error=corrected.standard_error,
        corrected_low=low,
        corrected_high=high,
        nested=outer[0],
        nested_error=outer[1],
        nested_low=outer[2],
        nested_high=outer[3],
        folds=float(np.mean([truth(model) for model in search.fold_estimators_])),
        refitted=truth(search.best_estimator_),
        versions=versions(),
    )


def _nested(search: Any, data: Any, seed: int) -> tuple[float, ...]:
    plain = clone(search).set_params(return_oof=False, return_estimator=False)
    return _told(nested_cross_validate(plain, *data, cv=_outer(seed)))


def _as_nested(search: Any, data: Any, seed: int) -> tuple[float, ...]:
    """Do what `nested_cross_validate` does with a search of ours."""
    scores = cross_val_score(search, *data, cv=_outer(seed))
    shares = np.full(len(scores), 1 / (len(scores) - 1))
    nothing = np.full(len(scores), math.nan)
    return _told(
        NestedScores({"score": scores}, nothing, [], {}, [], None, None, shares)
    )


def _outer(seed: int) -> StratifiedKFold:
    return StratifiedKFold(5, shuffle=True, random_state=seed)


def _told(found: NestedScores) -> tuple[float, ...]:
    (name,) = found.mean
    return (
        found.mean[name],
        found.standard_error[name],
        *found.confidence_interval()[name],
    )
