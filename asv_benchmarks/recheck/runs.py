"""Searches of the same problem and seed, by ways that cost the same number of fits."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone
from sklearn.model_selection import (
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedShuffleSplit,
)

from asv_benchmarks.quality.workers import processes
from asv_benchmarks.recheck.problems import PROBLEMS, Problem
from sksearch import BayesSearchCV

__all__ = ["WAYS", "Choice", "Key", "missing", "run_all"]

Key = tuple[str, str, int]


@dataclass(frozen=True, order=True)
class Choice:
    """What a search has chosen.

    Parameters
    ----------
    problem, way : str
        Which rows and estimator; how it was searched.
    seed : int
        Of the rows and of the search.
    n_fits : int
        How many fits it took.
    held_out : float
        The score of the chosen model on all other rows: the truth.
    best : float
        Its mean score in the search.
    again : float
        Its mean score in the re-check; NaN without one.
    """

    problem: str
    way: str
    seed: int
    n_fits: int
    held_out: float
    best: float
    again: float

    @property
    def key(self) -> Key:
        """What a newer run of the same replaces."""
        return self.problem, self.way, self.seed


def _twice(problem: Problem, seed: int) -> Any:
    kind = RepeatedStratifiedKFold if problem.is_classification else RepeatedKFold
    return kind(n_splits=5, n_repeats=2, random_state=1000 + seed)


def _holdout(problem: Problem, seed: int) -> Any:
    kind = StratifiedShuffleSplit if problem.is_classification else ShuffleSplit
    return kind(1, test_size=0.25, random_state=seed)


def _options(way: str, problem: Problem, seed: int) -> dict[str, Any]:
    """Return the arguments of a search."""
    one, again = {"cv": _holdout(problem, seed)}, {"n_recheck": 5}
    known: dict[str, dict[str, Any]] = {
        "40": {"n_iter": 40, "cv": 5},
        "40, then 5 again": {"n_iter": 40, "cv": 5, **again},
        "30, then 5 again": {
            "n_iter": 30,
            "cv": 5,
            "recheck_cv": _twice(problem, seed),
            **again,
        },
        "20, then 5 again": {"n_iter": 20, "cv": 5, **again},
        "60 on one holdout": {"n_iter": 60, **one},
        "40 on one holdout, then 5 again": {"n_iter": 40, **one, **again},
        "one holdout": {"n_iter": 40, **one},
        "reshuffled holdout": {"n_iter": 40, **one, "reshuffle": True},
        "reshuffled folds": {"n_iter": 40, "cv": 5, "reshuffle": True},
    }
    return known[way]


WAYS = (
    "40",
    "40, then 5 again",
    "30, then 5 again",
    "20, then 5 again",
    "60 on one holdout",
    "40 on one holdout, then 5 again",
    "one holdout",
    "reshuffled holdout",
    "reshuffled folds",
)


def choose(problem: str, way: str, seed: int) -> Choice:
    """Search once, and look at the rows that the search has not seen."""
    here = PROBLEMS[problem]
    X, X_others, y, y_others = here.rows(seed)
    options = _options(way, here, seed)
    search = BayesSearchCV(
        clone(here.estimator), here.space, random_state=seed, **options
    )
    search.fit(X, y)
    again = search.cv_results_.get("mean_recheck_score")
    return Choice(
        problem,
        way,
        seed,
        search.cost_["fits"],
        round(float(search.score(X_others, y_others)), 5),
        round(float(search.best_score_), 5),
        float("nan") if again is None else round(float(again[search.best_index_]), 5),
    )


def missing(done: Iterable[Choice], n_seeds: int) -> list[Key]:
    """Return what was not run; a run that is cut short has as many seeds of each."""
    known = {each.key for each in done}
    wanted = itertools.product(range(n_seeds), PROBLEMS, WAYS)
    keys = [(problem, way, seed) for seed, problem, way in wanted]
    return [key for key in keys if key not in known]


def run_all(wanted: Sequence[Key], n_jobs: int) -> Iterator[Choice]:
    """Yield the choices as the searches end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(choose, *key) for key in wanted]
        for future in as_completed(futures):
            yield future.result()
