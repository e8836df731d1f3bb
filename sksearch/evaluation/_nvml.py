"""What NVIDIA's management library, which comes with the driver, tells of the GPUs.

It counts them, and says how busy they are, without starting CUDA in this process.
"""

import contextlib
import ctypes
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Reading", "n_gpus", "reader"]


class _Memory(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]


class _Utilization(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint) for name in ("gpu", "memory")]  # in per cent


@dataclass(frozen=True)
class Reading:
    """The state of a GPU at one moment.

    Parameters
    ----------
    at : float
        `time.time()`.
    used, total : int
        Bytes of its memory, of all processes.
    busy : float
        The share of the last moments, about a tenth of a second, in which it computed.
    """

    at: float
    used: int
    total: int
    busy: float


def n_gpus() -> int:
    """Return the number of GPUs of the machine, 0 where there is no such library."""
    with _library() as nvml:
        return 0 if nvml is None else _count(nvml)


@contextlib.contextmanager
def reader() -> Iterator[Callable[[], list[Reading]]]:
    """Give a block what reads the state of each GPU.

    Yields
    ------
    read : callable
        Returns a list, empty where one of them does not tell, or there is none.
    """
    with _library() as nvml:
        numbers = range(0 if nvml is None else _count(nvml))

        def read() -> list[Reading]:
            found = [_read(nvml, number) for number in numbers]
            told = [each for each in found if each is not None]
            return told if len(told) == len(found) else []

        yield read


@contextlib.contextmanager
def _library() -> Iterator[Any]:
    """Open the library for a block: a child that is forked cannot use it open."""
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
        failed = nvml.nvmlInit_v2()
    except (OSError, AttributeError):
        yield None
        return
    if failed:
        yield None
        return
    try:
        yield nvml
    finally:
        nvml.nvmlShutdown()


def _count(nvml: Any) -> int:
    count = ctypes.c_uint(0)
    nvml.nvmlDeviceGetCount_v2(ctypes.byref(count))
    return count.value


def _read(nvml: Any, number: int) -> Reading | None:
    device, memory, rates = ctypes.c_void_p(), _Memory(), _Utilization()
    failed = (
        nvml.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(device))
        or nvml.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory))
        or nvml.nvmlDeviceGetUtilizationRates(device, ctypes.byref(rates))
    )
    if failed:  # a part of a GPU (MIG) has no rates
        return None
    return Reading(time.time(), memory.used, memory.total, rates.gpu / 100)
