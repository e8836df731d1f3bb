"""From what a user says of devices to a pool of them."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sksearch.evaluation._accelerators import accelerators
from sksearch.evaluation._device_pool import DevicePool
from sksearch.evaluation._share_locks import can_lock, lock_folder

__all__ = ["Devices", "make_pool", "pool_here"]

Devices = Literal["auto"] | Sequence[str] | Mapping[str, int]


def make_pool(devices: Devices | None) -> DevicePool | None:
    """Return the pool that a search asks for.

    Parameters
    ----------
    devices : "auto", sequence of str, dict of str to int, or None
        As the searches take it.

    Returns
    -------
    pool : DevicePool or None
        None where none is asked for.

    Raises
    ------
    ValueError
        If these are no devices.
    """
    if devices is None:
        return None
    if not can_lock():
        raise ValueError(
            f"devices={devices!r} needs the file locks of POSIX, which this platform "
            "does not have. Set the device on the estimator, and pass devices=None."
        )
    if isinstance(devices, str) and devices == "auto":
        return DevicePool((), True, lock_folder())
    return DevicePool(tuple(_checked(devices).items()), False, lock_folder())


def pool_here(pool: DevicePool | None) -> DevicePool | None:
    """Return a pool for fits on this machine; None where it has no such devices.

    Parameters
    ----------
    pool : DevicePool or None
        What is asked for.

    Returns
    -------
    pool : DevicePool or None
        The same, or None with a warning where devices have been named.

    Raises
    ------
    ValueError
        If this machine has devices, and one that is named is not among them.
    """
    if pool is None or pool.is_auto or pool.is_given:
        return pool
    asked, present = dict(pool.shares), accelerators()
    missing = sorted(asked.keys() - pool.here().keys())
    if not missing:
        return pool
    if present:
        raise ValueError(
            f"devices={asked!r}: this machine has {list(present)}, and no {missing}. "
            "Pass devices='auto', or names of these."
        )
    warnings.warn(
        f"devices={asked!r}: this machine has no such device. Fits run where the "
        "estimator says.",
        UserWarning,
        stacklevel=2,
    )
    return None


def _checked(devices: Any) -> dict[str, int]:
    shares = (
        dict(devices) if isinstance(devices, Mapping) else dict.fromkeys(devices, 1)
    )
    if isinstance(devices, str) or not shares:
        raise ValueError(
            f"devices={devices!r} must name devices. Pass 'auto', a list such as "
            "['cuda:0', 'cuda:1'], or a dict of how many fits each has at once."
        )
    wrong = {k: n for k, n in shares.items() if not _is_share(k, n)}
    if wrong:
        raise ValueError(
            f"devices={devices!r}: a device is a name such as 'cuda:0', and what it "
            f"has at once a whole number from 1 on, which {wrong!r} is not."
        )
    kinds = sorted({name.partition(":")[0] for name in shares})
    if len(kinds) > 1:
        raise ValueError(
            f"devices={devices!r} are of several kinds, {kinds}: what a fit gives "
            "would depend on which one it happens to get. Pass devices of one kind."
        )
    return shares


def _is_share(name: Any, n: Any) -> bool:
    is_count = isinstance(n, int) and not isinstance(n, bool) and n >= 1
    kind, _, number = name.partition(":") if isinstance(name, str) else ("", "", "")
    has_number = number.isdecimal() or (kind != "cuda" and not number)
    return is_count and bool(kind) and has_number
