"""A search of scikit-learn as a log, read from its table of results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch._score_model import seen_space
from sksearch.displays._candidates import Candidates
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.space import SearchSpace
from sksearch.space._identity import python_value, token

__all__ = ["read_search"]

_SINGLE = "score"  # what a log calls a score that has no name
_SPACES = "param_distributions", "param_grid", "search_spaces"


@dataclass(frozen=True)
class _Row:
    """A row of the table, of which candidate it is, and if it says something new."""

    index: int
    trial: int
    is_new: bool


def read_search(search: Any) -> tuple[History, int | None]:
    """Return the log of a search, made from `cv_results_` where it has none.

    Rows with the same parameters at several resources, as halving searches have them,
    are one trial. The space is that of `param_distributions` or `param_grid`; where
    these do not hold what was tried, the ranges and choices that were.

    Parameters
    ----------
    search : estimator
        A fitted search of this package, of scikit-learn, or with such a table.

    Returns
    -------
    history : History
        The log.
    best : int or None
        The trial that the search chose, None where it chose none.

    Raises
    ------
    NotFittedError
        If the search has no results.
    """
    given = Candidates.from_search(search)
    if isinstance(getattr(search, "history_", None), History):
        chosen = given.chosen
        best = None if chosen is None else int(given.trial_ids[chosen])
        return search.history_, best
    params = _params(search, given)
    rows = _rows(search.cv_results_, params)
    history = _empty(search, given, params)
    for row in rows:
        _record(history, row, given, params)
    return history, next((r.trial for r in rows if r.index == given.chosen), None)


def _params(search: Any, given: Candidates) -> list[dict[str, Any]]:
    """Return the parameters of each row, without a resource that is one of them."""
    resource = None
    if "n_resources" in search.cv_results_:
        resource = getattr(search, "resource", None)
    return [
        {name: python_value(v) for name, v in params.items() if name != resource}
        for params in given.params
    ]


def _rows(table: Mapping[str, Any], params: Sequence[Mapping[str, Any]]) -> list[_Row]:
    """Return which candidate each row is of: one that was met before goes on."""
    iterations = table.get("iter", np.zeros(len(params), dtype=int))
    resources = table.get("n_resources", np.ones(len(params), dtype=int))
    rows: list[_Row] = []
    seen: dict[Any, list[tuple[int, int]]] = {}  # trial and its last row
    n_trials = 0
    for index, point in enumerate(params):
        same = seen.setdefault(token(point), [])
        # Equal candidates of one iteration were drawn twice.
        met = [pair for pair in same if iterations[pair[1]] < iterations[index]]
        trial, last = met[0] if met else (n_trials, None)
        n_trials += last is None
        same[:] = [pair for pair in same if pair[0] != trial] + [(trial, index)]
        # Aggressive elimination compares again at the resource that was there.
        is_new = last is None or resources[index] > resources[last]
        rows.append(_Row(index, trial, bool(is_new)))
    return rows


def _empty(
    search: Any, given: Candidates, params: Sequence[Mapping[str, Any]]
) -> History:
    return History(
        _space(search, params),
        seed=0,
        n_splits=given.fold_scores[given.objectives[0]].shape[1],
        objective=_name(given, given.objectives[0]),
    )


def _space(search: Any, params: Sequence[Mapping[str, Any]]) -> SearchSpace:
    """Return the space of a search, or that which was seen."""
    told = [getattr(search, name) for name in _SPACES if hasattr(search, name)]
    try:
        space = SearchSpace(told[0])
        _ = space.encode(params), [space.key(point) for point in params]
    except (TypeError, ValueError, LookupError, AttributeError):
        return seen_space(params)
    return space


def _record(
    history: History,
    row: _Row,
    given: Candidates,
    params: Sequence[Mapping[str, Any]],
) -> None:
    if not row.is_new:
        return
    resource = int(given.resources[row.index])
    if row.trial == len(history.trials):
        history.record(Trial(row.trial, dict(params[row.index]), resource=resource))
    else:
        history.record(Task(row.trial, resource))
    for fold in range(history.n_splits):
        scores = {
            _name(given, label): float(folds[row.index, fold])
            for label, folds in given.fold_scores.items()
        }
        is_known = np.isfinite(scores[_name(given, given.objectives[0])])
        status: Any = "ok" if is_known else "failed"
        history.record(Evaluation(row.trial, resource, fold, scores, status=status))


def _name(given: Candidates, label: str) -> str:
    return _SINGLE if len(given.means) == 1 else label
