"""A worker ends with the process that it works for, however that one ended."""

import os
import threading
import time

__all__ = ["end_with"]

_SECONDS = 1.0
_watched: set[int] = set()


def end_with(owner: int) -> None:
    """Leave this process soon after its parent is gone, if that is the owner.

    A parent that is killed cannot tell its workers, and those of loky would wait
    minutes for it: they hold both ends of their pipes.

    Parameters
    ----------
    owner : int
        The process whose data were received; another one's death is not watched.
    """
    if owner in _watched or os.getppid() != owner:
        return
    _watched.add(owner)
    threading.Thread(target=_watch, args=[owner], daemon=True).start()


def _watch(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(_SECONDS)
    os._exit(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watched.clear)
