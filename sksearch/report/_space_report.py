"""What a finished search says of the space that it was given."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sksearch._score_model import ScoreModel, shares_of
from sksearch.history import History
from sksearch.space import SearchSpace

__all__ = ["SpaceReport", "space_report"]

Array = NDArray[np.float64]

_EDGE = 0.1  # of a range, at either end
_N_BEST = 5
_NO_EFFECT = 0.01  # share of the variance
_N_POINTS = 256
_STEP = 0.05  # between two points whose difference is a slope
_FLAT = 0.05  # of the slope across a ridge against that along it, squared
_SHARE = 0.1  # of a parameter in the one direction that counts, squared


@dataclass(frozen=True)
class SpaceReport:
    """Findings about a space; printed, a sentence for each.

    Parameters
    ----------
    at_edge : dict of str to tuple
        (end, value) by parameter: the best value lies at the "low" or the "high" end of
        its range, and so do most of the best five candidates.
    without_effect : list of str
        Parameters that take part in less than a hundredth of the variance of the
        scores.
    redundant : list of tuple of str
        Pairs of which only one combination counts.

    Examples
    --------
    >>> from sksearch.report import SpaceReport
    >>> print(SpaceReport({"C": ("high", 100.0)}, ["tol"], []))
    C: the best value 100 is at the high end of its range. Better ones may lie beyond.
    tol: no effect on the score was seen. It may be left out.
    """

    at_edge: Mapping[str, tuple[str, Any]]
    without_effect: Sequence[str]
    redundant: Sequence[tuple[str, str]]

    def __str__(self) -> str:
        lines = [
            f"{name}: the best value {value:.4g} is at the {end} end of its range. "
            "Better ones may lie beyond."
            for name, (end, value) in self.at_edge.items()
        ]
        lines += [
            f"{name}: no effect on the score was seen. It may be left out."
            for name in self.without_effect
        ]
        lines += [
            f"{a} and {b}: only one combination of them counts. One of them may be "
            "kept fixed."
            for a, b in self.redundant
        ]
        return "\n".join(lines or ["Nothing to say against this space."])


def space_report(history: History) -> SpaceReport:
    """Say where a space was too narrow, and what in it did not matter.

    Pairs are found as an active subspace of dimension one [1]_: the slopes of a model
    of the scores in two parameters have, everywhere, the same direction, in which both
    take part. Parameters without effect are those with next to no share in
    `importances`. In a conditional space, ends and pairs are those of parameters that
    every branch has.

    Parameters
    ----------
    history : History
        A finished search, or one that runs.

    Returns
    -------
    report : SpaceReport
        Print it, or read its attributes.

    Raises
    ------
    ValueError
        If fewer than ten candidates are complete, or all scores are equal.

    References
    ----------
    .. [1] P. Constantine, "Active subspaces", SIAM 2015, chapter 3.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.report import space_report
    >>> from sksearch.space import Real, SearchSpace
    >>> space = SearchSpace({"a": Real(0.0, 1.0), "b": range(1, 9)})
    >>> history, rng = History(space, seed=0, n_splits=1), np.random.default_rng(0)
    >>> for number in range(60):
    ...     params = space.sample(rng)
    ...     history.record(Trial(number, params))
    ...     history.record(Evaluation(number, 1, 0, {"score": params["b"]}))
    >>> print(space_report(history))
    b: the best value 8 is at the high end of its range. Better ones may lie beyond.
    a: no effect on the score was seen. It may be left out.
    """
    model = ScoreModel.fit(history)
    shares = shares_of(model)
    quantiles = _quantiles(history.space)
    useless = [
        name
        for name, columns in history.space.coordinates.items()
        if columns and shares[name] < _NO_EFFECT
    ]
    # A ridge is nothing to look for where one of the two does nothing.
    numbers = [name for name in quantiles if name not in useless]
    useful = {name: quantiles[name] for name in numbers}
    return SpaceReport(_at_edge(history, useful), useless, _redundant(model, numbers))


# -- the ends of ranges --------------------------------------------------------------


def _quantiles(space: SearchSpace) -> dict[str, Array]:
    """Return the values of each parameter that is a number, from end to end."""
    found: dict[str, Array] = {}
    for name, columns in space.coordinates.items():
        if len(columns) != 1 or not _is_everywhere(space, name):
            continue
        points = np.full((201, space.n_coordinates), 0.5)
        points[:, columns[0]] = np.linspace(0.0, 1.0, len(points))
        values = [space.from_unit(u)[name] for u in points]
        if all(_is_number(value) for value in values):
            numbers = np.array(values, dtype=float)
            if (np.diff(numbers) >= 0.0).all() and numbers[0] < numbers[-1]:
                found[name] = numbers
    return found


def _is_everywhere(space: SearchSpace, name: str) -> bool:
    """Whether every branch has a parameter."""
    points = np.full((space.n_branches, space.n_coordinates), 0.5)
    if space.n_branches > 1:
        points[:, 0] = (np.arange(space.n_branches) + 0.5) / space.n_branches
    return all(name in space.from_unit(u) for u in points)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at_edge(
    history: History, quantiles: Mapping[str, Array]
) -> dict[str, tuple[str, Any]]:
    trials = sorted(history.observed(), key=lambda trial: -history.score(trial.id))
    best = [trial.params for trial in trials[:_N_BEST]]
    found: dict[str, tuple[str, Any]] = {}
    for name, values in quantiles.items():
        ends = [_end(params.get(name), values) for params in best]
        if ends[0] and ends.count(ends[0]) > len(ends) / 2:
            found[name] = ends[0], best[0][name]
    return found


def _end(value: Any, values: Array) -> str:
    """Return at which end of its quantiles a value lies, or nothing."""
    if value is None:
        return ""
    if value <= np.quantile(values, _EDGE, method="lower"):
        return "low"
    return "high" if value >= np.quantile(values, 1.0 - _EDGE, method="higher") else ""


# -- pairs ---------------------------------------------------------------------------


def _redundant(model: ScoreModel, names: Sequence[str]) -> list[tuple[str, str]]:
    slopes = dict(zip(names, _slopes(model, names), strict=True))
    pairs = itertools.combinations(sorted(slopes), 2)
    return [(a, b) for a, b in pairs if _is_ridge(slopes[a], slopes[b])]


def _slopes(model: ScoreModel, names: Sequence[str]) -> list[Array]:
    """Return the slope of the model in each parameter, at many points."""
    space = model.space
    points = qmc.Sobol(space.n_coordinates, seed=np.random.default_rng(0)).random(
        _N_POINTS
    )
    found = []
    for name in names:
        [j] = space.coordinates[name]
        low, high = points.copy(), points.copy()
        low[:, j] = np.maximum(points[:, j] - _STEP, 0.0)
        high[:, j] = np.minimum(points[:, j] + _STEP, 1.0)
        rise = model.means(high) - model.means(low)
        found.append(rise / (high[:, j] - low[:, j]))
    return found


def _is_ridge(a: Array, b: Array) -> bool:
    """Whether the slopes in two parameters have one direction, which is of both."""
    both = np.stack([a, b])
    values, vectors = np.linalg.eigh(both @ both.T / len(a))  # of E[g g^T]
    direction = np.square(vectors[:, 1])
    return bool(values[0] < _FLAT * values[1] and direction.min() > _SHARE)
