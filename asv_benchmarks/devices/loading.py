"""Epochs per second with torch's DataLoader and with rows sliced on the device."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from asv_benchmarks.devices.nets import new_net, rows
from sksearch.torch import DeviceLoader

_REPEATS = 3


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
    for optimizer in (torch.optim.SGD, torch.optim.Adam):
        slow, fast, same = _rates(optimizer, device, (X, y), epochs, small)
        name = optimizer.__name__
        yield f"| {name} | {slow:.2f} | {fast:.2f} | {fast / slow:.2f} | {same} |"


def _rates(
    optimizer: Any, device: str, data: Any, epochs: int, small: bool
) -> tuple[float, float, bool]:
    """Return epochs per second with each, and whether both taught the same."""
    nets = [
        _net(kind, optimizer, device, epochs) for kind in (DataLoader, DeviceLoader)
    ]
    rates: list[list[float]] = [[], []]
    for _ in range(1 if small else _REPEATS):  # in turns
        for net, found in zip(nets, rates, strict=True):
            torch.manual_seed(0)
            begin = perf_counter()
            net.fit(*data)
            _wait(device)
            found.append(epochs / (perf_counter() - begin))
    ends = (net.module_.state_dict().values() for net in nets)
    same = all(map(torch.equal, *ends))
    slow, fast = (float(np.median(found)) for found in rates)
    return slow, fast, same


def _net(kind: Any, optimizer: Any, device: str, epochs: int) -> Any:
    options = {"iterator_train__device": device} if kind is DeviceLoader else {}
    options |= {"optimizer": optimizer, "iterator_train": kind}
    return new_net(device, max_epochs=epochs, **options)


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
