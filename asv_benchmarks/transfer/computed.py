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

__all__ = ["DECIMALS", "TABLES", "Computed", "Params", "load_computed", "read"]

TABLES = Path(__file__).resolve().parent / "tables.npz"
DECIMALS = 4  # of the scores in the file
Params = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Computed:
    """A grid whose every point was cross-validated three times.

    Parameters
    ----------
    name, family : str
        Which task this is.
    space : dict of str to list
        The choices of each parameter.
    scores : ndarray of shape (n_points, n_samples)
        The score by cross-validation on each sample, greater is better, in the order of
        `itertools.product` over the choices.
    """

    name: str
    family: str
    space: dict[str, list[Any]]
    scores: Array

    def index(self, params: Params) -> int:
        """Return the row of a point."""
        places = [choices.index(params[name]) for name, choices in self.space.items()]
        return int(np.ravel_multi_index(places, [len(c) for c in self.space.values()]))

    def evaluate(self, params: Params, seed: int, number: int) -> tuple[float, ...]:
        """Return the score on each sample; the seed and the number change nothing."""
        return tuple(self.scores[self.index(params)].tolist())

    def regret(self, params: Params) -> float:
        """Return how far a point's mean is from the best: 0 is that, 1 the median."""
        return float(self.regrets[self.index(params)])

    @cached_property
    def regrets(self) -> Array:
        """The regret of every point."""
        mean = self.scores.mean(axis=1)
        best, median = mean.max(), float(np.median(mean))
        return np.asarray(np.minimum((best - mean) / (best - median), 1.0))


def load_computed(task: str) -> Computed:
    """Read a table."""
    family = task.partition("_")[0]
    space = SPACES[family]
    with np.load(TABLES, allow_pickle=False) as file:
        scores = file[task] / 10.0**DECIMALS
    assert len(scores) == math.prod(len(choices) for choices in space.values())
    return Computed(task, family, space, scores)


def read() -> dict[str, NDArray[Any]]:
    """Return all that the file holds."""
    if not TABLES.exists():
        return {}
    with np.load(TABLES, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
