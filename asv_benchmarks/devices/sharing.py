"""Candidates per hour with one, two, four and eight nets at a time on one device."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import torch
from sklearn.model_selection import ShuffleSplit

from asv_benchmarks.devices.batching import Convolutional
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


_NETS: dict[str, tuple[Any, int]] = {
    "perceptron 784-256-10, batches of 256": (Perceptron, 256),
    "two convolutions, 28 x 28, batches of 256": (Convolutional, 256),
    "perceptron 784-4096-4096-4096-10, batches of 2,048": (Wide, 2048),
}


def sharing_table(device: str, small: bool) -> Iterator[str]:
    """Yield the lines of a table, whose last column is what "auto" would take.

    Parameters
    ----------
    device : str
        Which one.
    small : bool
        Whether it is only to be seen that this runs.
    """
    counts = (1, 2) if small else (1, 2, 4, 8)
    columns = " | ".join(f"{n} at a time" for n in counts)
    yield f'| net | {columns} | ratios | "auto" with 8 workers |'
    yield "| --- |" + " --- |" * (len(counts) + 2)
    for name, (module, batch_size) in _NETS.items():
        net = new_net(
            "cpu",  # the lease moves it
            module=module,
            batch_size=batch_size,
            max_epochs=1 if small else 8,
            iterator_train=DeviceLoader,
            iterator_valid=DeviceLoader,
        )
        data = rows(500 if small else 20_000)
        found = [_rate(net, data, n, {device: n}, small) for n in counts]
        rates = [rate for rate, _ in found]
        ratios = ", ".join(f"{rate / rates[0]:.2f}" for rate in rates)
        auto, shares = _rate(net, data, counts[-1], "auto", small)
        cells = " | ".join(f"{rate:,.0f}" for rate in rates)
        yield f"| {name} | {cells} | {ratios} | {shares}: {auto:,.0f} |"


def _rate(
    net: Any, data: Any, n_jobs: int, devices: Any, small: bool
) -> tuple[float, str]:
    """Return candidates per hour, and the shares that were measured, if any were."""
    n_iter = 2 if small else 16
    search = BayesSearchCV(
        net,
        _SPACE,
        n_iter=n_iter,
        optimizer="random",
        max_pending=8,
        cv=ShuffleSplit(1, test_size=0.2, random_state=0),
        refit=False,
        n_jobs=n_jobs,
        devices=devices,
        seed_fits=True,
        random_state=0,
    )
    search.set_params(n_iter=n_jobs).fit(*data)  # workers start, imports are done
    begin = perf_counter()
    search.set_params(n_iter=n_iter).fit(*data)
    rate = 3600 * n_iter / (perf_counter() - begin)
    shares = search.metadata_.get("device_shares") or {}
    return rate, ", ".join(f"{n}" for n in shares.values()) or "not measured"
