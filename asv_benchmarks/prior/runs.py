"""Searches with no belief, with one that is nearly right, and with a wrong one."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from asv_benchmarks.prior.beliefs import BELIEFS, prior_of
from asv_benchmarks.quality.interface import stream
from asv_benchmarks.quality.workers import processes
from asv_benchmarks.transfer.families import FAMILIES, load
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Auto
from sksearch.space import SearchSpace

__all__ = ["MARKS", "Believing", "missing", "run_all"]

MARKS = (10, 25, 50)

Key = tuple[str, str, int]


@dataclass(frozen=True, order=True)
class Believing:
    """What one search had found.

    Parameters
    ----------
    task, belief : str
        What was searched, and what was believed of it.
    seed : int
        Of the search, its noise, and how far a good belief is off.
    regret_10, regret_25, regret_50 : float
        Of the incumbent after so many evaluations; an error where the best is unknown.
    """

    task: str
    belief: str
    seed: int
    regret_10: float
    regret_25: float
    regret_50: float

    @property
    def key(self) -> Key:
        """What a newer run of the same replaces."""
        return self.task, self.belief, self.seed


def believe(task: str, belief: str, seed: int) -> Believing:
    """Search once."""
    with threadpool_limits(1):
        space = SearchSpace(load(task).space, prior=prior_of(task, belief, seed))
        regrets = _search(task, seed, space)
    return Believing(task, belief, seed, *(round(regrets[m - 1], 5) for m in MARKS))


def _search(task: str, seed: int, space: SearchSpace) -> list[float]:
    """Return the regret of the incumbent after each evaluation."""
    problem, seed_of = load(task), stream(task, seed)
    history = History(space, seed=seed_of, n_splits=1)
    best, regret, regrets = -math.inf, math.nan, []
    for number in range(max(MARKS)):
        params, tags = _next(history, np.random.default_rng([seed_of, number]))
        score = fmean(problem.evaluate(params, seed, number))
        history.record(Trial(number, params, tags=tags))
        history.record(Evaluation(number, 1, fold=0, scores={"score": score}))
        if score > best:
            best, regret = score, problem.regret(params)
        regrets.append(regret)
    return regrets


def _next(history: History, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return the likeliest point first, as the classes do, then what is proposed."""
    prior = history.space.prior
    if prior is not None and not history.trials:
        return history.space.complete(prior.mode), {"by": "given"}
    proposal = Auto().ask(history, rng)
    assert proposal is not None
    return proposal.params, proposal.tags


def missing(done: Iterable[Believing], families: Iterable[str], n: int) -> list[Key]:
    """Return what was not run, for n seeds."""
    known = {each.key for each in done}
    tasks = [task for family in families for task in FAMILIES[family]]
    # A run that is cut short has as many seeds of each.
    wanted = itertools.product(range(n), tasks, BELIEFS)
    keys = [(task, belief, seed) for seed, task, belief in wanted]
    return [key for key in keys if key not in known]


def run_all(wanted: Sequence[Key], n_jobs: int) -> Iterator[Believing]:
    """Yield the searches as they end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(believe, *key) for key in wanted]
        for future in as_completed(futures):
            yield future.result()
