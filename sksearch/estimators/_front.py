"""One candidate of a Pareto front: which, and by what word for it."""

import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sksearch._pareto import knee, nondominated_ranks
from sksearch.estimators._results import Row
from sksearch.history import History

__all__ = ["check_scores_are_known", "choose", "pareto_ranks"]


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
    ValueError
        If no row of the front has the scores that are asked for.
    TypeError, IndexError
        If a callable returns no row of the table.
    """
    if callable(prefer):
        return _called(prefer, table)
    if prefer == "knee":
        return int(front[knee(_means(table, front, objectives))])
    weights = {prefer: 1.0} if isinstance(prefer, str) else dict(prefer)
    front = _with_all(table, front, list(weights))
    Y = _means(table, front, list(weights))
    low, unit = Y.min(axis=0), np.ptp(Y, axis=0)
    total = (
        (Y - low) / np.where(unit > 0.0, unit, 1.0) @ np.array(list(weights.values()))
    )
    return int(front[int(np.argmax(total))])


def _with_all(table: Mapping[str, Any], front: Any, names: Sequence[str]) -> Any:
    """Leave out rows without some scores, as those that are only recorded may be."""
    known = np.isfinite(_means(table, front, names)).all(axis=1)
    if not known.any():
        raise ValueError(
            f"None of the front has {list(names)}: these scores were only recorded, "
            "and are not finite there. Prefer by others."
        )
    return np.asarray(front)[known]


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
