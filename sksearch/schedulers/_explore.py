"""How a member of a population moves on from the parameters that it took over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sksearch.history import History
from sksearch.space import Dimension, Integer, Real, SearchSpace

__all__ = ["Explore"]

_FACTORS = 0.8, 1.2
_SCALE = 0.1  # of a range or an axis, where a factor moves nothing
_TRIES = 32  # draws that a constraint may reject


@dataclass(frozen=True)
class Explore:
    """Perturb each parameter, or draw it anew.

    A number of a range that is not negative is multiplied by 0.8 or 1.2 [1]_, in
    log-uniform ranges and others alike. What a factor does not move (0, a bound, a
    small whole number, a range with negative values) moves to a value nearby on the
    scale of its range, a choice to a neighbour if its choices are numbers, else to any
    other one.

    Parameters
    ----------
    resample_probability : float, default=0.25
        For each parameter, how often it is drawn from its range instead.
    fixed : frozenset of str, default=frozenset()
        The parameters that stay as they are.

    References
    ----------
    .. [1] M. Jaderberg et al., "Population Based Training of Neural Networks", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.schedulers import Explore
    >>> from sksearch.space import SearchSpace
    >>> space = SearchSpace({"lr": (1e-4, 1.0, "log-uniform"), "width": [8, 16]})
    >>> explore = Explore(0.0, frozenset({"width"}))
    >>> moved = explore(space, {"lr": 0.1, "width": 8}, np.random.default_rng(0))
    >>> round(moved["lr"], 3), moved["width"]
    (0.12, 8)
    """

    resample_probability: float = 0.25
    fixed: frozenset[str] = field(default_factory=frozenset)

    def __call__(
        self, space: SearchSpace, params: Mapping[str, Any], rng: np.random.Generator
    ) -> dict[str, Any]:
        """Return legal parameters near others.

        Parameters
        ----------
        space : SearchSpace
            Where they lie; of a conditional one the branch stays.
        params : dict
            Where to start.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        params : dict
            The same where the constraint of the space rejects whatever is drawn.
        """
        dimensions = space.branch_of(params)
        for _ in range(_TRIES):
            moved = {
                name: self._moved(name, dimension, params[name], rng)
                for name, dimension in dimensions.items()
            }
            if space.allows(moved):
                return moved
        return dict(params)

    def heir(
        self, history: History, parent: int, resource: int, rng: np.random.Generator
    ) -> dict[str, Any]:
        """Return with which parameters a member goes on from the state of another.

        Parameters
        ----------
        history : History
            The log so far.
        parent : int
            Whose state it is.
        resource : int
            How far it will be trained.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        params : dict
            Legal, near those of the parent.
        """
        return self(history.space, history.trials[parent].params, rng)

    @property
    def rule(self) -> str:
        """How parameters move, as a journal has it."""
        fixed = ", ".join(sorted(self.fixed)) or "none"
        return f"{self.resample_probability:g} resampled, fixed: {fixed}"

    def _moved(
        self, name: str, dimension: Dimension, value: Any, rng: np.random.Generator
    ) -> Any:
        if name in self.fixed or dimension.size == 1:
            return value
        if rng.random() < self.resample_probability:
            return dimension.rvs(random_state=rng)
        return perturbed(dimension, value, rng)


def perturbed(dimension: Dimension, value: Any, rng: np.random.Generator) -> Any:
    """Return a legal value near another one, as `Explore` says."""
    factor = rng.choice(_FACTORS)
    if isinstance(dimension, Real | Integer) and dimension.low >= 0:
        moved = min(max(value * factor, dimension.low), dimension.high)
        moved = dimension.decode(dimension.encode(moved))
        if moved != value:
            return moved
    columns = dimension.encode_many([value])
    return dimension.decode_many(dimension.move(columns, rng, _SCALE))[0]
