"""What is believed of one parameter: a value, more or less, or some choices.

Each is a density relative to how the space itself draws, whose mean is then 1. A part
of it is flat, so that no value is ever out: its density is never below that part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.special import log_ndtr, logsumexp, ndtr, ndtri

from sksearch.space._categorical import Categorical
from sksearch.space._dimensions import Dimension, Floats

_FLAT = 0.2
_NARROWEST = 1e-3  # of the unit interval
_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


class Belief(Protocol):
    """The density of one dimension's values, as its columns show them."""

    @property
    def mass(self) -> float:
        """How much likelier a branch is that has the dimension."""
        ...

    @property
    def mode(self) -> Any:
        """The likeliest value."""
        ...

    def log_density(self, columns: Floats, /) -> tuple[Floats, Floats]:
        """Return it for columns of shape (n, k), and its gradient, shape (n, k)."""
        ...

    def draw(self, rng: np.random.Generator, n: int, /) -> list[Any]:
        """Draw n legal values."""
        ...


@dataclass(frozen=True, eq=False)
class Around:
    """A normal distribution in the column of a number, cut off at its ends.

    Parameters
    ----------
    dimension : Dimension
        Of one column.
    centre : float
        The mode, as a column.
    width : float
        The standard deviation, in units of the column.
    """

    dimension: Dimension
    centre: float
    width: float

    @classmethod
    def of(cls, dimension: Dimension, centre: float, spread: float) -> Around:
        """Read a value of the dimension, and a spread on its own scale."""
        width = dimension.width(centre, spread)
        column = float(dimension.encode_many([centre])[0, 0])
        return cls(dimension, column, max(width, _NARROWEST))

    @property
    def mass(self) -> float:
        """What is believed of a number says nothing about having it."""
        return 1.0

    @property
    def mode(self) -> Any:
        """The legal value nearest to the centre."""
        return self.dimension.decode([self.centre])

    def log_density(self, columns: Floats) -> tuple[Floats, Floats]:
        """Return it for columns of shape (n, 1), and its gradient."""
        z = (columns[:, 0] - self.centre) / self.width
        peak = -_LOG_SQRT_2PI - math.log(self.width) - self._log_inside()
        normal = math.log(1.0 - _FLAT) + peak - 0.5 * z * z
        log_density = np.logaddexp(normal, math.log(_FLAT))
        gradient = -np.exp(normal - log_density) * z / self.width
        return log_density, gradient[:, None]

    def _ends(self) -> tuple[float, float]:
        return -self.centre / self.width, (1.0 - self.centre) / self.width

    def _log_inside(self) -> float:
        below, above = self._ends()
        out = logsumexp([log_ndtr(below), log_ndtr(-above)])
        return float(np.log1p(-np.exp(out)))

    def draw(self, rng: np.random.Generator, n: int) -> list[Any]:
        """Draw n values from what is not flat."""
        below, above = ndtr(self._ends())
        x = self.centre + self.width * ndtri(below + rng.random(n) * (above - below))
        return self.dimension.decode_many(np.clip(x, 0.0, 1.0)[:, None])


@dataclass(frozen=True, eq=False)
class Among:
    """How much likelier each choice is than where nothing is believed.

    Parameters
    ----------
    dimension : Categorical
        The choices.
    ratios : ndarray of shape (n_choices,)
        Of the probabilities; not all 0.
    """

    dimension: Categorical
    ratios: Floats

    @property
    def mass(self) -> float:
        """Choices may be such that a whole branch has them, or none of them."""
        return float(self.ratios.mean())

    @property
    def mode(self) -> Any:
        """The likeliest choice."""
        return self.dimension.choices[int(self.ratios.argmax())]

    def log_density(self, columns: Floats) -> tuple[Floats, Floats]:
        """Return it for columns of shape (n, k); it has no slope."""
        log_table = np.log((1.0 - _FLAT) * self.ratios + _FLAT)
        return log_table[self.dimension.nearest(columns)], np.zeros_like(columns)

    def draw(self, rng: np.random.Generator, n: int) -> list[Any]:
        """Draw n choices from what is not flat."""
        p = self.ratios / self.ratios.sum()
        return [self.dimension.choices[i] for i in rng.choice(len(p), n, p=p).tolist()]


def among(
    dimensions: Sequence[Categorical],
    shares: Sequence[float],
    probabilities: Sequence[tuple[Any, float]],
) -> list[Among]:
    """Return what is believed of choices that several branches may have.

    Parameters
    ----------
    dimensions : sequence of Categorical
        The choices of one parameter, in the branches that differ in them.
    shares : sequence of float
        How many branches have each of them.
    probabilities : sequence of tuple
        Choices and their probabilities. The others share what is left of 1.

    Returns
    -------
    beliefs : list of Among
        One for each of `dimensions`.

    Raises
    ------
    ValueError
        If something is no choice, or no probability, or all make more than 1.
    """
    every = Categorical([c for each in dimensions for c in each.choices])
    usual = np.zeros(len(every.choices))
    for each, share in zip(dimensions, shares, strict=True):
        rows = [every.index(choice) for choice in each.choices]
        usual[rows] += share / len(each.choices)
    ratios = _believed(every, usual / usual.sum(), probabilities)
    return [
        Among(each, ratios[[every.index(choice) for choice in each.choices]])
        for each in dimensions
    ]


def _believed(
    every: Categorical, usual: Floats, probabilities: Sequence[tuple[Any, float]]
) -> Floats:
    """Return the probabilities over the usual ones."""
    rows = [every.index(choice) for choice, _ in probabilities]
    named = np.array([_probability(p) for _, p in probabilities])
    others = np.setdiff1d(np.arange(len(usual)), rows)
    left = 1.0 - named.sum()
    if len(others) and left <= 0.0:
        raise ValueError(
            f"the probabilities sum to {named.sum():g} and leave nothing for the "
            "choices that are not named. They must sum to less than 1, or name all "
            "choices; what is never to be tried, leave out of param_distributions."
        )
    if not len(others) and abs(left) > 1e-6:
        raise ValueError(
            f"the probabilities of all choices sum to {named.sum():g}. They must sum "
            "to 1; leave one choice out to give it the rest."
        )
    believed = np.empty(len(usual))
    believed[rows] = named
    believed[others] = left * usual[others] / max(usual[others].sum(), 1e-300)
    return np.asarray(believed / usual)


def _probability(p: Any) -> float:
    if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0.0 < p <= 1.0:
        raise ValueError(
            f"{p!r} is no probability. Beside a choice stands how likely it is the "
            "best one: a number above 0 and at most 1."
        )
    return float(p)
