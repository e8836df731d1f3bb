"""What is settled before a search: routed parameters, splits, seed, the evaluator."""

import time
from typing import Any

from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state

from sksearch.estimators._reshuffling import reshuffling
from sksearch.estimators._validation import check_classes_in_folds
from sksearch.evaluation import (
    Evaluator,
    HoldOut,
    has_classes,
    make_pool,
    queries_of,
    row_order_of,
    with_queries,
)

__all__ = ["draw_seed", "make_evaluator", "routed_params"]


def routed_params(search: Any, params: dict[str, Any]) -> Any:
    """Return what the estimator, the scorer and the splitter are given."""
    routed = search._get_routed_params_for_fit(params)
    routed["estimator"]["fit"] = with_queries(
        search.estimator,
        routed["estimator"]["fit"],
        routed["splitter"]["split"].get("groups"),
    )
    return routed


def make_evaluator(search: Any, X: Any, y: Any, scorers: Any, routed: Any) -> Evaluator:
    """Split once for all candidates, and gather what one fit needs.

    Parameters
    ----------
    search : BaseSearch
        With its parameters; gets `n_splits_`, and the checked `cv` for scikit-learn.
    X, y : array-like
        The data.
    scorers : callable or _MultimetricScorer
        As `_get_scorers` gives them.
    routed : Bunch
        Of `routed_params`.

    Raises
    ------
    ValueError
        If `cv` gives no splits, or not as many as it says.
    """
    groups = routed["splitter"]["split"]
    splits, reshuffled = _splits(search, X, y, groups)
    fit_params = dict(routed["estimator"]["fit"])
    queries = queries_of(search.estimator, fit_params)
    seed = draw_seed(search.random_state)
    return Evaluator(
        estimator=clone(search.estimator),
        X=X,
        y=y,
        splits=splits,
        scorer=scorers,
        fit_params=fit_params,
        score_params=dict(routed["scorer"]["score"]),
        error_score=search.error_score,
        return_train_score=search.return_train_score,
        seed=seed,
        seed_fits=search.seed_fits,
        origin=time.time(),
        finalize=search.finalize,
        pool=make_pool(search.devices),
        hold_out=HoldOut(
            row_order_of(search.estimator, y, splits),
            has_classes(search.estimator, y),
            seed,
            groups.get("groups") if queries is None else queries,
        ),
        reshuffled=reshuffled,
    )


def _splits(search: Any, X: Any, y: Any, groups: Any) -> tuple[list[Any], Any]:
    """Return the splits, and what makes those of each trial, where they have theirs."""
    cv = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    search._checked_cv_orig = cv
    search.n_splits_ = cv.get_n_splits(X, y, **groups)
    reshuffled = reshuffling(search, cv, groups)
    if reshuffled is None:
        splits = list(cv.split(X, y, **groups))
    else:
        splits = reshuffled(0, 0, X, y)  # such as any trial may have
    _check_splits(search, splits, y)
    return splits, reshuffled


def _check_splits(search: Any, splits: list[Any], y: Any) -> None:
    if len(splits) != search.n_splits_:
        raise ValueError(
            "cv.split and cv.get_n_splits return inconsistent results. "
            f"Expected {search.n_splits_} splits, got {len(splits)}"
        )
    if not splits:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no "
            f"candidates? cv={search.cv!r} gave no split: pass a number of folds."
        )
    check_classes_in_folds(search.estimator, y, splits, search.cv)


def draw_seed(random_state: Any) -> int:
    """Return the seed of one search.

    As in scikit-learn an int is its own seed, a RandomState moves on, and None draws
    from numpy's global generator, so that `np.random.seed` holds here too.
    """
    return int(check_random_state(random_state).randint(2**31 - 1))
