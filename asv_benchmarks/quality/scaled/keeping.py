"""What the parent takes beside its suggestions, in searches of 10,000 candidates."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.scaled.recording import LONGEST, SHORTEST, SPACE
from asv_benchmarks.quality.workers import processes
from sksearch.evaluation import Fit
from sksearch.optimizers import Optimizer, Random, Sobol
from sksearch.schedulers import (
    ASHA,
    FullEvaluation,
    Hyperband,
    Scheduler,
    bracket_plan,
)
from sksearch.testing import simulate

N_TRIALS, N_WORKERS = 10_000, 64
PENDING = 1000  # as `max_pending="auto"` is for these optimizers
RUNGS, FACTOR = (1, 3, 9, 27, 81), 3.0
OPTIMIZERS: dict[str, Optimizer] = {"random": Random(), "sobol": Sobol()}
SCHEDULERS: dict[str, Callable[[int], Scheduler]] = {
    "in full": FullEvaluation,
    "ASHA": lambda n_trials: ASHA(RUNGS, FACTOR, n_trials),
    "Hyperband": lambda n_trials: Hyperband(bracket_plan(RUNGS, FACTOR, n_trials)),
}
# Hyperband looks at all brackets for each decision: one run of it shows enough.
CASES: list[tuple[str, str, int, int]] = [
    *itertools.product(OPTIMIZERS, ["in full"], [1, 5], [0, 1]),
    *itertools.product(["random"], ["ASHA"], [1, 5], [1]),
    ("random", "Hyperband", 1, 0),
]


@dataclass(frozen=True, order=True)
class Kept:
    """One search.

    Parameters
    ----------
    optimizer, scheduler : str
        Who decides.
    folds : int
        Of each task.
    asynchronous : int
        1 if results are committed as they come.
    trials, tasks : int
        How many there were.
    keeping, suggesting : float
        CPU milliseconds of the parent for each task.
    """

    optimizer: str
    scheduler: str
    folds: int
    asynchronous: int
    trials: int
    tasks: int
    keeping: float
    suggesting: float

    @property
    def key(self) -> tuple[str, str, int, int, int]:
        """What a newer run of the same replaces."""
        return (
            self.optimizer,
            self.scheduler,
            self.folds,
            self.asynchronous,
            self.trials,
        )


def kept(
    optimizer: str,
    scheduler: str,
    folds: int,
    asynchronous: int,
    n_trials: int = N_TRIALS,
) -> Kept:
    """Run a search of fits whose scores and seconds are drawn."""
    with threadpool_limits(1):
        found = simulate(
            SPACE,
            OPTIMIZERS[optimizer],
            SCHEDULERS[scheduler](n_trials),
            _drawn,
            n_workers=N_WORKERS,
            n_splits=folds,
            max_pending=PENDING,
            asynchronous=bool(asynchronous),
        )
    return Kept(
        optimizer,
        scheduler,
        folds,
        asynchronous,
        n_trials,
        found.n_tasks,
        round(1e3 * found.keeping_per_task, 4),
        round(1e3 * found.suggesting_per_task, 4),
    )


def _drawn(fit: Fit) -> tuple[float, float]:
    rng = np.random.default_rng(fit.key)
    return rng.normal(), SHORTEST * (LONGEST / SHORTEST) ** rng.random()


def missing(done: Iterable[Kept]) -> list[tuple[str, str, int, int]]:
    """Return the cases that were not run."""
    known = {each.key for each in done}
    return [case for case in CASES if (*case, N_TRIALS) not in known]


def run_all(
    wanted: Iterable[tuple[str, str, int, int]] = tuple(CASES),
) -> Iterator[Kept]:
    """Yield the searches as they end, each in a process of its own."""
    for case in wanted:
        with processes(1) as pool:
            yield pool.submit(kept, *case).result()
