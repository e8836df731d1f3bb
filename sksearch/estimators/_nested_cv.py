"""Nested cross-validation whose searches share one pool of workers."""

import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import parallel_config
from sklearn import config_context, get_config
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.utils import indexable
from sklearn.utils.validation import _num_samples

from sksearch import _sklearn_compat as compat
from sksearch._numbers import check_count
from sksearch.estimators._base import BaseSearch
from sksearch.estimators._nested_checks import (
    check_groups,
    check_inner_splits,
    check_target,
    have_one_score,
)
from sksearch.estimators._nested_scores import NestedScores, agreement
from sksearch.evaluation import (
    hold_openmp,
    reseeded,
    share_of_cores,
    shared_executor,
)

__all__ = ["nested_cross_validate"]


def nested_cross_validate(
    search: BaseSearch,
    X: Any,
    y: Any = None,
    *,
    cv: Any = None,
    inner_cv: Any = None,
    scoring: Any = None,
    n_jobs: int | None = None,
    groups: Any = None,
    params: dict[str, Any] | None = None,
    repeats: int = 1,
    return_estimator: bool = False,
    return_predictions: bool | str = False,
) -> NestedScores:
    """Score a search on rows that it never sees: the honest number.

    A search reports the best of many scores, which is too good. Here each outer fold
    has a search of its own on the other rows. All fits of all searches go to one pool
    of workers, so that none idles while the last search ends. The scores are those of
    ``sklearn.model_selection.cross_validate(search)`` with the same splits, where the
    estimator is deterministic given its parameters.

    Parameters
    ----------
    search : BayesSearchCV, HyperbandSearchCV or MultiObjectiveSearchCV
        Cloned for each outer fold; needs `refit`.
    X : array-like of shape (n_samples, n_features)
        The data.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target.
    cv : int, cross-validation generator or iterable, default=None
        The outer folds; None means 5.
    inner_cv : int, cross-validation generator or iterable, default=None
        The folds of the searches; None leaves their own.
    scoring : str, callable, list, tuple or dict, default=None
        How the outer folds are scored; None takes the searches' own `score`.
    n_jobs : int, default=None
        How many fits run at once; None means 1 unless a `joblib.parallel_config` says
        otherwise. The refits run in threads of this process.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group are on one side of every outer and every inner split, where
        the splitters look at groups.
    params : dict, default=None
        Handed to `search.fit`, those of the length of X split like it, and routed where
        metadata routing is on.
    repeats : int, default=1
        How often everything is done with other outer folds; `cv` must then be a number,
        or a splitter with `random_state`.
    return_estimator : bool, default=False
        Whether the fitted searches are kept.
    return_predictions : bool or str, default=False
        Whether the prediction of each row is kept; or by which method, such as
        "predict_proba", whose columns are the sorted classes.

    Returns
    -------
    scores : NestedScores
        With means, standard errors and intervals; print it.

    Raises
    ------
    TypeError
        If `search` is no search of this package.
    ValueError
        If `return_predictions` is no method, if `repeats` is no number, or asks for
        other folds of a splitter that has one set only, if a splitter ignores the
        groups, is not given them or lacks them, if the search has ``refit=False``, if
        outer folds leave a search too few rows for its own folds, if `scoring` cannot
        score what is predicted, or if outer folds leave out rows whose predictions are
        asked for.

    References
    ----------
    C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine Learning 52,
    2003. S. Varma, R. Simon, "Bias in error estimation when using cross-validation for
    model selection", BMC Bioinformatics 7, 2006.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV, nested_cross_validate
    >>> X, y = load_wine(return_X_y=True)
    >>> space = {"n_neighbors": (1, 40), "weights": ["uniform", "distance"]}
    >>> search = BayesSearchCV(KNeighborsClassifier(), space, n_iter=8, random_state=0)
    >>> scores = nested_cross_validate(search, X, y, cv=3)
    >>> len(scores.test_scores["score"]), len(scores.best_params)
    (3, 3)
    >>> low, high = scores.confidence_interval()["score"]
    >>> low < scores.mean["score"] < high
    True
    """
    if not isinstance(search, BaseSearch):
        raise TypeError(
            f"search={search!r:.80} is no search of this package, such as "
            "BayesSearchCV. For others there is scikit-learn's cross_validate."
        )
    if not search.refit:
        raise ValueError(
            f"refit={search.refit!r} leaves no model to score on the outer folds. Pass "
            "a search with refit=True, a scorer's name or a callable."
        )
    check_count(repeats, "repeats")
    _check_predictions(return_predictions)
    X, y, groups = indexable(X, y, groups)
    compares = have_one_score(search, scoring)
    search = clone(search)
    if inner_cv is not None:
        search.set_params(cv=inner_cv)
    params = dict(params or {})
    check_groups(search, y, cv, groups, params)
    if groups is not None:
        params["groups"] = groups
    scorer = check_scoring(search, scoring=scoring)
    check_target(search, y, search._get_scorers()[0] if scoring is None else scorer)
    splits = _outer_splits(search, X, y, groups, cv, repeats)
    check_inner_splits(search, X, y, params.get("groups"), splits)
    routed = compat.routed_for_nesting(search, scorer, params)
    task = _OuterFold(search, X, y, scorer, *routed, return_predictions)
    ends = _run(task, splits, n_jobs)
    return _gather(ends, splits, X, repeats, return_estimator, compares)


_METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score_samples",
    "transform",
)


def _check_predictions(return_predictions: Any) -> None:
    if not isinstance(return_predictions, bool) and return_predictions not in _METHODS:
        raise ValueError(
            f"return_predictions={return_predictions!r} must be True, False or a "
            f"method of the search, one of {list(_METHODS)}."
        )


def _outer_splits(
    search: Any, X: Any, y: Any, groups: Any, cv: Any, repeats: int
) -> list[tuple[Any, Any]]:
    splits: list[tuple[Any, Any]] = []
    for number in range(repeats):
        splitter = check_cv(cv, y, classifier=is_classifier(search))
        if repeats > 1:
            splitter = _shuffled(splitter, cv, number)
        splits += splitter.split(X, y, groups)
    return splits


def _shuffled(splitter: Any, cv: Any, number: int) -> Any:
    """Return a splitter that makes other folds for every number."""
    seed = getattr(splitter, "random_state", None)
    first = int(seed) if isinstance(seed, int | np.integer) else 0
    shuffled = reseeded(splitter, first + number)
    if shuffled is None:
        raise ValueError(
            f"repeats needs other outer folds each time, but cv={cv!r} has one set of "
            "them. Pass a number, or a splitter with random_state."
        )
    return shuffled


# -- one outer fold ----------------------------------------------------------------


@dataclass(frozen=True)
class _End:
    """What became of one outer fold."""

    search: Any
    scores: dict[str, float]
    predictions: Any


@dataclass(frozen=True)
class _OuterFold:
    """Searches on the training rows of an outer fold, and scores on the others."""

    search: Any
    X: Any
    y: Any
    scorer: Any
    fit_params: dict[str, Any]
    score_params: dict[str, Any]
    predictions: bool | str

    def __call__(
        self, number: int, train: Any, test: Any, executor: Executor | None
    ) -> _End:
        search = clone(self.search)
        if executor is not None:
            search.set_params(executor=executor)
        if search.journal is not None:
            search.set_params(journal=_journal_of(search.journal, number))
        X, y = compat.safe_split(search, self.X, self.y, train)
        X_test, y_test = compat.safe_split(search, self.X, self.y, test, train)
        fit_params, score_params = (
            compat.check_method_params(self.X, params=params, indices=rows)
            for params, rows in ((self.fit_params, train), (self.score_params, test))
        )
        search.fit(X, y, **fit_params)
        scores = compat.score(
            search, X_test, y_test, self.scorer, score_params, "raise"
        )
        scores = scores if isinstance(scores, dict) else {"score": scores}
        return _End(search, scores, self._predict(search, X_test))

    def _predict(self, search: Any, X: Any) -> Any:
        if not self.predictions:
            return None
        method = "predict" if self.predictions is True else self.predictions
        return np.asarray(getattr(search, method)(X))


def _journal_of(journal: Any, number: int) -> str:
    """Return the journal of an outer fold; a folder has one for each data set."""
    path = os.fspath(journal)
    if os.path.isdir(path) or path.endswith(os.sep):
        return path
    file = Path(path)
    return str(file.with_name(f"{file.stem}-fold{number}{file.suffix}"))


# -- all of them -------------------------------------------------------------------


def _run(task: _OuterFold, splits: Sequence[Any], n_jobs: int | None) -> list[_End]:
    """Run the searches, as many at once as there are workers, which all of them use.

    A search waits for its workers most of the time, so a thread is enough for it.
    """
    if task.search.fit_timeout is not None or task.search.max_memory is not None:
        # Limits need workers of the search's own, which it may kill.
        return _run_in_turn(task, splits, n_jobs)
    with shared_executor(n_jobs, task.search.executor) as (executor, n_slots):
        if executor is None:
            return _run_in_turn(task, splits, n_jobs)
        config = get_config()

        def run(number: int) -> _End:
            train, test = splits[number]
            # The refit is here, beside workers that have the other cores.
            with config_context(**config), hold_openmp(share_of_cores(n_slots)):
                return task(number, train, test, executor)

        with ThreadPoolExecutor(min(len(splits), n_slots)) as threads:
            futures = [threads.submit(run, number) for number in range(len(splits))]
            try:
                return [future.result() for future in futures]
            except BaseException:
                for future in futures:
                    future.cancel()
                raise


def _run_in_turn(
    task: _OuterFold, splits: Sequence[Any], n_jobs: int | None
) -> list[_End]:
    with parallel_config(n_jobs=n_jobs):
        return [task(i, train, test, None) for i, (train, test) in enumerate(splits)]


def _gather(
    ends: Sequence[_End],
    splits: Sequence[Any],
    X: Any,
    repeats: int,
    return_estimator: bool,
    compares: bool,
) -> NestedScores:
    searches = [end.search for end in ends]
    best_params = [search.best_params_ for search in searches]
    return NestedScores(
        test_scores={
            name: np.array([end.scores[name] for end in ends])
            for name in ends[0].scores
        },
        inner_scores=np.array([getattr(s, "best_score_", np.nan) for s in searches]),
        best_params=best_params,
        stability=agreement(best_params, searches[0].history_.space),
        cv_results=[search.cv_results_ for search in searches],
        predictions=_predictions(ends, splits, _num_samples(X), repeats),
        estimators=searches if return_estimator else None,
        test_shares=np.array([len(test) / len(train) for train, test in splits]),
        compares=compares,
    )


def _predictions(
    ends: Sequence[_End], splits: Sequence[Any], n_samples: int, repeats: int
) -> Any:
    """Put the predictions of the outer folds where their rows are."""
    if ends[0].predictions is None:
        return None
    tests = np.array_split(np.arange(len(splits)), repeats)
    rows = [np.concatenate([splits[i][1] for i in part]) for part in tests]
    if any(len(r) != n_samples or len(set(r)) != n_samples for r in rows):
        raise ValueError(
            "return_predictions needs outer folds that test each row once, as those of "
            "KFold do. Pass another cv, or return_predictions=False."
        )
    found = [np.concatenate([ends[i].predictions for i in part]) for part in tests]
    table = np.stack([f[np.argsort(r)] for f, r in zip(found, rows, strict=True)])
    return table if repeats > 1 else table[0]
