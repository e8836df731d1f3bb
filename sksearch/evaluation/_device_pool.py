"""The devices of a search, of which each running fit has a share."""

import contextlib
import gc
import os
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sksearch.evaluation._accelerators import accelerators, physical_name
from sksearch.evaluation._device_params import placement
from sksearch.evaluation._share_locks import (
    locked,
    on_this_machine,
)

__all__ = ["GIVEN", "DevicePool", "Lease", "left_clean"]

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
    willing : bool, default=False
        Whether only nets are put on it, and what asks for such a device.
    """

    name: str
    here: str
    is_whole: bool
    willing: bool = False

    def put(self, estimator: Any, chosen: Collection[str]) -> None:
        """Set an estimator to the device.

        Parameters
        ----------
        estimator : estimator
            Not fitted.
        chosen : collection of str
            Names of parameters that are not to be changed.
        """
        params = placement(estimator, self.here, chosen, self.willing)
        estimator.set_params(**params)


@dataclass(frozen=True)
class DevicePool:
    """Devices in shares, each of which one fit at a time may have.

    Parameters
    ----------
    shares : tuple of (str, int), default=()
        How many fits a device may have at once, by its name.
    is_auto : bool, default=False
        Whether these are all accelerators that a process sees, with one share each
        where `shares` does not say otherwise.
    folder : str, default=""
        Of the locks.
    """

    shares: tuple[tuple[str, int], ...] = ()
    is_auto: bool = False
    folder: str = ""

    def here(self) -> dict[str, int]:
        """Return the shares of the devices that this process can use."""
        shares = dict(self.shares)
        if _NAME in os.environ:
            name = os.environ[_NAME]
            return {name: shares.get(name, 1)}
        present = accelerators()
        if self.is_auto:
            return {name: shares.get(name, 1) for name in present}
        return {name: n for name, n in shares.items() if is_here(name, present)}

    def placement(
        self, estimator: Any, device: str, chosen: Collection[str]
    ) -> dict[str, Any]:
        """Return the parameters that put an estimator on a device.

        Parameters
        ----------
        estimator : estimator
            With the parameters that it is fitted with.
        device : str
            Of this pool.
        chosen : collection of str
            Names of parameters that are not to be changed.
        """
        return placement(estimator, device, chosen, self.is_auto)

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
            yield self._lease(name, is_whole=len(self._files(name)) == 1)

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
            yield self._lease(name, is_whole=True)

    def _lease(self, name: str, is_whole: bool) -> Lease:
        return Lease(name, self._name_here(name), is_whole, self.is_auto)

    def _name_here(self, name: str) -> str:
        return "cuda:0" if self.is_given else name

    def _file(self, name: str, part: int | str) -> Path:
        key = physical_name(self._name_here(name)).replace(":", "-").replace("/", "-")
        return on_this_machine(self.folder) / f"{key}.{part}"

    def _files(self, name: str) -> list[Path]:
        """Return the shares of a device that any search has made, in one order."""
        own = {self._file(name, number) for number in range(self.here()[name])}
        pattern = self._file(name, "*").name
        return sorted(
            own
            | set(on_this_machine(self.folder).glob(pattern))
            - {self._file(name, "whole")}
        )


def is_here(name: str, present: Sequence[str]) -> bool:
    # Of others, such as "xpu", only their library knows.
    return name in present or name.partition(":")[0] not in ("cuda", "mps")


def _only(name: str) -> dict[str, str]:
    number = physical_name(name).partition(":")[2]
    return {"CUDA_VISIBLE_DEVICES": number, _NAME: name}


@contextlib.contextmanager
def left_clean(device: str) -> Iterator[None]:
    """Give back the memory that a block has left on a device.

    What torch keeps for its next tensors is lost to other processes. What is in cycles
    the garbage collector may not have met yet; to ask it takes a tenth of a second and
    more, and is needed only where more is taken than was before.

    Parameters
    ----------
    device : str
        As this process calls it.

    Yields
    ------
    nothing : None
        While it is used.
    """
    before = _taken(device)
    try:
        yield
    finally:
        if _taken(device) > before:
            gc.collect()
        if _is_used(device):
            sys.modules["torch"].cuda.empty_cache()


def _taken(device: str) -> int:
    """Return the bytes of a device that torch's tensors have in this process."""
    if not _is_used(device):
        return 0
    return int(sys.modules["torch"].cuda.memory_allocated(device))


def _is_used(device: str) -> bool:
    torch: Any = sys.modules.get("torch")
    return bool(device.startswith("cuda") and torch and torch.cuda.is_initialized())
