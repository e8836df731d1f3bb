"""Locks that a fit holds while it uses a share of a device: files of this machine.

Whoever runs fits, a thread, a worker of ours, of joblib's or of a cluster, meets the
others here, and a process that dies gives back what it held.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["can_lock", "lock_folder", "locked", "on_this_machine", "try_locks"]

_fcntl: Any
try:
    import fcntl as _fcntl
except ImportError:  # not a POSIX system
    _fcntl = None

_PAUSE = 0.02  # seconds between two tries


def can_lock() -> bool:
    """Return whether this platform has locks that end with their process."""
    return _fcntl is not None


def lock_folder() -> str:
    """Return the path of the folder that searches of one command have in common.

    Its processes are one group, as a shell starts them: two searches in two workers of
    one loop share devices, those of two notebooks know nothing of each other.
    """
    name = f"sksearch-devices-{os.getuid()}-{os.getpgrp()}"
    return os.path.join(tempfile.gettempdir(), name)


@contextlib.contextmanager
def try_locks(paths: list[Path]) -> Iterator[Path | None]:
    """Lock the first file that nobody holds; None where all are held.

    Parameters
    ----------
    paths : list of Path
        In the order of preference.

    Yields
    ------
    path : Path or None
        Which is locked for the block.
    """
    for path in paths:
        handle = _open(path)
        try:
            # Of the open file, not of the process: threads exclude each other too.
            _fcntl.flock(handle, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        try:
            yield path
        finally:
            # Said, not left to the closing: a child may have the open file as well.
            _fcntl.flock(handle, _fcntl.LOCK_UN)
            os.close(handle)
        return
    yield None


@contextlib.contextmanager
def locked(paths: list[Path]) -> Iterator[Path]:
    """Lock one of some files, and wait for it.

    Parameters
    ----------
    paths : list of Path
        In the order of preference.

    Yields
    ------
    path : Path
        Which is locked for the block.
    """
    while True:
        with try_locks(paths) as path:
            if path is not None:
                yield path
                return
        time.sleep(_PAUSE)


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return os.open(path, flags, 0o600)


def on_this_machine(folder: str) -> Path:
    """Return a folder of locks, or where it is on a machine that lacks its place.

    Warm workers may have a temporary folder of their own: that of the search counts.
    """
    path = Path(folder)
    return path if path.parent.is_dir() else Path(tempfile.gettempdir()) / path.name
