"""Epochs per second with torch's DataLoader and with rows sliced on the device."""

from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from asv_benchmarks.devices.nets import new_net, rows
from sksearch.torch import DeviceLoader

_REPEATS = 5


def loading_table(device: str, small: bool) -> str:
    """Return a table of Markdown.

    Parameters
    ----------
    device : str
        Where the net is.
    small : bool
        Whether it is only to be seen that this runs.
    """
    X, y = rows(1000 if small else 60_000)
    epochs = 1 if small else 5
    nets = {name: _net(name, device, epochs) for name in ("DataLoader", "DeviceLoader")}
    rates: dict[str, list[float]] = {name: [] for name in nets}
    ends: dict[str, Any] = {}
    for _ in range(1 if small else _REPEATS):  # in turns
        for name, net in nets.items():
            torch.manual_seed(0)
            begin = perf_counter()
            net.fit(X, y)
            _wait(device)
            rates[name].append(epochs / (perf_counter() - begin))
            ends[name] = net.module_.state_dict()
    medians = {name: float(np.median(found)) for name, found in rates.items()}
    same = all(map(torch.equal, *(end.values() for end in ends.values())))
    lines = [f"| {name} | {rate:.2f} |" for name, rate in medians.items()]
    ratio = medians["DeviceLoader"] / medians["DataLoader"]
    head = [f"{len(X):,} rows of 784, batches of 256", "", "| | epochs per second |"]
    tail = [
        f"| ratio | {ratio:.2f} |",
        "",
        f"Weights equal to the last bit: {same}.",
        "",
    ]
    return "\n".join([*head, "| --- | --- |", *lines, *tail])


def _net(name: str, device: str, epochs: int) -> Any:
    if name == "DataLoader":
        return new_net(device, max_epochs=epochs, iterator_train=DataLoader)
    sliced = {"iterator_train": DeviceLoader, "iterator_train__device": device}
    return new_net(device, max_epochs=epochs, **sliced)


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
