"""SMAC3: parameters under the condition that one of their branches is chosen."""

import importlib
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asv_benchmarks.quality.interface import Params, Space
from asv_benchmarks.quality.peers.flat import BRANCH, FlatSpace, Parameter, flatten
from asv_benchmarks.quality.peers.telling import Losses, quiet


class Smac:
    """The random forest of SMAC3, in its facade for hyper-parameters.

    Parameters
    ----------
    space : dict or list of dict
        What may be tried.
    seed : int
        Where the draws start.
    n : int
        The number of evaluations, of which at most a quarter is the initial design.
    """

    def __init__(self, space: Space | list[Space], seed: int, n: int) -> None:
        with quiet():
            smac = importlib.import_module("smac")
            self._told = importlib.import_module(
                "smac.runhistory.dataclasses"
            ).TrialValue
            exceptions = importlib.import_module("smac.main.exceptions")
        self._exhausted = exceptions.ConfigurationSpaceExhaustedException
        logging.getLogger("smac").setLevel(logging.CRITICAL)
        self._space = flatten(space)
        self._configurations = _configurations(self._space, seed)
        # It writes down the scenario when it starts, and nothing later.
        with tempfile.TemporaryDirectory() as folder, quiet():
            scenario = smac.Scenario(
                self._configurations,
                deterministic=True,
                n_trials=n,
                seed=seed,
                output_directory=Path(folder),
            )
            self._facade = smac.HyperparameterOptimizationFacade(
                scenario, None, logging_level=False
            )
        self._losses = Losses()

    def ask(self) -> Params:
        """Return the next configuration; a random one when it finds no new one."""
        with quiet():
            self._asked = self._next()
        if self._asked is None:
            return self._space.params(self._configurations.sample_configuration())
        return self._space.params(self._asked.config)

    def _next(self) -> Any:
        try:
            return self._facade.ask()
        except (StopIteration, self._exhausted):
            return None

    def tell(self, score: float, folds: Sequence[float] = ()) -> None:
        """Record the configuration's loss."""
        loss = self._losses.of(score)
        if self._asked is not None:
            value = self._told(cost=loss, time=0.0)
            with quiet():
                self._facade.tell(self._asked, value, save=False)


def _configurations(space: FlatSpace, seed: int) -> Any:
    with quiet():
        classes = importlib.import_module("ConfigSpace")
    found = classes.ConfigurationSpace(seed=seed)
    parameters = {p.key: _hyperparameter(classes, p) for p in space.parameters}
    found.add(*parameters.values())
    if space.is_conditional:
        branch = classes.Categorical(BRANCH, space.branches)
        found.add(branch)
        conditions = [
            classes.InCondition(parameters[p.key], branch, list(p.branches))
            for p in space.parameters
            if len(p.branches) < len(space.branches)
        ]
        found.add(*conditions)
    return found


def _hyperparameter(classes: Any, p: Parameter) -> Any:
    if p.kind == "choice":
        return classes.Categorical(p.key, p.indices)
    kind = classes.Float if p.kind == "float" else classes.Integer
    return kind(p.key, (p.low, p.high), log=p.is_log)
