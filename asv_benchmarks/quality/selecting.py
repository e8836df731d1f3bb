"""How good the chosen candidate is: by the largest mean, and by the posterior mean.

Searches of the real problems, of which the truth is known. Either noise of our own is
added to the mean scores of the tables, which are the truth then; or a search sees only
some of the five folds, and the others with the rows that no fold has tell the truth.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import Array, stream
from asv_benchmarks.quality.racing import Workers
from asv_benchmarks.quality.real.tables import REAL_TASKS, RealProblem, load_real
from asv_benchmarks.quality.workers import processes
from sksearch._search_loop import Search, run_search
from sksearch.estimators._posterior import posterior_columns
from sksearch.history import History
from sksearch.optimizers import Auto
from sksearch.schedulers import FullEvaluation
from sksearch.selection import PosteriorMean
from sksearch.space import SearchSpace

N_TRIALS = 50


@dataclass(frozen=True, order=True)
class Setting:
    """What a search sees of a problem.

    Parameters
    ----------
    noise : float
        The standard deviation of noise that is independent on each of the folds, in
        units of what single folds of the table vary by themselves; 0 adds none, and
        the folds are those of the table.
    folds : int
        How many folds a search sees.
    """

    noise: float
    folds: int


SETTINGS = (
    Setting(1.0, 5),
    Setting(3.0, 5),
    Setting(0.0, 1),
    Setting(0.0, 2),
)
Key = tuple[str, int, float, int]


@dataclass(frozen=True, order=True)
class Chosen:
    """What the two rules chose of the candidates of one search.

    Parameters
    ----------
    task : str
        The problem.
    seed : int
        Of the search, the noise and the folds.
    noise : float
        As of `Setting`.
    folds : int
        As of `Setting`.
    by_mean, by_posterior : float
        The true regret of the chosen candidate: 0 at the best point of the problem,
        1 at the median and at all that are worse.
    """

    task: str
    seed: int
    noise: float
    folds: int
    by_mean: float
    by_posterior: float

    @property
    def setting(self) -> Setting:
        """What the search saw."""
        return Setting(self.noise, self.folds)

    @property
    def key(self) -> Key:
        """What a newer run of the same replaces."""
        return self.task, self.seed, self.noise, self.folds


def choose(task: str, seed: int, noise: float, folds: int) -> Chosen:
    """Search a problem once, and choose by both rules."""
    problem = load_real(task)
    rng = np.random.default_rng(stream(task, seed))
    seen, truth = _views(problem.scores, problem.held_out, Setting(noise, folds), rng)
    looked_at = dataclasses.replace(problem, scores=seen)
    with threadpool_limits(1):
        history = _search(looked_at, stream(task, seed), seed)
        rows = [(trial.id, 1) for trial in history.trials]
        means = np.array([history.score(*row) for row in rows])
        rule = PosteriorMean()
        columns = posterior_columns(rule, history, rows)
    table = {"mean_test_score": means, **columns}
    by_mean = int(np.nanargmax(means))
    regrets = [
        _regret(truth, problem.index(history.trials[i].params))
        for i in (by_mean, rule(table))
    ]
    return Chosen(task, seed, noise, folds, *regrets)


def _views(
    scores: Array, held_out: Array, setting: Setting, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return the folds that are seen, shape (n, K), and the truth, shape (n,)."""
    if setting.noise:
        sd = setting.noise * fold_noise(scores)
        shape = (len(scores), setting.folds)
        truth = scores.mean(axis=1)
        return truth[:, None] + sd * rng.standard_normal(shape), truth
    order = rng.permutation(scores.shape[1])
    unseen = np.column_stack([scores[:, order[setting.folds :]], held_out])
    return scores[:, order[: setting.folds]], unseen.mean(axis=1)


def fold_noise(scores: Array) -> float:
    """Return by how much folds vary beside points and folds, of the better quarter."""
    means = np.nan_to_num(scores.mean(axis=1), nan=-np.inf)
    good = scores[means >= np.quantile(means, 0.75)]
    rest = good - good.mean(axis=1, keepdims=True)
    rest -= rest.mean(axis=0)
    n, K = rest.shape
    return math.sqrt(float(np.sum(rest**2)) / max((n - 1) * (K - 1), 1))


def _search(problem: RealProblem, stream_seed: int, seed: int) -> History:
    history = History(
        SearchSpace(problem.space), seed=stream_seed, n_splits=problem.scores.shape[1]
    )
    search = Search(history, Auto(), FullEvaluation(N_TRIALS), Auto.max_pending, None)
    run_search(search, Workers(problem, 1, seed))
    return history


def _regret(truth: Array, row: int) -> float:
    known = np.nan_to_num(truth, nan=-np.inf)
    best, median = float(known.max()), float(np.median(known))
    return round(min((best - float(known[row])) / (best - median), 1.0), 5)


def missing(done: Iterable[Chosen], n_seeds: int) -> list[Key]:
    """Return what was not run."""
    known = {each.key for each in done}
    # A run that is cut short has as many seeds of each.
    wanted = itertools.product(range(n_seeds), SETTINGS, REAL_TASKS)
    keys = [(task, seed, s.noise, s.folds) for seed, s, task in wanted]
    return [key for key in keys if key not in known]


def run_all(wanted: Sequence[Key], n_jobs: int) -> Iterator[Chosen]:
    """Yield the searches as they end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(choose, *key) for key in wanted]
        for future in as_completed(futures):
            yield future.result()
