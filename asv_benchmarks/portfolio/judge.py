"""How good portfolios are on a data set that was left out when they were chosen."""

import numpy as np

from asv_benchmarks.portfolio.scores import Measured
from asv_benchmarks.portfolio.table import N_ENTRIES, greedy, raw_regrets, smooth
from asv_benchmarks.quality.interface import Array

_N_DRAWS = 50


def left_out(measured: Measured) -> tuple[Array, Array]:
    """Return the regrets of portfolios, and of as many configurations drawn at random.

    Returns
    -------
    chosen, drawn : ndarray of shape (n_cases, 6)
        A case is a family and a data set; the regrets are those of the best one among
        the first entry, the first two, and so on.
    """
    chosen, drawn = [], []
    rng = np.random.default_rng(0)
    for name, (points, scores) in measured.items():
        smoothed = smooth(name, points, scores)
        regrets = np.column_stack([raw_regrets(np.array(s)) for s in scores.values()])
        data = np.array([task.partition("/")[0] for task in scores])
        for each in np.unique(data):
            here = regrets[:, data == each]
            chosen.append(_best(here, greedy(smoothed[:, data != each])))
            draws = [_draw(rng, len(here)) for _ in range(_N_DRAWS)]
            drawn.append(np.mean([_best(here, draw) for draw in draws], axis=0))
    return np.array(chosen), np.array(drawn)


def _draw(rng: np.random.Generator, n: int) -> list[int]:
    rows: list[int] = rng.permutation(n)[:N_ENTRIES].tolist()
    return rows


def _best(regrets: Array, rows: list[int]) -> Array:
    """Return the mean over the tasks of the best of one, of two, ... configurations."""
    found: Array = np.minimum.accumulate(regrets[rows], axis=0).mean(axis=1)
    return found


def report(measured: Measured) -> str:
    """Return the means over all cases, and the standard errors of the differences."""
    chosen, drawn = left_out(measured)
    lines = [f"mean regret of the best of n, {len(chosen)} families and data sets"]
    errors = (chosen - drawn).std(axis=0, ddof=1) / np.sqrt(len(chosen))
    rows = zip(chosen.mean(axis=0), drawn.mean(axis=0), errors, strict=True)
    for n, (ours, random, error) in enumerate(rows, start=1):
        lines.append(f"{n}: portfolio {ours:.3f}, random {random:.3f} +- {error:.3f}")
    return "\n".join(lines)
