"""Records as lines of JSON, which any reader takes, and back."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from sksearch._records import Evaluation, Record, Task, Trial

__all__ = ["evaluation_of", "line_of", "record_of"]


class _Space(Protocol):
    """Translates parameters; a space, or what stands for one that is not known."""

    def to_json(self, params: Mapping[str, Any]) -> dict[str, Any]: ...
    def from_json(self, form: Mapping[str, Any]) -> dict[str, Any]: ...


def line_of(record: Record, space: _Space) -> dict[str, Any]:
    """Return a record as plain values, under the name of its kind.

    Choices are stored by index beside a printable text, non-finite numbers as text.

    Parameters
    ----------
    record : Trial, Task or Evaluation
        What happened.
    space : SearchSpace
        Of its parameters.
    """
    fields = {name: _to_plain(value) for name, value in _items(record)}
    if isinstance(record, Trial):
        fields["params"] = space.to_json(record.params)
    return {type(record).__name__.lower(): fields}


def record_of(line: Mapping[str, Any], space: _Space) -> Record:
    """Return the record that a line tells of.

    Parameters
    ----------
    line : dict
        From `line_of`.
    space : SearchSpace
        Of its parameters.
    """
    [(kind, fields)] = line.items()
    if kind == "trial":
        return Trial(**fields | {"params": space.from_json(fields["params"])})
    return Task(**fields) if kind == "task" else evaluation_of(fields)


def _items(record: Record) -> Iterator[tuple[str, Any]]:
    names = record.__dataclass_fields__
    return ((name, getattr(record, name)) for name in names if name != "params")


def _to_plain(value: Any) -> Any:
    """Non-finite floats as text, at any depth of a mapping or list."""
    if isinstance(value, Mapping):
        return {str(name): _to_plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def evaluation_of(fields: dict[str, Any]) -> Evaluation:
    """Return the result that the fields of a line tell of."""
    for name in ("fit_time", "score_time", "started"):
        fields[name] = float(fields[name])
    for name in ("scores", "train_scores"):
        fields[name] = _floats(fields.get(name, {}))
    curve = fields.get("curve", {})
    fields["curve"] = {int(r): _floats(scores) for r, scores in curve.items()}
    return Evaluation(**fields)


def _floats(named: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in named.items()}
