"""A file of JSON lines that is only ever appended to, each with its number and a CRC.

A line is ``{"crc":"89abcdef","n":12,"kind":{...}}``. The CRC-32 is that of the line
without its first member, ``{"n":12,"kind":{...}}``. Reading takes text apart and calls
nothing that a file names.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sksearch.exceptions import JournalError

__all__ = ["LogLines", "packed", "read_log"]

_NO_LINE = TypeError, AttributeError, RecursionError
_BEGIN = b'{"crc":"'
_HEAD = len(b'{"crc":"89abcdef",')


@dataclass(frozen=True)
class LogLines:
    """What a file holds.

    Parameters
    ----------
    bodies : list of dict
        Each line without its number and CRC: one member, the kind of the line.
    n_bytes : int
        How far the file is good.
    torn : str or None
        What is wrong with the end of the file, if it was cut within a line.
    """

    bodies: list[dict[str, Any]]
    n_bytes: int
    torn: str | None = None


def packed(number: int, body: Mapping[str, Any]) -> bytes:
    r"""Return a line with its number and CRC, and its newline.

    Parameters
    ----------
    number : int
        From 0.
    body : dict
        What the line says.

    Examples
    --------
    >>> packed(3, {"turn": [0, 1, 2]})
    b'{"crc":"817401a5","n":3,"turn":[0,1,2]}\n'
    """
    line = {"n": number, **body}
    text = json.dumps(line, allow_nan=False, separators=(",", ":")).encode()
    return b'{"crc":"%08x",%b\n' % (zlib.crc32(text), text[1:])


def read_log(path: str | Path) -> LogLines:
    """Read a file up to where it was cut.

    Parameters
    ----------
    path : str or Path
        The file; somebody may be appending to it.

    Returns
    -------
    lines : LogLines
        Its lines.

    Raises
    ------
    JournalError
        If a line that ends is not what was written, or not in its place.
    """
    content = Path(path).read_bytes()
    *whole, rest = content.split(b"\n")
    bodies = []
    for number, line in enumerate(whole):
        body, reason = _unpacked(number, line)
        if body is None:
            raise _broken(path, number, reason)
        bodies.append(body)
    if not rest:
        return LogLines(bodies, len(content))
    body, reason = _unpacked(len(whole), rest)
    if body is None and not whole and not rest.startswith(_BEGIN[: len(rest)]):
        raise JournalError(
            f"{str(path)!r} is no journal: it does not begin as one does. It stays as "
            "it is. Pass another path."
        )
    if body is None:
        return LogLines(bodies, len(content) - len(rest), reason)
    return LogLines([*bodies, body], len(content))  # only its newline is missing


def _unpacked(number: int, line: bytes) -> tuple[dict[str, Any] | None, str]:
    """Return what a line says, or None and what is wrong with it."""
    text = b"{" + line[_HEAD:]
    if line[:_HEAD] != b'{"crc":"%08x",' % zlib.crc32(text):
        return None, "its checksum does not match"
    try:
        body = json.loads(text)
        if dict.pop(body, "n") == number:
            return body, ""
        return None, "it is out of order, twice there, or one before it is missing"
    except (ValueError, LookupError, *_NO_LINE) as error:
        return None, f"it is no line of a journal: {error!r}"


def _broken(path: str | Path, number: int, reason: str) -> JournalError:
    return JournalError(
        f"Line {number + 1} of the journal {str(path)!r} is broken: {reason}. Take the "
        f"file from a backup, or keep its first {number} lines (head -n {number}): the "
        "search goes on from there. Or pass another journal."
    )
