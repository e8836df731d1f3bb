"""Finite grids whose every point is known: four estimators, and two tables of HPOBench.

The score is to be large, the cost small; costs are compared by their logarithms, by all
methods alike.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from asv_benchmarks.quality import tables
from asv_benchmarks.quality.interface import Array, Params
from asv_benchmarks.quality.multi.estimators import SPACES
from asv_benchmarks.quality.multi.volumes import MultiProblem, Scale, reference
from sksearch._pareto import is_nondominated

GRIDS = Path(__file__).resolve().parent / "grids.csv"
REAL = tuple(SPACES)
TABLES = ("phoneme_seconds", "vehicle_seconds")  # score of a training seed, its time


@dataclass(frozen=True, eq=False)
class Grid(MultiProblem):
    """A problem without noise.

    Parameters
    ----------
    name, space, scale
        As of `MultiProblem`.
    rows : ndarray of shape (n_points, m)
        The losses, in the order of `itertools.product` over the choices.
    """

    rows: Array

    def losses(self, params: Params) -> Array:
        """Return the losses of a point."""
        found: Array = self.rows[self.index(params)]
        return found

    def index(self, params: Params) -> int:
        """Return the row of a point."""
        row = 0
        for name, choices in self.space.items():
            row = row * len(choices) + choices.index(params[name])
        return row


@dataclass(frozen=True, eq=False)
class NoisyGrid(Grid):
    """A table of `tables.py`, whose scores are those of one training seed each.

    Parameters
    ----------
    name, space, scale, rows
        As of `Grid`; the losses are means over the seeds.
    table : Table
        Where the scores are drawn from. The seconds are the means always.
    """

    table: tables.Table

    def evaluate(self, params: Params, seed: int, number: int) -> Array:
        """Return minus the score of one training seed, and the cost."""
        [score] = self.table.evaluate(params, seed, number)
        return np.array([-score, self.losses(params)[1]])


@cache
def load(task: str) -> Grid:
    """Return a grid by the name of its task."""
    if task in REAL:
        score, cost = np.array(read(GRIDS)[task]).T
        rows = np.column_stack([-score, np.log10(cost)])
        return Grid(task, SPACES[task], scale(rows), rows)
    table = tables.load(_table(task))
    means = np.nanmean(table.scores, axis=1)
    seconds = tables.load_seconds(_table(task))
    rows = np.column_stack([-means, np.log10(seconds)])
    return NoisyGrid(task, table.space, scale(rows), rows, table)


def _table(task: str) -> str:
    return task.removesuffix("_seconds")


def scale(rows: Array) -> Scale:
    """Return the units of a grid: its front is known."""
    front = rows[is_nondominated(-rows)]
    ideal = front.min(axis=0)
    corner = reference(ideal, front.max(axis=0), rows)
    return Scale(ideal, corner, Scale(ideal, corner).volume(front))


def read(path: Path) -> Mapping[str, list[tuple[float, float]]]:
    """Return the score and the cost of each point, by problem."""
    found: dict[str, list[tuple[float, float]]] = {}
    if path.exists():
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                pair = float(row["score"]), float(row["cost"])
                found.setdefault(row["task"], []).append(pair)
    return found
