"""Searches that train little at first, beside random search that trains in full."""

import itertools
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    train_test_split,
)
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.trained.problems import PROBLEMS, Problem
from asv_benchmarks.quality.workers import processes
from sksearch import HyperbandSearchCV
from sksearch.selection import OneStandardError

RANDOM, OURS = "random", "hyperband"
SKLEARN, STEADY = "sklearn-halving", "hyperband-steady"


@dataclass(frozen=True, order=True)
class Trained:
    """One search.

    Parameters
    ----------
    task : str
        The problem.
    seed : int
        Of the search, of the estimator, and of which rows are held out.
    method : str
        One of `METHODS`.
    candidates : int
        How many were started.
    units : int
        Epochs or trees that were trained, over the folds of the problem, without the
        refit: on one fold, where the search has as many.
    restarted : int
        The same if each rung had begun again.
    wall, cpu : float
        Seconds of the search, with its refit.
    score : float
        The best mean over the folds, at the highest resource.
    held_out : float
        The score of the refitted best on rows that the search did not see.
    """

    task: str
    seed: int
    method: str
    candidates: int
    units: int
    restarted: int
    wall: float
    cpu: float
    score: float
    held_out: float

    @property
    def key(self) -> tuple[str, int, str]:
        """What a newer run of the same replaces."""
        return self.task, self.seed, self.method


def _random(problem: Problem, **common: Any) -> Any:
    return RandomizedSearchCV(
        param_distributions=problem.space, n_iter=problem.n_candidates, **common
    )


def _ours(**options: Any) -> Callable[..., Any]:
    def make(problem: Problem, **common: Any) -> Any:
        return HyperbandSearchCV(
            param_distributions=problem.space,
            min_resources=problem.least,
            max_resources=problem.most,
            **options,
            **common,
        )

    return make


def _five_folds(problem: Problem, **common: Any) -> Any:
    common["cv"] = replace(problem, n_folds=5).splits(common["random_state"])
    return _ours()(problem, **common)


def _steady(problem: Problem, **common: Any) -> Any:
    return _ours(refit=OneStandardError(simplest=problem.rate))(problem, **common)


def _halving_by_2(problem: Problem, **common: Any) -> Any:
    low = problem.most // 9  # four rungs
    return HyperbandSearchCV(
        param_distributions=problem.space,
        scheduler="halving",
        factor=2,
        min_resources=low,
        max_resources=8 * low,
        **common,
    )


def _sklearn_halving(problem: Problem, **common: Any) -> Any:
    return HalvingRandomSearchCV(
        param_distributions=problem.space,
        resource=problem.resource,
        min_resources=problem.least,
        max_resources=problem.most,
        n_candidates=problem.most // problem.least,  # one is left at the last rung
        factor=3,
        **common,
    )


METHODS: dict[str, Callable[..., Any]] = {
    RANDOM: _random,
    OURS: _ours(),
    "hyperband-recheck": _ours(n_recheck=5),
    "hyperband-5-folds": _five_folds,
    STEADY: _steady,
    "hyperband-random": _ours(optimizer="random"),
    "halving-3": _ours(scheduler="halving"),
    "halving-2": _halving_by_2,
    SKLEARN: _sklearn_halving,
}


def search(task: str, seed: int, method: str) -> Trained:
    """Run one search with one thread."""
    problem = PROBLEMS[task]
    X, y = problem.data()
    X, X_out, y, y_out = train_test_split(
        X, y, train_size=problem.n_train, stratify=y, random_state=seed
    )
    made = METHODS[method](
        problem,
        estimator=problem.estimator(seed, problem.most),
        cv=problem.splits(seed),
        scoring=problem.scoring,
        n_jobs=1,
        random_state=seed,
    )
    wall, cpu = _fit(made, X, y)
    score, held_out = float(np.max(_at_most(made))), float(made.score(X_out, y_out))
    numbers = (round(each, 6) for each in (wall, cpu, score, held_out))
    return Trained(task, seed, method, *_units(made, problem), *numbers)


def _fit(made: Any, X: Any, y: Any) -> tuple[float, float]:
    """Fit a search, and return its seconds on the wall and of the processor."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that training has not converged is the point
        wall, cpu = time.perf_counter(), time.process_time()
        made.fit(X, y)
        return time.perf_counter() - wall, time.process_time() - cpu


def _at_most(made: Any) -> Any:
    """Return the means of the candidates that were trained in full."""
    means = made.cv_results_["mean_test_score"]
    resources = made.cv_results_.get("n_resources", np.zeros(len(means)))
    return means[(resources == resources.max()) & np.isfinite(means)]


def _units(made: Any, problem: Problem) -> tuple[int, int, int]:
    """Return the candidates started, what was trained, and what restarts would."""
    if "n_resources" not in made.cv_results_:
        n = len(made.cv_results_["params"])
        return n, n * problem.most, n * problem.most
    again = int(made.cv_results_["n_resources"].sum())
    if not isinstance(made, HyperbandSearchCV):  # begins again at each rung
        return int(made.n_candidates_[0]), again, again
    found, most = made.metadata_, made.max_resources_
    # A re-check has splits of its own, and trains from the beginning.
    more = found.get("n_recheck_fits", 0) * most
    folds = found["total_resources"], again
    trained, restarted = (
        (made.n_splits_ * units + more) // problem.n_folds for units in folds
    )
    return found["n_candidates"], trained, restarted


def missing(
    done: Iterable[Trained],
    tasks: Sequence[str],
    n_seeds: int,
    methods: Iterable[str] = tuple(METHODS),
) -> list[tuple[str, int, str]]:
    """Return what was not run, whole seeds first."""
    known = {found.key for found in done}
    wanted = itertools.product(tasks, range(n_seeds), methods)
    return [key for key in wanted if key not in known and _is_there(key[0], key[2])]


def _is_there(task: str, method: str) -> bool:
    """Whether a method can choose on a problem: one split has no standard error."""
    return method != STEADY or bool(PROBLEMS[task].rate)


def run_all(wanted: Sequence[tuple[str, int, str]], n_jobs: int) -> Iterator[Trained]:
    """Yield the searches as they end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(search, *key) for key in wanted]
        for future in as_completed(futures):
            yield future.result()
