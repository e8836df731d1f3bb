"""Searches that begin cold, from related searches, from such as mislead, from noise.

"short" is a cold search with a design of as many points as one with sources has, and
"known" no search at all: points in the order of how good they are for the related
tasks, of which all is known.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import stream
from asv_benchmarks.quality.workers import processes
from asv_benchmarks.transfer.families import FAMILIES, TABLED, load, related
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Auto, Bayesian, Optimizer, Source, Transfer
from sksearch.optimizers._transfer import best_of_sources
from sksearch.space import SearchSpace

__all__ = ["BEGINNINGS", "MARKS", "Warm", "missing", "run_all", "search_task"]

BEGINNINGS = ("cold", "short", "related", "misleading", "shuffled", "known")
MARKS = (10, 25)
_N_EARLIER = 50  # evaluations of an earlier search
_N_GIVEN = 1  # as the classes do
_N_DESIGN = 5

Key = tuple[str, str, int]


@dataclass(frozen=True, order=True)
class Warm:
    """What one search had found.

    Parameters
    ----------
    task, beginning : str
        What was searched, and what it began with.
    seed : int
        Of the search, its noise, and the earlier ones.
    regret_10, regret_25 : float
        Of the incumbent after so many evaluations; an error where the best is unknown.
    """

    task: str
    beginning: str
    seed: int
    regret_10: float
    regret_25: float

    @property
    def key(self) -> Key:
        """What a newer run of the same replaces."""
        return self.task, self.beginning, self.seed


def begin(task: str, beginning: str, seed: int) -> Warm:
    """Search once."""
    with threadpool_limits(1):
        space = SearchSpace(load(task).space)
        optimizer: Optimizer = Auto()
        first: Sequence[Any] = []
        if beginning == "short":
            optimizer = Bayesian(n_initial=_N_DESIGN)
        elif beginning == "known":
            first = _best_elsewhere(task)
        elif beginning != "cold":
            sources = [_source(other, seed, beginning) for other in related(task)]
            first = best_of_sources(sources, space, _N_GIVEN)
            optimizer = Transfer(optimizer, sources)
        regrets, _ = search_task(task, seed, max(MARKS), optimizer, first)
    return Warm(task, beginning, seed, *(round(regrets[m - 1], 5) for m in MARKS))


@lru_cache(maxsize=64)
def _best_elsewhere(task: str) -> list[Any]:
    """Return the points of a table with the least regret, on average, in others."""
    space = load(task).space
    regrets = np.mean([load(other).regrets for other in related(task)], axis=0)
    rows = np.argsort(regrets, kind="stable")[: max(MARKS)]
    places = np.unravel_index(rows, [len(choices) for choices in space.values()])
    return [
        {name: space[name][i] for name, i in zip(space, row, strict=True)}
        for row in zip(*places, strict=True)
    ]


@lru_cache(maxsize=64)
def _source(task: str, seed: int, beginning: str) -> Source:
    points, scores = _found(task, seed)
    if beginning == "misleading":
        return Source(points, [-score for score in scores])
    if beginning == "shuffled":
        rng = np.random.default_rng(stream(task, seed))
        return Source(points, rng.permutation(scores).tolist())
    return Source(points, scores)


@lru_cache(maxsize=64)
def _found(task: str, seed: int) -> tuple[list[Any], list[float]]:
    """Return what an earlier search has found, whichever way it is told."""
    _, history = search_task(task, 1000 + seed, _N_EARLIER, Auto())
    known = [trial for trial in history.trials if trial in history.observed()]
    return [trial.params for trial in known], [history.score(t.id) for t in known]


def search_task(
    task: str,
    seed: int,
    n: int,
    optimizer: Optimizer,
    first: Sequence[Any] = (),
    prior: Any = None,
) -> tuple[list[float], History]:
    """Return the regret of the incumbent after each evaluation, and the log."""
    problem, seed_of = load(task), stream(task, seed)
    space = SearchSpace(problem.space, prior=prior)
    history = History(space, seed=seed_of, n_splits=1)
    best, regret, regrets = -math.inf, math.nan, []
    for number in range(n):
        if number < len(first):
            params: Any = first[number]
            tags: Any = {"by": "given"}
        else:
            proposal = optimizer.ask(history, np.random.default_rng([seed_of, number]))
            assert proposal is not None
            params, tags = proposal.params, proposal.tags
        score = fmean(problem.evaluate(params, seed, number))
        history.record(Trial(number, params, tags=tags))
        history.record(Evaluation(number, 1, fold=0, scores={"score": score}))
        if score > best:
            best, regret = score, problem.regret(params)
        regrets.append(regret)
    return regrets, history


def missing(done: Iterable[Warm], families: Iterable[str], n_seeds: int) -> list[Key]:
    """Return what was not run."""
    known = {each.key for each in done}
    found = [task for family in families for task in FAMILIES[family]]
    tasks = [task for task in found if related(task)]  # all but the first month
    # A run that is cut short has as many seeds of each; one worker knows its sources.
    wanted = itertools.product(range(n_seeds), tasks, BEGINNINGS)
    keys = [(task, beginning, seed) for seed, task, beginning in wanted]
    return [key for key in keys if key not in known and _is_possible(key)]


def _is_possible(key: Key) -> bool:
    task, beginning, _ = key
    return beginning != "known" or task in TABLED


def run_all(wanted: Sequence[Key], n_jobs: int) -> Iterator[Warm]:
    """Yield the searches as they end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(begin, *key) for key in wanted]
        for future in as_completed(futures):
            yield future.result()
