"""What `retune` refuses, and warns of, before a search runs."""

import math
import numbers
import warnings
from typing import Any

from sklearn.base import is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import get_tags

from sksearch import _sklearn_compat as compat
from sksearch._numbers import is_count, is_finite_number
from sksearch.estimators._fingerprints import is_same_data

__all__ = [
    "check_arguments",
    "check_repeatable",
    "check_search",
    "warn_of_few",
    "warn_of_old_rows",
]

_FEW = {"rows": 50, "groups": 20}  # below, intervals cover less than they say


def check_arguments(
    min_gain: Any, level: Any, n_bootstraps: Any, refit_on_all: Any, eval_set: Any
) -> None:
    """Refuse numbers that are none, and what contradicts itself.

    Raises
    ------
    ValueError
        With the name of the argument.
    """
    if not is_finite_number(min_gain):
        raise ValueError(
            f"min_gain={min_gain!r} is no finite number. Pass what the gain has to be "
            "above, in units of the score."
        )
    if not is_finite_number(level) or not 0 < level < 1:
        raise ValueError(f"level={level!r} must lie between 0 and 1, as 0.95 does.")
    if not is_count(n_bootstraps) or math.ceil(n_bootstraps * (1 - level)) < 10:
        raise ValueError(
            f"n_bootstraps={n_bootstraps!r} must be an integer, with at least ten "
            f"draws outside of level={level}, as 1000 at 0.95."
        )
    if eval_set is None:
        return
    if not isinstance(eval_set, tuple | list) or len(eval_set) not in (2, 3):
        raise ValueError("eval_set must be a tuple (X, y), or (X, y, groups).")
    if refit_on_all:
        raise ValueError(
            "refit_on_all=True fits again on rows that were held out of X_new, and "
            "with eval_set none are. Pass one of them."
        )


def check_search(search: Any, y: Any, groups: Any) -> None:
    """Refuse what cannot be run again on other rows.

    Raises
    ------
    TypeError
        If it is no search of this package.
    ValueError
        If it has no model in the end, or its splits are those of other rows, or part
        groups.
    """
    if not hasattr(search, "warm_start_from"):
        raise TypeError(
            f"search={search!r:.80} cannot begin from an earlier search. Pass one of "
            "this package, such as BayesSearchCV, with a search of scikit-learn as "
            "champion and in warm_start_from."
        )
    if not search.refit:
        raise ValueError(
            f"refit={search.refit!r} leaves no model to compare. Pass a search with "
            "refit=True, a scorer's name or a callable."
        )
    if get_tags(search.estimator).input_tags.pairwise:
        raise ValueError(
            "The estimator takes kernels or distances between rows, which a champion "
            "of other rows cannot read. Let it compute them, as kernel='rbf' does."
        )
    splitter = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    if compat.is_list_of_splits(splitter):
        raise ValueError(
            "cv is a list of splits, which are those of other rows. Set a number, or a "
            "splitter: search.set_params(cv=5)."
        )
    _check_groups(splitter, search.cv, groups)


def _check_groups(splitter: Any, cv: Any, groups: Any) -> None:
    if groups is None and compat.wants_groups(splitter):
        raise ValueError(
            f"cv={cv!r} keeps groups together, and groups=None tells none. Pass groups."
        )
    if groups is not None and compat.ignores_groups(splitter):
        raise ValueError(
            f"groups are to stay together, but cv={cv!r} of the search ignores them. "
            "Set another one: search.set_params(cv=GroupKFold())."
        )
    if groups is not None and not compat.is_given_groups(splitter):
        raise ValueError(
            f"groups are not routed to cv={cv!r}: metadata routing is on, and it does "
            "not ask for them. Call set_split_request(groups=True) on it."
        )


def check_repeatable(random_state: Any, journal: Any, draws_rows: bool) -> None:
    """Refuse a journal whose rows would be others in the next process.

    Raises
    ------
    ValueError
        If rows are drawn without a seed.
    """
    if (
        journal is not None
        and draws_rows
        and not isinstance(random_state, numbers.Integral)
    ):
        raise ValueError(
            f"journal={str(journal)!r} goes on with the same rows only, and "
            f"random_state={random_state!r} holds out others each time. Pass an "
            "integer."
        )


def warn_of_few(n_units: int, unit: str) -> None:
    """Warn where few rows or groups are held out.

    Raises
    ------
    ValueError
        If it is one, or none.
    """
    if n_units < 2:
        raise ValueError(
            f"{n_units} of {unit} is held out, which cannot tell how far a score "
            "varies by chance. Hold out more, by test_size."
        )
    if n_units < _FEW[unit]:
        warnings.warn(
            f"Only {n_units} {unit} are held out: the interval covers less often than "
            f"it says, and only a large gain is seen. Hold out {_FEW[unit]} or more, "
            "by test_size or with more data.",
            UserWarning,
            stacklevel=3,
        )


def warn_of_old_rows(search: Any, X: Any) -> None:
    """Warn where the champion was fitted on the rows that are to judge it."""
    if is_same_data(X, getattr(search, "_data_facts", {})):
        warnings.warn(
            "X_new has the very rows on which the champion was fitted, whose score on "
            "them is too good. Pass rows that it has not seen.",
            UserWarning,
            stacklevel=3,
        )
