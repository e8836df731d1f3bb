"""Splits on which no candidate was scored yet."""

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from sksearch import _sklearn_compat as compat
from sksearch.estimators._validation import check_classes_in_folds, count_splits
from sksearch.evaluation import Evaluator, reseeded, split_seed

__all__ = ["RECHECK_STREAM", "Splits", "fresh_splits", "planned_recheck"]

_REPEATS = 4  # of the folds of cv, by default
RECHECK_STREAM = (
    2**32 - 1
)  # apart from the splits of candidates, which have their numbers

Splits = list[tuple[Any, Any]]


def fresh_splits(
    search: Any, evaluator: Evaluator, params: Mapping[str, Any]
) -> Splits:
    """Return the splits of the re-check.

    Parameters
    ----------
    search : BaseSearch
        With `cv` and `recheck_cv`.
    evaluator : Evaluator
        With the data, the splits of the search and its seed.
    params : dict
        What `split` gets beside X and y, such as groups.

    Raises
    ------
    ValueError
        If there are none, they are those of the search, groups would be parted, or
        nothing says how to draw them.
    """
    X, y = evaluator.X, evaluator.y
    splitters = _splitters(search, evaluator)
    _check_groups_count(search, splitters[0], params)
    splits = [pair for s in splitters for pair in s.split(X, y, **params)]
    _check_fresh(search, splits, evaluator.splits)
    check_classes_in_folds(search.estimator, y, splits, search.recheck_cv)
    return splits


def planned_recheck(
    search: Any, n_splits: int | None, n_candidates: int
) -> dict[str, int | None]:
    """Return how many fits a re-check takes, as an entry of what users are told.

    Parameters
    ----------
    search : BaseSearch
        With `n_recheck` and `recheck_cv`.
    n_splits : int or None
        Of the search; None is not known.
    n_candidates : int
        Of the search.

    Returns
    -------
    told : dict
        With "n_recheck_fits", None where only the data tell; empty without a re-check.
    """
    if search.n_recheck is None:
        return {}
    n = None if n_splits is None else _REPEATS * n_splits
    if search.recheck_cv is not None:
        n = count_splits(search.recheck_cv)
    fits = None if n is None else n * min(search.n_recheck, n_candidates)
    return {"n_recheck_fits": fits}


def _splitters(search: Any, evaluator: Evaluator) -> list[Any]:
    given, y = search.recheck_cv, evaluator.y
    is_number = isinstance(given, numbers.Integral)
    if given is not None and not is_number:
        return [check_cv(given, y, classifier=is_classifier(search.estimator))]
    source, repeats = search._checked_cv_orig, _REPEATS
    if is_number:
        classifier = is_classifier(search.estimator)
        source, repeats = check_cv(given, y, classifier=classifier), 1
    seeds = [split_seed(evaluator.seed, RECHECK_STREAM, k) for k in range(repeats)]
    drawn = [reseeded(source, seed) for seed in seeds]
    if drawn[0] is None:
        raise ValueError(
            f"n_recheck={search.n_recheck} scores on other splits, but "
            f"cv={search.cv!r} has one set of them. Pass recheck_cv: a number of "
            "folds, which are shuffled, a splitter, or an iterable of splits."
        )
    return drawn


def _check_groups_count(search: Any, splitter: Any, params: Mapping[str, Any]) -> None:
    parts_groups = compat.ignores_groups(splitter)
    honoured = not compat.ignores_groups(search._checked_cv_orig)
    if params.get("groups") is not None and parts_groups and honoured:
        raise ValueError(
            f"cv={search.cv!r} keeps groups together, and recheck_cv="
            f"{search.recheck_cv!r} would part them. Pass a splitter that looks at "
            "groups, such as GroupKFold(shuffle=True), or None."
        )


def _check_fresh(search: Any, splits: Splits, seen: Any) -> None:
    """Refuse splits on which candidates were scored before: they tell nothing new."""
    if not splits:
        raise ValueError(
            f"recheck_cv={search.recheck_cv!r} gives no split. Pass a number of folds."
        )
    old = {_rows(test) for _, test in seen}
    if all(_rows(test) in old for _, test in splits):
        raise ValueError(
            f"recheck_cv={search.recheck_cv!r} tests on the rows that cv="
            f"{search.cv!r} tests on, split by split: nothing new would be learned. "
            "Pass a splitter with shuffle=True and another random_state, or a number "
            "of folds."
        )


def _rows(test: Any) -> bytes:
    """Return what equal sets of rows have in common."""
    rows = np.asarray(test)
    rows = np.flatnonzero(rows) if rows.dtype == bool else np.sort(rows)
    return rows.astype(np.int64).tobytes()
