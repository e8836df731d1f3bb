"""Search the fronts of the functions of COCO for long, and keep what was found.

Run from the root of the repository, with pymoo installed::

    python -m asv_benchmarks.quality.multi.references

NSGA-II with 400 points and 500 generations; its front is the reference.
"""

import csv
import importlib
from typing import Any

import numpy as np

from asv_benchmarks.quality.interface import Array
from asv_benchmarks.quality.multi.coco import DIMENSION, FRONTS, TASKS, value
from sksearch._pareto import is_nondominated

_N_POINTS, _N_GENERATIONS = 400, 500


def search(task: str) -> Array:
    """Return the front of a long search."""
    ends = np.full((2, DIMENSION), 5.0)
    problem = importlib.import_module("pymoo.core.problem").Problem(
        DIMENSION, 2, xl=-ends[0], xu=ends[1]
    )
    nsga2 = importlib.import_module("pymoo.algorithms.moo.nsga2").NSGA2
    algorithm: Any = nsga2(pop_size=_N_POINTS)
    algorithm.setup(problem, termination=("n_gen", _N_GENERATIONS), seed=0)
    for _ in range(_N_GENERATIONS):
        population = algorithm.ask()
        for one in population:
            one.set("F", value(task, one.X))
            one.evaluated.add("F")
        algorithm.tell(infills=population)
    return front_of(algorithm.pop.get("F"))


def front_of(losses: Array) -> Array:
    """Return the front of losses of six digits, in the order of the first."""
    rounded = np.array([[float(f"{loss:.6g}") for loss in row] for row in losses])
    front = np.unique(rounded, axis=0)
    return front[is_nondominated(-front)]


def main() -> None:
    """Write the fronts of all functions."""
    with FRONTS.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["task", "first", "second"])
        for task in TASKS:
            writer.writerows([task, *row] for row in search(task).tolist())


if __name__ == "__main__":
    main()
