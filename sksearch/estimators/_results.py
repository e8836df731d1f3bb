"""Views of a history in scikit-learn's shape."""

import contextlib
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from sksearch._records import error_line
from sksearch.history import Evaluation, History

__all__ = [
    "Row",
    "candidate_rows",
    "fold_results",
    "log_scores",
    "make_results",
    "rank_rows",
    "ranks",
]


Row = tuple[int, int]  # a trial, and the resource that it was trained to


def candidate_rows(history: History) -> list[Row]:
    """Return the tasks that `cv_results_` shows: all with at least one result."""
    return [task for task in history.tasks() if history.evaluations(*task)]


def log_scores(scorer: Any) -> list[str]:
    """Return the names of the scorers that say that they vary by factors."""
    known = getattr(scorer, "_scorers", {"score": scorer})
    return [name for name, each in known.items() if getattr(each, "log_scale", False)]


def fold_results(
    history: History, rows: Sequence[Row], error_score: Any
) -> list[dict[str, Any]]:
    """Return one dict per (row, fold) as scikit-learn's `_fit_and_score` would.

    Parameters
    ----------
    history : History
        The log.
    rows : sequence of tuple of int
        Tasks.
    error_score : float
        The score of a failed fit.

    Returns
    -------
    results : list of dict
        Folds without a result hold NaN; scores are dicts by name.
    """
    done = [_run(history, row) for row in rows]
    names = _score_names([e for folds in done for e in folds.values()])
    missing = Evaluation(-1, 0, 0, scores=dict.fromkeys(names, math.nan))
    return [
        _fold_result(folds.get(fold, missing), names, error_score)
        for folds in done
        for fold in range(history.n_splits)
    ]


def _run(history: History, row: Row) -> dict[int, Evaluation]:
    """Return the results of a task by fold, without those that were skipped."""
    folds = history.evaluations(*row).items()
    return {fold: e for fold, e in folds if e.status != "skipped"}


def _score_names(evaluations: list[Evaluation]) -> list[str]:
    """The names that a successful scorer gave; a failed fit may not know them."""
    good = (e for e in evaluations if e.status == "ok" and e.error is None)
    return list(next(good, evaluations[0]).scores)


def _fold_result(e: Evaluation, names: list[str], error_score: Any) -> dict[str, Any]:
    return {
        "test_scores": {name: e.scores.get(name, error_score) for name in names},
        "train_scores": {name: e.train_scores.get(name, error_score) for name in names},
        "fit_time": e.fit_time,
        "score_time": e.score_time,
        "n_test_samples": e.n_test,
        "fit_error": None if e.status == "ok" else e.error,
    }


def make_results(
    format_results: Any,
    history: History,
    rows: Sequence[Row],
    params: Sequence[dict[str, Any]],
    error_score: Any,
) -> dict[str, Any]:
    """Return `cv_results_`: scikit-learn's columns, and our own.

    Parameters
    ----------
    format_results : callable
        `BaseSearchCV._format_results`.
    history : History
        The log.
    rows : sequence of tuple of int
        The tasks to show.
    params : sequence of dict
        Their parameters.
    error_score : float
        The score of a failed fit.

    Returns
    -------
    results : dict of str to array
        With `status`, `n_folds` and `error`, and the best iterations of models that
        stopped early. A task that was stopped has NaN means and ranks behind all
        complete ones.
    """
    results = fold_results(history, rows, error_score)
    status = np.array([_row_status(history, row) for row in rows])
    with _quiet_about_nan() if "stopped" in status else contextlib.nullcontext():
        table: dict[str, Any] = format_results(params, history.n_splits, results)
    table["status"] = status
    table["n_folds"] = np.array([len(_run(history, row)) for row in rows])
    table["error"] = np.array([_row_error(history, row) for row in rows], dtype=object)
    return {**table, **_best_iterations(history, rows)}


def _best_iterations(history: History, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the columns of models that stopped early, none where none did."""
    found = np.zeros((len(rows), history.n_splits), dtype=int)
    for number, row in enumerate(rows):
        for fold, evaluation in history.evaluations(*row).items():
            found[number, fold] = evaluation.best_iteration or 0
    if not found.any():
        return {}
    known = np.ma.masked_equal(found, 0)
    columns = {f"split{k}_best_iteration": known[:, k] for k in range(found.shape[1])}
    # More rows will train the best one: of two in the middle the mean, rounded up.
    middle = np.ma.ceil(np.ma.median(known, axis=1)).astype(int)
    return {**columns, "best_iteration": middle}


def rank_rows(table: dict[str, Any], history: History, rows: Sequence[Row]) -> None:
    """Rank rows by resource, then by the constraints, then by each score.

    Where neither resources nor constraints are, scikit-learn's ranks stay as they are.

    Parameters
    ----------
    table : dict of str to array
        `cv_results_`, whose ranks are replaced. With constraints it gets a column
        "violation".
    history : History
        The log.
    rows : sequence of tuple of int
        The tasks that the table shows.
    """
    keys = []
    if len({resource for _, resource in rows}) > 1:
        keys.append(np.array([resource for _, resource in rows]))
    if history.constraints:
        table["violation"] = np.array([history.violation(*row) for row in rows])
        keys.append(-table["violation"])
    for name in [name for name in table if name.startswith("rank_test_")]:
        if keys:
            table[name] = ranks(*keys, table[name.replace("rank", "mean", 1)])


def ranks(*keys: Any) -> Any:
    """Rank rows by several keys, of which the first counts most; large is good.

    A row without a value comes last, and equal rows share a rank.

    >>> ranks([1, 1, 3, 3], [0.9, 0.8, 0.5, np.nan])
    array([2, 3, 1, 4], dtype=int32)
    """
    columns = np.column_stack([np.asarray(key, dtype=float) for key in keys])
    known = ~np.isnan(columns).any(axis=1)
    columns = np.column_stack([known, columns])
    columns[~known] = 0.0
    _, levels = np.unique(columns, axis=0, return_inverse=True)
    return rankdata(-np.ravel(levels), method="min").astype(np.int32)


@contextlib.contextmanager
def _quiet_about_nan() -> Iterator[None]:
    """A fold that was never run is no failure to warn about."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="One or more of the .* non-finite")
        yield


def _row_status(history: History, row: Row) -> str:
    status = history.status(*row)
    return "stopped" if status == "pending" else status


def _row_error(history: History, row: Row) -> str | None:
    folds = sorted(history.evaluations(*row).items())
    return next((error_line(e.error) for _, e in folds if e.error), None)
