"""Tables of one model on several data sets, read from the file beside this one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asv_benchmarks.quality.interface import Array
from asv_benchmarks.transfer.definitions import SPACES

__all__ = ["TABLES", "Computed", "Params", "load_computed", "read"]

TABLES = Path(__file__).resolve().parent / "tables.npz"
Params = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Computed:
    """A grid whose every point was cross-validated on samples, and judged by far more.

    Parameters
    ----------
    name, family : str
        Which task this is.
    space : dict of str to list
        The choices of each parameter.
    seen : ndarray of shape (n_points, n_samples)
        The score by cross-validation on each sample, greater is better, in the order of
        `itertools.product` over the choices. All of a search are on one sample, as all
        candidates of a search have the same folds.
    worth : ndarray of shape (n_points,)
        The score of the same models on rows that are in no sample.
    """

    name: str
    family: str
    space: dict[str, list[Any]]
    seen: Array
    worth: Array

    def index(self, params: Params) -> int:
        """Return the row of a point."""
        places = [choices.index(params[name]) for name, choices in self.space.items()]
        return int(np.ravel_multi_index(places, [len(c) for c in self.space.values()]))

    def evaluate(self, params: Params, seed: int, number: int) -> tuple[float, ...]:
        """Return the score on the sample that a seed stands for."""
        return (float(self.seen[self.index(params), seed % self.seen.shape[1]]),)

    def regret(self, params: Params) -> float:
        """Return how far a point is from the best: 0 is that, 1 the median."""
        return float(self.regrets[self.index(params)])

    @cached_property
    def regrets(self) -> Array:
        """The regret of every point."""
        best, median = self.worth.max(), float(np.median(self.worth))
        return np.asarray(np.minimum((best - self.worth) / (best - median), 1.0))


def load_computed(task: str) -> Computed:
    """Read a table."""
    family = task.partition("_")[0]
    space = SPACES[family]
    with np.load(TABLES, allow_pickle=False) as file:
        seen, worth = (file[f"{task}/{part}"] / 10_000 for part in ("seen", "worth"))
    assert len(worth) == math.prod(len(choices) for choices in space.values())
    return Computed(task, family, space, seen, worth)


def read() -> dict[str, NDArray[Any]]:
    """Return all that the file holds."""
    if not TABLES.exists():
        return {}
    with np.load(TABLES, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
