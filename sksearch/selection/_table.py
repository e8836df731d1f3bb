"""What rules read of `cv_results_`, and what they say of columns that it lacks."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["check_objective", "column", "mean_name", "objectives_of", "rivals"]

Array = NDArray[np.float64]
Table = Mapping[str, Any]

_MEAN = "mean_test_"


def check_objective(rule: str, objective: Any) -> None:
    """Refuse what is no name of a score.

    Raises
    ------
    TypeError
        If it is neither None nor a str.
    """
    if not isinstance(objective, str | None):
        raise TypeError(
            f"{rule}(objective={objective!r}) must be the name of a score, or None "
            "where there is one."
        )


def mean_name(objective: str | None) -> str:
    """Return the name of the column of a score's means; None is the only score."""
    return f"{_MEAN}{objective or 'score'}"


def objectives_of(table: Table) -> list[str]:
    """Return the names of the scores, in the order of the table."""
    return [n.removeprefix(_MEAN) for n in table if n.startswith(_MEAN)]


def column(table: Table, name: str, reader: object) -> Array:
    """Return a column of numbers, shape (n_rows,).

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    if name not in table:
        raise ValueError(
            f"{reader} reads the column {name!r}, which cv_results_ lacks. "
            f"{_way_out(table)}"
        )
    return np.ma.filled(np.ma.asarray(table[name], dtype=float), np.nan)


def _way_out(table: Table) -> str:
    scores = objectives_of(table)
    if scores == ["score"]:
        return "Its only score is called 'score': leave objective=None."
    return f"Its scores are {scores}: pass the name of one as objective."


def rivals(table: Table, columns: Iterable[Array], reader: object) -> NDArray[np.intp]:
    """Return the rows that compete.

    Those where all columns are finite; among them those at the highest resource, where
    the table tells resources; among them those that miss constraints least.

    Parameters
    ----------
    table : mapping of str to array
        `cv_results_`.
    columns : iterable of ndarray of shape (n_rows,)
        What has to be known of a row.
    reader : object
        The rule, for errors.

    Returns
    -------
    rows : ndarray of int
        One at least, in order.

    Raises
    ------
    ValueError
        If no row has all.
    """
    rows = np.flatnonzero(np.isfinite(np.column_stack(list(columns))).all(axis=1))
    if not len(rows):
        raise ValueError(
            f"{reader} finds no candidate whose scores are all finite. With "
            "error_score='raise' the first failure says why."
        )
    if "n_resources" in table:  # less training is another competition
        resources = np.asarray(table["n_resources"])[rows]
        rows = rows[resources == resources.max()]
    if "violation" in table:
        violation = np.asarray(table["violation"])[rows]
        rows = rows[violation == violation.min()]
    return rows
