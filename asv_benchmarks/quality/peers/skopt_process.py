"""scikit-optimize: all parameters of all branches at once, inactive ones ignored."""

import importlib
from collections.abc import Sequence
from typing import Any

from asv_benchmarks.quality.interface import Params, Space
from asv_benchmarks.quality.peers.flat import BRANCH, Parameter, flatten
from asv_benchmarks.quality.peers.telling import Losses, quiet


class Skopt:
    """The Gaussian process of scikit-optimize.

    Parameters
    ----------
    space : dict or list of dict
        What may be tried.
    seed, n : int
        Where the draws start, and the number of evaluations.
    """

    def __init__(self, space: Space | list[Space], seed: int, n: int) -> None:
        skopt = importlib.import_module("skopt")
        self._space = flatten(space)
        self._keys = [parameter.key for parameter in self._space.parameters]
        dimensions = [_dimension(skopt.space, p) for p in self._space.parameters]
        if self._space.is_conditional:
            self._keys.append(BRANCH)
            dimensions.append(skopt.space.Categorical(self._space.branches))
        self._optimizer = skopt.Optimizer(dimensions, random_state=seed)
        self._losses = Losses()

    def ask(self) -> Params:
        """Return the next point."""
        with quiet():  # it warns of points evaluated before
            self._asked = self._optimizer.ask()
        return self._space.params(dict(zip(self._keys, self._asked, strict=True)))

    def tell(self, score: float, folds: Sequence[float] = ()) -> None:
        """Fit the model: this is where its time goes."""
        with quiet():
            self._optimizer.tell(self._asked, self._losses.of(score))


def _dimension(classes: Any, p: Parameter) -> Any:
    if p.kind == "choice":
        return classes.Categorical(p.indices)
    kind = classes.Real if p.kind == "float" else classes.Integer
    return kind(p.low, p.high, prior="log-uniform" if p.is_log else "uniform")
