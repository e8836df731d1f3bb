"""Bring an object to worker processes once, its large arrays memory-mapped.

The object is pickled into a folder with one file per large array; a worker reads it
when it first meets the path. So data travel once per search, whatever the number of
tasks and workers, and a worker that had to be replaced finds them again by itself.
"""

import mmap
import os
import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from joblib.externals.loky.backend import resource_tracker

try:
    from joblib.externals import cloudpickle
except ImportError:  # a dependency of joblib of its own from 1.6 on
    import cloudpickle

from sksearch.evaluation._orphans import Lifeline, end_with, lifeline

__all__ = ["Shipment", "cloudpickle", "make_folder", "remove_folder", "unpack"]

_MAPPED_BYTES = 1_000_000  # below, a copy is cheaper than a file; joblib's threshold


class Shipment:
    """A pickled object on disk, removed on `close` or when the process dies.

    Parameters
    ----------
    content : object
        What workers shall have.
    folder : str or None, default=None
        Where to write; None prefers shared memory.
    """

    def __init__(self, content: Any, folder: str | None = None) -> None:
        self.folder = make_folder(folder)
        self.path = str(Path(self.folder) / "content.pkl")
        try:
            with open(self.path, "wb") as file:
                pickle.dump(tuple(lifeline()), file)
                _Packer(file, self.folder).dump(content)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the files; workers that have mapped them keep their view."""
        remove_folder(self.folder)


def make_folder(parent: str | None = None) -> str:
    """Make a folder that is removed also when this process is killed."""
    folder = tempfile.mkdtemp(prefix="sksearch_", dir=parent or _fast_folder())
    resource_tracker.register(folder, "folder")
    return folder


def remove_folder(folder: str) -> None:
    """Remove a folder that `make_folder` made."""
    shutil.rmtree(folder, ignore_errors=True)
    resource_tracker.unregister(folder, "folder")


def unpack(path: str) -> Any:
    """Read what a `Shipment` wrote; its large arrays are read-only memory maps."""
    with open(path, "rb") as file:
        end_with(Lifeline(*pickle.load(file)))
        return pickle.load(file)  # our own file, written a moment ago


class _Packer(cloudpickle.CloudPickler):  # type: ignore[misc]
    """Pickles by value what a worker cannot import, and large arrays by file."""

    def __init__(self, file: Any, folder: str) -> None:
        super().__init__(file)
        self._folder = folder

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, np.ndarray) and _worth_mapping(obj):
            return _by_file(obj, self._folder)
        return super().reducer_override(obj)


def _worth_mapping(array: np.ndarray) -> bool:
    plain = type(array) in (np.ndarray, np.memmap) and not array.dtype.hasobject
    return plain and array.nbytes > _MAPPED_BYTES


def _by_file(array: np.ndarray, folder: str) -> tuple[Any, ...]:
    base: Any = array.base
    on_disk = isinstance(base, mmap.mmap) and getattr(array, "mode", None) != "c"
    if isinstance(array, np.memmap) and on_disk:
        order = "F" if array.flags.f_contiguous else "C"
        where = (array.filename, array.dtype, "r", array.offset, array.shape, order)
        return np.memmap, where
    handle, path = tempfile.mkstemp(suffix=".npy", dir=folder)
    with os.fdopen(handle, "wb") as file:
        np.save(file, np.asarray(array))
    return np.load, (path, "r")


def _fast_folder() -> str | None:
    """The folder that the user has named for joblib, or shared memory if there is."""
    named = os.environ.get("JOBLIB_TEMP_FOLDER")
    if named:
        folder = os.path.abspath(os.path.expanduser(named))
        os.makedirs(folder, exist_ok=True)
        return folder
    usage = shutil.disk_usage("/dev/shm") if os.path.isdir("/dev/shm") else None
    return "/dev/shm" if usage and usage.free > 2**31 else None
