"""Searches of recorded fits with 1 to 1,024 workers, and what their parent costs.

Virtual time is that of `sksearch.testing.simulate`. What the parent takes for its
decisions is measured while it takes them, so that one search runs at a time.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.methods import OURS, version
from asv_benchmarks.quality.scaled.recording import N_FOLDS, RUNGS, load, space
from asv_benchmarks.quality.workers import processes
from sksearch.estimators._brackets import plan_brackets, scheduler_for
from sksearch.evaluation import Fit
from sksearch.optimizers import Auto, Optimizer, Random
from sksearch.schedulers import FullEvaluation, Scheduler
from sksearch.testing import Simulation, simulate

WORKERS = (1, 4, 16, 64, 256, 1024)
SEND_SECONDS = 0.0008  # of parent CPU for each fit, as `sending` measures
N_TRIALS, ROUNDS = 1000, 4  # candidates: at least so many, and so many for each worker
GOOD = 0.99  # the target is above this share of the recorded points
FACTOR = 3.0


@dataclass(frozen=True)
class Kind:
    """A kind of search.

    Parameters
    ----------
    optimizer : Optimizer
        Who proposes.
    asynchronous : bool
        Whether results are committed as they come.
    on_rungs : bool
        Whether ASHA trains candidates on, or all are trained in full.
    """

    optimizer: Optimizer
    asynchronous: bool
    on_rungs: bool = False

    @property
    def version(self) -> str:
        """The version of what proposes."""
        return version("random" if isinstance(self.optimizer, Random) else OURS)


KINDS = {
    "random, in order": Kind(Random(), asynchronous=False),
    "random, asynchronous": Kind(Random(), asynchronous=True),
    "random, ASHA": Kind(Random(), asynchronous=True, on_rungs=True),
    "auto, in order": Kind(Auto(), asynchronous=False),
    "auto, asynchronous": Kind(Auto(), asynchronous=True),
    "auto, ASHA": Kind(Auto(), asynchronous=True, on_rungs=True),
}


@dataclass(frozen=True, order=True)
class Scale:
    """One search in virtual time.

    Parameters
    ----------
    search : str
        A name of `KINDS`.
    workers, seed : int
        Of the search.
    version : str
        Of what proposes.
    trials, pending : int
        How many there were, and how many might be unfinished.
    whole, steady : float
        Shares of worker-seconds that were busy; see `sksearch.testing.Simulation`.
    makespan, target : float
        Seconds to the end, and to the target; the latter is infinite if it was missed.
    suggesting, keeping : float
        CPU milliseconds of the parent for each task, which has five folds.
    parent : float
        The share of the makespan in which the parent was at work.
    """

    search: str
    workers: int
    seed: int
    version: str
    trials: int
    pending: int
    whole: float
    steady: float
    makespan: float
    target: float
    suggesting: float
    keeping: float
    parent: float

    @property
    def key(self) -> tuple[str, int, int]:
        """What a newer run of the same replaces."""
        return self.search, self.workers, self.seed


# -- what is run -----------------------------------------------------------------------


def n_pending(n_workers: int, asynchronous: bool) -> int:
    """Return how many candidates may be unfinished, that no worker lacks a fit.

    Asynchronous, each unfinished one has a fit that runs or waits, most have several:
    twice as many folds as there are workers. In order all others may go on while the
    slowest fit holds up the log: as many more folds as end in the meantime.
    """
    seconds = load().seconds[:, :, -1]
    folds = 2.0 if asynchronous else 1.0 + seconds.max() / seconds.mean()
    return 1 + math.ceil(folds * n_workers / N_FOLDS)


def target() -> float:
    """Return the mean score that one recorded point in a hundred exceeds."""
    return float(np.quantile(load().scores[:, :, -1].mean(axis=1), GOOD))


def simulated(search: str, n_workers: int, seed: int) -> Simulation:
    """Run a search in virtual time."""
    kind = KINDS[search]
    n_trials = max(N_TRIALS, ROUNDS * n_workers)
    return simulate(
        space(),
        kind.optimizer,
        _scheduler(kind, n_trials),
        replay,
        n_workers=n_workers,
        n_splits=N_FOLDS,
        max_pending=n_pending(n_workers, kind.asynchronous),
        asynchronous=kind.asynchronous,
        seed=seed,
        send_seconds=SEND_SECONDS,
    )


def _scheduler(kind: Kind, n_trials: int) -> Scheduler:
    """Return what `HyperbandSearchCV(asynchronous=True)` has, or all in full."""
    if not kind.on_rungs:
        return FullEvaluation(n_trials)
    bounds = RUNGS[0], RUNGS[-1]
    brackets = plan_brackets("asha", bounds, FACTOR, n_trials)
    return scheduler_for("asha", brackets, FACTOR, ())


def replay(fit: Fit) -> tuple[float, float]:
    """Return what the recording has of a fit; without rungs it is one in full."""
    resource = fit.resource if fit.resource in RUNGS else RUNGS[-1]
    x = space().encode([fit.trial.params])[0]
    return load().at(x, fit.fold, resource, fit.earlier)


def scaled(search: str, n_workers: int, seed: int) -> Scale:
    """Run a search, with one thread, and read what is wanted of it."""
    with threadpool_limits(1):
        found = simulated(search, n_workers, seed)
    kind = KINDS[search]
    resource = RUNGS[-1] if kind.on_rungs else None
    parent = found.suggesting + found.keeping + found.sending
    return Scale(
        search,
        n_workers,
        seed,
        kind.version,
        len(found.history.trials),
        n_pending(n_workers, kind.asynchronous),
        round(found.utilisation, 5),
        round(found.steady_utilisation, 5),
        round(found.makespan, 3),
        round(found.seconds_to(target(), resource), 3),
        round(1e3 * found.suggesting_per_task, 4),
        round(1e3 * found.keeping_per_task, 4),
        round(parent / found.makespan, 5),
    )


# -- what is missing -------------------------------------------------------------------


def missing(
    done: Iterable[Scale], searches: Sequence[str], workers: Sequence[int], n_seeds: int
) -> list[tuple[str, int, int]]:
    """Return what was not run, or with another version."""
    known = {each.key for each in done if each.version == KINDS[each.search].version}
    wanted = itertools.product(searches, workers, range(n_seeds))
    return [key for key in wanted if key not in known]


def run_all(wanted: Iterable[tuple[str, int, int]]) -> Iterator[Scale]:
    """Yield the searches as they end, one after the other in a process of its own."""
    for key in wanted:
        with processes(1) as pool:
            yield pool.submit(scaled, *key).result()
