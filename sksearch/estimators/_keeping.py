"""Out-of-fold predictions of a search, and the models of its winner's folds.

Predictions of every candidate are kept while the search runs: they are what a search
whose choice is to be judged needs, and fitting every candidate again would cost the
search once more. Models are not: those of hundreds of candidates would have to travel
and to wait, and the winner's are had by fitting its folds again after the search, one
of so many candidates.
"""

import collections
import contextlib
import dataclasses
import numbers
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, is_classifier
from sklearn.metrics import get_scorer

from sksearch import _sklearn_compat as compat
from sksearch._journal import Journal
from sksearch.estimators._budgets import limits_of
from sksearch.estimators._out_of_fold import OutOfFold
from sksearch.estimators._results import Row, candidate_rows
from sksearch.evaluation import (
    Evaluator,
    Executor,
    Fit,
    Keep,
    KeepingExecutor,
    Kept,
    PredictionStore,
    configured_workers,
    decoded,
    open_executor,
)
from sksearch.exceptions import JournalWarning
from sksearch.history import History

__all__ = ["KEEPING_CONSTRAINTS", "Keeping", "begin_keeping", "show_folds"]

KEEPING_CONSTRAINTS: dict[str, list[Any]] = {
    "return_oof": ["boolean"],
    "return_estimator": ["boolean"],
    "max_oof_bytes": [compat.Interval(numbers.Integral, 1, None, closed="left")],
}


@dataclass(frozen=True)
class Keeping:
    """What one search keeps beside its history.

    Parameters
    ----------
    keep : Keep
        Says what of every fit.
    store : PredictionStore
        Where.
    scorers : dict of str to callable or None
        Those of the search, by name; None for one that looks at more than predictions.
    """

    keep: Keep
    store: PredictionStore
    scorers: dict[str, Any]

    def executor(self, executor: Executor) -> Executor:
        """Return an executor that leaves here what is kept."""
        return KeepingExecutor(executor, self.store.take)


# -- before ------------------------------------------------------------------------


def begin_keeping(
    search: Any, evaluator: Evaluator, journal: Journal | None
) -> tuple[Evaluator, Keeping | None]:
    """Have an evaluator keep predictions, if the search wants them.

    Parameters
    ----------
    search : BaseSearch
        With its fidelity.
    evaluator : Evaluator
        With the data and the splits.
    journal : Journal or None
        Beside which they stay.

    Returns
    -------
    evaluator : Evaluator
        The same, or one that keeps.
    keeping : Keeping or None
        None where nothing is kept.
    """
    if not search.return_oof:
        return evaluator, None
    scorers = _of_predictions(evaluator)
    # What no scorer asks for is wanted all the same: labels, or numbers.
    methods = [
        compat.response_methods(each) or ("predict",) for each in scorers.values()
    ]
    keep = Keep(tuple(dict.fromkeys(methods)), _classes(evaluator))
    store = PredictionStore(
        search.max_oof_bytes,
        _most_trials(search),
        sum(len(rows) for rows in _tests(evaluator)),
        None if journal is None else journal.predictions,
    )
    if journal is not None and journal.header is None:
        store.clear_folder()
    return dataclasses.replace(evaluator, keep=keep), Keeping(keep, store, scorers)


def _of_predictions(evaluator: Evaluator) -> dict[str, Any]:
    """Return the scorers; None for one that may look at more than predictions."""
    scorers = compat.scorers_by_name(evaluator.scorer)
    plain = {ClassifierMixin: "accuracy", RegressorMixin: "r2"}
    own = _plain_score(evaluator.estimator)
    for name, scorer in scorers.items():
        if compat.is_passthrough(scorer) and own is not None:
            scorers[name] = get_scorer(plain[own])
        elif not compat.response_methods(scorer):
            scorers[name] = None
    return scorers


def _plain_score(estimator: Any) -> Any:
    """Return the mixin whose `score` an estimator, or its last step, has."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    score = getattr(type(estimator), "score", None)
    mixins = (ClassifierMixin, RegressorMixin)
    return next((mixin for mixin in mixins if score is mixin.score), None)


def _classes(evaluator: Evaluator) -> Any:
    if evaluator.y is None or not is_classifier(evaluator.estimator):
        return None
    labels = np.asarray(evaluator.y)
    return np.unique(labels) if labels.ndim == 1 else None


def _most_trials(search: Any) -> int:
    space = search._space()
    return int(search._fidelity.n_trials(space))


def _tests(evaluator: Evaluator) -> list[Any]:
    """Return the numbers of the test rows of each fold, which may be masks."""
    rows = np.arange(compat.num_samples(evaluator.X))
    return [rows[test] for _, test in evaluator.splits]


# -- after -------------------------------------------------------------------------


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
    tests = _tests(again)
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
        Fit(history.trials[trial_id], resource, fold, earlier)
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
