"""The log as text: JSON lines in memory, and the journal of a search on disk."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sksearch._line_fields import check_fields, is_header
from sksearch._log_lines import read_log
from sksearch._record_lines import evaluation_of, line_of, record_of
from sksearch._records import Evaluation
from sksearch._shown_space import ShownSpace
from sksearch.exceptions import HistoryMismatchError, JournalError

__all__ = ["from_journal", "from_json", "json_of", "replay"]

_WRONG = ValueError, TypeError, AttributeError, ArithmeticError
_HEADER = (
    "seed",
    "n_splits",
    "objective",
    "objectives",
    "constraints",
    "log_scores",
)


def json_of(history: Any) -> str:
    """Return a log as JSON lines: a header, then one line for each record.

    Parameters
    ----------
    history : History
        The log.
    """
    header = {"sksearch": 1, "space": history.space.fingerprint, **history.header()}
    lines = [header, *(line_of(record, history.space) for record in history.records)]
    return "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines)


def from_json(cls: Any, lines: str, space: Any) -> Any:
    """Read what `json_of` wrote.

    Parameters
    ----------
    cls : type
        Makes the history.
    lines : str
        The JSON lines.
    space : SearchSpace
        Equal to the one of the stored search.

    Raises
    ------
    HistoryMismatchError
        If the log was written over another space.
    """
    header, *records = map(json.loads, lines.splitlines())
    if header.pop("space") != space.fingerprint:
        raise HistoryMismatchError(
            "The stored history was written over another search space. Pass the "
            "param_distributions and param_constraint that it was written with."
        )
    header.pop("sksearch")
    history = cls(space, **header)
    for line in records:
        history.record(record_of(line, history.space))
    return history


def from_journal(cls: Any, path: str | Path, space: Any | None) -> Any:
    """Read the journal of a search, finished or not.

    Parameters
    ----------
    cls : type
        Makes the history.
    path : str or Path
        The file.
    space : SearchSpace or None
        Equal to the one of the search; None shows choices as their texts.

    Raises
    ------
    JournalError
        If the file is broken, or holds nothing.
    HistoryMismatchError
        If the search had another space.
    """
    lines = read_log(path).bodies
    if not lines or not is_header(lines[0].get("journal")):
        raise JournalError(f"{str(path)!r} holds no journal. Pass the path of one.")
    header = lines[0]["journal"]
    if space is not None and space.fingerprint != header["space"]:
        raise HistoryMismatchError(
            f"The journal {str(path)!r} was written over another search space: "
            f"{_space_text(header)}, not {space!r}. Pass that one, or "
            "None to see choices as texts."
        )
    known = ShownSpace(header["space"]) if space is None else space
    history = cls(known, **{name: header[name] for name in _HEADER})
    for early in replay(history, lines[1:], path).values():
        if early.fold not in history.evaluations(early.trial_id, early.resource):
            history.record(early)
    return history


def replay(
    history: Any, lines: Sequence[Mapping[str, Any]], path: str | Path
) -> dict[tuple[int, int, int], Evaluation]:
    """Record what a journal says; return the results that wait for their turn.

    Parameters
    ----------
    history : History
        The log, which grows.
    lines : sequence of dict
        After the header.
    path : str or Path
        The file that is named in errors.

    Raises
    ------
    JournalError
        If a line does not follow from those before it.
    """
    early: dict[tuple[int, int, int], Evaluation] = {}
    for number, line in enumerate(lines, 2):
        try:
            _follow(history, early, line)
        except (LookupError, *_WRONG) as error:
            raise JournalError(
                f"Line {number} of the journal {str(path)!r} does not follow from "
                f"those before it: {error}. Keep the lines before it (head -n "
                f"{number - 1}), or pass another journal."
            ) from error
    return early


def _follow(
    history: Any,
    early: dict[tuple[int, int, int], Evaluation],
    line: Mapping[str, Any],
) -> None:
    [(kind, fields)] = line.items()
    if kind != "turn":
        check_fields(kind, fields)
    if kind == "early":
        result = evaluation_of(fields)
        early[result.trial_id, result.resource, result.fold] = result
    elif kind == "turn":
        history.record(early.pop(tuple(fields)))
    elif kind != "plan":
        history.record(record_of(line, history.space))


def _space_text(header: Mapping[str, Any]) -> Any:
    try:
        return header["facts"]["space"]["text"]
    except (LookupError, TypeError):
        return header["space"]
