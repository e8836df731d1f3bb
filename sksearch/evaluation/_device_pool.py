"""The devices of a search, of which each running fit has a share."""

import contextlib
import gc
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sksearch.evaluation._accelerators import accelerators, physical_name
from sksearch.evaluation._share_locks import (
    can_lock,
    in_temporary_folder,
    lock_folder,
    locked,
)

__all__ = [
    "GIVEN",
    "DevicePool",
    "Devices",
    "Lease",
    "let_go_of",
    "make_pool",
    "pool_here",
]

Devices = Literal["auto"] | Sequence[str] | Mapping[str, int]

_NAME = "SKSEARCH_DEVICE"  # a worker's only device, as the search calls it
GIVEN = frozenset({"CUDA_VISIBLE_DEVICES", _NAME})
_before = threading.local()


@dataclass(frozen=True)
class Lease:
    """What a running fit has of a device.

    Parameters
    ----------
    name : str
        The device, as the search calls it.
    here : str
        As this process calls it.
    is_whole : bool
        Whether no other fit of these searches is on it.
    """

    name: str
    here: str
    is_whole: bool


@dataclass(frozen=True)
class DevicePool:
    """Devices in shares, each of which one fit at a time may have.

    Parameters
    ----------
    shares : tuple of (str, int), default=()
        How many fits a device may have at once, by its name.
    is_auto : bool, default=False
        Whether these are, instead, one share of each accelerator that a process sees.
    folder : str, default=""
        Of the locks.
    """

    shares: tuple[tuple[str, int], ...] = ()
    is_auto: bool = False
    folder: str = ""

    def here(self) -> dict[str, int]:
        """Return the shares of the devices that this process can use."""
        if _NAME in os.environ:
            name = os.environ[_NAME]
            return {name: 1 if self.is_auto else dict(self.shares).get(name, 1)}
        present = accelerators()
        if self.is_auto:
            return dict.fromkeys(present, 1)
        return {name: n for name, n in self.shares if _is_here(name, present)}

    @property
    def is_given(self) -> bool:
        """Whether this process was started for one device."""
        return _NAME in os.environ

    def environments(self, n_workers: int) -> list[dict[str, str]]:
        """Return what each of some new processes is told, so that it has one device.

        Parameters
        ----------
        n_workers : int
            How many.

        Returns
        -------
        variables : list of dict
            As many. They see nothing but their device, under the number 0.
        """
        gpus = {name: n for name, n in self.here().items() if name.startswith("cuda")}
        turns = [
            name
            for number in range(max(gpus.values(), default=0))
            for name, n in gpus.items()
            if number < n
        ]
        if not turns:
            return [{}] * n_workers
        return [_only(turns[worker % len(turns)]) for worker in range(n_workers)]

    @contextlib.contextmanager
    def share(self, among: Sequence[str]) -> Iterator[Lease]:
        """Hold a share of a device for a block, and wait for it.

        Parameters
        ----------
        among : sequence of str
            Which devices will do.

        Yields
        ------
        lease : Lease
            Of the one that this thread had before, if that is free: each that a
            process has ever used keeps some hundred megabytes of CUDA for it.
        """
        shares = self.here()
        files = {
            self._file(name, number): name
            for number in range(max(shares[name] for name in among))
            for name in among
            if number < shares[name]
        }
        last = getattr(_before, "name", None)
        order = sorted(files, key=lambda path: files[path] != last)  # stable
        with locked(order) as path:
            name = _before.name = files[path]
            yield Lease(name, self._name_here(name), len(self._files(name)) == 1)

    @contextlib.contextmanager
    def whole(self, name: str) -> Iterator[Lease]:
        """Hold all shares of a device for a block, and wait for them.

        Parameters
        ----------
        name : str
            The device.

        Yields
        ------
        lease : Lease
            Of all of it.
        """
        with contextlib.ExitStack() as stack:
            # One at a time takes share after share; who has one waits for no other.
            stack.enter_context(locked([self._file(name, "whole")]))
            for path in self._files(name):
                stack.enter_context(locked([path]))
            yield Lease(name, self._name_here(name), True)

    def _name_here(self, name: str) -> str:
        return "cuda:0" if self.is_given else name

    def _file(self, name: str, part: int | str) -> Path:
        key = physical_name(self._name_here(name)).replace(":", "-").replace("/", "-")
        return in_temporary_folder(self.folder) / f"{key}.{part}"

    def _files(self, name: str) -> list[Path]:
        """Return the shares of a device that any search has made, in one order."""
        own = {self._file(name, number) for number in range(self.here()[name])}
        pattern = self._file(name, "*").name
        return sorted(
            own
            | set(in_temporary_folder(self.folder).glob(pattern))
            - {self._file(name, "whole")}
        )


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


def _is_here(name: str, present: Sequence[str]) -> bool:
    # Of others, such as "xpu", only their library knows.
    return name in present or name.partition(":")[0] not in ("cuda", "mps")


def _only(name: str) -> dict[str, str]:
    number = physical_name(name).partition(":")[2]
    return {"CUDA_VISIBLE_DEVICES": number, _NAME: name}


def let_go_of(device: str) -> None:
    """Give back the memory that a fit has left on a device.

    What torch keeps for its next tensors is lost to other processes; and a net has
    cycles, which the garbage collector has not met yet.

    Parameters
    ----------
    device : str
        As this process calls it.
    """
    torch = sys.modules.get("torch")
    if device.startswith("cuda") and torch is not None and torch.cuda.is_initialized():
        gc.collect()
        torch.cuda.empty_cache()
