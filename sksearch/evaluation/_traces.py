"""Where a worker is that does not come back: asked by a signal, told into a file.

faulthandler answers from the signal's handler in C, so that a fit also tells which
hangs in C and holds the GIL.
"""

import contextlib
import faulthandler
import os
import signal
import time
from pathlib import Path
from typing import Any

__all__ = ["tell_where_when_asked", "where_it_is"]

_PATIENCE = 0.5  # seconds; after them it is killed without a word
_OUTSIDE = "in run_batch"  # what is further out is the same for all fits
_CAN_ASK = hasattr(faulthandler, "register") and hasattr(signal, "SIGUSR1")

_files: dict[str, Any] = {}  # the one that answers go to, by path


def tell_where_when_asked(note: str) -> None:
    """Make this worker write its traceback beside a note when it is asked to.

    Parameters
    ----------
    note : str
        The path of its note.
    """
    if not _CAN_ASK or note in _files:
        return
    for file in _files.values():
        file.close()
    _files.clear()
    # Open for as long as the worker lives: the handler writes into it.
    file = _files[note] = Path(_path(note)).open("w")  # noqa: SIM115
    faulthandler.register(signal.SIGUSR1, file=file, all_threads=False)


def where_it_is(pid: int, note: str) -> str:
    """Ask a worker which lines of code it is at; it has to be killed afterwards.

    The signal may end a wait of the fit, which then must not count as done.

    Parameters
    ----------
    pid : int
        Its process.
    note : str
        The path of its note.

    Returns
    -------
    traceback : str
        The most recent call first, with a line break at the end; empty where the
        worker does not answer, or the platform has no such signal.
    """
    if not _CAN_ASK:
        return ""
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGUSR1)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            inner, found, _ = _read(note).partition(_OUTSIDE)
            if found:
                return inner.rpartition("\n")[0] + "\n"
            time.sleep(0.01)
    return ""


def _read(note: str) -> str:
    try:
        return Path(_path(note)).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _path(note: str) -> str:
    return f"{note}-where"
