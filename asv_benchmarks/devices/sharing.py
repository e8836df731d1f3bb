"""Candidates per hour with one, two, four and eight nets at a time on one device."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import torch
from sklearn.model_selection import ShuffleSplit

from asv_benchmarks.devices.batching import Convolutional, Small
from asv_benchmarks.devices.nets import Perceptron, new_net, rows
from sksearch import BayesSearchCV
from sksearch.torch import DeviceLoader

_SPACE = {"lr": (1e-4, 1e-2, "log-uniform")}


class Wide(torch.nn.Module):
    """Four layers that fill a device with arithmetic."""

    def __init__(self, width: int = 4096) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(784, width),
            torch.nn.ReLU(),
            torch.nn.Linear(width, width),
            torch.nn.ReLU(),
            torch.nn.Linear(width, width),
            torch.nn.ReLU(),
            torch.nn.Linear(width, 10),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return one score for each digit."""
        scores: torch.Tensor = self.layers(x)
        return scores


_NETS: dict[str, tuple[Any, int, int, int]] = {  # module, batches of, rows, columns
    "perceptron 64-32-10, batches of 64": (Small, 64, 4_000, 64),
    "perceptron 784-256-10, batches of 256": (Perceptron, 256, 20_000, 784),
    "two convolutions, batches of 256": (Convolutional, 256, 20_000, 784),
    "perceptron 784-4096-4096-4096-10, batches of 2,048": (Wide, 2048, 20_000, 784),
}


def sharing_table(device: str, small: bool) -> Iterator[str]:
    """Yield the lines of a table; "auto" says how many it takes with eight workers.

    Parameters
    ----------
    device : str
        Which one.
    small : bool
        Whether it is only to be seen that this runs.
    """
    counts: tuple[Any, ...] = (1, 2, "auto") if small else (1, 2, 4, 8, "auto")
    yield "| net | at a time | candidates per hour | ratio |"
    yield "| --- | --- | --- | --- |"
    for name, (module, batch_size, n_rows, n_columns) in _NETS.items():
        net = new_net(
            "cpu",  # the lease moves it
            module=module,
            batch_size=batch_size,
            max_epochs=1 if small else 10,
            iterator_train=DeviceLoader,
            iterator_valid=DeviceLoader,
        )
        X, y = rows(500 if small else n_rows)
        data, first = (X[:, :n_columns].copy(), y), 0.0
        for count in counts:
            rate, told = _rate(net, data, count, device, small)
            first = first or rate
            yield f"| {name} | {told} | {rate:,.0f} | {rate / first:.2f} |"


def _rate(
    net: Any, data: Any, count: Any, device: str, small: bool
) -> tuple[float, str]:
    """Return candidates per hour, and how many were trained at a time."""
    n_iter, is_auto = 2 if small else 32, count == "auto"
    n_jobs = (2 if small else 8) if is_auto else count
    search = BayesSearchCV(
        net,
        _SPACE,
        optimizer="random",
        max_pending=8,
        cv=ShuffleSplit(1, test_size=0.2, random_state=0),
        refit=False,
        n_jobs=n_jobs,
        devices="auto" if is_auto else {device: count},
        seed_fits=True,
        random_state=0,
    )
    search.set_params(n_iter=n_jobs).fit(*data)  # workers start, imports are done
    begin = perf_counter()
    search.set_params(n_iter=n_iter).fit(*data)
    rate = 3600 * n_iter / (perf_counter() - begin)
    shares = search.metadata_.get("device_shares", {}).values()
    return rate, f"auto: {max(shares, default='none')}" if is_auto else f"{count}"
