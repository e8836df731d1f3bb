"""What the lines of a journal may hold: a file may be damaged, or made to harm."""

from collections.abc import Mapping
from typing import Any, TypeGuard

__all__ = ["check_fields", "is_header"]

_MOST = 2**53  # what a float counts exactly
_MOST_SPLITS = 100_000  # a row of a table has that many cells
_STATUS = "ok", "failed", "timed_out", "out_of_memory", "worker_died", "skipped"

_COUNTS = {
    "trial": ("id", "resource"),
    "task": ("trial_id", "resource"),
    "evaluation": ("trial_id", "resource", "fold"),
}
_TEXTS = "error", "worker", "device"


def check_fields(kind: str, fields: Any) -> None:
    """Refuse fields of a record that are not what a search writes there.

    Parameters
    ----------
    kind : str
        "trial", "task", "evaluation", "early" or "plan".
    fields : object
        What stands beside it.

    Raises
    ------
    ValueError
        If they are of another kind.

    Examples
    --------
    >>> check_fields("task", {"trial_id": 0, "resource": -1})
    Traceback (most recent call last):
    ...
    ValueError: its 'resource' is no count: -1
    """
    if not isinstance(fields, Mapping):
        raise ValueError(f"its {kind!r} has no fields")
    kind = "evaluation" if kind == "early" else kind
    for name in _COUNTS.get(kind, ()):
        value = fields.get(name, 1 if kind == "trial" else None)
        if not _is_count(value):
            raise ValueError(f"its {name!r} is no count: {str(value)[:80]}")
    if kind == "trial":
        _check_start(fields)
    if kind == "evaluation":
        _check_result(fields)


def _check_start(fields: Mapping[str, Any]) -> None:
    if not isinstance(fields.get("params"), Mapping):
        raise ValueError("its 'params' are no parameters")
    parent = fields.get("parent")
    if parent is not None and not _is_count(parent):
        raise ValueError(f"its 'parent' is no count: {str(parent)[:80]}")


def _check_result(fields: Mapping[str, Any]) -> None:
    if fields.get("status", "ok") not in _STATUS:
        raise ValueError(f"its 'status' is unknown: {str(fields['status'])[:80]}")
    if fields.get("status", "ok") == "ok" and not fields.get("scores"):
        raise ValueError("its 'status' is 'ok', and it has no scores")
    for name in _TEXTS:
        if not isinstance(fields.get(name), str | None):
            raise ValueError(f"its {name!r} is no text")


def is_header(header: Any) -> TypeGuard[Mapping[str, Any]]:
    """Return whether the first line of a journal has what a history begins with.

    Parameters
    ----------
    header : object
        What stands beside "journal".

    Examples
    --------
    >>> is_header({"sksearch": 1})
    False
    """
    if not isinstance(header, Mapping) or header.get("sksearch") != 1:
        return False
    splits, objectives = header.get("n_splits"), header.get("objectives")
    if not _is_count(splits) or not 1 <= splits <= _MOST_SPLITS:
        return False
    return (
        isinstance(header.get("space"), str)
        and _is_count(header.get("seed"))
        and isinstance(header.get("objective", 0), str | None)
        and (objectives == "all" or _is_texts(objectives))
        and _is_texts(header.get("log_scores"))
        and _is_bounds(header.get("constraints"))
    )


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and 0 <= value < _MOST


def _is_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(v, str) for v in values)


def _is_bounds(values: Any) -> bool:
    return isinstance(values, Mapping) and all(
        isinstance(value, int | float) for value in values.values()
    )
