"""From what users write in ``param_distributions`` to dimensions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from sksearch.space._bounds import PRIORS
from sksearch.space._categorical import Categorical, as_listed, check_choices
from sksearch.space._dimensions import Dimension
from sksearch.space._distributions import from_distribution
from sksearch.space._identity import is_number, python_value
from sksearch.space._integer import Integer
from sksearch.space._real import Real
from sksearch.space._skopt import from_skopt, is_skopt


def parse_branches(param_distributions: Any) -> list[dict[str, Dimension]]:
    """Return one dict of dimensions for each dict given.

    Parameters
    ----------
    param_distributions : dict or list of dict
        What the user wrote.

    Returns
    -------
    list of dict
        The branches, each with its names sorted.

    Raises
    ------
    TypeError
        If it is not made of dicts, or a value is neither a sequence nor a distribution.
    ValueError
        If there is nothing to search, or a value breaks a rule.
    """
    if isinstance(param_distributions, Mapping):
        return [_parse_branch(param_distributions)]
    if isinstance(param_distributions, str) or not isinstance(
        param_distributions, Iterable
    ):
        raise TypeError(
            "Parameter distribution is not a dict or a list, got: "
            f"{param_distributions!r} of type {type(param_distributions).__name__}. "
            'Pass a dict such as {"C": [0.1, 1, 10]}.'
        )
    # An empty dict is the estimator as it is, one point, as in GridSearchCV.
    branches = [_parse_branch(branch) for branch in param_distributions]
    if not branches:
        raise ValueError(
            f"param_distributions={param_distributions!r} has nothing to search. Name "
            'at least one parameter, such as {"C": [0.1, 1, 10]}.'
        )
    return branches


def _parse_branch(branch: Any) -> dict[str, Dimension]:
    if not isinstance(branch, Mapping):
        raise TypeError(
            f"Parameter distribution is not a dict ({branch!r}). Every item of a list "
            "of param_distributions must be one."
        )
    for name in branch:
        if not isinstance(name, str):
            raise TypeError(
                f"param_distributions has {name!r} for a parameter name. Names must be "
                "strings."
            )
    return {name: parse_dimension(name, branch[name]) for name in sorted(branch)}


def parse_dimension(name: str, value: Any) -> Dimension:
    """Return the dimension of one parameter.

    Parameters
    ----------
    name : str
        The parameter's name, for messages.
    value : object
        A dimension, a tuple that is a range, a distribution, or a sequence of choices.

    Returns
    -------
    Dimension
        The dimension.

    Raises
    ------
    TypeError
        If the value is none of these.
    ValueError
        If it breaks a rule, such as low < high.
    """
    try:
        return _parse_value(name, value)
    except (TypeError, ValueError) as error:
        if str(error).startswith("Parameter "):
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"Parameter {name!r}: {error}") from error


def _parse_value(name: str, value: Any) -> Dimension:
    if isinstance(value, (Real, Integer, Categorical)):
        return value
    if isinstance(value, tuple) and _is_range(value):
        return _parse_range(*map(python_value, value))
    if is_skopt(value):
        return from_skopt(value)
    if hasattr(value, "rvs"):
        return from_distribution(value)
    return as_listed(_parse_choices(name, value))


def _is_range(value: tuple[Any, ...]) -> bool:
    """Tell whether a tuple is ``(low, high)`` or ``(low, high, prior)``."""
    if len(value) not in (2, 3) or not all(
        is_number(python_value(x)) for x in value[:2]
    ):
        return False
    return len(value) == 2 or (isinstance(value[2], str) and _names_prior(value[2]))


def _names_prior(word: str) -> bool:
    """Tell a prior, or its misspelling, from a choice such as gamma="scale"."""
    close = difflib.get_close_matches(word.lower(), PRIORS, cutoff=0.7)
    return bool(close) or word.lower().startswith("log")


def _parse_range(low: Any, high: Any, prior: str = "uniform") -> Dimension:
    if prior not in PRIORS:
        raise ValueError(
            f"({low!r}, {high!r}, {prior!r}) is a range with an unknown prior. Use one "
            f"of {', '.join(PRIORS)}, or a list for three choices."
        )
    kind = Real if isinstance(low, float) or isinstance(high, float) else Integer
    try:
        return kind(low, high, prior=prior)
    except ValueError as error:
        raise ValueError(f"{error} A tuple is a range; a list is choices.") from error


def _parse_choices(name: str, value: Any) -> list[Any]:
    """Return the choices; messages begin as scikit-learn's do."""
    try:
        return check_choices(value)
    except TypeError as error:
        raise TypeError(
            f"Parameter grid for parameter {name!r} needs to be a list or a numpy "
            f"array, but got {value!r} (of type {type(value).__name__}) instead. "
            "Single values need to be wrapped in a list with one element."
        ) from error
    except ValueError as error:
        if getattr(value, "ndim", 1) != 1:
            raise
        raise ValueError(
            f"Parameter grid for parameter {name!r} need to be a non-empty sequence, "
            f"got: {value!r}. Give at least one choice."
        ) from error
