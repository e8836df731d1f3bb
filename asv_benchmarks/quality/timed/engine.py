"""`BayesSearchCV` in virtual time: its own engine, with workers that look fits up."""

import heapq
import math
from collections import deque
from time import process_time

import numpy as np

from asv_benchmarks.quality.real.definitions import DEFINITIONS, N_COLUMNS
from asv_benchmarks.quality.real.tables import RealProblem
from asv_benchmarks.quality.timed.goals import Done, Goal
from asv_benchmarks.quality.timed.problems import TimedProblem
from asv_benchmarks.quality.timed.workers import Workers
from sksearch import BayesSearchCV
from sksearch._search_loop import Search, run_search
from sksearch.callbacks import Callback
from sksearch.estimators._fidelity import InFull
from sksearch.estimators._preparing import draw_seed
from sksearch.evaluation import Fit
from sksearch.history import Evaluation, History
from sksearch.space import SearchSpace

MOST = 400  # candidates: fewer than any grid has, which would be searched in order


def public_search(
    problem: RealProblem, seed: int, n_iter: int, *, cost_aware: bool = False
) -> Search:
    """Return what `BayesSearchCV` would run on a problem.

    Raises
    ------
    ModuleNotFoundError
        If the problem tunes an estimator of lightgbm, which is not installed.
    """
    public = BayesSearchCV(
        DEFINITIONS[problem.name].estimator(),
        problem.space,
        n_iter=n_iter,
        cost_aware=cost_aware,
        random_state=seed,
    )
    space, n_folds = SearchSpace(problem.space), problem.scores.shape[1]
    history = History(space, seed=draw_seed(public.random_state), n_splits=n_folds)
    X = np.empty((1, N_COLUMNS[problem.name]))
    return public._make_search(history, X, InFull(n_iter))


class VirtualWorkers:
    """An executor whose fits take their recorded seconds.

    With one worker a fit and what the search does between two fits follow each other;
    with more the search has a processor to itself.

    Parameters
    ----------
    problem : TimedProblem
        Where fits are looked up.
    n_jobs : int
        How many workers there are.
    """

    def __init__(self, problem: TimedProblem, n_jobs: int) -> None:
        self._problem, self._workers = problem, Workers(n_jobs)
        self._most = 1 if n_jobs == 1 else math.inf  # fits that are taken at a time
        self._running: list[tuple[float, int, Evaluation]] = []
        self._n_taken = 0
        self._now, self._since = 0.0, process_time()

    @property
    def n_running(self) -> int:
        """How many fits were taken and not handed back."""
        return len(self._running)

    def now(self) -> float:
        """Return the time, in which the search has thought until now."""
        moment = process_time()
        self._now += moment - self._since
        self._since = moment
        return self._now

    def feed(self, waiting: deque[Fit]) -> None:
        """Take what can start."""
        now = self.now()
        while waiting and self.n_running < self._most:
            found = self._evaluate(waiting.popleft())
            end = self._workers.run(found.fit_time, now)
            heapq.heappush(self._running, (end, self._n_taken, found))
            self._n_taken += 1

    def _evaluate(self, fit: Fit) -> Evaluation:
        row = self._problem.problem.index(fit.trial.params)
        score = float(self._problem.problem.scores[row, fit.key[2]])
        return Evaluation(
            *fit.key,
            scores={"score": score},
            fit_time=float(self._problem.seconds[row]),
            score_time=0.0,
            status="ok" if math.isfinite(score) else "failed",
        )

    def collect(self) -> list[Evaluation]:
        """Go to the end of the fit that ends first."""
        end, _, found = heapq.heappop(self._running)
        self._now, self._since = max(self._now, end), process_time()
        return [found]

    def drain(self) -> list[Evaluation]:
        """Return nothing: no one interrupts."""
        return []

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


class _Path(Callback):
    """Notes when candidates are done, until a goal says that it is over."""

    def __init__(self, workers: VirtualWorkers, goal: Goal) -> None:
        self._workers, self._goal = workers, goal
        self.path: list[Done] = []

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        if evaluation.fold < history.n_splits - 1:  # they are committed in order
            return False
        score = history.score(evaluation.trial_id)
        self.path.append(Done(self._workers.now(), score))
        return self._goal.is_over(self.path[-1])


def follow(
    search: Search, problem: TimedProblem, n_jobs: int, goal: Goal
) -> list[Done]:
    """Run a search in virtual time until a goal says that it is over."""
    workers = VirtualWorkers(problem, n_jobs)
    path = _Path(workers, goal)
    run_search(search, workers, callbacks=[path])
    return path.path
