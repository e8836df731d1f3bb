"""What the panels of parameters show: which ones, and the mean of a model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._score_model import ScoreModel, partial_dependence
from sksearch.displays import _layout as layout
from sksearch.displays._candidates import Candidates
from sksearch.displays._values import ValueAxis
from sksearch.history import History

__all__ = [
    "between",
    "chosen_parameters",
    "distinct",
    "effect_of",
    "effects_model",
    "values_of",
    "values_of_all",
]

Array = NDArray[np.float64]

_N_VALUES = 25  # of one parameter, at which a mean is taken
_FEWEST = 10  # complete candidates that make a model


def values_of(points: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return all values of each parameter, repeated as they are."""
    names = sorted({name for params in points for name in params})
    return {name: [p[name] for p in points if name in p] for name in names}


def values_of_all(
    points: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> dict[str, Any]:
    """Return columns as `cv_results_` names them, with None where one has no value."""
    return {f"param_{name}": [p.get(name) for p in points] for name in names}


def distinct(values: Sequence[Any]) -> list[Any]:
    """Return each value once, by its text."""
    return list({str(value): value for value in values}.values())


def chosen_parameters(
    parameters: Sequence[str] | None, seen: Mapping[str, list[Any]]
) -> list[str]:
    """Return the parameters asked for, or all that have several values."""
    if parameters is None:
        several = [name for name, values in seen.items() if len(distinct(values)) > 1]
        if several:
            return several
        raise ValueError(
            f"No parameter of {list(seen)} has several values, so none has an effect."
        )
    unknown = [name for name in parameters if name not in seen]
    if unknown or not parameters:
        raise ValueError(
            f"parameters={list(parameters)!r} must be names of this search, which has "
            f"{list(seen)}."
        )
    return list(parameters)


def effects_model(
    history: History, score: str | None, given: Candidates, name: str
) -> ScoreModel | None:
    """Return a model where there is enough for one."""
    scores = given.means[name][given.is_complete]
    n_complete = len(set(given.trial_ids[given.is_complete].tolist()))
    if n_complete < _FEWEST or np.ptp(scores) == 0.0:
        return None
    return ScoreModel.fit(history, score, layout.from_limit_up)


def effect_of(
    model: ScoreModel | None,
    points: Sequence[Mapping[str, Any]],
    name: str,
    axis: ValueAxis,
    seen: Sequence[Any],
) -> tuple[list[Any], Array]:
    """Return values from one end to the other, and the model's means there."""
    if model is None:
        return [], np.empty(0)
    place = {at: v for at, v in zip(axis.places(seen), seen, strict=True) if at == at}
    values = [place[at] for at in sorted(place)]
    if len(values) > _N_VALUES:
        places = np.array(sorted(place))
        places = np.log(places) if axis.scale == "log" else places
        wanted = np.linspace(places[0], places[-1], _N_VALUES)
        nearest = np.abs(places - wanted[:, np.newaxis]).argmin(axis=1)
        values = [values[i] for i in sorted(set(nearest.tolist()))]
    means = partial_dependence(model, points, name, values)
    known = np.isfinite(means)
    return [values[i] for i in np.flatnonzero(known)], means[known]


def between(n: int) -> Array:
    """Return n numbers in (-1, 1) that keep neighbours apart: no randomness needed."""
    golden = 0.6180339887498949
    return np.asarray(2.0 * (np.arange(1, n + 1) * golden % 1.0) - 1.0)
