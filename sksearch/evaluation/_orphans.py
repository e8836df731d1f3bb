"""A worker ends with the process that it works for, however that one ended.

Two watches: a thread that asks who the parent is, on every system; and on Linux the
kernel itself, which needs no thread of this process to run and so also ends a fit that
hangs in a C call with the GIL held.
"""

import os
import signal
import stat
import sys
import threading
import time
from typing import NamedTuple

__all__ = ["Lifeline", "end_with", "lifeline"]

_SECONDS = 1.0
_watched: set[int] = set()


class Lifeline(NamedTuple):
    """A process, and a pipe that it holds for as long as it lives.

    Parameters
    ----------
    owner : int
        Its process id.
    end : int
        The number that the reading end of the pipe has there.
    inode : int
        Which pipe it is: a number may be used again.
    """

    owner: int
    end: int
    inode: int


# -- in the parent -----------------------------------------------------------------

_lock = threading.Lock()
_pipe: tuple[int, int] | None = None  # both ends are this process's alone


def lifeline() -> Lifeline:
    """Return the lifeline of this process, which its workers hand to `end_with`."""
    global _pipe
    with _lock:
        if _pipe is None:
            _pipe = os.pipe()
        return Lifeline(os.getpid(), _pipe[0], os.fstat(_pipe[0]).st_ino)


def _after_fork() -> None:
    """A forked child is not the parent of these workers, and may outlive it."""
    global _lock, _pipe
    _lock = threading.Lock()
    _watched.clear()
    if _pipe is not None:
        for end in _pipe:
            os.close(end)
        _pipe = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# -- in the worker -----------------------------------------------------------------


def end_with(line: Lifeline) -> None:
    """Leave this process soon after its parent is gone, if that is the owner.

    A parent that is killed cannot tell its workers, and those of loky would wait
    minutes for it: they hold both ends of their pipes.

    Parameters
    ----------
    line : Lifeline
        Of the process whose data were received; where that is not the parent, its death
        is not watched.
    """
    if line.owner in _watched or os.getppid() != line.owner:
        return
    _watched.add(line.owner)
    _be_killed_with(line)
    threading.Thread(target=_watch, args=[line.owner], daemon=True).start()


def _watch(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(_SECONDS)
    os._exit(1)


def _be_killed_with(line: Lifeline) -> None:
    """Have the kernel kill this process when the last writer of the pipe is gone.

    A signal of O_ASYNC tells of that, by F_SETSIG one that nobody can catch. Nothing
    is ever written, so nothing else raises it. PR_SET_PDEATHSIG would follow the thread
    that started this process, which may end long before its process does.
    """
    if sys.platform != "linux":
        return
    import fcntl  # not on Windows

    try:
        end = os.open(f"/proc/{line.owner}/fd/{line.end}", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:  # no /proc, or it must not be looked into
        return
    status = os.fstat(end)
    if not stat.S_ISFIFO(status.st_mode) or status.st_ino != line.inode:
        os.close(end)
        return
    fcntl.fcntl(end, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(end, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(end, fcntl.F_GETFL)
    fcntl.fcntl(end, fcntl.F_SETFL, flags | os.O_ASYNC)
