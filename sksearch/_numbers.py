"""What counts as a number where one is asked for: True and False do not."""

import math
import numbers
from typing import Any

__all__ = ["check_count", "is_count", "is_finite_number"]


def is_finite_number(value: Any) -> bool:
    """Return whether a value is a real number, finite, and no bool."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def is_count(value: Any, least: int = 1) -> bool:
    """Return whether a value is an integer that is large enough, and no bool."""
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return is_integer and value >= least


def check_count(value: Any, name: str, least: int = 1) -> None:
    """Refuse what is no integer, or too small a one.

    Parameters
    ----------
    value : object
        What was given.
    name : str
        What errors call it.
    least : int, default=1
        The smallest that has a meaning.

    Raises
    ------
    ValueError
        With name, value and rule.

    Examples
    --------
    >>> check_count(True, "n_fits")
    Traceback (most recent call last):
        ...
    ValueError: n_fits=True must be an integer of 1 or more.
    """
    if not is_count(value, least):
        raise ValueError(f"{name}={value!r} must be an integer of {least} or more.")
