"""The journal of a search: its history in a file, so that nothing is lost.

A line is a header, a record of the history, or one of three more kinds. "early" is a
result that came before its turn: the log waits for others, but the fit was done. "turn"
says that it is committed now. "plan" says how many fits the search will run at most,
for those who look at it; the last one counts.
"""

import os
import stat
import time
import warnings
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from sksearch._file_lock import lock_file
from sksearch._log_lines import packed, read_log
from sksearch._record_lines import line_of
from sksearch._stored_history import replay
from sksearch.exceptions import HistoryMismatchError, JournalError, JournalWarning
from sksearch.history import Evaluation, History, Task, Trial

__all__ = ["Journal", "planned_fits"]

_SYNC_SECONDS = 1.0

Facts = Mapping[str, Mapping[str, Any]]


class Journal:
    """An append-only file that this process alone may write.

    Parameters
    ----------
    path : str
        The file; made if it is not there.

    Attributes
    ----------
    header : dict or None
        What the file says of its search; None if it is new.
    early : dict of tuple to Evaluation
        By (trial, resource, fold), results that wait for their turn.

    Raises
    ------
    JournalLockedError
        If another search writes to it.
    JournalError
        If it is broken, or cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self._handle = _opened(self.path)
        try:
            self._release = lock_file(self._handle, self.path)
        except BaseException:
            os.close(self._handle)
            raise
        self._history: History | None = None
        self._synced = 0.0
        self.early: dict[tuple[int, int, int], Evaluation] = {}
        _open_journals.add(self)
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        log = read_log(self.path)
        if log.torn is not None:
            warnings.warn(
                f"The journal {self.path!r} ends within a line, as after a kill or on "
                "a full disk. That line is dropped; the search goes on from the one "
                "before it.",
                JournalWarning,
                stacklevel=2,
            )
        self._lines = log.bodies
        self._n_lines = len(log.bodies)
        self.header: dict[str, Any] | None = None
        if log.bodies:
            self.header = log.bodies[0].get("journal")
            if self.header is None or self.header.get("sksearch") != 1:
                raise JournalError(
                    f"{self.path!r} begins with no header of a journal that this "
                    "version reads. Pass another path."
                )
        os.ftruncate(self._handle, log.n_bytes)
        os.lseek(self._handle, 0, os.SEEK_END)
        if log.n_bytes and not _ends_with_newline(self.path):
            self._write(b"\n")

    @property
    def checkpoints(self) -> str:
        """The folder where candidates wait to be trained on, beside the file."""
        return f"{self.path}.checkpoints"

    @property
    def predictions(self) -> str:
        """The folder of what candidates predicted, beside the file."""
        return f"{self.path}.predictions"

    @property
    def seconds(self) -> float:
        """How long the search has run, by its results; 0 for a new one."""
        results = [
            line.get("evaluation") or line.get("early") or {} for line in self._lines
        ]
        ends = [_end(fields) for fields in results]
        return max((end for end in ends if end == end), default=0.0)

    def begin(
        self,
        history: History,
        facts: Facts,
        versions: Any,
        n_fits: int | None = None,
    ) -> None:
        """Fill a new history with what the file says, and follow it from then on.

        Parameters
        ----------
        history : History
            Without records.
        facts : dict of str to dict
            What must be the same: by field "text", to show, and "hash".
        versions : dict of str to str
            Of the packages; others are warned about.
        n_fits : int or None, default=None
            How many fits there will be at most; None is not known.

        Raises
        ------
        HistoryMismatchError
            If the file is of another search.
        JournalError
            If its lines do not follow from one another.
        """
        header = {
            "sksearch": 1,
            "space": history.space.fingerprint,
            **history.header(),
            "facts": facts,
            "versions": versions,
        }
        if self.header is None:
            self._append({"journal": header})
        else:
            self._compare(facts, versions)
        self.early = replay(history, self._lines[1:], self.path)
        if n_fits is not None and n_fits != planned_fits(self._lines):
            self._append({"plan": {"fits": n_fits}})
        self._lines = []
        self._history = history
        history.sink = self._record

    def _compare(self, facts: Facts, versions: Mapping[str, str]) -> None:
        assert self.header is not None
        known, other = self.header["facts"], self.header["versions"]
        changed = {n: v for n, v in other.items() if versions.get(n) != v}
        for name in [*known, *(name for name in facts if name not in known)]:
            one, two = known.get(name, _NOTHING), facts.get(name, _NOTHING)
            # Another version of a library may have more parameters, or fewer.
            may_lack = changed and name.startswith("estimator ")
            if one["hash"] != two["hash"] and not (may_lack and _NOTHING in (one, two)):
                raise HistoryMismatchError(
                    f"The journal {self.path!r} is of another search: its {name} is "
                    f"{one['text']}, and that of this search is {two['text']}. Make "
                    "them equal to continue it, or pass another journal; a folder, as "
                    "in journal='folder/', has a file for each data set and its splits."
                )
        if changed:
            now = {name: versions.get(name) for name in changed}
            warnings.warn(
                f"The journal {self.path!r} was written with {changed}, and is "
                f"continued with {now}. Results may differ.",
                JournalWarning,
                stacklevel=2,
            )

    def keep(self, result: Evaluation) -> None:
        """Write a result that the log does not have yet.

        Parameters
        ----------
        result : Evaluation
            It comes to the history in its turn.
        """
        key = _key(result)
        if key not in self.early:
            self.early[key] = result
            self._append({"early": self._line(result)["evaluation"]})

    def _record(self, record: Trial | Task | Evaluation) -> None:
        if isinstance(record, Evaluation):
            early = self.early.pop(_key(record), None)
            if early is record:  # else it was skipped while its result waited
                self._append({"turn": _key(record)})
                return
        self._append(self._line(record))

    def _line(self, record: Trial | Task | Evaluation) -> dict[str, Any]:
        """Return the line of a record without what says nothing."""
        assert self._history is not None
        [(kind, fields)] = line_of(record, self._history.space).items()
        if kind == "evaluation":
            fields = {n: v for n, v in fields.items() if v is not None and v != {}}
        return {kind: fields}

    def _append(self, body: Mapping[str, Any]) -> None:
        try:
            self._write(packed(self._n_lines, body))
            # What is written survives this process; the disk is asked once a second.
            if time.monotonic() - self._synced > _SYNC_SECONDS:
                os.fsync(self._handle)
                self._synced = time.monotonic()
        except OSError as error:
            raise JournalError(
                f"The journal {self.path!r} cannot be written: {error.strerror}. The "
                "lines that it has are kept: make room, and call fit again, which goes "
                "on from there."
            ) from error
        self._n_lines += 1

    def _write(self, line: bytes) -> None:
        written = os.write(self._handle, line)
        while written < len(line):  # a disk that is full: the next write raises
            written += os.write(self._handle, line[written:])

    def close(self) -> None:
        """Release the file; the history is not followed any more."""
        if self._handle < 0:
            return
        if self._history is not None:
            self._history.sink = None
        handle, self._handle = self._handle, -1
        _open_journals.discard(self)
        try:
            os.fsync(handle)
        except OSError as error:  # the results are in memory, and worth more
            warnings.warn(
                f"The last lines of the journal {self.path!r} may be lost: "
                f"{error.strerror}.",
                JournalWarning,
                stacklevel=2,
            )
        finally:
            os.close(handle)
            self._release()

    def _leave(self) -> None:
        """Close a copy of the file in a forked child: it would hold the lock."""
        os.close(self._handle)
        self._handle = -1
        if self._history is not None:
            self._history.sink = None


def planned_fits(lines: Sequence[Mapping[str, Any]]) -> int | None:
    """Return how many fits a search will run at most, by the lines of its journal.

    Parameters
    ----------
    lines : sequence of dict
        As from `read_log`.

    Returns
    -------
    n_fits : int or None
        None where the journal does not say it.

    Examples
    --------
    >>> planned_fits([{"plan": {"fits": 50}}, {"turn": [0, 1, 0]}])
    50
    """
    plans = [line["plan"] for line in lines if "plan" in line]
    last = plans[-1].get("fits") if plans and isinstance(plans[-1], dict) else None
    return last if isinstance(last, int) and 0 < last < 2**53 else None


_BINARY = getattr(os, "O_BINARY", 0)
_NOTHING = {"text": "not there", "hash": None}
_open_journals: "weakref.WeakSet[Journal]" = weakref.WeakSet()


def _leave_all() -> None:
    for journal in list(_open_journals):
        journal._leave()
    _open_journals.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all)


def _opened(path: str) -> int:
    """Open a file in binary, unbuffered: a line is there when its write returns."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o666)
    except OSError as error:
        raise JournalError(
            f"The journal {path!r} cannot be opened: {error.strerror}. Pass the path "
            "of a file in a folder that is there and may be written to. History.load "
            "shows a journal that may only be read."
        ) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):  # a device, or a pipe
        os.close(handle)
        raise JournalError(f"{path!r} is no regular file. Pass the path of one.")
    return handle


def _key(result: Evaluation) -> tuple[int, int, int]:
    return result.trial_id, result.resource, result.fold


def _end(fields: Mapping[str, Any]) -> float:
    times = [fields.get(name, "nan") for name in ("started", "fit_time", "score_time")]
    return sum(map(float, times))


def _ends_with_newline(path: str) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"
