"""Run methods on tasks, and keep what came out in a CSV that only grows."""

import csv
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import fmean
from time import process_time

from threadpoolctl import threadpool_limits

from asv_benchmarks.quality import public
from asv_benchmarks.quality.interface import Problem, stream
from asv_benchmarks.quality.lock import alone_in
from asv_benchmarks.quality.methods import METHODS, Method, version
from asv_benchmarks.quality.problems import GROUPS, TASKS, load
from asv_benchmarks.quality.workers import processes

MARKS = (16, 32, 50, 100)
_CPU_WINDOW = 20  # suggestions before a mark over which the time is averaged


@dataclass(frozen=True, order=True)
class Run:
    """One method on one task from one seed.

    Parameters
    ----------
    method, task : str
        Who searched where.
    seed : int
        What the draws, and the method, start from.
    version : str
        Of the method.
    n : int
        Evaluations.
    regret_16, regret_32, regret_50, regret_100 : float
        Normalised regret of the incumbent after so many; NaN beyond the last one.
    cpu_50, cpu_100 : float
        Milliseconds of process CPU per suggestion, mean of the twenty before the mark.
    """

    method: str
    task: str
    seed: int
    version: str
    n: int
    regret_16: float
    regret_32: float
    regret_50: float
    regret_100: float
    cpu_50: float
    cpu_100: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What a newer run of the same replaces."""
        return self.method, self.task, self.seed

    def regret(self, mark: int) -> float:
        """Return the regret at a mark."""
        return float(getattr(self, f"regret_{mark}"))


def search(
    method: Method, problem: Problem, seed: int, n: int
) -> Iterator[tuple[float, float]]:
    """Yield the incumbent's regret and the CPU seconds of each suggestion.

    The incumbent is the first of the best scores seen, for every method.
    """
    best, regret = -math.inf, 1.0
    for number in range(n):
        start = process_time()
        params = method.ask()
        seconds = process_time() - start
        folds = problem.evaluate(params, seed, number)
        score = fmean(folds)
        if score > best:
            best, regret = score, problem.regret(params)
        start = process_time()
        method.tell(score, folds)
        yield regret, seconds + process_time() - start


def run(name: str, task: str, seed: int, n: int) -> Run:
    """Run one method on one task, on one BLAS thread."""
    with threadpool_limits(1):
        regrets, seconds = zip(*_path(name, task, seed, n), strict=True)
    return Run(
        name,
        task,
        seed,
        version(name),
        n,
        *(round(regrets[m - 1], 6) if m <= n else math.nan for m in MARKS),
        *(_milliseconds(seconds, m) for m in (50, 100)),
    )


def _path(name: str, task: str, seed: int, n: int) -> Iterator[tuple[float, float]]:
    if name == public.PUBLIC:
        return public.search(task, stream(task, seed), n)
    problem = load(task)
    method = METHODS[name](problem.space, stream(task, seed), n)
    return search(method, problem, seed, n)


def _milliseconds(seconds: Sequence[float], mark: int) -> float:
    if mark > len(seconds):
        return math.nan
    return round(1e3 * sum(seconds[mark - _CPU_WINDOW : mark]) / _CPU_WINDOW, 3)


# -- the CSV -------------------------------------------------------------------------


def read(path: Path) -> list[Run]:
    """Return the newest run of each method, task and seed, sorted."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        runs = {run.key: run for run in map(_from_row, csv.DictReader(file))}
    return sorted(runs.values(), key=lambda run: run.key)


def _from_row(row: dict[str, str]) -> Run:
    values = [
        field.type(row[field.name] or "nan")  # type: ignore[operator]
        for field in fields(Run)
    ]
    return Run(*values)


def append(path: Path, runs: Iterable[Run]) -> None:
    """Write runs at the end, each as soon as it comes."""
    for run in runs:
        with alone_in(path.parent):
            _write(path, [run])


def tidy(path: Path) -> None:
    """Leave one line for each method, task and seed, sorted."""
    new = path.with_suffix(".new")
    with alone_in(path.parent):
        runs = read(path)
        new.unlink(missing_ok=True)
        _write(new, runs)
        new.replace(path)


def _write(path: Path, runs: Iterable[Run]) -> None:
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(field.name for field in fields(Run))
        for run in runs:
            writer.writerow("" if value != value else value for value in astuple(run))


# -- what is missing -----------------------------------------------------------------


def missing(
    done: Iterable[Run],
    methods: Sequence[str],
    tasks: Sequence[str],
    seeds: Sequence[int],
    n: int,
) -> list[tuple[str, str, int]]:
    """Return what was not run, or with fewer evaluations, or in another version."""
    versions = {method: version(method) for method in methods}
    known = {
        run.key
        for run in done
        if run.n >= n and run.version == versions.get(run.method)
    }
    wanted = itertools.product(seeds, sorted(tasks, key=TASKS.index), methods)
    return [
        (method, task, seed)
        for seed, task, method in wanted
        if (method, task, seed) not in known
        and (method != public.PUBLIC or task in GROUPS["real"])
    ]


def run_all(
    wanted: Sequence[tuple[str, str, int]], n: int, n_jobs: int
) -> Iterator[Run]:
    """Yield the runs as they finish, from processes of one thread each."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(run, *key, n) for key in wanted]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
