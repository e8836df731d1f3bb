"""What `BayesSearchCV(cost_aware=True)` finds in the seconds that the plain one takes.

Seconds are those of the fits, one after the other, as recorded in the tables: they
depend on no machine. What the search itself takes stands beside them.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from asv_benchmarks.quality import tables
from asv_benchmarks.quality.methods import OURS, version
from asv_benchmarks.quality.real.tables import REAL_TASKS
from asv_benchmarks.quality.timed.costly import BUDGET, Costly, Step, follow, load
from asv_benchmarks.quality.workers import processes

MARKS = (10, 25, 50)  # trials of the plain search, whose seconds both get
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
