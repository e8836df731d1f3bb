"""What a re-check says, as columns, and as the table by which the winner is chosen."""

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.estimators._front import pareto_ranks
from sksearch.estimators._listed import listed_key, listed_trials, top_candidates
from sksearch.estimators._results import Row, fold_results, ranks
from sksearch.history import History

__all__ = ["recheck_columns", "rechecked_table"]

Table = dict[str, Any]


def _tasks(search: Any, rows: Sequence[Row]) -> dict[int, Row]:
    """Return where the rows of the table stand in the log of the re-check."""
    history: History = search.recheck_history_
    ids = listed_trials(history)
    resource = search.history_.highest()
    found = {}
    for candidate in top_candidates(search.history_, search.n_recheck):
        task = ids.get(listed_key(history, candidate.id, candidate), -1), resource
        if task in history.tasks() and history.evaluations(*task):
            found[rows.index((candidate.id, resource))] = task
    return found


def recheck_columns(search: Any, rows: Sequence[Row], table: Table) -> Table:
    """Return the columns of the re-check, NaN in rows that were not scored again.

    Parameters
    ----------
    search : BaseSearch
        With both histories.
    rows : sequence of tuple of int
        The tasks that the table shows.
    table : dict of str to array
        The columns of the search.

    Returns
    -------
    columns : dict of str to ndarray
        For each score "split0_recheck_<name>" and so on, "mean_recheck_<name>" and
        "std_recheck_<name>"; none where there was no re-check.
    """
    if search.n_recheck is None:
        return {}
    history, tasks = search.recheck_history_, _tasks(search, rows)
    shape = len(tasks), history.n_splits
    done = list(tasks.values())
    results = fold_results(history, done, search.error_score) if done else []
    columns: Table = {}
    for name in _score_names(table):
        scores = np.full((len(rows), history.n_splits), np.nan)
        found = [each["test_scores"].get(name, np.nan) for each in results]
        scores[list(tasks)] = np.reshape(found, shape)
        columns |= {f"split{k}_recheck_{name}": scores[:, k] for k in range(shape[1])}
        columns[f"mean_recheck_{name}"] = scores.mean(axis=1)
        columns[f"std_recheck_{name}"] = scores.std(axis=1)
    return columns


def _score_names(table: Table) -> list[str]:
    return [n.removeprefix("mean_test_") for n in table if n.startswith("mean_test_")]


def rechecked_table(search: Any, table: Table, rows: Sequence[Row]) -> Table:
    """Return the table by which the winner is chosen.

    Parameters
    ----------
    search : BaseSearch
        With both histories.
    table : dict of str to array
        `cv_results_`.
    rows : sequence of tuple of int
        The tasks that it shows.

    Returns
    -------
    table : dict of str to array
        `cv_results_` itself without a re-check; else a copy in which the scores, their
        ranks and violations are those of the re-check, and the means minus infinity
        where there is none: such a row does not compete.
    """
    if search.n_recheck is None:
        return table
    names = _score_names(table)
    tasks, again = _tasks(search, rows), search.recheck_history_
    means = {name: table[f"mean_recheck_{name}"] for name in names}
    known = np.all([np.isfinite(column) for column in means.values()], axis=0)
    if not known.any():
        if tasks:
            _warn_that_all_failed(len(tasks))
        return table
    view = {k: v for k, v in table.items() if not re.match(r"split\d+_test_", k)}
    for key in [key for key in table if "_recheck_" in key]:
        view[key.replace("_recheck_", "_test_")] = table[key]
    keys = []
    if again.constraints:
        view["violation"] = _at(tasks, len(rows), again.violation, np.inf)
        keys.append(-view["violation"])
    for name, column in means.items():
        # Of equals the one that was better in the search.
        earlier = table[f"mean_test_{name}"]
        mean = np.where(known, column, np.nan)
        view[f"rank_test_{name}"] = ranks(*keys, mean, earlier)
        view[f"mean_test_{name}"] = np.where(known, column, -np.inf)
    if "pareto_rank" in table:
        view["pareto_rank"] = _ranked_fronts(again, tasks, len(rows))
    return view


def _at(tasks: Mapping[int, Row], n: int, value: Any, other: float) -> NDArray[Any]:
    column = np.full(n, other)
    for index, task in tasks.items():
        column[index] = value(*task)
    return column


def _ranked_fronts(history: History, tasks: Mapping[int, Row], n: int) -> NDArray[Any]:
    found = pareto_ranks(history, list(tasks.values()))
    column = np.full(n, found.max() + 1, dtype=np.int32)
    column[list(tasks)] = found
    return column


def _warn_that_all_failed(n: int) -> None:
    warnings.warn(
        f"None of the {n} candidates has a score from the re-check: each failed, or "
        "was not finished. The best one is chosen without it. What happened is in "
        "recheck_history_.",
        UserWarning,
        stacklevel=5,
    )
