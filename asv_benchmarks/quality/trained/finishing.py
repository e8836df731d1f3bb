"""Searches in real time on the way to the score of a random one, with one thread."""

import importlib.metadata
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sklearn.model_selection import RandomizedSearchCV
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.methods import OURS as PROPOSER
from asv_benchmarks.quality.methods import version
from asv_benchmarks.quality.timed.goals import Done, Goal
from asv_benchmarks.quality.trained.finishes import (
    N_RANDOM,
    TARGET,
    Finish,
    judged,
    targets,
)
from asv_benchmarks.quality.trained.longer import LONGER, MLP
from asv_benchmarks.quality.trained.problems import Problem
from asv_benchmarks.quality.trained.pruned import PRUNED, pruned
from asv_benchmarks.quality.workers import processes
from sksearch import HyperbandSearchCV
from sksearch.callbacks import Callback
from sksearch.history import Evaluation, History

OURS = "HyperbandSearchCV"
ASHA = 'HyperbandSearchCV(scheduler="asha")'
_TARGET_SEEDS = 10_000  # beyond those of the compared searches
_ROUNDS = 20  # of Hyperband at most: the target or the time ends a search before


def set_a_target(task: str, seed: int) -> Finish:
    """Run `RandomizedSearchCV`, which trains all its candidates in full."""
    problem, draws = LONGER[task], seed + _TARGET_SEEDS
    made = RandomizedSearchCV(
        problem.estimator(seed, problem.most),
        problem.space,
        n_iter=N_RANDOM,
        scoring=problem.scoring,
        cv=problem.splits(seed),
        refit=False,
        random_state=draws,
    )
    X, y = problem.data()
    wall, cpu = perf_counter(), process_time()
    made.fit(X, y)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    found = made.cv_results_
    until = np.cumsum(found["mean_fit_time"] + found["mean_score_time"])
    best, scores = int(np.nanargmax(found["mean_test_score"])), found["mean_test_score"]
    return Finish(
        task,
        TARGET,
        seed,
        importlib.metadata.version("scikit-learn"),
        round(cpu, 3),
        1,
        round(cpu, 3),
        round(wall, 3),
        round(float(scores[best]), 6),
        N_RANDOM,
        round(float(scores[best]), 6),
        round(cpu, 3),
        # Candidates are timed on the wall, in which other work may have its part.
        round(cpu * float(until[best] / until[-1]), 3),
    )


class Watch(Callback):
    """Notes when candidates are trained in full, and ends a search that is over."""

    def __init__(self, goal: Goal, most: int) -> None:
        self.goal, self.most = goal, most
        self.path: list[Done] = []

    def on_search_begin(self, history: History) -> None:
        """Start the clock, unless it runs."""
        self.start = process_time()

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        """Return whether the target is reached, or the time spent."""
        trial, resource = evaluation.trial_id, evaluation.resource
        at = process_time() - self.start
        if resource == self.most and history.status(trial, resource) == "complete":
            self.path.append(Done(at, history.score(trial, resource)))
            return self.goal.is_over(self.path[-1])
        return at >= self.goal.limit


def ours(problem: Problem, seed: int, goal: Goal, **options: Any) -> list[Done]:
    """Run rounds of `HyperbandSearchCV` until the goal is met or the time is over."""
    watch = Watch(goal, problem.most)
    HyperbandSearchCV(
        problem.estimator(seed, problem.most),
        problem.space,
        min_resources=problem.least,
        max_resources=problem.most,
        n_iter=_ROUNDS * problem.n_candidates,
        scoring=problem.scoring,
        cv=problem.splits(seed),
        refit=False,
        random_state=seed,
        callbacks=[watch],
        **options,
    ).fit(*problem.data())
    return watch.path


SEARCHES: dict[str, Callable[[Problem, int, Goal], list[Done]]] = {
    OURS: ours,
    ASHA: partial(ours, scheduler="asha"),
    PRUNED: pruned,
}
TASKS_OF = {OURS: tuple(LONGER), ASHA: tuple(LONGER), PRUNED: (MLP,)}


def finish(target: Finish, search: str) -> Finish:
    """Run one search against a target."""
    run, problem = SEARCHES[search], LONGER[target.task]
    run(problem, target.seed, Goal(float("inf"), 2.0))  # imports, caches
    wall, cpu = perf_counter(), process_time()
    path = run(problem, target.seed, target.goal)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    return judged(target, search, version_of(search), path, cpu, wall)


def version_of(search: str) -> str:
    """Return the version of what searches: a release, or a digest of our sources."""
    is_ours = search in (OURS, ASHA)
    return version(PROPOSER) if is_ours else importlib.metadata.version("optuna")


# -- what is missing -------------------------------------------------------------------


def run_all(
    done: Iterable[Finish], tasks: Sequence[str], names: Sequence[str], n_seeds: int
) -> Iterator[Finish]:
    """Yield what is missing, whole seeds first, one search at a time."""
    known = list(done)
    for seed in range(n_seeds):
        for task in tasks:
            for found in _of_seed(known, task, names, seed):
                known.append(found)
                yield found


def _of_seed(
    known: Sequence[Finish], task: str, names: Sequence[str], seed: int
) -> Iterator[Finish]:
    target = targets(known, task).get(seed)
    if target is None:
        target = _alone(set_a_target, task, seed)
        yield target
    for name in names:
        current = [
            f
            for f in known
            if f.key == (task, name, seed) and f.target == target.target
        ]
        if task in TASKS_OF[name] and not current:
            yield _alone(finish, target, name)


def _alone(function: Callable[..., Finish], *args: Any) -> Finish:
    with processes(1) as pool:
        return pool.submit(_with_one_thread, function, *args).result()


def _with_one_thread(function: Callable[..., Finish], *args: Any) -> Finish:
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that training has not converged is the point
        return function(*args)
