"""The accelerators of this machine, told without starting CUDA where that can be."""

import functools
import os
import sys

from sksearch.evaluation._nvml import n_gpus

__all__ = ["accelerators", "physical_name", "visible_gpus"]


def accelerators() -> tuple[str, ...]:
    """Return the names of the accelerators that this process sees.

    Returns
    -------
    names : tuple of str
        "cuda:0" and so on, else "mps", or nothing.
    """
    count = _cuda_devices()
    if count:
        return tuple(f"cuda:{number}" for number in range(count))
    torch = sys.modules.get("torch")
    has_mps = torch is not None and torch.backends.mps.is_available()
    return ("mps",) if has_mps else ()


def visible_gpus() -> list[str] | None:
    """Return what CUDA_VISIBLE_DEVICES names; None where it is not set."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return None
    return [name.strip() for name in named.split(",") if name.strip()]


def physical_name(device: str) -> str:
    """Return a name that all processes of the machine have for a device.

    Parameters
    ----------
    device : str
        As this process calls it.

    Returns
    -------
    name : str
        Of a CUDA device what CUDA_VISIBLE_DEVICES calls it: its number among all, or
        its id.
    """
    kind, _, number = device.partition(":")
    visible = visible_gpus()
    if kind != "cuda" or visible is None:
        return device
    place = int(number or 0)
    return f"cuda:{visible[place]}" if place < len(visible) else device


def _cuda_devices() -> int:
    torch = sys.modules.get("torch")
    if torch is not None:
        return int(torch.cuda.device_count())  # asks NVML, not CUDA
    count, visible = _n_gpus(), visible_gpus()
    return count if visible is None else min(count, len(visible))


@functools.cache
def _n_gpus() -> int:
    return n_gpus()
