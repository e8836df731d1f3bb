"""hyperopt: a choice among the branches, below which their parameters stand."""

import importlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from asv_benchmarks.quality.interface import Params, Space
from asv_benchmarks.quality.peers.flat import BRANCH, FlatSpace, Parameter, flatten
from asv_benchmarks.quality.peers.telling import Losses


class HyperoptTPE:
    """The tree of Parzen estimators of hyperopt.

    Parameters
    ----------
    space : dict or list of dict
        What may be tried.
    seed, n : int
        Where the draws start, and the number of evaluations.
    """

    def __init__(self, space: Space | list[Space], seed: int, n: int) -> None:
        hyperopt = importlib.import_module("hyperopt")
        self._space = flatten(space)
        self._domain = hyperopt.base.Domain(None, _tree(hyperopt.hp, self._space))
        self._trials = hyperopt.Trials()
        self._suggest = hyperopt.tpe.suggest
        self._done = hyperopt.JOB_STATE_DONE
        self._rng = np.random.default_rng(seed)
        self._losses = Losses()

    def ask(self) -> Params:
        """Return the parameters of the next trial."""
        [number] = self._trials.new_trial_ids(1)
        seed = int(self._rng.integers(2**31))
        documents = self._suggest([number], self._domain, self._trials, seed)
        self._trials.insert_trial_docs(documents)
        self._trials.refresh()
        found = documents[0]["misc"]["vals"]
        return self._space.params({key: v[0] for key, v in found.items() if v})

    def tell(self, score: float, folds: Sequence[float] = ()) -> None:
        """Complete the newest trial."""
        document = self._trials._dynamic_trials[-1]
        document["result"] = {"loss": self._losses.of(score), "status": "ok"}
        document["state"] = self._done
        self._trials.refresh()


def _tree(hp: Any, space: FlatSpace) -> Any:
    """Return the branches; what they share is one node, which hyperopt knows again."""
    nodes = {p.key: _node(hp, p) for p in space.parameters}
    branches = [
        {p.key: nodes[p.key] for p in space.of(branch)} for branch in space.branches
    ]
    return hp.choice(BRANCH, branches) if space.is_conditional else branches[0]


def _node(hp: Any, p: Parameter) -> Any:
    if p.kind == "choice":
        return hp.choice(p.key, p.indices)
    if p.is_log:
        low, high = math.log(p.low), math.log(p.high)
        if p.kind == "int":
            return hp.qloguniform(p.key, low, high, 1)
        return hp.loguniform(p.key, low, high)
    return getattr(hp, "uniformint" if p.kind == "int" else "uniform")(
        p.key, p.low, p.high
    )
