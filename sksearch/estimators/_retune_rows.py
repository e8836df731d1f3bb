"""The new data in two parts: to search on, and to compare on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import indexable
from sklearn.utils.multiclass import type_of_target

from sksearch import _sklearn_compat as compat
from sksearch.estimators._champion import all_classes
from sksearch.estimators._held_out import split_off
from sksearch.estimators._paired_gain import Draws, HeldOut

__all__ = ["Parts", "parts_of"]


@dataclass(frozen=True)
class Parts:
    """What the new search has, and what it does not.

    Parameters
    ----------
    X, y : array-like
        The rows of the search.
    fit_params : dict
        Of its `fit`, with these rows.
    X_held, y_held : array-like
        The others.
    score_params : dict
        Of the scorer, with the others.
    unit : ndarray of int
        Of each row that is held out, what it is drawn with.
    has_groups : bool
        Whether these are groups.
    held_out : ndarray of int or None
        Where these rows are in the new data; None if they come from elsewhere.
    """

    X: Any
    y: Any
    fit_params: Mapping[str, Any]
    X_held: Any
    y_held: Any
    score_params: Mapping[str, Any]
    unit: Any
    has_groups: bool
    held_out: Any

    def draws(self, n_draws: int, seed: int) -> Draws:
        """Return which rows are drawn how often."""
        return Draws(self.unit, n_draws, seed)

    def judged_by(self, scorer: Any, name: str, search: Any, champion: Any) -> HeldOut:
        """Return the rows to compare on, with all that is known of classes."""
        labels = None if self.y is None else np.concatenate([self.y, self.y_held])
        classes = all_classes(search.estimator, labels, champion)
        return HeldOut(
            self.X_held, self.y_held, scorer, name, classes, self.score_params
        )


def parts_of(
    search: Any,
    data: tuple[Any, Any, Any],
    eval_set: Sequence[Any] | None,
    scorer: Any,
    params: Mapping[str, Any],
    how: Mapping[str, Any],
) -> Parts:
    """Part new data.

    Parameters
    ----------
    search : BaseSearch
        The new one.
    data : tuple of X, y and groups
        All of them.
    eval_set : sequence or None
        X, y and perhaps groups of other rows, which are compared on then.
    scorer : callable
        By what is compared.
    params : dict
        For `fit`, and where metadata routing is on for the scorer.
    how : dict
        Of `split_off`.

    Raises
    ------
    ValueError
        If the rows cannot be parted.
    """
    X, y, groups = data
    given = dict(params) if groups is None else {**params, "groups": groups}
    of_fit, of_score = compat.routed_for_nesting(search, scorer, given)
    if eval_set is not None:
        return _with_eval_set(X, y, of_fit, of_score, eval_set)
    known = None if groups is None else np.asarray(groups)
    train, test = split_off(_n_rows(X), _labels(search, y), known, **how)
    (X_train, y_train), (X_test, y_test) = (
        compat.safe_split(search, X, y, rows) for rows in (train, test)
    )
    return Parts(
        X_train,
        y_train,
        compat.check_method_params(X, params=of_fit, indices=train),
        X_test,
        y_test,
        compat.check_method_params(X, params=of_score, indices=test),
        _units(len(test), None if known is None else known[test]),
        known is not None,
        test,
    )


def _with_eval_set(
    X: Any, y: Any, of_fit: Any, of_score: Any, eval_set: Sequence[Any]
) -> Parts:
    if of_score:
        raise ValueError(
            f"The scorer wants {sorted(of_score)}, which params has for X_new and not "
            "for eval_set. Hold rows of X_new out instead."
        )
    X_held, y_held, *rest = indexable(*eval_set)
    groups = np.asarray(rest[0]) if rest and rest[0] is not None else None
    of_fit = compat.check_method_params(X, params=of_fit)
    unit = _units(_n_rows(X_held), groups)
    return Parts(X, y, of_fit, X_held, y_held, {}, unit, groups is not None, None)


def _units(n_rows: int, groups: Any) -> Any:
    if groups is None:
        return np.arange(n_rows)
    return np.unique(groups, return_inverse=True)[1].ravel()


def _n_rows(X: Any) -> int:
    return int(compat.num_samples(X))


def _labels(search: Any, y: Any) -> Any:
    """Return classes whose shares are to be kept, None where there are none."""
    if y is None or not is_classifier(search.estimator):
        return None
    is_plain = type_of_target(y) in ("binary", "multiclass")
    return np.asarray(y) if is_plain else None
