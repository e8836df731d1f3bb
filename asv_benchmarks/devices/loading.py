"""Epochs per second with torch's DataLoader and with rows sliced on the device."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from asv_benchmarks.devices.nets import new_net, rows
from sksearch.torch import DeviceLoader

_LOADERS = (DataLoader, DeviceLoader)
_REPEATS = 3
_OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"optimizer": torch.optim.SGD},
    "Adam": {"optimizer": torch.optim.Adam},
    "Adam, fused": {"optimizer": torch.optim.Adam, "optimizer__fused": True},
}


def loading_table(device: str, small: bool) -> Iterator[str]:
    """Yield the lines of a table.

    Parameters
    ----------
    device : str
        Where the net is.
    small : bool
        Whether it is only to be seen that this runs.
    """
    X, y = rows(1000 if small else 60_000)
    epochs = 1 if small else 4
    yield "| optimizer | DataLoader | DeviceLoader | ratio | same weights |"
    yield "| --- | --- | --- | --- | --- |"
    for name, options in _OPTIMIZERS.items():
        slow, fast, same = _rates(options, device, (X, y), epochs, small)
        yield f"| {name} | {slow:.2f} | {fast:.2f} | {fast / slow:.2f} | {same} |"


def _rates(
    options: dict[str, Any], device: str, data: Any, epochs: int, small: bool
) -> tuple[float, float, bool]:
    """Return epochs per second with each, and whether both taught the same."""
    slow, fast = (_net(kind, options, device, epochs) for kind in _LOADERS)
    pairs = [(slow, data, []), (fast, _fixed(data), [])]
    for _ in range(1 if small else _REPEATS):  # in turns
        for net, arrays, rates in pairs:
            torch.manual_seed(0)
            begin = perf_counter()
            net.fit(*arrays)
            _wait(device)
            rates.append(epochs / (perf_counter() - begin))
    ends = (net.module_.state_dict().values() for net in (slow, fast))
    same = all(map(torch.equal, *ends))
    medians = [float(np.median(rates)) for _, _, rates in pairs]
    return medians[0], medians[1], same


def _fixed(data: Any) -> list[Any]:
    """Return arrays that nobody can write to, as a search passes them.

    They move once, and not for each fit.
    """
    copies = [array.copy() for array in data]
    for array in copies:
        array.flags.writeable = False
    return copies


def _net(kind: Any, options: dict[str, Any], device: str, epochs: int) -> Any:
    where = {"iterator_train__device": device} if kind is DeviceLoader else {}
    return new_net(device, max_epochs=epochs, iterator_train=kind, **where, **options)


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
