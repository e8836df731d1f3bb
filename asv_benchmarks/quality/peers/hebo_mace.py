"""HEBO: all parameters of all branches at once, inactive ones ignored.

It asks for old releases of numpy, pymoo and GPy that it runs without. Install it beside
what it needs with::

    pip install --no-deps HEBO
    pip install gpytorch botorch pymoo disjoint-set catboost -c constraints.txt
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np

from asv_benchmarks.quality.interface import Params, Space
from asv_benchmarks.quality.peers.flat import BRANCH, FlatSpace, Parameter, flatten
from asv_benchmarks.quality.peers.telling import Losses, quiet
from sksearch.evaluation._seeding import seeded_generators

INSTALL = (
    "pip install --no-deps HEBO && "
    "pip install gpytorch botorch pymoo disjoint-set catboost -c constraints.txt"
)


class Hebo:
    """HEBO with the model of its release: a Gaussian process without input warping.

    Parameters
    ----------
    space : dict or list of dict
        What may be tried.
    seed, n : int
        Where the draws start, and the number of evaluations.
    """

    def __init__(self, space: Space | list[Space], seed: int, n: int) -> None:
        self._space = flatten(space)
        self._rng = np.random.default_rng(seed)
        optimizer, design = _import("optimizers.hebo"), _import("design_space")
        self._evolution = _import("acq_optimizers.evolution_optimizer")
        described = design.DesignSpace().parse(_described(self._space))
        with self._repeatable():
            self._optimizer = optimizer.HEBO(described, scramble_seed=seed)
        self._losses = Losses()

    def ask(self) -> Params:
        """Fit the model and return the next point."""
        with self._repeatable():
            self._asked = self._optimizer.suggest(1)
        return self._space.params(self._asked.iloc[0].to_dict())

    def tell(self, score: float, folds: Sequence[float] = ()) -> None:
        """Add the point's loss to the data."""
        with quiet():
            self._optimizer.observe(self._asked, np.array([[self._losses.of(score)]]))

    @contextmanager
    def _repeatable(self) -> Iterator[None]:
        """Seed the generators of the process, and the one that pymoo makes."""
        seeds = self._rng.integers(2**31, size=2).tolist()
        minimize = partial(self._evolution.minimize, seed=seeds[1])
        patched = patch.object(self._evolution, "minimize", minimize)
        with quiet(), seeded_generators(seeds[0]), patched:
            yield


def _import(module: str) -> Any:
    try:
        with quiet():
            return importlib.import_module(f"hebo.{module}")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"HEBO is not installed. Run: {INSTALL}") from error


def _described(space: FlatSpace) -> list[dict[str, Any]]:
    """Return the space in its terms."""
    found = [_parameter(p) for p in space.parameters]
    if space.is_conditional:
        branches = {"name": BRANCH, "type": "cat", "categories": space.branches}
        found.append(branches)
    return found


def _parameter(p: Parameter) -> dict[str, Any]:
    if p.kind == "choice":
        return {"name": p.key, "type": "cat", "categories": p.indices}
    kinds = {"float": ("num", "pow"), "int": ("int", "pow_int")}
    return {"name": p.key, "type": kinds[p.kind][p.is_log], "lb": p.low, "ub": p.high}
