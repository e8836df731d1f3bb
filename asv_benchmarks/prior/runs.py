"""Searches with no belief, with one that is nearly right, and with a wrong one."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from asv_benchmarks.prior.beliefs import BELIEFS, prior_of
from asv_benchmarks.quality.workers import processes
from asv_benchmarks.transfer.families import FAMILIES, load
from asv_benchmarks.transfer.runs import search_task
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
    prior = prior_of(task, belief, seed)
    with threadpool_limits(1):
        # The likeliest point comes first, as the classes have it.
        space = SearchSpace(load(task).space, prior=prior)
        first = [] if space.prior is None else [space.complete(space.prior.mode)]
        regrets, _ = search_task(task, seed, max(MARKS), Auto(), first, prior)
    return Believing(task, belief, seed, *(round(regrets[m - 1], 5) for m in MARKS))


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
