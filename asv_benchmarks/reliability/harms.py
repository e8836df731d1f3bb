"""What becomes of a journal: broken in all ways, or written by somebody malicious."""

import base64
import contextlib
import os
import pickle
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence

from sksearch._log_lines import packed

__all__ = ["HARMS", "HOSTILE", "recorded"]

Lines = Sequence[bytes]
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


def _raw(number: int, text: bytes) -> bytes:
    """Return a line with a right number and checksum and any text as its body."""
    line = packed(number, {"trial": "TEXT"}).split(b",", 1)[1].replace(b'"TEXT"', text)
    return b'{"crc":"%08x",%b' % (zlib.crc32(b"{" + line.rstrip(b"\n")), line)


def _trial(x: bytes) -> Callable[[Lines], bytes]:
    """Return a good header and a trial, with a right checksum, whose `x` is this."""
    text = b'{"id":0,"params":{"x":%b,"k":{"choice":0}}}' % x
    return lambda lines: lines[0] + _raw(1, text)


def _body(text: bytes) -> Callable[[Lines], bytes]:
    return lambda lines: lines[0] + _raw(1, text)


_ENCODED = base64.b64encode(_PICKLE)
HOSTILE: dict[str, Callable[[Lines], bytes]] = {
    "a pickle": lambda lines: _PICKLE,
    "a pickle after the header": lambda lines: lines[0] + _PICKLE + b"\n",
    "a pickle in a parameter": _trial(b'"%b"' % _ENCODED),
    "a pickle by the names of jsonpickle": _trial(
        b'{"py/reduce":[{"py/function":"os.system"},{"py/tuple":["exit 1"]}]}'
    ),
    "code in a parameter": _trial(b'"%b"' % _CODE.encode()),
    "code as a choice": _body(
        b'{"id":0,"params":{"x":0.5,"k":{"choice":"%b"}}}' % _CODE.encode()
    ),
    "code as a key": _body(b'{"id":0,"params":{"%b":1}}' % _CODE.encode()),
    "a class by its name": _trial(b'{"__class__":"os.system","args":["exit 1"]}'),
    "a number of 100,000 digits": _trial(b"1" * 100_000),
    "a number of 400 digits": _trial(b"1" * 400),
    "1e999999": _trial(b"1e999999"),
    "NaN": _trial(b"NaN"),
    "a choice of 10^18": _body(
        b'{"id":0,"params":{"x":0.5,"k":{"choice":1000000000000000000}}}'
    ),
    "a choice below 0": _body(b'{"id":0,"params":{"x":0.5,"k":{"choice":-1}}}'),
    "an id of 10^18": _body(
        b'{"id":1000000000000000000,"params":{"x":0.5,"k":{"choice":0}}}'
    ),
    "an id that is text": _body(b'{"id":"0","params":{"x":0.5,"k":{"choice":0}}}'),
    "a resource of 10^18": _body(
        b'{"id":0,"resource":1000000000000000000,"params":{"x":0.5,"k":{"choice":0}}}'
    ),
    "nested 100,000 deep": _body(b"[" * 100_000 + b"]" * 100_000),
    "nested 100,000 objects deep": _body(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a list for an object": _body(b"[]"),
    "null for an object": _body(b"null"),
    "10 MB of text": _trial(b'"' + b"a" * 10_000_000 + b'"'),
    "bytes that are no UTF-8": _body(b'{"id":0,"params":{"x":"\xff\xfe"}}'),
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
