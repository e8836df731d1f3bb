"""Where a search stands, by its journal; it may run at this moment."""

import collections
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

from sksearch._cost import is_fit
from sksearch._durations import duration_text
from sksearch._journal import planned_fits
from sksearch._log_lines import read_log
from sksearch.exceptions import JournalError
from sksearch.history import Evaluation, History
from sksearch.report._candidates_table import value_text
from sksearch.report._sections import seconds_of_log

__all__ = ["Status", "load_journal", "status_of"]


@dataclass(frozen=True)
class Status:
    """Where a search stands.

    Parameters
    ----------
    history : History
        The log, as far as it was written.
    n_fits : int or None
        How many fits there will be at most; None where the journal does not say it.
    age : float
        Seconds since the last line was written.
    """

    history: History
    n_fits: int | None
    age: float

    @property
    def n_done(self) -> int:
        """Folds with a result, among them such as were spared."""
        return sum(isinstance(each, Evaluation) for each in self.history.records)

    @property
    def is_finished(self) -> bool:
        """Whether all that was planned has a result."""
        all_done = self.n_fits is not None and self.n_done >= self.n_fits
        return all_done and not self.history.n_unfinished

    @property
    def seconds_left(self) -> float:
        """How long the rest takes, if it goes on as it went; NaN if unknown."""
        if self.n_fits is None or not self.n_done:
            return math.nan
        rest = max(self.n_fits - self.n_done, 0)
        return seconds_of_log(self.history) / self.n_done * rest

    def __str__(self) -> str:
        rows = [
            ("status", self._status()),
            ("fits", self._fits()),
            ("candidates", self._candidates()),
            ("best", self._best()),
            ("time", self._time()),
        ]
        return "\n".join(f"{name:<10}  {_line(text)}" for name, text in rows)

    def _status(self) -> str:
        ago = f"the last line was written {duration_text(self.age)} ago"
        if self.is_finished:
            return f"finished; {ago}"
        return f"not finished: running, broken off, or ended before its time; {ago}"

    def _fits(self) -> str:
        fits = [record for record in self.history.records if is_fit(record)]
        failed = sum(fit.status != "ok" or fit.error is not None for fit in fits)
        planned = "" if self.n_fits is None else f" of at most {self.n_fits}"
        spared = self.n_done - len(fits)
        more = f", {spared} spared" if spared else ""
        return f"{self.n_done}{planned} done ({failed} failed{more})"

    def _candidates(self) -> str:
        history = self.history
        status = collections.Counter(history.status(t.id) for t in history.trials)
        return ", ".join(f"{n} {name}" for name, n in status.most_common()) or "none"

    def _best(self) -> str:
        best = self.history.incumbent()
        if best is None:
            return "none yet"
        goals = [goal or "score" for goal in self.history.goals]
        scores = [
            f"{name} {self.history.score(best, name=goal):.6g}"
            for name, goal in zip(goals, self.history.goals, strict=True)
        ]
        params = self.history.trials[best].params.items()
        shown = ", ".join(f"{name}={value_text(value)}" for name, value in params)
        return f"{', '.join(scores)} (candidate {best}: {shown})"

    def _time(self) -> str:
        spent = duration_text(seconds_of_log(self.history))
        if self.is_finished or math.isnan(self.seconds_left):
            return spent
        return f"{spent} so far; about {duration_text(self.seconds_left)} to go"


def status_of(path: str | os.PathLike[str]) -> Status:
    """Read where a search stands; the search is not disturbed.

    Parameters
    ----------
    path : str or path-like
        Its journal.

    Returns
    -------
    status : Status
        Printed, a few lines.

    Raises
    ------
    JournalError
        If the file is broken, or no journal.
    OSError
        If it cannot be read.
    """
    # The plan first: lines that come in between belong to the log alone.
    file = _regular(path)
    age = max(time.time() - file.stat().st_mtime, 0.0)
    n_fits = planned_fits(read_log(file).bodies)
    return Status(load_journal(file), n_fits, age)


def load_journal(path: str | os.PathLike[str]) -> History:
    """Return the history of a journal, with choices as texts.

    Parameters
    ----------
    path : str or path-like
        The file.

    Raises
    ------
    JournalError
        If the file is broken, or no journal.
    OSError
        If it cannot be read.
    """
    return History.load(_regular(path))


def _regular(path: str | os.PathLike[str]) -> Path:
    file = Path(path)
    if file.is_dir():
        names = sorted(each.name for each in file.glob("*.jsonl"))[:5]
        inside = ", ".join(names) or "it has none"
        raise JournalError(
            f"{str(path)!r} is a folder. Pass a journal in it: {inside}."
        )
    if file.exists() and not file.is_file():
        raise JournalError(f"{str(path)!r} is no regular file. Pass that of a journal.")
    return file


def _line(text: str) -> str:
    """Return a text of which a terminal obeys nothing."""
    return "".join(c if c.isprintable() else "�" for c in text)
