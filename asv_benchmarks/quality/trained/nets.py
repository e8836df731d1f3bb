"""Nets of torch, in a module of their own: it is imported where they are used."""

from typing import Any

import torch
from torch import nn


class Convolutional(nn.Module):  # type: ignore[misc, unused-ignore]
    """Two convolutions of digits of 8 x 8, and a linear layer.

    Parameters
    ----------
    n_channels : int, default=4
        Of the first convolution; the second has twice as many.
    """

    def __init__(self, n_channels: int = 4) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, n_channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(n_channels, 2 * n_channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(8 * n_channels, 10),
        )

    def forward(self, X: Any) -> Any:
        """Return the scores of the ten classes."""
        return self.layers(X.reshape(-1, 1, 8, 8))


class Wide(nn.Module):  # type: ignore[misc, unused-ignore]
    """A net of 2.6 million weights, 10 MB."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, 1568), nn.ReLU(), nn.Linear(1568, 1568), nn.ReLU()
        )
        self.last = nn.Linear(1568, 10)

    def forward(self, X: Any) -> Any:
        """Return the scores of the ten classes."""
        return self.last(self.layers(X))


def n_bytes(module: Any) -> int:
    """Return what the weights of a module take."""
    tensors: list[torch.Tensor] = list(module.parameters())
    return sum(each.numel() * each.element_size() for each in tensors)
