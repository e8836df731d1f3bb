"""A perceptron on numbers as many as MNIST has."""

from typing import Any

import numpy as np
import torch
from skorch import NeuralNetClassifier


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
