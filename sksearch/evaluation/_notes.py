"""Which fit a worker is at, since when, and what came of those before: told in a file.

A worker that was killed or has crashed says nothing any more. Its file still tells
which fit it was at, so that those that travelled with that one are neither blamed nor
lost; and who holds fits to a time knows when one began, however long it had waited.
"""

import os
import pickle
import struct
import time
import zlib
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from sksearch.history import Evaluation

__all__ = ["AtWork", "Note", "finished_fits", "read_note"]

_RECORD = struct.Struct("=qqqqddI")  # the last is a checksum: reads may meet writes
_IDLE = 0  # no process has this id


@dataclass(frozen=True)
class AtWork:
    """What a worker is at.

    Parameters
    ----------
    pid : int
        Its process.
    key : tuple of int
        Which fit, as `Fit.key`.
    since : float
        `time.monotonic()` when it began; all processes of a machine share that clock.
    began : float
        `time.time()` at that moment.
    """

    pid: int
    key: tuple[int, int, int]
    since: float
    began: float

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.monotonic() - self.since


class Note:
    """The worker's side of the file, open while a batch runs.

    Parameters
    ----------
    path : str
        Where it is; made when it is not there.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> "Note":
        self._file: Any = open(self._path, "wb", buffering=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        self._file.close()

    def begin(self, key: tuple[int, int, int]) -> None:
        """Tell that a fit begins."""
        self._write(os.getpid(), key)

    def done(self, evaluation: Evaluation) -> None:
        """Keep a result until the batch is back."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(pickle.dumps(evaluation))

    def end(self) -> None:
        """Tell that none runs."""
        self._write(_IDLE, (0, 0, 0))

    def _write(self, pid: int, key: tuple[int, int, int]) -> None:
        fields = pid, *key, time.monotonic(), time.time()
        checksum = zlib.crc32(_RECORD.pack(*fields, 0))
        self._file.seek(0)
        self._file.write(_RECORD.pack(*fields, checksum))


def read_note(path: str) -> AtWork | None:
    """Return what a worker is at, or was when it died.

    Parameters
    ----------
    path : str
        Of its file.

    Returns
    -------
    at_work : AtWork or None
        None when it runs no fit, or is just writing.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            content = file.read(_RECORD.size)
    except OSError:
        return None
    if len(content) != _RECORD.size:
        return None
    pid, trial_id, resource, fold, since, began, checksum = _RECORD.unpack(content)
    fields = pid, trial_id, resource, fold, since, began
    if pid == _IDLE or zlib.crc32(_RECORD.pack(*fields, 0)) != checksum:
        return None
    return AtWork(pid, (trial_id, resource, fold), since, began)


def finished_fits(path: str) -> list[Evaluation]:
    """Return the results of the fits that a worker had done when it died.

    Parameters
    ----------
    path : str
        Of its file.

    Returns
    -------
    evaluations : list of Evaluation
        Those of the newest batch that were written completely.
    """
    evaluations: list[Evaluation] = []
    try:
        with open(path, "rb") as file:
            file.seek(_RECORD.size)
            while True:
                evaluations.append(pickle.load(file))  # a file of this search
    except (OSError, EOFError, pickle.UnpicklingError):
        return evaluations
