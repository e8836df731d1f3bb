"""What becomes of a journal: broken in all ways, or written by somebody malicious."""

import base64
import contextlib
import os
import pickle
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence

__all__ = ["HARMS", "HOSTILE", "made_up", "recorded"]

Lines = Sequence[bytes]
Made = Callable[[Lines, str], bytes]  # of lines, and the name of a choice
Draw = Callable[[int, int], int]  # an integer of a range, both ends included


# -- by accident ---------------------------------------------------------------------


def truncated(lines: Lines, draw: Draw) -> bytes:
    """Cut anywhere."""
    content = b"".join(lines)
    return content[: draw(0, len(content))]


def flipped(lines: Lines, draw: Draw) -> bytes:
    """Turn over one to three bits."""
    content = bytearray(b"".join(lines))
    for _ in range(draw(1, 3)):
        content[draw(0, len(content) - 1)] ^= 1 << draw(0, 7)
    return bytes(content)


def moved(lines: Lines, draw: Draw) -> bytes:
    """Put a line elsewhere."""
    found = list(lines)
    line = found.pop(draw(0, len(lines) - 1))
    found.insert(draw(0, len(lines) - 1), line)
    return b"".join(found)


def repeated(lines: Lines, draw: Draw) -> bytes:
    """Have a line twice."""
    found = list(lines)
    found.insert(draw(0, len(lines) - 1), lines[draw(0, len(lines) - 1)])
    return b"".join(found)


def left_out(lines: Lines, draw: Draw) -> bytes:
    """Lose a line."""
    found = list(lines)
    del found[draw(0, len(lines) - 1)]
    return b"".join(found)


def foreign(lines: Lines, draw: Draw) -> bytes:
    """Have some bytes more, anywhere."""
    content = b"".join(lines)
    at = draw(0, len(content))
    some = bytes(draw(0, 255) for _ in range(draw(1, 20)))
    return content[:at] + some + content[at:]


HARMS: dict[str, Callable[[Lines, Draw], bytes]] = {
    "truncated": truncated,
    "bits flipped": flipped,
    "a line moved": moved,
    "a line twice": repeated,
    "a line left out": left_out,
    "foreign bytes": foreign,
}


# -- on purpose ----------------------------------------------------------------------


class _Payload:
    """Calls `os.system` where it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("exit 1",)


_PICKLE = pickle.dumps(_Payload())
_CODE = "__import__('os').system('exit 1')"


def _line(kind: bytes, text: bytes) -> bytes:
    """Return the second line of a journal, with a right checksum and any text."""
    line = b'"n":1,"%b":%b}' % (kind, text)
    return b'{"crc":"%08x",%b\n' % (zlib.crc32(b"{" + line), line)


def made_up(x: bytes = b"0.5", choice: bytes = b"0", more: bytes = b'"id":0') -> Made:
    """Return what writes a header and a trial of two parameters; by default a good one.

    The second parameter is a choice, whose name the caller knows.
    """

    def write(lines: Lines, name: str) -> bytes:
        params = b'{"x":%b,"%b":{"choice":%b}}' % (x, name.encode(), choice)
        return lines[0] + _line(b"trial", b'{%b,"params":%b}' % (more, params))

    return write


def _body(text: bytes, kind: bytes = b"trial") -> Made:
    return lambda lines, _: lines[0] + _line(kind, text)


_ENCODED = base64.b64encode(_PICKLE)
_HUGE = b"1000000000000000000"
_REDUCE = b'{"py/reduce":[{"py/function":"os.system"},{"py/tuple":["exit 1"]}]}'
HOSTILE: dict[str, Made] = {
    "a pickle": lambda lines, _: _PICKLE,
    "a pickle after the header": lambda lines, _: lines[0] + _PICKLE + b"\n",
    "a pickle in a parameter": made_up(b'"%b"' % _ENCODED),
    "a pickle as a choice": made_up(choice=b'"%b"' % _ENCODED),
    "a pickle by the names of jsonpickle": made_up(_REDUCE),
    "code in a parameter": made_up(b'"%b"' % _CODE.encode()),
    "code as a choice": made_up(choice=b'"%b"' % _CODE.encode()),
    "code as a key": _body(b'{"id":0,"params":{"%b":1}}' % _CODE.encode()),
    "code as a kind of line": _body(b'{"id":0}', _CODE.encode()),
    "a class by its name": made_up(b'{"__class__":"os.system","args":["exit 1"]}'),
    "a number of 100,000 digits": made_up(b"1" * 100_000),
    "a number of 400 digits": made_up(b"1" * 400),
    "1e999999": made_up(b"1e999999"),
    "NaN": made_up(b"NaN"),
    "a choice of 10^18": made_up(choice=_HUGE),
    "a choice below 0": made_up(choice=b"-1"),
    "an id of 10^18": made_up(more=b'"id":%b' % _HUGE),
    "an id that is text": made_up(more=b'"id":"0"'),
    "a result of fold 10^18": _body(
        b'{"trial_id":0,"resource":1,"fold":%b}' % _HUGE, b"evaluation"
    ),
    "nested 100,000 deep": _body(b"[" * 100_000 + b"]" * 100_000),
    "nested 100,000 objects deep": _body(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a list for an object": _body(b"[]"),
    "null for an object": _body(b"null"),
    "10 MB of text": made_up(b'"' + b"a" * 10_000_000 + b'"'),
    "bytes that are no UTF-8": made_up(b'"\xff\xfe"'),
}

_EVENTS = ("pickle.find_class", "exec", "os.system", "os.exec", "os.posix_spawn")
_heard: list[str] | None = None
_hooked = False


def _hear(event: str, _: object) -> None:
    if _heard is not None and event.startswith((*_EVENTS, "subprocess.Popen")):
        _heard.append(event)


@contextlib.contextmanager
def recorded() -> Iterator[list[str]]:
    """Yield a list of what is unpickled, evaluated or started in a block (PEP 578)."""
    global _heard, _hooked
    if not _hooked:  # a hook stays for as long as the process lives
        sys.addaudithook(_hear)
        _hooked = True
    found: list[str] = []
    _heard = found
    try:
        yield found
    finally:
        _heard = None
