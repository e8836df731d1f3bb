"""What a search shows of its folds: out-of-fold predictions, the winner's models."""

import collections
import contextlib
import dataclasses
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sksearch import _sklearn_compat as compat
from sksearch.estimators._budgets import limits_of
from sksearch.estimators._keeping import Keeping, tested_rows
from sksearch.estimators._out_of_fold import OutOfFold
from sksearch.estimators._results import Row, candidate_rows
from sksearch.evaluation import (
    Evaluator,
    Fit,
    Keep,
    Kept,
    configured_workers,
    decoded,
    open_executor,
)
from sksearch.exceptions import JournalWarning
from sksearch.history import History

__all__ = ["show_folds"]


def show_folds(
    search: Any, evaluator: Evaluator, keeping: Keeping | None, groups: Any
) -> None:
    """Set `oof_`, `oof_predictions_` and `fold_estimators_`, as far as wanted.

    Parameters
    ----------
    search : BaseSearch
        With its history, and the best row if there is one.
    evaluator : Evaluator
        With the data and the splits.
    keeping : Keeping or None
        What was kept.
    groups : array-like or None
        As the splitter had them.
    """
    rows = candidate_rows(search.history_)
    best = getattr(search, "best_index_", None)
    again = search._fidelity.again(
        dataclasses.replace(evaluator, scorer=_unscored, return_train_score=False)
    )
    if search.return_estimator and best is not None:
        search.fold_estimators_ = _fold_models(search, again, rows[best], keeping)
    if keeping is not None:
        search.oof_ = _out_of_fold(search, again, rows, keeping, groups)
        if best in search.oof_.candidates:
            search.oof_predictions_ = search.oof_.predictions(best)


def _unscored(estimator: Any, X: Any, y: Any = None, **params: Any) -> float:
    """Score nothing: the scores are in the history."""
    return 0.0


def _fold_models(
    search: Any, again: Evaluator, row: Row, keeping: Keeping | None
) -> list[Any]:
    """Fit the folds of a candidate once more; None stands for one that failed."""
    keep = Keep(models=True)
    if keeping is not None:
        keep = dataclasses.replace(keeping.keep, models=True)
    fits = _fits_that_went_well(search.history_, row)
    models: list[Any] = [None] * search.n_splits_
    for kept in _run(search, dataclasses.replace(again, keep=keep), fits):
        models[kept.fold] = kept.model
        key = kept.trial_id, kept.resource, kept.fold
        if keeping is not None and keeping.store.get(key) is None:
            keeping.store.take(kept)
    return models


def _out_of_fold(
    search: Any, again: Evaluator, rows: Sequence[Row], keeping: Keeping, groups: Any
) -> OutOfFold:
    history, store = search.history_, keeping.store
    wanted = [i for i, row in enumerate(rows) if _competes(history, row)]
    best = getattr(search, "best_index_", None)
    if best is not None and best not in wanted:
        wanted.append(best)
    _complete(search, again, [rows[i] for i in wanted], keeping)
    tests = tested_rows(again)
    found = {
        i: [store.get((*rows[i], k)) or {} for k in range(len(tests))] for i in wanted
    }
    classes = keeping.keep.classes
    return OutOfFold(
        candidates={
            i: [decoded(fold, classes) for fold in folds]
            for i, folds in sorted(found.items())
            if all(folds)
        },
        tests=tests,
        n_samples=compat.num_samples(again.X),
        y=again.y,
        classes=classes,
        groups=groups,
        score_params=again.score_params,
        scorers=keeping.scorers,
        objective=_objective(search, keeping),
    )


def _objective(search: Any, keeping: Keeping) -> str | None:
    """Return the score by which the best candidate was chosen."""
    names = list(keeping.scorers)
    if callable(search.refit):
        return None
    if len(names) == 1:
        return names[0]
    if isinstance(search.refit, str) and search.refit in names:
        return search.refit
    return search.history_.objective if search.refit is False else None


def _competes(history: History, row: Row) -> bool:
    """Whether a candidate could have been chosen: complete, on the highest rung."""
    return history.status(*row) == "complete" and row[1] == history.highest()


def _fits_that_went_well(history: History, row: Row) -> list[Fit]:
    trial_id, resource = row
    known = history.resources(trial_id)
    earlier = tuple(known[: known.index(resource)])
    return [
        Fit(
            history.trials[trial_id],
            resource,
            fold,
            earlier,
            inherited=history.inherited(trial_id),
        )
        for fold, result in sorted(history.evaluations(*row).items())
        if result.status == "ok"
    ]


def _complete(
    search: Any, again: Evaluator, rows: Iterable[Row], keeping: Keeping
) -> None:
    """Fit once more what has left no predictions, as in a journal written without."""
    fits = [fit for row in rows for fit in _fits_that_went_well(search.history_, row)]
    lost = [fit for fit in fits if keeping.store.get(fit.key) is None]
    if not lost:
        return
    warnings.warn(
        f"{len(lost)} fits have left no predictions, since they were journalled by a "
        "search without return_oof or their files are gone. They are run once more.",
        JournalWarning,
        stacklevel=4,
    )
    for kept in _run(search, dataclasses.replace(again, keep=keeping.keep), lost):
        keeping.store.take(kept)


def _run(search: Any, evaluator: Evaluator, fits: Sequence[Fit]) -> Iterator[Kept]:
    """Run fits where those of the search ran; yield what is kept of them."""
    workers = configured_workers(search.n_jobs, search.executor)
    limits = limits_of(search)
    executor = open_executor(evaluator, workers, search.pre_dispatch, limits)
    waiting = collections.deque(fits)
    with contextlib.closing(executor):
        executor.feed(waiting)
        while executor.n_running:
            yield from (e for e in executor.collect() if isinstance(e, Kept))
            executor.feed(waiting)
