"""Seconds until a search has the score that `RandomizedSearchCV` ends with.

The target of a task and seed is the best mean score of `RandomizedSearchCV(n_iter=100)`
with a seed of its own, which no compared search has, the random one included. A search
that has not reached it after four times the whole time of the target's search is given
up, and counts with that time.
"""

import importlib.metadata
import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import cache

import numpy as np
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import stream
from asv_benchmarks.quality.methods import OURS, version
from asv_benchmarks.quality.timed.goals import Done, Goal
from asv_benchmarks.quality.timed.problems import TimedProblem, load_timed
from asv_benchmarks.quality.timed.searches import SEARCHES, queued, sampled
from asv_benchmarks.quality.workers import processes

N_RANDOM = 100  # candidates of the target's search
N_JOBS = (1, 2)
TIMES_LONGER = 4
_TARGET_SEEDS = 10_000  # beyond those of the compared searches

_MODELS = {
    "BayesSearchCV": OURS,
    "skopt.BayesSearchCV": "skopt",
    "OptunaSearchCV": "optuna-tpe",
}


@dataclass(frozen=True, order=True)
class Reach:
    """One search on its way to the target.

    Parameters
    ----------
    task : str
        The problem.
    search : str
        The class.
    seed, n_jobs : int
        Of the search.
    version : str
        Of what proposes: a release, or a digest of our sources.
    seconds : float
        Until the target was reached, or the limit.
    reached : int
        1 if it was reached, else 0.
    candidates : int
        How many were finished until then.
    whole, found : float
        Seconds of the target's search: all of it, and until it had its best candidate.
    """

    task: str
    search: str
    seed: int
    n_jobs: int
    version: str
    seconds: float
    reached: int
    candidates: int
    whole: float
    found: float

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What a newer run of the same replaces."""
        return self.task, self.search, self.seed, self.n_jobs


@dataclass(frozen=True)
class Target:
    """What the target's search found, and when.

    Parameters
    ----------
    score : float
        Its best mean.
    whole, found : float
        Seconds until it ended, and until it had the best.
    """

    score: float
    whole: float
    found: float

    @property
    def goal(self) -> Goal:
        """The score, and how long a search may take for it."""
        return Goal(self.score, TIMES_LONGER * self.whole)


def target_of(problem: TimedProblem, seed: int, n_jobs: int) -> Target:
    """Run `RandomizedSearchCV` with the seed of the target."""
    draws = stream(problem.problem.name, seed + _TARGET_SEEDS)
    path = list(queued(problem, sampled(problem, draws, N_RANDOM), n_jobs))
    best = float(np.nanmax([done.score for done in path]))
    return Target(best, path[-1].at, Goal(best, np.inf).seconds(path))


def reach(task: str, search: str, seed: int) -> list[Reach]:
    """Run one search, with each number of workers."""
    problem = load_timed(task)
    targets = {n: target_of(problem, seed, n) for n in N_JOBS}
    goals = {n: target.goal for n, target in targets.items()}
    with threadpool_limits(1):
        _warm_up(search)
        paths = SEARCHES[search](problem, stream(task, seed), goals)
    return [
        _judged(task, search, seed, n, targets[n], path) for n, path in paths.items()
    ]


@cache
def _warm_up(search: str) -> None:
    """Import, and fill caches: once in a process."""
    if search in _MODELS:
        problem = load_timed("svc_digits")
        SEARCHES[search](problem, 0, {1: Goal(np.inf, 2.0)})


def _judged(
    task: str, search: str, seed: int, n_jobs: int, target: Target, path: Sequence[Done]
) -> Reach:
    seconds = target.goal.seconds(path)
    return Reach(
        task,
        search,
        seed,
        n_jobs,
        version_of(search),
        round(seconds, 5),
        int(any(map(target.goal.is_met, path))),
        len(path),
        round(target.whole, 5),
        round(target.found, 5),
    )


def version_of(search: str) -> str:
    """Return the version of what proposes."""
    if search in _MODELS:
        return version(_MODELS[search])
    return importlib.metadata.version("scikit-learn")


# -- what is missing -------------------------------------------------------------------


def missing(
    done: Iterable[Reach], searches: Sequence[str], tasks: Sequence[str], n_seeds: int
) -> list[tuple[str, str, int]]:
    """Return what was not run, or with another version."""
    versions = {search: version_of(search) for search in searches}
    known = {each.key[:3] for each in done if each.version == versions.get(each.search)}
    wanted = itertools.product(tasks, searches, range(n_seeds))
    return [key for key in wanted if key not in known]


def run_all(wanted: Sequence[tuple[str, str, int]], n_jobs: int) -> Iterator[Reach]:
    """Yield the searches as they end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(reach, *key) for key in wanted]
        for future in as_completed(futures):
            yield from future.result()
