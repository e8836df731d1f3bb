"""What is compared: ours, and peers behind the same `ask` and `tell`.

All are told losses. Peers keep their defaults, but for the population of pymoo's
NSGA-II: its hundred members would all be drawn at random. Ordered lists of numbers are
the integers that index them, as in `asv_benchmarks.quality.peers`.
"""

import importlib
import importlib.metadata
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Protocol

import numpy as np

import sksearch
from asv_benchmarks.quality.digest import digest_of
from asv_benchmarks.quality.interface import Array, Params, Space
from asv_benchmarks.quality.peers.flat import Parameter, flatten
from asv_benchmarks.quality.peers.telling import quiet
from sksearch._search_loop import Search
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import NSGA2, Auto, Optimizer, ParEGO, Random
from sksearch.schedulers import FullEvaluation
from sksearch.space import SearchSpace

__all__ = ["METHODS", "NAMES", "OURS", "PEERS", "Method", "version"]


class Method(Protocol):
    """A search that is asked and told in turns."""

    def ask(self) -> Params:
        """Return what to evaluate next."""

    def tell(self, losses: Array) -> None:
        """Take the losses of what was asked last, smaller is better."""


class Ours:
    """One of our optimizers, driven by the loop of a search.

    Parameters
    ----------
    optimizer : Optimizer
        What proposes.
    space : dict
        What may be tried.
    m : int
        Objectives.
    seed, n : int
        Of the search, and the number of evaluations.
    """

    def __init__(
        self, optimizer: Optimizer, space: Space, m: int, seed: int, n: int
    ) -> None:
        self._names = [f"objective {j}" for j in range(m)]
        history = History(
            SearchSpace(space), seed=seed, n_splits=1, objectives=self._names
        )
        self._search = Search(history, optimizer, FullEvaluation(n), max_pending=1)

    def ask(self) -> Params:
        """Return the parameters of the next trial."""
        [trial] = self._search.decide()
        assert isinstance(trial, Trial)
        self._trial = trial
        return trial.params

    def tell(self, losses: Array) -> None:
        """Record the newest trial's scores."""
        scores = dict(zip(self._names, (-losses).tolist(), strict=True))
        self._search.history.record(Evaluation(self._trial.id, 1, 0, scores=scores))


class Optuna:
    """A sampler of Optuna, on a study of several directions.

    Parameters
    ----------
    sampler : str
        The name of its class.
    space, m, seed, n
        As of `Ours`.
    """

    def __init__(self, sampler: str, space: Space, m: int, seed: int, n: int) -> None:
        optuna = importlib.import_module("optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with quiet():  # some samplers are called experimental
            made = getattr(optuna.samplers, sampler)(seed=seed)
        self._study = optuna.create_study(directions=["minimize"] * m, sampler=made)
        self._space = flatten(space)

    def ask(self) -> Params:
        """Return the parameters of the next trial."""
        with quiet():
            self._trial = self._study.ask()
            found = {p.key: self._suggest(p) for p in self._space.parameters}
        return self._space.params(found)

    def _suggest(self, p: Parameter) -> Any:
        if p.kind == "choice":
            return self._trial.suggest_categorical(p.key, p.indices)
        suggest = getattr(self._trial, f"suggest_{p.kind}")
        return suggest(p.key, p.low, p.high, log=p.is_log)

    def tell(self, losses: Array) -> None:
        """Complete the trial."""
        self._study.tell(self._trial, losses.tolist())


class Pymoo:
    """NSGA-II of pymoo: a generation is asked at once, and told once it is whole.

    Parameters
    ----------
    space, m, seed, n
        As of `Ours`.
    """

    _N_POINTS = 20  # in the population

    def __init__(self, space: Space, m: int, seed: int, n: int) -> None:
        self._space, self._m = flatten(space), m
        with quiet():
            self._algorithm = self._made(seed)
        self._waiting: list[Any] = []
        self._done: list[Any] = []

    def _made(self, seed: int) -> Any:
        core = importlib.import_module("pymoo.core.problem")
        moo = importlib.import_module("pymoo.algorithms.moo.nsga2")
        parameters = self._space.parameters
        if all(p.kind == "float" for p in parameters):
            ends = np.array([(p.low, p.high) for p in parameters]).T
            problem = core.Problem(len(parameters), self._m, xl=ends[0], xu=ends[1])
            algorithm = moo.NSGA2(pop_size=self._N_POINTS)
        else:
            problem = core.Problem(
                vars={p.key: _variable(p) for p in parameters}, n_obj=self._m
            )
            mixed = importlib.import_module("pymoo.core.mixed")
            survival = moo.RankAndCrowding()
            algorithm = mixed.MixedVariableGA(self._N_POINTS, survival=survival)
        self._problem = problem
        algorithm.setup(problem, termination=("n_gen", 10**6), seed=seed)
        return algorithm

    def ask(self) -> Params:
        """Return the next member of the generation."""
        if not self._waiting:
            with quiet():
                self._waiting = list(self._algorithm.ask())
        self._asked = self._waiting.pop(0)
        found = self._asked.X
        if not isinstance(found, dict):
            keys = [p.key for p in self._space.parameters]
            found = dict(zip(keys, found, strict=True))
        return self._space.params(found)

    def tell(self, losses: Array) -> None:
        """Add the member; with the last one the next generation can be made."""
        self._asked.set("F", losses)
        self._asked.evaluated.add("F")
        self._done.append(self._asked)
        if not self._waiting:
            population = importlib.import_module("pymoo.core.population").Population
            with quiet():
                self._algorithm.tell(infills=population.create(*self._done))
            self._done = []


def _variable(p: Parameter) -> Any:
    variables = importlib.import_module("pymoo.core.variable")
    if p.kind == "choice":
        return variables.Choice(options=p.indices)
    kind = variables.Integer if p.kind == "int" else variables.Real
    return kind(bounds=(p.low, p.high))


OURS = "auto"
# What makes a method from (space, objectives, seed, number of evaluations).
METHODS: dict[str, Callable[[Space, int, int, int], Method]] = {
    OURS: partial(Ours, Auto()),
    "parego": partial(Ours, ParEGO()),
    "nsga2": partial(Ours, NSGA2()),
    "random": partial(Ours, Random()),
    "optuna-nsga2": partial(Optuna, "NSGAIISampler"),
    "optuna-tpe": partial(Optuna, "TPESampler"),
    "optuna-gp": partial(Optuna, "GPSampler"),
    "pymoo-nsga2": Pymoo,
}
# `Auto` is `EHVI` here: no task has more than three objectives.
_MODULES = {OURS: "_ehvi", "parego": "_parego", "nsga2": "_nsga2", "random": "_random"}
_PACKAGES = {
    "optuna-nsga2": "optuna",
    "optuna-tpe": "optuna",
    "optuna-gp": "optuna",
    "pymoo-nsga2": "pymoo",
}
NAMES = tuple(METHODS)
PEERS = (*_PACKAGES, "random")


@cache
def version(method: str) -> str:
    """Return which release, or which sources, a method runs.

    Raises
    ------
    ModuleNotFoundError
        If a peer is not installed.
    """
    package = _PACKAGES.get(method)
    if package is None:
        digest = digest_of(f"sksearch.optimizers.{_MODULES[method]}")
        return f"{sksearch.__version__}+{digest}"
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError as error:
        raise ModuleNotFoundError(
            f"{method} needs {package}, which is not installed. Leave it out of "
            f"--methods, or run: pip install {package}"
        ) from error
