"""The peers, each behind `ask` and `tell`, with the defaults of its release.

They see an ordered list of numbers as the integers that index it, which on these tables
is the logarithm where one is due. Each is imported when it runs, so that none has to be
installed for the others.
"""

import importlib
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from asv_benchmarks.quality.problems import Space

Params = Mapping[str, Any]


class OptunaSampler:
    """A sampler of Optuna."""

    def __init__(
        self,
        sampler: str,
        options: Mapping[str, Any],
        space: Space,
        seed: int,
        n: int,
    ) -> None:
        optuna = importlib.import_module("optuna")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some samplers are called experimental
            made = getattr(optuna.samplers, sampler)(seed=seed, **options)
        self._study = optuna.create_study(direction="maximize", sampler=made)
        self._space = space
        self._distributions = {
            name: optuna.distributions.IntDistribution(0, len(choices) - 1)
            if is_ordered(choices)
            else optuna.distributions.CategoricalDistribution(choices)
            for name, choices in space.items()
        }

    def ask(self) -> Params:
        """Return the parameters of the next trial."""
        self._trial = self._study.ask(self._distributions)
        return _by_index(self._space, self._trial.params)

    def tell(self, score: float) -> None:
        """Complete the trial."""
        self._study.tell(self._trial, score)


class Skopt:
    """The Gaussian process of scikit-optimize."""

    def __init__(self, space: Space, seed: int, n: int) -> None:
        skopt = importlib.import_module("skopt")
        dimensions = [
            skopt.space.Integer(0, len(choices) - 1)
            if is_ordered(choices)
            else skopt.space.Categorical(choices)
            for choices in space.values()
        ]
        self._optimizer = skopt.Optimizer(dimensions, random_state=seed)
        self._space = space

    def ask(self) -> Params:
        """Return the next point."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of points evaluated before
            self._asked = self._optimizer.ask()
        named = dict(zip(self._space, self._asked, strict=True))
        return _by_index(self._space, named)

    def tell(self, score: float) -> None:
        """Fit the model: this is where its time goes."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._optimizer.tell(self._asked, -score)


class HyperoptTPE:
    """The tree of Parzen estimators of hyperopt."""

    def __init__(self, space: Space, seed: int, n: int) -> None:
        hyperopt = importlib.import_module("hyperopt")
        labels = {
            name: hyperopt.hp.uniformint(name, 0, len(choices) - 1)
            if is_ordered(choices)
            else hyperopt.hp.choice(name, choices)
            for name, choices in space.items()
        }
        self._domain = hyperopt.base.Domain(None, labels)
        self._trials = hyperopt.Trials()
        self._suggest = hyperopt.tpe.suggest
        self._done = hyperopt.JOB_STATE_DONE
        self._rng = np.random.default_rng(seed)
        self._space = space

    def ask(self) -> Params:
        """Return the parameters of the next trial."""
        [number] = self._trials.new_trial_ids(1)
        seed = int(self._rng.integers(2**31))
        documents = self._suggest([number], self._domain, self._trials, seed)
        self._trials.insert_trial_docs(documents)
        self._trials.refresh()
        found = documents[0]["misc"]["vals"]
        return {
            name: choices[int(found[name][0])] for name, choices in self._space.items()
        }

    def tell(self, score: float) -> None:
        """Complete the newest trial."""
        document = self._trials._dynamic_trials[-1]
        document["result"] = {"loss": -score, "status": "ok"}
        document["state"] = self._done
        self._trials.refresh()


def is_ordered(choices: list[Any]) -> bool:
    """Whether the choices are numbers."""
    return not any(isinstance(choice, str) for choice in choices)


def _by_index(space: Space, found: Params) -> Params:
    """Return the choices that the integers of a peer stand for."""
    return {
        name: choices[int(found[name])] if is_ordered(choices) else str(found[name])
        for name, choices in space.items()
    }
