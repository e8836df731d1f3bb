"""Paired comparisons of runs: ratios of mean regrets, and ranks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from asv_benchmarks.quality.methods import METHODS, OURS
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
        Below 1 where ours is better.
    low, high : float
        Its 95 % interval.
    n : int
        Pairs of runs.
    """

    value: float
    low: float
    high: float
    n: int


def regrets(
    runs: Sequence[Run], method: str, mark: int, tasks: Collection[str]
) -> Regrets:
    """Return a method's regrets by (task, seed), of the runs that got to a mark."""
    return {
        (run.task, run.seed): run.regret(mark)
        for run in runs
        if run.method == method and run.task in tasks and run.n >= mark
    }


def ratio(ours: Regrets, theirs: Regrets) -> Ratio | None:
    """Compare two methods on what both ran; None without that, or without regret."""
    pairs = sorted(ours.keys() & theirs.keys())
    a, b = (np.array([side[pair] for pair in pairs]) for side in (ours, theirs))
    if not b.sum():
        return None
    low, high = np.quantile(_resampled(a, b), [0.025, 0.975])
    return Ratio(float(a.sum() / b.sum()), float(low), float(high), len(pairs))


def _resampled(a: Array, b: Array) -> Array:
    """Return the ratio of the sums under draws of pairs with replacement."""
    rng = np.random.default_rng(0)  # the same CSV makes the same page
    chosen = rng.integers(len(a), size=(_N_RESAMPLES, len(a)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: Array = a[chosen].sum(axis=1) / b[chosen].sum(axis=1)
    return np.nan_to_num(ratios, nan=1.0, posinf=np.finfo(float).max)


def mean_ranks(by_method: dict[str, Regrets]) -> tuple[dict[str, float], int]:
    """Return the mean rank of each method and the pairs, those that all have run."""
    if not by_method:
        return {}, 0
    common = sorted(set.intersection(*(set(found) for found in by_method.values())))
    if not common:
        return {}, 0
    table = np.array([[found[pair] for pair in common] for found in by_method.values()])
    ranks = rankdata(table, axis=0).mean(axis=1)
    return dict(zip(by_method, ranks.tolist(), strict=True)), len(common)


def names_of(runs: Sequence[Run]) -> list[str]:
    """Return the methods that ran, in the order of the registry."""
    found = {run.method for run in runs}
    return [name for name in METHODS if name in found]


def regrets_by_method(
    runs: Sequence[Run], mark: int, tasks: Collection[str]
) -> dict[str, Regrets]:
    """Return the regrets of the methods that got to a mark."""
    found = {name: regrets(runs, name, mark, tasks) for name in names_of(runs)}
    return {name: values for name, values in found.items() if values}


def ratios_to_peers(
    runs: Sequence[Run], mark: int, tasks: Collection[str]
) -> dict[str, Ratio]:
    """Return our ratio to each peer that has runs in common with ours."""
    by_method = regrets_by_method(runs, mark, tasks)
    ours = by_method.pop(OURS, {})
    found = {name: ratio(ours, theirs) for name, theirs in by_method.items()}
    return {name: value for name, value in found.items() if value is not None}


def strongest(ratios: dict[str, Ratio]) -> str:
    """Return the peer that leaves ours the highest ratio."""
    return max(ratios, key=lambda name: ratios[name].value)
