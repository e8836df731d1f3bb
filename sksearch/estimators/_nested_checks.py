"""What nested cross-validation refuses before anything is fitted."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing
from sklearn.utils.multiclass import type_of_target

from sksearch import _sklearn_compat as compat
from sksearch.evaluation import reseeded

__all__ = [
    "check_groups",
    "check_inner_splits",
    "check_target",
    "have_one_score",
]


def check_groups(
    search: Any, y: Any, cv: Any, groups: Any, params: Mapping[str, Any]
) -> None:
    """Refuse splitters that would part the rows of a group, or lack the groups.

    Groups among `params` are those of the inner splits alone.

    Raises
    ------
    ValueError
        With the name of the argument.
    """
    for name, value in (("outer", cv), ("inner", search.cv)):
        splitter = check_cv(value, y, classifier=is_classifier(search))
        if groups is not None and compat.ignores_groups(splitter):
            raise ValueError(
                f"groups are to stay together, but the {name} cv={value!r} ignores "
                "them. Pass GroupKFold, or another splitter for groups, as cv and as "
                "inner_cv, or groups=None."
            )
        has_own = name == "inner" and params.get("groups") is not None
        lacks = groups is None and compat.wants_groups(splitter) and not has_own
        if lacks and compat.is_own_splitter(splitter):
            raise ValueError(
                f"The {name} cv={value!r} keeps groups together, and groups=None tells "
                "none. Pass groups to nested_cross_validate, or another cv."
            )
        is_inner = name == "inner"  # the outer one is asked here, without a router
        if groups is not None and is_inner and not compat.is_given_groups(splitter):
            raise ValueError(
                f"groups are not routed to the inner cv={value!r}, which would part "
                "them: metadata routing is on, and it does not ask for them. Call "
                "set_split_request(groups=True) on it, or write "
                "__metadata_request__split = {'groups': True} into its class."
            )


def check_inner_splits(
    search: Any, X: Any, y: Any, groups: Any, splits: Sequence[tuple[Any, Any]]
) -> None:
    """Refuse outer folds that leave a search too few rows for its own folds.

    Splitters of scikit-learn are asked, and no other ones: they may look at X, which is
    not cut yet.

    Raises
    ------
    ValueError
        With the number of the outer fold, and of the rows that it leaves.
    """
    if isinstance(search.cv, Iterator):
        return
    for number, (train, _) in enumerate(splits):
        rows = np.arange(compat.num_samples(X))[train]  # it may be a mask
        y_train, groups_train = (
            None if part is None else _safe_indexing(part, rows) for part in (y, groups)
        )
        splitter = check_cv(search.cv, y_train, classifier=is_classifier(search))
        if compat.is_list_of_splits(splitter):
            _check_list(splitter, number, len(rows))
        elif compat.is_own_splitter(splitter):
            _try(splitter, search, number, y_train, groups_train, len(rows))


def _check_list(splitter: Any, number: int, n_rows: int) -> None:
    parts = (np.asarray(part) for pair in splitter.split() for part in pair)
    most = max((int(part.max()) for part in parts if part.dtype != bool), default=0)
    if most >= n_rows:
        raise ValueError(
            f"The inner cv is a list of splits, whose row {most} is not among the "
            f"{n_rows} rows that outer fold {number} leaves to its search: they count "
            "its rows, not those of X. Pass a splitter as inner_cv."
        )


def _try(
    splitter: Any, search: Any, number: int, y: Any, groups: Any, n_rows: int
) -> None:
    # With a seed of its own it draws from no generator of the user's.
    asked = reseeded(splitter, 0) or splitter
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the search will warn by itself
            next(iter(asked.split(np.zeros((n_rows, 1)), y, groups)), None)
    except ValueError as error:
        raise ValueError(
            f"Outer fold {number} leaves {n_rows} rows to its search, which cannot be "
            f"split by the inner cv={search.cv!r}: {error} Pass an inner_cv with fewer "
            "folds, or a cv with more."
        ) from error


def check_target(search: Any, y: Any, scorer: Any) -> None:
    """Refuse scorers that cannot score what is predicted here.

    Raises
    ------
    ValueError
        If one counts classes of a continuous target, or subtracts labels that are no
        numbers.
    """
    if y is None:
        return
    for name, each in compat.scorers_by_name(scorer).items():
        module = getattr(getattr(each, "_score_func", None), "__module__", "")
        counts = module == "sklearn.metrics._classification" and is_regressor(search)
        if counts and type_of_target(y).startswith("continuous"):
            _refuse(name, each, "counts classes, and the target is continuous")
        subtracts = module == "sklearn.metrics._regression" and is_classifier(search)
        if subtracts and np.asarray(y).dtype.kind not in "biuf":
            _refuse(name, each, "subtracts numbers, and the target has labels")


def _refuse(name: str, scorer: Any, why: str) -> None:
    raise ValueError(
        f"scoring: {name!r}, which is {scorer!r}, {why}. Pass a score for this kind of "
        "target."
    )


def have_one_score(search: Any, scoring: Any) -> bool:
    """Return whether outer folds are scored, first of all, as the search scores.

    Parameters
    ----------
    search : BaseSearch
        With `scoring` and `refit`.
    scoring : object
        Of the outer folds.
    """
    if scoring is None:
        return True
    usual = "accuracy" if is_classifier(search) else "r2"
    refit = search.refit if isinstance(search.refit, str) else None
    outer, inner = _first(scoring), _first(search.scoring, refit)
    return (outer or usual) == (inner or usual)


def _first(scoring: Any, name: str | None = None) -> Any:
    """Return the score of a name, else the first one."""
    if isinstance(scoring, Mapping):
        return scoring.get(name, next(iter(scoring.values()), None))
    if isinstance(scoring, list | tuple | set):
        return name if name in scoring else next(iter(scoring), None)
    return scoring
