"""Four functions of COCO's bbob-biobj in five dimensions, of instance 1.

Sphere and sphere (f1), sphere and Gallagher's 101 peaks (f10), Rosenbrock twice (f28),
Rastrigin twice (f46). No front of these is known but by searching: `references` keeps
the best that long runs found, and a share of 1 is as good as that. The search is in
[-5, 5], where the optima of the parts lie.
"""

import csv
import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from asv_benchmarks.quality.interface import Array, Params, stream
from asv_benchmarks.quality.multi.volumes import MultiProblem, Scale, reference

DIMENSION = 5
NUMBERS = (1, 10, 28, 46)
TASKS = tuple(f"biobj-f{number}" for number in NUMBERS)
FRONTS = Path(__file__).resolve().parent / "fronts.csv"
_N_RANDOM = 2_000


@dataclass(frozen=True, eq=False)
class Pair(MultiProblem):
    """Two functions of COCO, without noise."""

    def losses(self, params: Params) -> Array:
        """Return both values."""
        return value(self.name, np.array([params[name] for name in self.space]))


@cache
def load(task: str) -> Pair:
    """Return a function by the name of its task.

    Raises
    ------
    ModuleNotFoundError
        If coco-experiment is not installed.
    """
    front = np.array(read_fronts()[task])
    ideal, nadir = front.min(axis=0), front.max(axis=0)
    rng = np.random.default_rng(stream(task, 0))
    drawn = rng.uniform(-5.0, 5.0, (_N_RANDOM, DIMENSION))
    corner = reference(ideal, nadir, np.array([value(task, x) for x in drawn]))
    best = Scale(ideal, corner).volume(front)
    space = {f"x{i}": (-5.0, 5.0) for i in range(DIMENSION)}
    return Pair(task, space, Scale(ideal, corner, best))


def value(task: str, x: Array) -> Array:
    """Return both values at a point."""
    return np.array(_problem(int(task.removeprefix("biobj-f")))(x), dtype=float)


def read_fronts() -> dict[str, list[tuple[float, float]]]:
    """Return the points of the fronts that long searches found."""
    found: dict[str, list[tuple[float, float]]] = {}
    with FRONTS.open(newline="") as file:
        for row in csv.DictReader(file):
            pair = float(row["first"]), float(row["second"])
            found.setdefault(row["task"], []).append(pair)
    return found


@cache
def _problem(number: int) -> Any:
    """Return the library's object, which lives in one process."""
    return _suite().get_problem_by_function_dimension_instance(number, DIMENSION, 1)


@cache
def _suite() -> Any:
    try:
        cocoex = importlib.import_module("cocoex")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "The functions are in coco-experiment, which is not installed. Install the "
            "extra bench."
        ) from error
    options = f"dimensions:{DIMENSION} instance_indices:1"
    return cocoex.Suite("bbob-biobj", "", options)
