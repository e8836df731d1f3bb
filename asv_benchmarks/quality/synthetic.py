"""Synthetic mixed functions: six of COCO's bbob-mixint, in five and ten dimensions.

Four fifths of the variables are integers of 2, 4, 8 and 16 values, the others floats;
the functions have no noise. They are the sphere (f1), Rastrigin's function (f3),
Rosenbrock's (f8), Rastrigin's rotated (f15), Gallagher's 101 peaks (f21) and
Lunacek's two funnels (f24), all of instance 1.

With r = (f - f_opt) / (f_median - f_opt), clipped to [0, 1], the regret is
log(1 + 100 r) / log(101): 0 at the optimum and 1 at the median of 2,000 random points.
A hundred evaluations leave r = 0.001 on one function and 0.3 on another. Means of r
would see the hard functions only; a plain logarithm has no value at the optimum, and
would reward the digits behind a solution that nobody can tell from the best. Here every
halving counts alike down to a hundredth of the median's distance, and little below.
"""

import importlib
import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from asv_benchmarks.quality.interface import Array, Params, Space, stream

DIMENSIONS = (5, 10)
# The least values by number, of instance 1 in any dimension. The library tells none: it
# prints where they are, and the tests compare.
OPTIMA = {1: 79.48, 3: -46.209, 8: 1.4915, 15: 100.0, 21: 40.78, 24: 10.261}
FUNCTIONS = tuple(f"mixint-f{number}" for number in OPTIMA)
TASKS = tuple(f"{function}-d{d}" for function in FUNCTIONS for d in DIMENSIONS)

# Drawn once, by `draw_half` with seed 2026: a function goes with its dimensions.
CHOOSING_FUNCTIONS = ("mixint-f1", "mixint-f24", "mixint-f3")
CHOOSING = tuple(task for task in TASKS if task.rsplit("-", 1)[0] in CHOOSING_FUNCTIONS)

_FLOOR = 0.01  # of the median's distance, below which progress counts little
_N_RANDOM = 2_000


@dataclass(frozen=True)
class Function:
    """A function of bbob-mixint, negated.

    Parameters
    ----------
    name : str
        The task.
    number : int
        Which function.
    dimension : int
        Variables.
    family : str, default="mixint"
        Which tasks it is like.
    """

    name: str
    number: int
    dimension: int
    family: str = "mixint"

    @cached_property
    def space(self) -> Space:
        """Ranges of integers, then of floats."""
        problem = _problem(self.number, self.dimension)
        n_integers = problem.number_of_integer_variables
        bounds = zip(problem.lower_bounds, problem.upper_bounds, strict=True)
        return {
            f"x{i}": tuple(map(int if i < n_integers else float, pair))
            for i, pair in enumerate(bounds)
        }

    def evaluate(self, params: Params, seed: int, number: int) -> tuple[float, ...]:
        """Return minus the function, whatever the seed and the number."""
        return (-self._value([params[name] for name in self.space]),)

    def regret(self, params: Params) -> float:
        """Return how far a point is from the optimum, of which the module tells."""
        best = OPTIMA[self.number]
        [score] = self.evaluate(params, 0, 0)
        ratio = (-score - best) / (self._median - best)
        clipped = min(max(ratio, 0.0), 1.0)
        return math.log1p(clipped / _FLOOR) / math.log1p(1 / _FLOOR)

    def _value(self, x: Any) -> float:
        return float(_problem(self.number, self.dimension)(x))

    @cached_property
    def _median(self) -> float:
        return float(np.median([self._value(x) for x in self._random_points()]))

    def _random_points(self) -> Array:
        rng = np.random.default_rng(stream(self.name, 0))
        columns = [
            rng.integers(low, high + 1, _N_RANDOM)
            if isinstance(low, int)
            else rng.uniform(low, high, _N_RANDOM)
            for low, high in self.space.values()
        ]
        return np.stack(columns, axis=1, dtype=np.float64)


def load(task: str) -> Function:
    """Return a function by the name of its task."""
    _, number, dimension = task.split("-")
    return Function(task, int(number[1:]), int(dimension[1:]))


@cache
def _problem(number: int, dimension: int) -> Any:
    """Return the library's object, which lives in one process."""
    return _suite().get_problem_by_function_dimension_instance(number, dimension, 1)


@cache
def _suite() -> Any:
    try:
        cocoex = importlib.import_module("cocoex")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "The functions are in coco-experiment, which is not installed. Install the "
            "extra bench."
        ) from error
    dimensions = ",".join(map(str, DIMENSIONS))
    options = f"dimensions:{dimensions} instance_indices:1"
    return cocoex.Suite("bbob-mixint", "", options)
