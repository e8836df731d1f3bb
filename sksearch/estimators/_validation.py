"""Bad input is refused before anything is fitted, with the way out."""

import difflib
import numbers
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils.multiclass import type_of_target

from sksearch._numbers import is_finite_number
from sksearch._sklearn_compat import Interval
from sksearch.exceptions import InfeasibleWarning
from sksearch.space import SearchSpace

__all__ = [
    "COUNT",
    "check_callbacks",
    "check_classes_in_folds",
    "check_cost_aware",
    "check_fold_stopping",
    "check_initial_params",
    "check_objective",
    "check_parameter_names",
    "check_prior",
    "check_refit_is_no_class",
    "check_refit_rule",
    "check_score_constraints",
    "count_splits",
    "searched_choices",
    "warn_if_infeasible",
]

COUNT = Interval(numbers.Integral, 1, None, closed="left")


def searched_choices(param_distributions: Any) -> dict[str, list[Any]]:
    """Return the names of all branches of a space, with their choices if they have any.

    A range, or a distribution, has none.
    """
    several = isinstance(param_distributions, list | tuple)
    found: dict[str, list[Any]] = {}
    for branch in param_distributions if several else [param_distributions]:
        for name, values in branch.items():
            choices = getattr(values, "choices", values)
            is_range = choices is values and not isinstance(values, list)
            found.setdefault(name, [])
            found[name] += [] if is_range else list(choices)
    return found


def check_parameter_names(estimator: BaseEstimator, param_distributions: Any) -> None:
    """Try one point of every branch on a clone of the estimator, and every step in it.

    A step that has no such parameter would end a search in its middle.

    Raises
    ------
    ValueError
        If the estimator refuses a name; the closest valid names are proposed. If it
        cannot have the parameters together.
    """
    several = isinstance(param_distributions, list | tuple)
    for branch in param_distributions if several else [param_distributions]:
        space = SearchSpace(branch)
        params = space.sample(np.random.default_rng(0)) or {}
        _try(estimator, params, branch)
        for name in _steps(branch):
            for choice in getattr(space.branches[0][name], "choices", ()):
                _try(estimator, {**params, name: choice}, branch)


def _steps(branch: dict[str, Any]) -> list[str]:
    """Names of what has parameters that are searched too."""
    return [n for n in branch if any(other.startswith(f"{n}__") for other in branch)]


def _try(
    estimator: BaseEstimator, params: dict[str, Any], branch: dict[str, Any]
) -> None:
    try:
        clone(estimator).set_params(**clone(params, safe=False))
    except ValueError as error:
        message = _naming_the_closest(str(error), estimator, branch)
        if _steps(branch):
            message += f" This is with {params!r}. {_BRANCHES}"
        raise ValueError(message) from error
    except AttributeError as error:  # of a step that is a text there
        raise ValueError(
            f"The estimator cannot have {params!r}, which is in param_distributions: "
            f"{error}. {_BRANCHES}"
        ) from error


_BRANCHES = (
    "Where a step may be absent, or of several kinds, write a list of dicts: one for "
    "each kind, with its parameters."
)


def _naming_the_closest(message: str, estimator: Any, branch: dict[str, Any]) -> str:
    valid = sorted(estimator.get_params(deep=True))
    for name in branch:
        close = _closest(name, valid)
        if name not in valid and close:
            message += f" For {name!r} in param_distributions, did you mean {close}?"
    return message


def _closest(name: str, valid: list[str]) -> list[str]:
    """Names of the same parameter in other parts, then names that look alike."""
    last = name.split("__")[-1]
    same = [other for other in valid if other.split("__")[-1] == last]
    alike = difflib.get_close_matches(name, valid, n=3)
    return list(dict.fromkeys([*same, *alike]))[:3]


def check_callbacks(callbacks: Sequence[Any]) -> None:
    """Refuse what cannot be told about a search.

    Raises
    ------
    TypeError
        If a callback lacks a method of `sksearch.callbacks.Callback`.
    """
    methods = ("on_search_begin", "on_evaluation", "on_search_end")
    for number, callback in enumerate(callbacks):
        missing = [name for name in methods if not hasattr(callback, name)]
        if missing or isinstance(callback, type):
            raise TypeError(
                f"callbacks[{number}]={callback!r} is not an instance of a callback: "
                f"it needs {', '.join(methods)}. Subclass sksearch.callbacks.Callback."
            )


def check_objective(objective: str | None, refit: Any, names: list[str] | None) -> None:
    """Refuse an objective that scoring does not report.

    Raises
    ------
    ValueError
        If the name is unknown, or contradicts `refit`.
    """
    if objective is None:
        return
    if names is not None and objective not in names:
        raise ValueError(
            f"objective={objective!r} is not among the scores of scoring: {names}. "
            f"Pass one of them, or None for {'refit' if refit else 'the first'}."
        )
    if isinstance(refit, str) and refit != objective:
        raise ValueError(
            f"objective={objective!r} contradicts refit={refit!r}: the search would "
            f"maximise one score and refit by another. Leave objective=None, or pass a "
            f"callable refit."
        )


def check_prior(optimizer: Any, is_modelless: bool) -> None:
    """Refuse a belief of which nothing would be made.

    Raises
    ------
    ValueError
        If the optimizer draws without a model.
    """
    if is_modelless:
        raise ValueError(
            f"prior was given, and optimizer={optimizer!r} draws from "
            "param_distributions as they are. Use optimizer='auto', or narrow the "
            "distributions themselves."
        )


def check_refit_is_no_class(refit: Any) -> None:
    """Refuse a rule of selection that was not made.

    Raises
    ------
    TypeError
        If it is a class.
    """
    if isinstance(refit, type):
        name = refit.__name__
        raise TypeError(f"refit={name} is a class. Pass an instance, such as {name}().")


def check_refit_rule(refit: Any, names: list[str] | None) -> None:
    """Refuse a rule of selection that reads the means of a score that is not there.

    Raises
    ------
    ValueError
        If a column in its attribute ``reads`` is of no score of scoring.
    """
    if names is None:
        return
    for column in getattr(refit, "reads", ()):
        _, is_mean, score = str(column).partition("mean_test_")
        if is_mean and score not in names:
            raise ValueError(
                f"refit={refit!r} reads {column!r}, and the scores of scoring are "
                f"{names}. Pass the name of one of them to the rule as objective."
            )


def check_score_constraints(
    score_constraints: Mapping[str, float] | None, names: list[str] | None
) -> None:
    """Refuse bounds on what scoring does not report, and bounds that are no numbers.

    Raises
    ------
    ValueError
        If a name is unknown, or a bound is not a finite number.
    """
    for name, bound in (score_constraints or {}).items():
        if names is not None and name not in names:
            raise ValueError(
                f"score_constraints: {name!r} is not among the scores of scoring: "
                f"{names}. Add its scorer to scoring, or take one of these names."
            )
        if not is_finite_number(bound):
            raise ValueError(
                f"score_constraints[{name!r}]={bound!r} is no finite number. Pass the "
                "least that the mean of this score must be."
            )


def warn_if_infeasible(
    table: Mapping[str, Any], index: int, score_constraints: Mapping[str, float]
) -> None:
    """Say it where the candidate that was chosen misses a constraint, and by how much.

    Parameters
    ----------
    table : dict of str to array
        `cv_results_`.
    index : int
        The row that was chosen.
    score_constraints : dict of str to float
        As the user gave them.
    """
    if table["violation"][index] == 0.0:
        return
    means = {name: table[f"mean_test_{name}"][index] for name in score_constraints}
    missed = ", ".join(
        f"{name} is {means[name]:.6g} where {bound:.6g} is asked"
        for name, bound in score_constraints.items()
        if not means[name] >= bound
    )
    met, as_far = table["violation"] == 0.0, ""
    if "n_resources" in table:  # the least trained may well be small and fast
        met &= table["n_resources"] == table["n_resources"][index]
        as_far = " that was trained as far"
    others = (
        f"{met.sum()} others meet them all"
        if met.any()
        else f"None{as_far} meets them all, and it misses them least"
    )
    warnings.warn(
        f"The chosen candidate {index} does not meet score_constraints: {missed}. "
        f"{others}. Loosen the constraints, or search elsewhere.",
        InfeasibleWarning,
        stacklevel=2,
    )


def check_classes_in_folds(
    estimator: BaseEstimator, y: Any, splits: Sequence[tuple[Any, Any]], cv: Any
) -> None:
    """Warn of splits whose training part misses all classes but one.

    A warning, not an error: some classifiers take it, and scikit-learn lets them.
    """
    if y is None or not is_classifier(estimator):
        return
    try:
        if type_of_target(y) not in ("binary", "multiclass"):
            return
        classes, labels = np.unique(np.asarray(y), return_inverse=True)
    except (TypeError, ValueError):  # targets that only the estimator understands
        return
    for fold, (train, _) in enumerate(splits):
        present = np.unique(labels[np.asarray(train)])
        if len(present) == 1 < len(classes):
            warnings.warn(
                f"cv={cv!r}: the training part of fold {fold} has only one class, "
                f"{classes[present[0]]}, of {len(classes)}: most classifiers cannot be "
                f"fitted on it. Pass cv=StratifiedKFold(), or shuffle the rows.",
                UserWarning,
                stacklevel=2,
            )
            return


def count_splits(cv: Any) -> int | None:
    """Return the number of folds, None where only the data tell."""
    if isinstance(cv, Iterator):  # to count it would be to use it up
        return None
    try:
        return int(check_cv(cv).get_n_splits())
    except (TypeError, ValueError, AttributeError):  # whatever wants X or groups
        return None


def check_fold_stopping(fold_stopping: bool, n_splits: int) -> None:
    """Refuse to stop candidates before their only fold.

    Raises
    ------
    ValueError
        If there is a single split.
    """
    if fold_stopping and n_splits == 1:
        raise ValueError(
            "fold_stopping=True spares candidates some of their folds, but cv gives a "
            "single split. Pass more folds, or fold_stopping=False."
        )


def check_initial_params(
    initial_params: Sequence[Any], space: SearchSpace
) -> list[dict[str, Any]]:
    """Return the candidates as points of the space.

    Raises
    ------
    TypeError
        If one is no dict.
    ValueError
        If one is no point of the space; what is wrong with it is said.
    """
    points = []
    for number, params in enumerate(initial_params):
        if not isinstance(params, Mapping):
            raise TypeError(
                f"initial_params[{number}]={params!r} is no dict. Pass a list of dicts "
                "of parameters."
            )
        try:
            points.append(space.point(params))
        except ValueError as error:
            raise ValueError(f"initial_params[{number}]: {error}") from None
    return points


def check_cost_aware(optimizer: Any, known: Collection[str]) -> None:
    """Refuse an optimizer that knows no costs.

    Raises
    ------
    ValueError
        If it is none of those that do.
    """
    if not isinstance(optimizer, str) or optimizer not in known:
        raise ValueError(
            f"cost_aware=True needs an optimizer of {sorted(known)}, not "
            f"{optimizer!r}. Pass one of them, or cost_aware=False."
        )
