"""What a user believes of a space: where good points are, before any was tried."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.space._beliefs import Among, Around, Belief, among
from sksearch.space._branches import Branches, Params
from sksearch.space._categorical import Categorical
from sksearch.space._dimensions import Dimension, Floats
from sksearch.space._identity import is_number, python_value


class Prior:
    """A density over the points of a space, the product of those of its parameters.

    It is relative to how the space draws: where nothing is believed of a parameter, or
    a point does not have it, its factor is 1.

    Parameters
    ----------
    beliefs : dict
        As `SearchSpace` takes them.
    branches : Branches
        The dimensions.

    Raises
    ------
    TypeError
        If it is no dict.
    ValueError
        If it names what is not searched, or breaks a rule.
    """

    def __init__(self, beliefs: Mapping[str, Any], branches: Branches) -> None:
        if not isinstance(beliefs, Mapping):
            raise TypeError(
                f"prior={beliefs!r} must be a dict from parameters to what is believed "
                'of them, such as {"C": (1.0, 10.0)}.'
            )
        self._branches = branches
        self._of_slot: dict[int, Belief] = {}
        for name, belief in beliefs.items():
            self._of_slot.update(_beliefs_of(name, belief, branches))
        self._has = np.array(
            [
                [slot in b.values() for slot in range(len(branches.slots))]
                for b in branches.slot_of
            ]
        )

    def log_density(self, X: Floats) -> Floats:
        """Return the logarithm of the density of encoded points.

        Parameters
        ----------
        X : ndarray of shape (n, n_columns)
            As `SearchSpace.encode` returns them.

        Returns
        -------
        ndarray of shape (n,)
            Finite everywhere.
        """
        return self.log_density_with_gradient(X)[0]

    def log_density_with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """Return the logarithm of the density of encoded points, and its gradient.

        Parameters
        ----------
        X : ndarray of shape (n, n_columns)
            As `SearchSpace.encode` returns them.

        Returns
        -------
        log_density : ndarray of shape (n,)
            Finite everywhere.
        gradient : ndarray of shape (n, n_columns)
            0 in the columns of choices.
        """
        value, gradient = np.zeros(len(X)), np.zeros_like(X)
        b = self._branches.branches_at(X)
        for slot, belief in self._of_slot.items():
            rows, columns = self._has[b, slot], self._branches.columns[slot + 1]
            value_of, gradient_of = belief.log_density(X[rows, columns])
            value[rows] += value_of
            gradient[rows, columns] += gradient_of
        return value, gradient

    def draw(self, rng: np.random.Generator, n: int) -> list[Params]:
        """Draw points, constraint or not.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of randomness.
        n : int
            How many.

        Returns
        -------
        list of dict
            The parameters of each.
        """
        p = self._masses / self._masses.sum()
        b = rng.choice(len(p), n, p=p)
        points: list[Params] = [{} for _ in range(n)]
        for slot, (name, dimension) in enumerate(self._branches.slots):
            rows = np.flatnonzero(self._has[b, slot]).tolist()
            belief = self._of_slot.get(slot)
            values = (
                dimension.rvs(len(rows), random_state=rng)
                if belief is None
                else belief.draw(rng, len(rows))
            )
            for row, value in zip(rows, values, strict=True):
                points[row][name] = value
        return points

    @property
    def mode(self) -> Params:
        """The likeliest value of each parameter of which something is believed."""
        found: Params = {}
        for slot, belief in self._of_slot.items():
            found.setdefault(self._branches.slots[slot][0], belief.mode)
        return found

    @property
    def _masses(self) -> NDArray[np.float64]:
        """How likely each branch is, up to a factor."""
        slots = [
            [s for s in b.values() if s in self._of_slot]
            for b in self._branches.slot_of
        ]
        return np.array([np.prod([self._of_slot[s].mass for s in b]) for b in slots])


def _beliefs_of(name: str, belief: Any, branches: Branches) -> dict[int, Belief]:
    """Return what is believed of each dimension of that name.

    Where branches differ in them it holds for those to which it can be applied.
    """
    dimensions = {i: d for i, (n, d) in enumerate(branches.slots) if n == name}
    if not dimensions:
        raise ValueError(_unknown(name, [n for n, _ in branches.slots]))
    try:
        return _read(belief, dimensions, branches)
    except ValueError as error:
        raise ValueError(f"prior has {name!r}: {belief!r}, but {error}") from error


def _read(
    belief: Any, dimensions: Mapping[int, Dimension], branches: Branches
) -> dict[int, Belief]:
    lists = {i: d for i, d in dimensions.items() if isinstance(d, Categorical)}
    found: dict[int, Belief] = {}
    errors: list[ValueError] = []
    for i, dimension in dimensions.items():
        if i not in lists:
            try:
                found[i] = Around.of(dimension, *_centre_and_spread(belief, dimension))
            except ValueError as error:
                errors.append(error)
    if lists:
        try:
            found.update(_of_choices(belief, lists, branches))
        except ValueError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def _centre_and_spread(belief: Any, dimension: Dimension) -> tuple[float, float]:
    pair = belief if isinstance(belief, (tuple, list)) else ()
    numbers = [python_value(x) for x in pair]
    if len(numbers) != 2 or not all(map(is_number, numbers)):
        raise ValueError(
            f"{dimension!r} is a range. Pass (centre, spread), two numbers."
        )
    return float(numbers[0]), float(numbers[1])


def _of_choices(
    belief: Any, lists: Mapping[int, Categorical], branches: Branches
) -> dict[int, Among]:
    shares = [sum(i in b.values() for b in branches.slot_of) for i in lists]
    probabilities = _probabilities(belief, list(lists.values()))
    return dict(
        zip(lists, among(list(lists.values()), shares, probabilities), strict=True)
    )


def _probabilities(belief: Any, lists: list[Categorical]) -> list[tuple[Any, Any]]:
    if isinstance(belief, Mapping) and belief:
        return [(choice, python_value(p)) for choice, p in belief.items()]
    if isinstance(belief, (tuple, list)) and len(belief) == 2:
        return [(belief[0], python_value(belief[1]))]
    raise ValueError(
        f"{lists[0]!r} is a list of choices. Pass (choice, probability), or a dict "
        "from choices to their probabilities."
    )


def _unknown(name: Any, names: list[str]) -> str:
    close = difflib.get_close_matches(str(name), names, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else f"Name one of {names}."
    return f"prior has {name!r}, which is not in param_distributions. {hint}"
