"""What makes two opaque values the same, and how they are described in print."""

from __future__ import annotations

import functools
import hashlib
import inspect
import math
import re
from collections.abc import Hashable, Mapping, Set
from typing import Any

import numpy as np

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_TEXT_LENGTH = 100


def python_value(value: Any) -> Any:
    """Turn a numpy scalar into the Python value that it stands for."""
    return value.item() if isinstance(value, np.generic) else value


def is_number(value: Any) -> bool:
    """Tell whether a value is an int or a float, and no bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def token(value: Any) -> Hashable:
    """Return a hashable that is equal for equal values of equal types.

    True, 1 and 1.0 have three tokens; equal arrays, and unfitted estimators with equal
    parameters, have one. An object that offers nothing to compare equals only itself.
    """
    try:
        return type(value), _content(value)
    except (TypeError, RecursionError):
        return "id", id(value)


def _content(value: Any) -> Hashable:
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, (tuple, list)):
        return tuple(token(item) for item in value)
    if isinstance(value, Mapping):
        return frozenset((token(key), token(item)) for key, item in value.items())
    if isinstance(value, Set):
        return frozenset(map(token, value))
    if isinstance(value, np.ndarray):
        return _array_content(value)
    # Not get_params: fitted state must count, or two frozen models would be one.
    if _is_estimator(value) or type(value).__hash__ is None:
        return token(vars(value))
    hash(value)
    return value  # type: ignore[no-any-return]


def _array_content(array: np.ndarray[Any, Any]) -> Hashable:
    if array.dtype.hasobject:
        return array.shape, tuple(token(item) for item in array.ravel().tolist())
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return array.shape, array.dtype.str, digest


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def describe(value: Any) -> str:
    """Describe a value in canonical text, the same in every process."""
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return f"{name}:{value!r}"
    if isinstance(value, (tuple, list)):
        return f"{name}({','.join(map(describe, value))})"
    if isinstance(value, (set, frozenset)):
        return f"{name}({','.join(sorted(map(describe, value)))})"
    if isinstance(value, Mapping):
        items = (f"{describe(key)}={describe(item)}" for key, item in value.items())
        return f"{name}({','.join(sorted(items))})"
    if isinstance(value, np.ndarray):
        return f"{name}({_describe_array(value)})"
    if isinstance(value, functools.partial):
        return f"{name}{describe((value.func, value.args, value.keywords))}"
    if inspect.isroutine(value) or isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if _is_estimator(value):
        return f"{name}{describe(value.get_params(deep=False))}"
    return f"{name}:{_without_addresses(repr(value))}"


def _describe_array(array: np.ndarray[Any, Any]) -> str:
    if array.dtype.hasobject:
        return f"{array.shape}{describe(array.ravel().tolist())}"
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"{array.shape}{array.dtype.str}{digest}"


def text(value: Any) -> str:
    """Print a value on one short line, for logs and tables."""
    name = getattr(value, "__qualname__", None)
    printed = name if isinstance(name, str) else _without_addresses(repr(value))
    line = " ".join(printed.split())
    return line if len(line) <= _TEXT_LENGTH else line[: _TEXT_LENGTH - 1] + "…"


def _without_addresses(printed: str) -> str:
    return _ADDRESS.sub("", printed)
