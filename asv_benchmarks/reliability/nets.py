"""A search of nets that are trained as one, which is killed like the others."""

from typing import Any

import numpy as np
import torch
from skorch import NeuralNetClassifier

from asv_benchmarks.reliability.searches import X, write
from sksearch import HyperbandSearchCV

__all__ = ["Scored", "search_of_nets"]

torch.set_num_threads(1)  # a fork of a process with threads of torch would hang
_TOTAL = int(X[:, 0].sum())


class Net(torch.nn.Module):  # type: ignore[misc]
    """A layer, and one more."""

    def __init__(self, width: int = 2) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(2, width)
        self.out = torch.nn.Linear(width, 2)

    def forward(self, x: Any) -> Any:
        """Return logits."""
        return self.out(torch.relu(self.hidden(x.float() / 24)))


class Scored:
    """Scores a net, and writes a line: what was scored was trained.

    Parameters
    ----------
    log : str or None
        The file.
    """

    def __init__(self, log: str | None) -> None:
        self.log = log

    def __call__(self, net: Any, X: Any, y: Any) -> float:
        """Return minus the loss, of so few digits that rounding does not show."""
        fold, n_epochs = _TOTAL - int(np.sum(X[:, 0])), len(net.history)
        if self.log is not None:
            write(self.log, f"{net.lr!r}{net.module__width!r}", fold, n_epochs)
        shares = net.predict_proba(X)[np.arange(len(y)), y]
        return round(float(np.log(shares).mean()), 4)


def search_of_nets(log: str | None, **options: Any) -> HyperbandSearchCV:
    """Return a search on rungs that trains nets of one width as one."""
    net = NeuralNetClassifier(
        Net, criterion=torch.nn.CrossEntropyLoss, train_split=None, verbose=0,
        predict_nonlinearity=_softmax,
    )  # fmt: skip
    space = {"lr": (1e-3, 1.0, "log-uniform"), "module__width": [2, 3]}
    return HyperbandSearchCV(
        net, space, max_resources=4, factor=2, n_iter=10, optimizer="random",
        scoring=Scored(log), seed_fits=True, batch_candidates=True, **options,
    )  # fmt: skip


def _softmax(logits: Any) -> Any:
    return torch.softmax(logits, -1)
