"""Run methods on problems of several objectives: volumes after some evaluations."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from statistics import fmean
from time import process_time

from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import Params, stream
from asv_benchmarks.quality.multi.methods import METHODS, Method, version
from asv_benchmarks.quality.multi.problems import TASKS, load
from asv_benchmarks.quality.multi.volumes import MultiProblem
from asv_benchmarks.quality.workers import processes

__all__ = ["MARKS", "MultiRun", "missing", "run", "run_all", "search"]

MARKS = (25, 50, 100)
_CPU_WINDOW = 20  # suggestions before a mark over which the time is averaged
_FLOOR = 0.01  # of the best volume, below which progress counts little


@dataclass(frozen=True, order=True)
class MultiRun:
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
    volume_25, volume_50, volume_100 : float
        The hypervolume of all points so far, without noise, as a share of the best;
        NaN beyond the last evaluation.
    cpu_50, cpu_100 : float
        Milliseconds of process CPU per suggestion, mean of the twenty before the mark.
    """

    method: str
    task: str
    seed: int
    version: str
    n: int
    volume_25: float
    volume_50: float
    volume_100: float
    cpu_50: float
    cpu_100: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What a newer run of the same replaces."""
        return self.method, self.task, self.seed

    def volume(self, mark: int) -> float:
        """Return the share of the best volume at a mark."""
        return float(getattr(self, f"volume_{mark}"))

    def regret(self, mark: int) -> float:
        """Return how far the volume is from the best, in logarithms.

        0 at the best and 1 where there is no volume. As for the functions of one
        objective, every halving counts alike down to a hundredth: means of volumes see
        little but the problems that nobody solves.
        """
        gap = min(max(1.0 - self.volume(mark), 0.0), 1.0)
        return math.log1p(gap / _FLOOR) / math.log1p(1.0 / _FLOOR)


def search(
    method: Method, problem: MultiProblem, seed: int, n: int
) -> Iterator[tuple[Params, float]]:
    """Yield what is evaluated, and the CPU seconds of each suggestion."""
    for number in range(n):
        start = process_time()
        params = method.ask()
        seconds = process_time() - start
        losses = problem.evaluate(params, seed, number)
        start = process_time()
        method.tell(losses)
        yield params, seconds + process_time() - start


def run(name: str, task: str, seed: int, n: int) -> MultiRun:
    """Run one method on one task, on one BLAS thread."""
    problem = load(task)
    with threadpool_limits(1):
        method = METHODS[name](
            problem.space, problem.n_objectives, stream(task, seed), n
        )
        points, seconds = zip(*search(method, problem, seed, n), strict=True)
    return MultiRun(
        name,
        task,
        seed,
        version(name),
        n,
        *(round(problem.share(points[:m]), 6) if m <= n else math.nan for m in MARKS),
        *(_milliseconds(seconds, mark) for mark in (50, 100)),
    )


def _milliseconds(seconds: Sequence[float], mark: int) -> float:
    if mark > len(seconds):
        return math.nan
    return round(1e3 * fmean(seconds[mark - _CPU_WINDOW : mark]), 3)


def missing(
    done: Iterable[MultiRun],
    methods: Sequence[str],
    tasks: Sequence[str],
    n_seeds: int,
    n: int,
) -> list[tuple[str, str, int]]:
    """Return what was not run, or with fewer evaluations, or in another version."""
    versions = {method: version(method) for method in methods}
    known = {
        run.key
        for run in done
        if run.n >= n and run.version == versions.get(run.method)
    }
    listed = sorted(tasks, key=TASKS.index)
    wanted = itertools.product(range(n_seeds), listed, methods)
    keys = [(method, task, seed) for seed, task, method in wanted]
    return [key for key in keys if key not in known]


def run_all(
    wanted: Sequence[tuple[str, str, int]], n: int, n_jobs: int
) -> Iterator[MultiRun]:
    """Yield the runs as they end, from processes of one thread each."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(run, *key, n) for key in wanted]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
