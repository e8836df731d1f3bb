"""What fold racing saves and costs: searches of the real problems with and without it.

The fits are looked up, and run on as many workers as a plan says in virtual time. A
search ends after a number of trials, or of fits.
"""

import csv
import itertools
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import stream
from asv_benchmarks.quality.lock import alone_in
from asv_benchmarks.quality.real.tables import REAL_TASKS, RealProblem, load_real
from asv_benchmarks.quality.workers import processes
from sksearch._search_loop import Search, run_search
from sksearch.callbacks import Callback
from sksearch.evaluation import Fit
from sksearch.history import Evaluation, History
from sksearch.optimizers import Auto
from sksearch.schedulers import FoldRacing, FullEvaluation
from sksearch.space import SearchSpace

_NO_END = 10**6  # trials


@dataclass(frozen=True, order=True)
class Plan:
    """When a search ends, and on how many workers it runs.

    Parameters
    ----------
    trials, fits : int
        After how many it ends; 0 where the other one says.
    workers : int
        At least two trials may be unfinished, and as many as there are workers.
    """

    trials: int
    fits: int
    workers: int

    def __str__(self) -> str:
        end = f"{self.trials} trials" if self.trials else f"{self.fits} fits"
        return f"{end}, {self.workers} worker{'s' * (self.workers > 1)}"


PLANS = (
    Plan(50, 0, 1),
    Plan(100, 0, 1),
    Plan(0, 250, 1),
    Plan(50, 0, 2),
    Plan(50, 0, 8),
)


@dataclass(frozen=True, order=True)
class Race:
    """One search.

    Parameters
    ----------
    task : str
        The problem.
    seed : int
        Of the search.
    trials_limit, fits_limit, workers : int
        The plan.
    racing : int
        1 with fold racing, 0 without.
    trials, fits : int
        How many there were; of fits all that began.
    lost : int
        1 if a trial was stopped whose mean over all folds is above the best one's.
    regret, held_out_regret : float
        Of the best trial: 0 at the best point of the problem and 1 at the median, by
        the mean over the folds, and by the score on rows that no fold has.
    """

    task: str
    seed: int
    trials_limit: int
    fits_limit: int
    workers: int
    racing: int
    trials: int
    fits: int
    lost: int
    regret: float
    held_out_regret: float

    @property
    def plan(self) -> Plan:
        """The plan."""
        return Plan(self.trials_limit, self.fits_limit, self.workers)

    @property
    def key(self) -> tuple[str, int, Plan, int]:
        """What a newer run of the same replaces."""
        return self.task, self.seed, self.plan, self.racing


class Workers:
    """Looks fits up on several workers, each of which takes about one second."""

    def __init__(self, problem: RealProblem, n: int, seed: int) -> None:
        self._problem, self._n = problem, n
        self._rng = np.random.default_rng(seed)
        self._running: list[tuple[float, int, Fit]] = []
        self._now = 0.0
        self.n_started = 0

    @property
    def n_running(self) -> int:
        return len(self._running)

    def feed(self, waiting: deque[Fit]) -> None:
        while waiting and len(self._running) < self._n:
            end = self._now + self._rng.uniform(0.8, 1.2)
            self._running.append((end, self.n_started, waiting.popleft()))
            self.n_started += 1

    def collect(self) -> list[Evaluation]:
        first = min(self._running, key=lambda entry: entry[:2])
        self._running.remove(first)
        self._now, _, fit = first
        row = self._problem.index(fit.trial.params)
        score = float(self._problem.scores[row, fit.key[2]])
        status = "ok" if math.isfinite(score) else "failed"
        return [Evaluation(*fit.key, scores={"score": score}, status=status)]  # type: ignore[arg-type]

    def drain(self) -> list[Evaluation]:
        return []

    def close(self) -> None:
        pass


class _FitLimit(Callback):
    def __init__(self, n: int) -> None:
        self._left = n

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        self._left -= evaluation.status != "skipped"
        return self._left <= 0


def race(task: str, seed: int, plan: Plan, racing: int) -> Race:
    """Search a problem once."""
    problem = load_real(task)
    space, n_folds = SearchSpace(problem.space), problem.scores.shape[1]
    history = History(space, seed=stream(task, seed), n_splits=n_folds)
    search = Search(
        history,
        Auto(),
        FullEvaluation(plan.trials or _NO_END),
        max(Auto.max_pending, plan.workers),
        FoldRacing() if racing else None,
    )
    workers = Workers(problem, plan.workers, seed)
    limits = [_FitLimit(plan.fits)] if plan.fits else []
    with threadpool_limits(1):
        run_search(search, workers, callbacks=limits)
    return _judged(problem, history, seed, plan, racing, workers.n_started)


def _judged(
    problem: RealProblem,
    history: History,
    seed: int,
    plan: Plan,
    racing: int,
    n_started: int,
) -> Race:
    means = problem.scores.mean(axis=1)
    rows = [problem.index(trial.params) for trial in history.trials]
    stopped = [
        row
        for trial, row in zip(history.trials, rows, strict=True)
        if history.status(trial.id) == "stopped"
    ]
    best = history.incumbent()
    assert best is not None
    row = rows[best]
    return Race(
        problem.name,
        seed,
        plan.trials,
        plan.fits,
        plan.workers,
        racing,
        len(history.trials),
        n_started,
        int(max(means[stopped], default=-math.inf) > means[row]),
        round(problem.regret(history.trials[best].params), 5),
        round(_held_out_regret(problem, row), 5),
    )


def _held_out_regret(problem: RealProblem, row: int) -> float:
    scores = problem.held_out
    best, median = np.nanmax(scores), np.nanmedian(scores)
    return float((best - scores[row]) / (best - median))


# -- the CSV -------------------------------------------------------------------------


def read(path: Path) -> list[Race]:
    """Return what was run, sorted."""
    if not path.exists():
        return []
    kinds = {field.name: field.type for field in fields(Race)}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    races = [
        Race(**{name: kinds[name](value) for name, value in row.items()})  # type: ignore[operator]
        for row in rows
    ]
    return sorted({race.key: race for race in races}.values())


def missing(done: Iterable[Race], n_seeds: int) -> list[tuple[str, int, Plan, int]]:
    """Return what was not run."""
    known = {race.key for race in done}
    wanted = itertools.product(REAL_TASKS, range(n_seeds), PLANS, (0, 1))
    return [key for key in wanted if key not in known]


def run_all(
    wanted: Sequence[tuple[str, int, Plan, int]], n_jobs: int
) -> Iterator[Race]:
    """Yield the searches as they end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(race, *key) for key in wanted]
        for future in as_completed(futures):
            yield future.result()


def update(path: Path, races: Iterable[Race]) -> None:
    """Add to the CSV, each as soon as it comes."""
    known = read(path)
    for found in races:
        known.append(found)
        if len(known) % 50 == 0:
            _write(path, known)
    _write(path, known)


def _write(path: Path, races: Iterable[Race]) -> None:
    with alone_in(path.parent), path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Race))
        writer.writerows(map(astuple, sorted(races)))
