"""What is refused of the arguments that speak of a front."""

import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from sksearch._numbers import is_finite_number

__all__ = [
    "check_objectives",
    "check_preference",
    "check_reference_point",
    "check_row",
]


def check_objectives(objectives: Any, names: Sequence[str]) -> list[str]:
    """Return the names of the objectives.

    Raises
    ------
    ValueError
        If there are fewer than two, one is named twice, or one is unknown.
    """
    chosen = list(names if objectives is None else objectives)
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise ValueError(
            f"objectives={objectives!r}: {unknown} are not among the scores of "
            f"scoring: {list(names)}. Take names from there, or None for all."
        )
    if len(set(chosen)) < max(2, len(chosen)):
        raise ValueError(
            f"objectives={chosen} must be two or more different names of scores. For "
            "a single one use BayesSearchCV, with score_constraints for what else "
            "counts."
        )
    return chosen


def check_reference_point(
    reference_point: Any, objectives: Sequence[str]
) -> tuple[float, ...] | None:
    """Return the reference point as a tuple, None where it is left to the front.

    Raises
    ------
    ValueError
        If its length is not that of the objectives, or a value is not finite.
    """
    if reference_point is None:
        return None
    point = list(reference_point)
    if len(point) != len(objectives) or not all(map(is_finite_number, point)):
        raise ValueError(
            f"reference_point={reference_point!r} must be {len(objectives)} finite "
            f"numbers, one for each of {list(objectives)} in this order: the scores "
            "above which they count. None leaves it to the front."
        )
    return tuple(map(float, point))


def check_preference(prefer: Any, names: Sequence[str], parameter: str) -> None:
    """Refuse what says nothing about which candidate of a front is wanted.

    Parameters
    ----------
    prefer : object
        As users pass it.
    names : sequence of str
        Of the scores; empty where they are not yet known.
    parameter : str
        How the user calls it.

    Raises
    ------
    ValueError
        If it is a name or a dict of weights, and wrong.
    TypeError
        If it is something else.
    """
    if callable(prefer):
        return
    if not isinstance(prefer, str | Mapping):
        raise TypeError(
            f"{parameter}={prefer!r} must be 'knee', the name of a score, a dict of "
            "weights by name, or a callable that takes cv_results_."
        )
    wanted = [prefer] if isinstance(prefer, str) else list(prefer)
    unknown = [name for name in wanted if names and name not in names]
    if unknown and prefer != "knee":
        raise ValueError(
            f"{parameter}={prefer!r}: {unknown} are not among the scores "
            f"{list(names)}. Take names from there, or 'knee'."
        )
    if isinstance(prefer, Mapping):
        _check_weights(prefer, parameter)


def _check_weights(weights: Mapping[str, Any], parameter: str) -> None:
    values = list(weights.values())
    fine = all(is_finite_number(value) and value >= 0 for value in values)
    if not fine or not sum(values) > 0:
        raise ValueError(
            f"{parameter}={dict(weights)!r} must hold numbers of at least 0 that are "
            "not all 0: how much each score counts, in units of the front's range."
        )


def check_row(index: Any, n_rows: int) -> None:
    """Refuse what is no row of `cv_results_`.

    Raises
    ------
    TypeError
        If it is no integer.
    IndexError
        If there is no such row.
    """
    if isinstance(index, bool) or not isinstance(index, numbers.Integral):
        raise TypeError(
            f"index={index!r} must be a row's number in cv_results_, one of "
            "pareto_index_ or what select returns."
        )
    if not 0 <= int(index) < n_rows:
        raise IndexError(f"index={index} is no row of cv_results_, which has {n_rows}.")
