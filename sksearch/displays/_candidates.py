"""The candidates of a search as arrays: what all displays begin with.

Shapes: n rows, K folds. A row is a candidate at one resource, as in `cv_results_`.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError

from sksearch.history import History

__all__ = ["Candidates", "history_of", "score_label"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_SINGLE = "score"  # what a score is called that has no name


@dataclass(frozen=True, eq=False)
class Candidates:
    """What was tried, how far, and what came of it.

    Parameters
    ----------
    params : sequence of dict
        Of each row.
    trial_ids, resources : ndarray of int of shape (n,)
        Which candidate, and how far it was trained.
    status : ndarray of str of shape (n,)
        "complete", "infeasible" (complete, but it misses a constraint), "stopped" or
        "failed".
    means : dict of str to ndarray of shape (n,)
        Mean scores; of a stopped row over the folds that were run.
    fold_scores : dict of str to ndarray of shape (n, K)
        NaN where there is none.
    elapsed : ndarray of shape (n,)
        Seconds from the start of the search to the row's last result; NaN if unknown.
    objectives : tuple of str
        The names of the scores that were maximised.
    chosen : int or None
        The row of the best candidate, where the search says it.
    log_scores : frozenset of str
        The names of scores that vary by factors, as minus a time does.
    """

    params: Sequence[Mapping[str, Any]]
    trial_ids: Indices
    resources: Indices
    status: NDArray[np.str_]
    means: Mapping[str, Array]
    fold_scores: Mapping[str, Array]
    elapsed: Array
    objectives: tuple[str, ...]
    chosen: int | None = None
    log_scores: frozenset[str] = frozenset()

    @classmethod
    def from_search(cls, search: Any) -> "Candidates":
        """Read a search of ours by its history, one of scikit-learn by its table."""
        name, chosen = score_label(search), getattr(search, "best_index_", None)
        if hasattr(search, "history_"):
            given = cls.from_history(search.history_, name, chosen)
            table = getattr(search, "cv_results_", {"params": ()})
            # A fit that raised leaves the table of the one before.
            is_old = len(table["params"]) != len(given)
            return replace(given, chosen=None) if is_old else given
        if not hasattr(search, "cv_results_"):
            raise NotFittedError(
                f"{type(search).__name__} has neither history_ nor cv_results_. Call "
                "fit first; a History goes to from_history."
            )
        return cls._from_results(search, name, chosen)

    @classmethod
    def from_history(
        cls, history: History, label: str = _SINGLE, chosen: int | None = None
    ) -> "Candidates":
        """Read a log; `label` is the name of a single score."""
        rows = [task for task in history.tasks() if history.evaluations(*task)]
        if not rows:
            raise ValueError(
                "The history has no result yet. Wait for the first candidate, or pass "
                "a search that was fitted."
            )
        names = _score_names(history, rows)
        labels = {n: label if n == _SINGLE else n for n in names}
        # A single score is the objective by any name; a failed fit may know none.
        goals = [goal if goal in names else names[0] for goal in history.goals]
        folds = {labels[n]: _fold_table(history, rows, n) for n in names}
        return cls(
            params=[history.trials[i].params for i, _ in rows],
            trial_ids=np.array([i for i, _ in rows]),
            resources=np.array([resource for _, resource in rows]),
            status=np.array([_status(history, row) for row in rows]),
            means={
                labels[n]: _means(history, rows, n, folds[labels[n]]) for n in names
            },
            fold_scores=folds,
            elapsed=np.array([_elapsed(history, row) for row in rows]),
            objectives=tuple(dict.fromkeys(labels[goal] for goal in goals)),
            chosen=chosen,
            log_scores=frozenset(labels.get(n, n) for n in history.log_scores),
        )

    @classmethod
    def _from_results(cls, search: Any, label: str, chosen: Any) -> "Candidates":
        table = search.cv_results_
        names = [n.removeprefix("mean_test_") for n in table if n.startswith("mean_te")]
        labels = {n: label if n == _SINGLE else n for n in names}
        n_rows = len(table["params"])
        goal = search.refit if search.refit in names else names[0]
        goals = [goal] + [n for n in names if n != goal]
        failed = ~np.isfinite(table[f"mean_test_{goal}"])
        return cls(
            params=table["params"],
            trial_ids=np.arange(n_rows),
            resources=np.asarray(table.get("n_resources", np.ones(n_rows)), dtype=int),
            status=np.where(failed, "failed", "complete"),
            means={labels[n]: np.array(table[f"mean_test_{n}"], float) for n in names},
            fold_scores={labels[n]: _split_scores(table, n) for n in names},
            elapsed=np.full(n_rows, np.nan),
            objectives=tuple(labels[n] for n in goals),
            chosen=chosen,
        )

    def __len__(self) -> int:
        return len(self.params)

    @property
    def is_complete(self) -> NDArray[np.bool_]:
        """Which rows have all their scores."""
        return np.asarray(np.isin(self.status, ["complete", "infeasible"]))

    @property
    def is_final(self) -> NDArray[np.bool_]:
        """Which of these were trained as far as any."""
        complete = self.is_complete
        highest = self.resources[complete].max(initial=0)
        return np.asarray(complete & (self.resources == highest))

    @property
    def kinds(self) -> NDArray[np.str_]:
        """The status, "trained less" for what is complete at a lower resource."""
        less = (self.status == "complete") & ~self.is_final
        return np.where(less, "trained less", self.status)

    def check_score(self, name: str | None, parameter: str = "score") -> str:
        """Return the name of a score that is there; None is the first objective."""
        if name is None:
            return self.objectives[0]
        if name == _SINGLE and len(self.means) == 1:
            return next(iter(self.means))
        if name not in self.means:
            raise ValueError(
                f"{parameter}={name!r} is not a score of this search, which has "
                f"{list(self.means)}. Pass one of these."
            )
        return name


def history_of(search: Any) -> History:
    """Return the log of a search of this package."""
    history = getattr(search, "history_", None)
    if isinstance(history, History):
        return history
    raise NotFittedError(
        f"{type(search).__name__} has no history_, the log in which all fits stand. "
        "Call fit first; searches of scikit-learn have none."
    )


def score_label(search: Any) -> str:
    """Return what a search calls its single score."""
    scoring = getattr(search, "scoring", None)
    return scoring if isinstance(scoring, str) else _SINGLE


def _score_names(history: History, rows: Sequence[tuple[int, int]]) -> list[str]:
    """Return the names that a success gave; a failed fit may not know them."""
    found = [e for row in rows for e in history.evaluations(*row).values()]
    good = (e for e in found if e.status == "ok" and e.error is None)
    scores = next(good, found[0]).scores
    return list(scores) or [goal or _SINGLE for goal in history.goals]


def _fold_table(history: History, rows: Sequence[tuple[int, int]], name: str) -> Array:
    return np.array([history.fold_scores(*row, name) for row in rows], dtype=float)


def _means(
    history: History, rows: Sequence[tuple[int, int]], name: str, folds: Array
) -> Array:
    """Return the history's means, and of incomplete rows that of the known folds."""
    known = [history.status(*row) == "complete" for row in rows]
    whole = [
        history.score(*row, name) if is_known else np.nan
        for row, is_known in zip(rows, known, strict=True)
    ]
    failed = np.array([history.status(*row) == "failed" for row in rows])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Mean of empty slice")
        partial = np.nanmean(folds, axis=1)
    return np.where(known, whole, np.where(failed, np.nan, partial))


def _status(history: History, row: tuple[int, int]) -> str:
    status = history.status(*row)
    if status == "pending":
        return "stopped"
    return "infeasible" if status == "complete" and history.violation(*row) else status


def _elapsed(history: History, row: tuple[int, int]) -> float:
    """Return when the last fit of a row ended, NaN where nobody noted it."""
    ends = [
        e.started + e.fit_time + np.nan_to_num(e.score_time)
        for e in history.evaluations(*row).values()
        if e.status != "skipped"
    ]
    return float(np.max(ends, initial=-np.inf)) if ends else np.nan


def _split_scores(table: Mapping[str, Any], name: str) -> Array:
    pattern = re.compile(rf"split\d+_test_{re.escape(name)}")
    return np.column_stack([table[key] for key in table if pattern.fullmatch(key)])
