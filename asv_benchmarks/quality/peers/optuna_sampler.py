"""Optuna, its spaces written as its users write them: defined by running."""

import importlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from asv_benchmarks.quality.interface import Params, Space
from asv_benchmarks.quality.peers.flat import BRANCH, Parameter, flatten
from asv_benchmarks.quality.peers.telling import quiet


class OptunaSampler:
    """A sampler of Optuna.

    Parameters
    ----------
    sampler : str
        The name of its class.
    options : dict
        What differs from its defaults.
    space : dict or list of dict
        What may be tried.
    seed, n : int
        Where the draws start, and the number of evaluations.
    """

    def __init__(
        self,
        sampler: str,
        options: Mapping[str, Any],
        space: Space | list[Space],
        seed: int,
        n: int,
    ) -> None:
        optuna = importlib.import_module("optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with quiet():  # some samplers are called experimental
            made = getattr(optuna.samplers, sampler)(seed=seed, **options)
        self._study = optuna.create_study(direction="maximize", sampler=made)
        self._failed = optuna.trial.TrialState.FAIL
        self._space = flatten(space)

    def ask(self) -> Params:
        """Return the parameters of the next trial."""
        self._trial = self._study.ask()
        found: dict[str, Any] = {}
        if self._space.is_conditional:
            branches = self._space.branches
            found[BRANCH] = self._trial.suggest_categorical(BRANCH, branches)
        for parameter in self._space.of(found.get(BRANCH, 0)):
            found[parameter.key] = self._suggest(parameter)
        return self._space.params(found)

    def _suggest(self, p: Parameter) -> Any:
        if p.kind == "choice":
            return self._trial.suggest_categorical(p.key, p.indices)
        suggest = getattr(self._trial, f"suggest_{p.kind}")
        return suggest(p.key, p.low, p.high, log=p.is_log)

    def tell(self, score: float, folds: Sequence[float] = ()) -> None:
        """Complete the trial, or let it fail."""
        if math.isnan(score):
            self._study.tell(self._trial, state=self._failed)
        else:
            self._study.tell(self._trial, score)
