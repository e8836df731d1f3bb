"""Whether virtual time is like real time: some searches that are run as users run them.

Run from the root of the repository, on a machine that does nothing else::

    python -m asv_benchmarks.quality checking
"""

import itertools
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

from sklearn.model_selection import RandomizedSearchCV
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.real.definitions import DEFINITIONS
from asv_benchmarks.quality.real.spaces import SPACES
from asv_benchmarks.quality.timed.engine import follow, public_search
from asv_benchmarks.quality.timed.goals import Goal
from asv_benchmarks.quality.timed.halving import real_folds
from asv_benchmarks.quality.timed.problems import TimedProblem, load_timed
from asv_benchmarks.quality.timed.reaching import N_RANDOM
from asv_benchmarks.quality.timed.searches import queued, sampled
from sksearch import BayesSearchCV

TASKS = ("svc_digits", "hgb_churn", "steps_oj")
CLASSES: dict[str, Any] = {
    "RandomizedSearchCV": RandomizedSearchCV,
    "BayesSearchCV": BayesSearchCV,
}
_SEED = 0
_NEVER = Goal(math.inf, math.inf)


@dataclass(frozen=True, order=True)
class Check:
    """One search, run and in virtual time.

    Parameters
    ----------
    task, search : str
        The problem and the class.
    n_jobs : int
        Of the search.
    real : float
        Seconds of `fit` without the refit: of the process's CPU with one worker, which
        other work hardly changes, and on the wall with more.
    virtual : float
        What the benchmark takes them to be.
    """

    task: str
    search: str
    n_jobs: int
    real: float
    virtual: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What a newer measurement of the same replaces."""
        return self.task, self.search, self.n_jobs


def check_all(workers: Iterable[int]) -> Iterator[Check]:
    """Yield what each search takes, one after the other, in this process."""
    for task, name, n_jobs in itertools.product(TASKS, CLASSES, workers):
        real(task, name, n_jobs, 12)  # imports, the start of workers
        found = real(task, name, n_jobs, N_RANDOM), virtual(task, name, n_jobs)
        yield Check(task, name, n_jobs, *(round(seconds, 4) for seconds in found))


def real(task: str, name: str, n_jobs: int, n_iter: int) -> float:
    """Return the seconds of a search on the data."""
    X, y, cv = real_folds(task)
    search = CLASSES[name](
        DEFINITIONS[task].estimator(),
        SPACES[task],
        n_iter=n_iter,
        scoring=DEFINITIONS[task].scoring,
        cv=cv,
        n_jobs=n_jobs,
        refit=False,
        random_state=_SEED,
    )
    clock = process_time if n_jobs == 1 else perf_counter
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = clock()
        search.fit(X, y)
        return clock() - start


def virtual(task: str, name: str, n_jobs: int) -> float:
    """Return the seconds of the same search in virtual time."""
    problem = load_timed(task)
    with threadpool_limits(1):
        return _end(problem, name, n_jobs)


def _end(problem: TimedProblem, name: str, n_jobs: int) -> float:
    if name == "RandomizedSearchCV":
        points = sampled(problem, _SEED, N_RANDOM)
        return max(done.at for done in queued(problem, points, n_jobs))
    search = public_search(problem.problem, _SEED, N_RANDOM)
    return follow(search, problem, n_jobs, _NEVER)[-1].at
