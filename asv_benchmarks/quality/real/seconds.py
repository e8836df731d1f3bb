"""What one fit and its score take at every point of the real problems, in seconds.

One file beside this one holds them, as `timing` measured them on the first fold: the
other folds are taken to be as dear. They are CPU seconds of one thread, so that other
work on the machine hardly shows.
"""

from functools import cache
from pathlib import Path

import numpy as np

from asv_benchmarks.quality.interface import Array

SECONDS = Path(__file__).resolve().parent / "seconds.npz"


@cache
def load_seconds(name: str) -> Array:
    """Return the seconds of each point of a problem, in the order of `grid.points`.

    They are of a clone, its fit on four of five folds, and the score on the fifth;
    where a fit fails they are those until then.
    """
    with np.load(SECONDS, allow_pickle=False) as file:
        found: Array = file[f"{name}/seconds"].astype(float)
    return found


def noise(name: str) -> float:
    """Return how much two measurements of one point differ, as a share.

    It is the median, over some points that were measured again, of the difference
    over the mean of the two.
    """
    with np.load(SECONDS, allow_pickle=False) as file:
        rows, again = file[f"{name}/rows_again"], file[f"{name}/seconds_again"]
    first = load_seconds(name)[rows]
    return float(np.median(2.0 * np.abs(again - first) / (again + first)))
