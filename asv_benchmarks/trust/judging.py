"""Search, ask for honest scores, and look up the truth."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from asv_benchmarks.quality.workers import processes
from asv_benchmarks.reliability.machine import versions
from asv_benchmarks.trust.rows import Judged
from asv_benchmarks.trust.samples import SETTINGS
from sksearch import (
    BayesSearchCV,
    bootstrap_bias_corrected_score,
    nested_cross_validate,
)

__all__ = ["DIGITS", "N_DIGITS", "SEEDS", "judge", "lacking", "run_all"]

DIGITS = "digits"
N_DIGITS = 100  # rows that are searched on; the other 1,697 tell the truth
N_CANDIDATES = 100
SEEDS = dict.fromkeys(SETTINGS, 200) | {DIGITS: 30}
N_NESTED = 50  # of the random labels, how many are nested too

Truth = Callable[[Any], float]


def lacking(known: Sequence[Judged]) -> list[tuple[str, int]]:
    """Return what is still to be done, a few seeds of each at a time."""
    done = {row.key for row in known}
    wanted = [(name, seed) for name, n in SEEDS.items() for seed in range(n)]
    wanted.sort(key=lambda key: key[1])
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
        return _judged(name, seed, *_digits(seed), nested=True)
    setting = SETTINGS[name]
    search = BayesSearchCV(
        setting.estimator,
        setting.space,
        n_iter=N_CANDIDATES,
        optimizer="random",
        scoring=setting.scoring,
        cv=5,
        random_state=seed,
    )
    nested = setting.signal == 0.0 and seed < N_NESTED
    data = setting.sample(seed)
    return _judged(name, seed, search, data, setting.truth, nested=nested)


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
        cv=StratifiedKFold(5, shuffle=True, random_state=seed),
        random_state=seed,
    )
    return (
        search,
        (X[few], y[few]),
        lambda model: float(model.score(X[others], y[others])),
    )


def _judged(
    name: str, seed: int, search: Any, data: Any, truth: Truth, nested: bool
) -> Judged:
    search.set_params(return_oof=True, return_estimator=True)
    with warnings.catch_warnings():  # of a class with fewer rows than folds
        warnings.filterwarnings("ignore", message="The least populated class")
        search.fit(*data)
        nothing = (math.nan,) * 4
        outer = _nested(search, data, seed) if nested else nothing
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
    plain = search.__sklearn_clone__()
    plain.set_params(return_oof=False, return_estimator=False)
    outer = StratifiedKFold(5, shuffle=True, random_state=seed)
    found = nested_cross_validate(plain, *data, cv=outer)
    (name,) = found.mean
    interval = found.confidence_interval()[name]
    return (found.mean[name], found.standard_error[name], *interval)
