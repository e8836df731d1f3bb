"""The most memory that a process held while something ran."""

import contextlib
import ctypes
import gc
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Peak", "get_ready", "peak_memory"]

_STATUS, _RESET = "/proc/self/status", "/proc/self/clear_refs"
_PAUSE = 0.002  # seconds between two looks, where the system keeps no mark


@dataclass
class Peak:
    """What is known once the block has ended.

    Parameters
    ----------
    n_bytes : int, default=0
        Of the device where torch has put something on one, else of the process.
    """

    n_bytes: int = 0


@contextlib.contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measure how far memory rises in a block above what is held at its beginning.

    Yields
    ------
    peak : Peak
        Filled when the block ends.
    """
    peak = Peak()
    with _process_gauge().rise() as process, _cuda.rise() as device:
        yield peak
    peak.n_bytes = device.n_bytes or process.n_bytes


def get_ready() -> None:
    """Give back what earlier fits have left, for the next measurement.

    Memory that is free but still held by the process would be used again unseen.

    Raises
    ------
    RuntimeError
        If there is neither /proc nor psutil.
    """
    if not os.path.exists(_STATUS) and _psutil() is None:
        raise RuntimeError(
            "neg_peak_memory reads /proc, which this platform does not have, or psutil,"
            " which is not installed. Install psutil, or take neg_model_size."
        )
    gc.collect()
    if sys.platform == "linux":
        # An allocator other than that of glibc has no such call.
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)(0)


class _Gauge(Protocol):
    def rise(self) -> contextlib.AbstractContextManager[Peak]: ...


class _Mark:
    """A high-water mark of the process, which several blocks at once may need.

    Each block begins by setting the mark back, after the others have noted it.

    Parameters
    ----------
    read : callable
        Returns (bytes now, most bytes since the mark was set back).
    reset : callable
        Sets the mark back to what is held now.
    """

    def __init__(
        self, read: Callable[[], tuple[int, int]], reset: Callable[[], None]
    ) -> None:
        self._read, self._reset = read, reset
        self._lock = threading.Lock()
        self._highest: dict[int, int] = {}

    @contextlib.contextmanager
    def rise(self) -> Iterator[Peak]:
        peak = Peak()
        with self._lock:
            self._note()
            self._reset()
            before, _ = self._read()
            self._highest[id(peak)] = before
        try:
            yield peak
        finally:
            with self._lock:
                self._note()
                peak.n_bytes = self._highest.pop(id(peak)) - before

    def _note(self) -> None:
        _, mark = self._read()
        for key, highest in self._highest.items():
            self._highest[key] = max(highest, mark)


class _Sampled:
    """Looks again and again, from a thread; sees nothing while the GIL is held.

    Parameters
    ----------
    read : callable
        Returns the bytes now.
    """

    def __init__(self, read: Callable[[], int]) -> None:
        self._read = read

    @contextlib.contextmanager
    def rise(self) -> Iterator[Peak]:
        peak, before, done = Peak(), self._read(), threading.Event()

        def look() -> None:
            last = False
            while not last:  # and once more when the block has ended
                last = done.wait(_PAUSE)
                peak.n_bytes = max(peak.n_bytes, self._read() - before)

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield peak
        finally:
            done.set()
            thread.join()


# -- where the numbers come from ---------------------------------------------------


def _read_status() -> tuple[int, int]:
    with open(_STATUS, encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    now, mark = (int(fields[name].split()[0]) << 10 for name in ("VmRSS", "VmHWM"))
    return now, mark


def _reset_status() -> None:
    with open(_RESET, "w", encoding="ascii") as file:
        file.write("5")  # of Linux, from 4.0 on: VmHWM becomes VmRSS


def _read_cuda() -> tuple[int, int]:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return 0, 0
    devices = range(torch.cuda.device_count())
    now = sum(map(torch.cuda.memory_allocated, devices))
    return now, sum(map(torch.cuda.max_memory_allocated, devices))


def _reset_cuda() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        for device in range(torch.cuda.device_count()):
            torch.cuda.reset_peak_memory_stats(device)


def _psutil() -> Any:
    try:
        return importlib.import_module("psutil")
    except ImportError:
        return None


def _resident() -> int:
    if os.path.exists(_STATUS):
        return _read_status()[0]
    return int(_psutil().Process().memory_info().rss)


_marked = _Mark(_read_status, _reset_status)
_sampled = _Sampled(_resident)
_cuda = _Mark(_read_cuda, _reset_cuda)


def _process_gauge() -> _Gauge:
    """The mark that Linux keeps, where this process may set it back."""
    return _marked if os.access(_RESET, os.W_OK) else _sampled
