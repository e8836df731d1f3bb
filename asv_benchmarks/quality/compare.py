"""Paired comparisons of runs: ratios of mean regrets, and ranks.

A mean is over tasks, of the means over the seeds of each: a task counts once, however
often it was run.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from asv_benchmarks.quality.methods import NAMES, OURS, PEERS
from asv_benchmarks.quality.runs import Run

Array = NDArray[np.float64]
Regrets = dict[tuple[str, int], float]

_N_RESAMPLES = 5_000


@dataclass(frozen=True)
class Ratio:
    """Our mean regret over a peer's, on the tasks and seeds that both ran.

    Parameters
    ----------
    value : float
        Below 1 where ours is better; infinite where only the peer has no regret.
    low, high : float
        Its 95 % interval.
    n, n_tasks : int
        Pairs of runs, and the tasks that they are on.
    """

    value: float
    low: float
    high: float
    n: int
    n_tasks: int


# -- regrets -------------------------------------------------------------------------


def regrets(
    runs: Sequence[Run], method: str, mark: int, tasks: Collection[str]
) -> Regrets:
    """Return a method's regrets by (task, seed), of the runs that got to a mark."""
    return {
        (run.task, run.seed): run.regret(mark)
        for run in runs
        if run.method == method and run.task in tasks and run.n >= mark
    }


def names_of(runs: Sequence[Run]) -> list[str]:
    """Return the methods that ran, in the order of the registry."""
    found = {run.method for run in runs}
    return [name for name in NAMES if name in found]


def regrets_by_method(
    runs: Sequence[Run], mark: int, tasks: Collection[str]
) -> dict[str, Regrets]:
    """Return the regrets of the methods that got to a mark."""
    found = {name: regrets(runs, name, mark, tasks) for name in names_of(runs)}
    return {name: values for name, values in found.items() if values}


def tasks_of(pairs: Iterable[tuple[str, int]]) -> list[str]:
    """Return the tasks of (task, seed), each once."""
    return sorted({task for task, _ in pairs})


def covers_half(n_tasks: int, tasks: Collection[str]) -> bool:
    """Whether a method ran on enough tasks to count: half of them or more."""
    return 2 * n_tasks >= len(tasks)


def mean_regret(found: Regrets) -> float:
    """Return the mean over the tasks of the means over their seeds."""
    by_task = (_of_task(found, task) for task in tasks_of(found))
    return fmean(map(fmean, by_task))


def _of_task(found: Mapping[tuple[str, int], float], task: str) -> list[float]:
    """Return the regrets on a task, in the order of the seeds."""
    return [found[pair] for pair in sorted(found) if pair[0] == task]


# -- ratios --------------------------------------------------------------------------


def ratio(ours: Regrets, theirs: Regrets) -> Ratio | None:
    """Compare two methods on what both ran; None if that is nothing."""
    pairs = ours.keys() & theirs.keys()
    if not pairs:
        return None
    sides = [{pair: side[pair] for pair in pairs} for side in (ours, theirs)]
    [value] = _divided(*(np.array([mean_regret(side)]) for side in sides))
    low, high = np.quantile(_resampled(*map(_table, sides)), [0.025, 0.975])
    value, low, high = (_finite_or_infinite(x) for x in (value, low, high))
    return Ratio(value, low, high, len(pairs), len(tasks_of(pairs)))


def _table(found: Regrets) -> Array:
    """Return one row for each task, padded with NaN to the largest number of seeds."""
    rows = [_of_task(found, task) for task in tasks_of(found)]
    table = np.full((len(rows), max(map(len, rows))), np.nan)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table


def _resampled(a: Array, b: Array) -> Array:
    """Return the ratio of the means under draws of tasks, and of seeds within each."""
    rng = np.random.default_rng(0)  # the same CSV makes the same page
    n_tasks, most = a.shape
    tasks = rng.integers(n_tasks, size=(_N_RESAMPLES, n_tasks, 1))
    n_seeds = np.isfinite(a).sum(axis=1)[tasks]
    seeds = (rng.random((_N_RESAMPLES, n_tasks, most)) * n_seeds).astype(int)
    weights = (np.arange(most) < n_seeds) / n_seeds  # as many draws as a task has seeds
    return _divided(*((x[tasks, seeds] * weights).sum(axis=(1, 2)) for x in (a, b)))


def _divided(a: Array, b: Array) -> Array:
    """Return ratios of which those of nothing to nothing are 1; none is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: Array = a / b
    # Infinities have no quantiles.
    return np.nan_to_num(ratios, nan=1.0, posinf=np.finfo(float).max)


def _finite_or_infinite(x: float) -> float:
    return float(x) if x < 1e9 else np.inf


def ratios_to_peers(
    runs: Sequence[Run],
    mark: int,
    tasks: Collection[str],
    names: Sequence[str] = PEERS,
    ours: str = OURS,
) -> dict[str, Ratio]:
    """Return our ratio to each peer that has runs in common with ours."""
    by_method = regrets_by_method(runs, mark, tasks)
    found = {
        name: ratio(by_method.get(ours, {}), by_method.get(name, {})) for name in names
    }
    return {name: value for name, value in found.items() if value is not None}


def enough(ratios: Mapping[str, Ratio], tasks: Collection[str]) -> dict[str, Ratio]:
    """Return the ratios to those that ran on half of the tasks or more."""
    return {
        name: found
        for name, found in ratios.items()
        if covers_half(found.n_tasks, tasks)
    }


def strongest(ratios: Mapping[str, Ratio]) -> str:
    """Return the peer that leaves ours the highest ratio."""
    return max(ratios, key=lambda name: ratios[name].value)


# -- ranks ---------------------------------------------------------------------------


def mean_ranks(by_method: Mapping[str, Regrets]) -> tuple[dict[str, float], int]:
    """Return the mean rank of each method and the pairs, those that all have run."""
    if not by_method:
        return {}, 0
    common = sorted(set.intersection(*(set(found) for found in by_method.values())))
    if not common:
        return {}, 0
    table = np.array([[found[pair] for pair in common] for found in by_method.values()])
    ranks = rankdata(table, axis=0).mean(axis=1)
    return dict(zip(by_method, ranks.tolist(), strict=True)), len(common)
