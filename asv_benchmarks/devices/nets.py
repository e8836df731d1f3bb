"""The nets of these tables, and rows as wide as images of MNIST."""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter, process_time
from typing import Any, TypeVar

import numpy as np
import torch
from skorch import NeuralNetClassifier

_T = TypeVar("_T")


class Perceptron(torch.nn.Module):
    """One hidden layer."""

    def __init__(self, width: int = 256) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(784, width)
        self.out = torch.nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return one score for each digit."""
        scores: torch.Tensor = self.out(torch.relu(self.hidden(x)))
        return scores


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


def rows(n_rows: int) -> tuple[Any, Any]:
    """Return rows as wide as images of MNIST, and digits."""
    rng = np.random.default_rng(0)
    X = rng.random((n_rows, 784), dtype=np.float32)
    return X, rng.integers(0, 10, n_rows)


def new_net(device: str, **params: Any) -> Any:
    """Return a net for batches of 256 rows in random order."""
    options = {
        "criterion": torch.nn.CrossEntropyLoss,
        "optimizer": torch.optim.Adam,
        "batch_size": 256,
        "iterator_train__shuffle": True,
        "train_split": None,
        "verbose": 0,
        "device": device,
        "module": Perceptron,
    }
    return NeuralNetClassifier(**{**options, **params})


def named(nets: Mapping[str, _T], words: Sequence[str]) -> dict[str, _T]:
    """Return the nets in whose names one of some words stands; all without a word."""
    return {
        name: net
        for name, net in nets.items()
        if not words or any(word in name for word in words)
    }


def clock_of(device: str) -> Callable[[], float]:
    """Return what measures seconds: on the CPU those that it is busy."""
    return process_time if device == "cpu" else perf_counter


def seconds(clock: Callable[[], float], run: Callable[[], Any]) -> float:
    """Return how long it runs."""
    begin = clock()
    run()
    return clock() - begin
