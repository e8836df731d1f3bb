"""One candidate of a Pareto front: which, and by what word for it."""

import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sksearch._pareto import knee, nondominated_ranks
from sksearch.estimators._results import Row
from sksearch.estimators._validation import is_finite_number
from sksearch.history import History

__all__ = [
    "check_objectives",
    "check_preference",
    "check_reference_point",
    "check_scores_are_known",
    "choose",
    "pareto_ranks",
]


def check_objectives(objectives: Any, names: Sequence[str]) -> list[str]:
    """Return the names of the objectives.

    Raises
    ------
    ValueError
        If there are fewer than two, one is named twice, or one is unknown.
    """
    chosen = list(names if objectives is None else objectives)
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise ValueError(
            f"objectives={objectives!r}: {unknown} are not among the scores of "
            f"scoring: {list(names)}. Take names from there, or None for all."
        )
    if len(set(chosen)) < max(2, len(chosen)):
        raise ValueError(
            f"objectives={chosen} must be two or more different names of scores. For "
            "a single one use BayesSearchCV, with score_constraints for what else "
            "counts."
        )
    return chosen


def check_reference_point(
    reference_point: Any, objectives: Sequence[str]
) -> tuple[float, ...] | None:
    """Return the reference point as a tuple, None where it is left to the front.

    Raises
    ------
    ValueError
        If its length is not that of the objectives, or a value is not finite.
    """
    if reference_point is None:
        return None
    point = list(reference_point)
    if len(point) != len(objectives) or not all(map(is_finite_number, point)):
        raise ValueError(
            f"reference_point={reference_point!r} must be {len(objectives)} finite "
            f"numbers, one for each of {list(objectives)} in this order: the scores "
            "above which they count. None leaves it to the front."
        )
    return tuple(map(float, point))


def check_preference(prefer: Any, names: Sequence[str], parameter: str) -> None:
    """Refuse what says nothing about which candidate of a front is wanted.

    Parameters
    ----------
    prefer : object
        As users pass it.
    names : sequence of str
        Of the scores; empty where they are not yet known.
    parameter : str
        How the user calls it.

    Raises
    ------
    ValueError
        If it is a name or a dict of weights, and wrong.
    TypeError
        If it is something else.
    """
    if prefer == "knee" or callable(prefer) or isinstance(prefer, bool):
        return
    wanted = [prefer] if isinstance(prefer, str) else prefer
    if not isinstance(wanted, list | Mapping):
        raise TypeError(
            f"{parameter}={prefer!r} must be 'knee', the name of a score, a dict of "
            "weights by name, a callable that takes cv_results_, or False."
        )
    unknown = [name for name in wanted if names and name not in names]
    if unknown or not len(wanted):
        raise ValueError(
            f"{parameter}={prefer!r}: {unknown} are not among the scores "
            f"{list(names)}. Take names from there, or 'knee'."
        )
    if isinstance(wanted, Mapping):
        _check_weights(wanted, parameter)


def _check_weights(weights: Mapping[str, Any], parameter: str) -> None:
    values = list(weights.values())
    fine = all(is_finite_number(value) and value >= 0 for value in values)
    if not fine or not sum(values) > 0:
        raise ValueError(
            f"{parameter}={dict(weights)!r} must hold numbers of at least 0 that are "
            "not all 0: how much each score counts, in units of the front's range."
        )


def check_scores_are_known(table: Mapping[str, Any], objectives: Sequence[str]) -> None:
    """Refuse to show a front where no candidate has all scores.

    Raises
    ------
    ValueError
        If in each row an objective is missing; it says in how many.
    """
    Y = _means(table, range(len(table["params"])), objectives)
    missing = ~np.isfinite(Y)
    if missing.any(axis=1).all():
        counts = ", ".join(
            f"{name} of {n}"
            for name, n in zip(objectives, missing.sum(axis=0), strict=True)
            if n
        )
        raise ValueError(
            f"No candidate has all objectives. Missing or not finite of {len(Y)}: "
            f"{counts}. With error_score='raise' the first failure says why."
        )


def choose(
    prefer: Any,
    table: Mapping[str, Any],
    front: Any,
    objectives: Sequence[str],
) -> int:
    """Return the row of a front that is preferred.

    Parameters
    ----------
    prefer : "knee", str, dict or callable
        "knee" is the `sksearch._pareto.knee` of the objectives; a name the row with
        the best mean of that score; a dict of weights the row with the largest
        weighted sum, each score being 0 at the front's worst and 1 at its best.
    table : dict of str to array
        `cv_results_`.
    front : array-like of int
        Rows of the table.
    objectives : sequence of str
        Names of scores.

    Raises
    ------
    TypeError, IndexError
        If a callable returns no row of the table.
    """
    if callable(prefer):
        return _called(prefer, table)
    if prefer == "knee" or prefer is True:
        return int(front[knee(_means(table, front, objectives))])
    weights = {prefer: 1.0} if isinstance(prefer, str) else dict(prefer)
    Y = _means(table, front, list(weights))
    low, unit = Y.min(axis=0), np.ptp(Y, axis=0)
    total = (
        (Y - low) / np.where(unit > 0.0, unit, 1.0) @ np.array(list(weights.values()))
    )
    return int(front[int(np.argmax(total))])


def _called(prefer: Callable[[Any], Any], table: Mapping[str, Any]) -> int:
    index = prefer(table)
    if not isinstance(index, numbers.Integral):
        raise TypeError(f"refit returned {index!r}, and must return a row's number.")
    if not 0 <= int(index) < len(table["params"]):
        raise IndexError(f"refit returned {index}, and cv_results_ has no such row.")
    return int(index)


def _means(table: Mapping[str, Any], rows: Sequence[int], names: Sequence[str]) -> Any:
    return np.column_stack([table[f"mean_test_{name}"][list(rows)] for name in names])


def pareto_ranks(history: History, rows: Sequence[Row]) -> Any:
    """Return 1 for the front, 2 for what only the front beats, and so on.

    Rows at lower resources follow those at higher ones, rows that miss a constraint
    those that meet all, by violation, and last are rows without all scores.
    """
    Y = np.array([[history.score(*row, g) for g in history.goals] for row in rows])
    known = np.isfinite(Y).all(axis=1)
    resources = np.array([resource for _, resource in rows])
    violation = np.array([history.violation(*row) for row in rows])
    beaten = np.zeros(len(rows))
    for resource in set(resources):
        here = known & (violation == 0.0) & (resources == resource)
        beaten[here] = nondominated_ranks(Y[here])
    keys = np.column_stack([known, resources, -violation, -beaten])
    keys[~known] = 0.0
    _, levels = np.unique(keys, axis=0, return_inverse=True)
    return (levels.max() - np.ravel(levels) + 1).astype(np.int32)
