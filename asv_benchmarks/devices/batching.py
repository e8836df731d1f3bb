"""Candidates per hour where nets are trained one at a time, and as one."""

import functools
import tempfile
from collections.abc import Callable, Iterator
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from sklearn.metrics import accuracy_score, make_scorer

from asv_benchmarks.devices.nets import Perceptron, new_net, rows
from sksearch import HyperbandSearchCV
from sksearch.evaluation import Checkpoints, Epochs, Evaluator, Fit, TrainOn
from sksearch.evaluation._together import evaluate_together
from sksearch.history import Trial
from sksearch.torch import DeviceLoader

_EPOCHS, _BATCH = 9, 64
_SPACE = {
    "lr": (1e-4, 1e-2, "log-uniform"),
    "optimizer__weight_decay": (1e-6, 1e-2, "log-uniform"),
}


class Small(torch.nn.Module):
    """A perceptron on 64 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(64, 32)
        self.out = torch.nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return one score for each digit."""
        scores: torch.Tensor = self.out(torch.relu(self.hidden(x)))
        return scores


class Convolutional(torch.nn.Module):
    """Two layers of filters on images of 28 times 28."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Conv2d(1, 8, 3, stride=2)
        self.second = torch.nn.Conv2d(8, 16, 3, stride=2)
        self.out = torch.nn.Linear(16 * 36, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return one score for each digit."""
        seen = torch.relu(self.first(x.view(-1, 1, 28, 28)))
        scores: torch.Tensor = self.out(torch.relu(self.second(seen)).flatten(1))
        return scores


_NETS = {
    "perceptron 64-32-10": Small,
    "perceptron 784-256-10": Perceptron,
    "two convolutions, 28 x 28": Convolutional,
}


def batching_table(device: str, small: bool) -> Iterator[str]:
    """Yield the lines of a table: of one rung, by the size of a group, and of searches.

    Parameters
    ----------
    device : str
        Which one; on the CPU seconds are those of the CPU.
    small : bool
        Whether it is only to be seen that this runs.
    """
    clock = process_time if device == "cpu" else perf_counter
    X, y = rows(300 if small else 2_000)
    data = dict.fromkeys(_NETS, (X, y))
    data["perceptron 64-32-10"] = X[:, :64].copy(), y
    yield "| net | group | alone | as one | ratio |"
    yield "| --- | --- | --- | --- | --- |"
    for name, module in _NETS.items():
        net = _net(module, device)
        for n in (2,) if small else (2, 8, 27, 64):
            yield _line(name, f"{n}", *_rung(net, data[name], n, clock))
    for name, module in _NETS.items():
        found = _searches(_net(module, device), data[name], small, clock)
        yield _line(name, "Hyperband, 3 folds", *found)


def _line(name: str, group: str, alone: float, as_one: float) -> str:
    ratio = f"{as_one / alone:.1f}"
    return f"| {name} | {group} | {alone:,.0f} | {as_one:,.0f} | {ratio} |"


def _net(module: Any, device: str) -> Any:
    return new_net(
        device,
        module=module,
        batch_size=_BATCH,
        iterator_train=DeviceLoader,
        iterator_train__device=device,
        iterator_valid=DeviceLoader,
        iterator_valid__device=device,
    )


def _rung(
    net: Any, data: Any, count: int, clock: Callable[[], float]
) -> tuple[float, float]:
    """Return fits per hour on one rung: one at a time, and all as one."""
    rates = np.geomspace(1e-4, 1e-2, count)
    fits = [Fit(Trial(k, {"lr": lr}), _EPOCHS, 0) for k, lr in enumerate(rates)]
    with tempfile.TemporaryDirectory() as folder:
        by = _evaluator(net, data, folder)
        few = fits[: min(count, 4)]
        evaluate_together(by, fits[:2])
        seconds = [
            _seconds(clock, lambda: [by(fit) for fit in few]) / len(few),
            _seconds(clock, lambda: evaluate_together(by, fits)) / count,
        ]
    alone, as_one = (3600 / each for each in seconds)
    return alone, as_one


def _evaluator(net: Any, data: Any, folder: str) -> Evaluator:
    X, y = data
    half = len(y) * 4 // 5
    train = TrainOn(Epochs(), Checkpoints(folder, 10**9), 1, 2 * _EPOCHS)
    splits = [(np.arange(half), np.arange(half, len(y)))]
    scorer = make_scorer(accuracy_score)
    return Evaluator(net, X, y, splits, scorer, seed_fits=True, train=train)


def _searches(
    net: Any, data: Any, small: bool, clock: Callable[[], float]
) -> tuple[float, float]:
    """Return candidates per hour of whole searches."""
    found = []
    for batch_candidates in (False, True):
        search = HyperbandSearchCV(
            net,
            _SPACE,
            max_resources=3 if small else 27,
            cv=3,
            optimizer="random",
            max_pending=27,
            seed_fits=True,
            refit=False,
            random_state=0,
            batch_candidates=batch_candidates,
        )
        seconds = _seconds(clock, functools.partial(search.fit, *data))
        found.append(3600 * len(search.history_.trials) / seconds)
    alone, as_one = found
    return alone, as_one


def _seconds(clock: Callable[[], float], run: Callable[[], Any]) -> float:
    begin = clock()
    run()
    return clock() - begin
