"""One writer per file, among all processes of a machine."""

import contextlib
import errno
import os
from collections.abc import Callable
from typing import Any

from sksearch.exceptions import JournalLockedError

__all__ = ["lock_file"]

_fcntl: Any
try:
    import fcntl as _fcntl
except ImportError:  # not a POSIX system
    _fcntl = None

_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


def lock_file(handle: int, path: str) -> Callable[[], None]:
    """Lock an open file against other writers; readers are not disturbed.

    `fcntl.flock`, which ends with the process however that ends. Where there is none,
    a file `<path>.lock`, which stays behind a process that was killed.

    Parameters
    ----------
    handle : int
        Of the open file.
    path : str
        Its name.

    Returns
    -------
    release : callable
        Ends the lock, beside closing the file.

    Raises
    ------
    JournalLockedError
        If somebody else holds it.
    """
    if _fcntl is None:
        return _lock_by_file(path)
    try:
        _fcntl.flock(handle, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise JournalLockedError(
            f"Another search writes to the journal {path!r} at this moment. Wait until "
            "it has ended, or give each search a journal of its own; a folder, as in "
            "journal='folder/', does that for searches on different data."
        ) from error
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        return _lock_by_file(path)
    return lambda: None  # closing the file ends it


def _lock_by_file(path: str) -> Callable[[], None]:
    name = f"{path}.lock"
    try:
        handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError as error:
        raise JournalLockedError(
            f"The file {name!r} says that another search writes to the journal "
            f"{path!r}. If none does, since it was killed, remove {name!r}."
        ) from error
    with os.fdopen(handle, "w") as file:
        file.write(f"{os.getpid()}\n")
    return lambda: _remove(name)


def _remove(name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name)
