"""The space of parameters that a search may try."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.space._branches import Branches, Params
from sksearch.space._constraint import Constraint
from sksearch.space._dimensions import Dimension, Floats
from sksearch.space._moves import neighbours
from sksearch.space._parse import parse_branches
from sksearch.space._prior import Prior

_TRIES = 32  # draws from a small space before what is left of it is listed
_MANY_TRIES = 10_000
_LISTABLE = 100_000  # points
_KEPT = 10_000  # points


class SearchSpace:
    """All parameters that a search may try.

    A list of dicts is one conditional space: each dict is a branch, dimensions that are
    equal in several branches are shared, and each parameter is present exactly in the
    points of its branches.

    Parameters
    ----------
    param_distributions : dict or list of dict
        For each parameter a list of choices, a ``(low, high)`` or ``(low, high,
        prior)`` tuple, a scipy.stats distribution, any object with ``rvs``, or one of
        `Real`, `Integer` and `Categorical`.
    param_constraint : callable, default=None
        Takes a dict of parameters and returns whether they may be tried.
    prior : dict, default=None
        Where good points are believed to be: for a number ``(centre, spread)``, the
        spread a factor where the range is log-uniform and a difference elsewhere, as a
        standard deviation; for choices ``(choice, probability)``, or a dict from
        choices to probabilities, of which the others share what is left. It changes
        nothing about what is legal, nor how `sample` draws.

    Attributes
    ----------
    names : tuple of str
        All parameters, sorted.
    size : float
        Upper bound of the number of points.
    n_branches : int
        How many dicts the space was written with.
    n_columns : int
        Columns of the encoding.
    groups : ndarray of shape (n_columns,)
        Columns with equal numbers share a lengthscale.
    continuous : ndarray of shape (n_columns,)
        Whether every number in the column is legal.
    n_coordinates : int
        Dimension of the cube of `from_unit`.
    coordinates : dict of str to list of int
        The coordinates of `from_unit` that decide each parameter. The choice between
        branches counts to the parameters that tell them apart: those that have a
        single value in each.
    prior : Prior or None
        What is believed, as a density with ``log_density(X)`` of encoded points and
        ``draw(rng)``.
    branches : list of dict
        For each dict that the space was written with, the dimensions by name.
    fingerprint : str
        Equal for equal spaces, in every process; what is believed does not count.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If there is nothing to search, or a value breaks a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.space import SearchSpace
    >>> space = SearchSpace(
    ...     [
    ...         {"kernel": ["rbf"], "gamma": (0.1, 0.9)},
    ...         {"kernel": ["linear"]},
    ...     ]
    ... )
    >>> space.decode(np.array([[0.0, 0.5], [1.0, 0.5]]))
    [{'gamma': 0.5, 'kernel': 'rbf'}, {'kernel': 'linear'}]
    """

    def __init__(
        self,
        param_distributions: Any,
        param_constraint: Callable[[Params], bool] | None = None,
        prior: Mapping[str, Any] | None = None,
    ) -> None:
        self._constraint = Constraint(param_constraint)
        self._branches = Branches(parse_branches(param_distributions))
        self.names: tuple[str, ...] = tuple(
            sorted({name for name, _ in self._branches.slots})
        )
        self.size: float = self._branches.size
        self.n_branches: int = len(self._branches)
        self.n_columns: int = self._branches.columns[-1].stop
        self.groups: NDArray[np.int_] = self._branches.groups
        self.continuous: NDArray[np.bool_] = self._branches.continuous
        self.n_coordinates: int = len(self._branches.slots) + (self.n_branches > 1)
        self.coordinates: dict[str, list[int]] = self._branches.coordinates
        self.branches: list[dict[str, Dimension]] = self._branches.dimensions
        self.prior: Prior | None = Prior(prior, self._branches) if prior else None

    def __repr__(self) -> str:
        branches = self.branches
        return f"SearchSpace({branches[0] if len(branches) == 1 else branches})"

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k != "_legal_points"}

    def from_unit(self, u: Any) -> Params:
        """Return the point at given quantiles of the prior, constraint or not.

        Parameters
        ----------
        u : array-like of shape (n_coordinates,)
            A point of the unit cube, such as a row of a Sobol sequence.

        Returns
        -------
        dict
            The parameters.
        """
        return self._branches.from_unit(np.asarray(u, dtype=float).tolist())

    def sample(
        self, rng: np.random.Generator, exclude: Container[Hashable] = ()
    ) -> Params | None:
        """Draw a legal point from the prior.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of randomness.
        exclude : container of keys, default=()
            Points that may not be drawn, as `key` names them.

        Returns
        -------
        dict or None
            The parameters; None if no legal point is left, or, in an infinite space,
            thousands of draws found none.

        Raises
        ------
        ValueError
            If the constraint rejects everything and no point is excluded: then none
            is known to be legal.
        """
        listable = self.size <= _LISTABLE
        n_tries = _TRIES if listable else _MANY_TRIES
        n_rejected = 0
        for _ in range(n_tries):
            params = self._branches.draw(rng)
            if not self._constraint(params):
                n_rejected += 1
            elif not exclude or self.key(params) not in exclude:
                return params
        if listable:
            return self._choose_left(rng, exclude)
        if n_rejected == n_tries and not exclude:
            raise self._constraint.rejection(f"{n_tries} draws in a row")
        return None

    def _choose_left(
        self, rng: np.random.Generator, exclude: Container[Hashable]
    ) -> Params | None:
        """Choose among the points of a small space that are not excluded."""
        if self.size <= _KEPT:
            points = self._legal_points
        else:
            points = [(self.key(params), params) for params in self.grid()]
        if not points:
            raise self._constraint.rejection("every point of param_distributions")
        left = [params for key, params in points if key not in exclude]
        return dict(left[int(rng.integers(len(left)))]) if left else None

    @cached_property
    def _legal_points(self) -> list[tuple[Hashable, Params]]:
        return [(self.key(params), params) for params in self.grid()]

    def neighbours(
        self,
        points: Sequence[Mapping[str, Any]],
        rng: np.random.Generator,
        scale: float,
        n_each: int,
    ) -> Floats:
        """Draw points near others, constraint or not.

        Parameters
        ----------
        points : list of dict
            m points to start from.
        rng : numpy.random.Generator
            The source of randomness.
        scale : float
            Standard deviation of a number's move, in units of its range.
        n_each : int
            How many to draw near each point.

        Returns
        -------
        ndarray of shape (m * n_each, n_columns)
            Their columns, as `decode` takes them. Each differs from its start in one
            parameter at least if any has two values.
        """
        return neighbours(self._branches, points, rng, scale, n_each)

    def encode(self, points: Sequence[Mapping[str, Any]]) -> Floats:
        """Return the columns that a model sees.

        Parameters
        ----------
        points : list of dict
            n points of the space.

        Returns
        -------
        ndarray of shape (n, n_columns)
            Numbers in the unit interval.
        """
        return self._branches.encode(points)

    def decode(self, columns: Any) -> list[Params]:
        """Return the points nearest to given columns, constraint or not.

        Parameters
        ----------
        columns : array-like of shape (n, n_columns)
            As `encode` returns them.

        Returns
        -------
        list of dict
            n points of the space.
        """
        return self._branches.decode(np.asarray(columns, dtype=float))

    def grid(self) -> Iterator[Params]:
        """Iterate over the legal points of a finite space in ParameterGrid's order.

        Yields
        ------
        dict
            Each legal point once.

        Raises
        ------
        ValueError
            If the space has infinitely many points.
        """
        if math.isinf(self.size):
            raise ValueError(
                f"{self!r} has infinitely many points and no grid. Give its ranges a "
                "step, or pass lists."
            )
        for b, dimensions in enumerate(self.branches):
            values = [dimension.values() for dimension in dimensions.values()]
            for point in itertools.product(*values):
                params = dict(zip(dimensions, point, strict=True))
                # A point of an earlier branch has been there.
                if self._branches.branch_of(params) == b and self._constraint(params):
                    yield params

    def allows(self, params: Mapping[str, Any]) -> bool:
        """Tell whether a point is legal.

        Parameters
        ----------
        params : dict
            The parameters.

        Returns
        -------
        bool
            Whether the names are those of a branch, the values are legal and the
            constraint holds.
        """
        return self._branches.contains(params) and self.meets_constraint(params)

    def meets_constraint(self, params: Mapping[str, Any]) -> bool:
        """Tell whether the constraint holds for a point, such as `decode` returns.

        Parameters
        ----------
        params : dict
            A point of the space.

        Returns
        -------
        bool
            True where there is no constraint.
        """
        return self._constraint(params)

    def point(self, values: Mapping[str, Any]) -> Params:
        """Return a point that somebody wrote down, with the values of the space.

        Parameters
        ----------
        values : dict
            The parameters of a branch.

        Returns
        -------
        dict
            Equal to it.

        Raises
        ------
        ValueError
            If it is not legal; the message says what is wrong.
        """
        params = self._branches.point(values)
        if not self._constraint(params):
            raise ValueError(
                f"param_constraint rejects {dict(values)!r}. Pass a point it allows."
            )
        return params

    def complete(self, values: Mapping[str, Any]) -> Params | None:
        """Return the point that an estimator's own parameters are.

        Parameters
        ----------
        values : dict
            Parameters, of which some are in the space and legal.

        Returns
        -------
        dict or None
            The point of the first branch where at least half of the names have a legal
            value, the others at the median of their prior; None if there is none, or
            the constraint rejects it.
        """
        for dimensions in self.branches:
            known = {
                name: dimension.canonical(values[name])
                for name, dimension in dimensions.items()
                if name in values and values[name] in dimension
            }
            if 2 * len(known) >= len(dimensions):
                params = {
                    name: known[name] if name in known else dimension.ppf(0.5)
                    for name, dimension in dimensions.items()
                }
                return params if self.allows(params) else None
        return None

    def branch_of(self, params: Mapping[str, Any]) -> dict[str, Dimension]:
        """Return the dimensions of the first branch that a point lies in.

        Parameters
        ----------
        params : dict
            A point of the space.

        Returns
        -------
        dict of str to Dimension
            As in `branches`.

        Raises
        ------
        ValueError
            If it lies in none.
        """
        return self.branches[self._branches.branch_of(params)]

    def key(self, params: Mapping[str, Any]) -> Hashable:
        """Return a hashable that is equal for equal points.

        Parameters
        ----------
        params : dict
            A point of the space.

        Returns
        -------
        hashable
            The key, by which histories find duplicates.
        """
        return self._branches.key(params)

    def to_json(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a form of a point that ``json.dumps`` takes.

        Parameters
        ----------
        params : dict
            A point of the space.

        Returns
        -------
        dict
            Numbers as they are, choices by position with a text to show for them.
        """
        return self._branches.to_json(params)

    def from_json(self, form: Mapping[str, Any]) -> Params:
        """Return the point of a form that `to_json` made.

        Parameters
        ----------
        form : dict
            The form.

        Returns
        -------
        dict
            The point, with the original choice objects. A draw of an object with
            ``rvs`` that is neither a number, a string, a bool nor None, and equals none
            of the object's 256 reference draws, comes back as its text.

        Raises
        ------
        ValueError
            If it is no point of this space.
        """
        return self._branches.from_json(form)

    @cached_property
    def fingerprint(self) -> str:
        """Equal for equal spaces, in every process."""
        description = f"{self._branches.describe()}{self._constraint.describe()}"
        return hashlib.sha256(description.encode()).hexdigest()[:16]
