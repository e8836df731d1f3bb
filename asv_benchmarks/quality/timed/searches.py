"""How each search spends its time: when it is done with which candidate.

Grid and random search have the folds of all candidates in one queue; `BayesSearchCV` of
scikit-optimize has one candidate at a time, whose folds share the workers; Optuna's
`OptunaSearchCV` has whole trials in threads; ours has its own engine. Of skopt and
Optuna the models are asked directly, through the adapters in `peers`: neither class
takes a conditional space as one space.
"""

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import process_time

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler

from asv_benchmarks.quality.methods import METHODS, Method
from asv_benchmarks.quality.timed import engine
from asv_benchmarks.quality.timed.goals import Done, Goal
from asv_benchmarks.quality.timed.halving import halving
from asv_benchmarks.quality.timed.problems import TimedProblem
from asv_benchmarks.quality.timed.workers import finish_times

# By n_jobs what to reach, and what was done until then.
Goals = Mapping[int, Goal]
Paths = Mapping[int, list[Done]]
SearchFunction = Callable[[TimedProblem, int, Goals], Paths]

_NO_END = 10**6  # evaluations


def queued(
    problem: TimedProblem, points: Iterable[Mapping[str, object]], n_jobs: int
) -> Iterator[Done]:
    """Yield candidates that are all known beforehand, as they end."""
    rows = problem.rows(points)
    ends = finish_times(problem.seconds[rows], problem.n_folds, n_jobs)
    for i in np.argsort(ends, kind="stable"):
        yield Done(float(ends[i]), float(problem.means[rows[i]]))


def grid(problem: TimedProblem, seed: int, goals: Goals) -> Paths:
    """Go through the grid in the order of `GridSearchCV`; the seed changes nothing."""
    points = list(ParameterGrid(problem.problem.space))
    return {n: goal.follow(queued(problem, points, n)) for n, goal in goals.items()}


def sampled(problem: TimedProblem, seed: int, n: int) -> list[dict[str, object]]:
    """Return the candidates of `RandomizedSearchCV(n_iter=n, random_state=seed)`."""
    return list(ParameterSampler(problem.problem.space, n, random_state=seed))


def randomized(problem: TimedProblem, seed: int, goals: Goals) -> Paths:
    """Run `RandomizedSearchCV` with as many candidates as ours may have."""
    points = sampled(problem, seed, engine.MOST)
    return {n: goal.follow(queued(problem, points, n)) for n, goal in goals.items()}


def ours(problem: TimedProblem, seed: int, goals: Goals) -> Paths:
    """Run `BayesSearchCV`."""
    return {n: _ours(problem, seed, n, goal) for n, goal in goals.items()}


def _ours(problem: TimedProblem, seed: int, n_jobs: int, goal: Goal) -> list[Done]:
    search = engine.public_search(problem.problem, seed, engine.MOST)
    return engine.follow(search, problem, n_jobs, goal)


def skopt(problem: TimedProblem, seed: int, goals: Goals) -> Paths:
    """Ask and tell one candidate at a time; what is asked depends on no schedule."""
    method = METHODS["skopt"](problem.problem.space, seed, _NO_END)
    copies = itertools.tee(asked_in_turn(problem, method), len(goals))
    return {
        n: goal.follow(one_at_a_time(problem, steps, n))
        for steps, (n, goal) in zip(copies, goals.items(), strict=True)
    }


def asked_in_turn(problem: TimedProblem, method: Method) -> Iterator[tuple[float, int]]:
    """Yield the CPU seconds before each candidate, and its row."""
    score = None
    while True:
        start = process_time()
        if score is not None:
            method.tell(score, ())
        params = method.ask()
        seconds = process_time() - start
        row = problem.problem.index(params)
        score = float(problem.means[row])
        yield seconds, row


def one_at_a_time(
    problem: TimedProblem, steps: Iterable[tuple[float, int]], n_jobs: int
) -> Iterator[Done]:
    """Yield candidates whose folds share the workers, each after the one before."""
    now = 0.0
    for thinking, row in steps:
        [fits] = finish_times(problem.seconds[[row]], problem.n_folds, n_jobs)
        now += thinking + float(fits)
        yield Done(now, float(problem.means[row]))


def optuna(problem: TimedProblem, seed: int, goals: Goals) -> Paths:
    """Run whole trials in threads, as `OptunaSearchCV` does."""
    return {
        n: goal.follow(in_threads(problem, _study(problem, seed), n))
        for n, goal in goals.items()
    }


def _study(problem: TimedProblem, seed: int) -> Method:
    return METHODS["optuna-tpe"](problem.problem.space, seed, _NO_END)


def in_threads(problem: TimedProblem, method: Method, n_jobs: int) -> Iterator[Done]:
    """Yield candidates of which each thread has one; a thread tells, then asks.

    Nothing is lost to the interpreter's lock here.
    """
    agenda = [(0.0, thread) for thread in range(n_jobs)]
    at_work: dict[int, tuple[object, int]] = {}  # by thread: the trial, and its row
    while True:
        now, thread = heapq.heappop(agenda)
        if thread in at_work:
            yield Done(now, float(problem.means[at_work[thread][1]]))
        start = process_time()
        if thread in at_work:
            _tell(method, *at_work[thread], problem)
        params = method.ask()
        thinking = process_time() - start
        row = problem.problem.index(params)
        at_work[thread] = method._trial, row  # type: ignore[attr-defined]
        fits = problem.n_folds * float(problem.seconds[row])
        heapq.heappush(agenda, (now + thinking + fits, thread))


def _tell(method: Method, trial: object, row: int, problem: TimedProblem) -> None:
    method._trial = trial  # type: ignore[attr-defined]  # the adapter has only the newest
    method.tell(float(problem.means[row]), ())


SEARCHES: dict[str, SearchFunction] = {
    "BayesSearchCV": ours,
    "GridSearchCV": grid,
    "RandomizedSearchCV": randomized,
    "HalvingRandomSearchCV": halving,
    "skopt.BayesSearchCV": skopt,
    "OptunaSearchCV": optuna,
}
