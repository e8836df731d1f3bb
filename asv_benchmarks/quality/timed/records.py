"""CSVs of dataclasses that have a `key`: a newer record replaces that of the same."""

import csv
from collections.abc import Hashable, Iterable
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from asv_benchmarks.quality.lock import alone_in

_AT_ONCE = 50  # records between two savings


class Record(Protocol):
    """A dataclass of numbers and texts, ordered by its fields."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def key(self) -> Hashable:
        """What it is a measurement of."""

    def __lt__(self, other: Any) -> bool: ...


R = TypeVar("R", bound=Record)


def read(path: Path, kind: type[R]) -> list[R]:
    """Return the newest record of each key, sorted; none where there is no file."""
    if not path.exists():
        return []
    kinds = {field.name: field.type for field in fields(kind)}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [
        kind(**{name: kinds[name](value) for name, value in row.items()})  # type: ignore[operator]
        for row in rows
    ]
    return sorted({record.key: record for record in found}.values())


def update(path: Path, kind: type[R], found: Iterable[R]) -> None:
    """Add to the file, a few at a time: most stays when this is interrupted."""
    known = read(path, kind)
    for record in found:
        known.append(record)
        if len(known) % _AT_ONCE == 0:
            _write(path, kind, known)
    _write(path, kind, known)


def _write(path: Path, kind: type[R], found: Iterable[R]) -> None:
    newest = {record.key: record for record in found}
    with alone_in(path.parent), path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(kind))
        writer.writerows(map(astuple, sorted(newest.values())))
