"""
Good, or fast: a small Transformer on sequences
===============================================

The handwritten digits of scikit-learn, read as sequences: a digit comes row by row,
eight rows of eight pixels. A Transformer is searched for two objectives at once,
accuracy and the time that it takes to answer, over its width, its layers, its heads and
how it is trained. What is found is a front, from small and quick to large and good;
what takes more than half a millisecond for a digit is not wanted. Rows are sliced where
the net is, and ``devices="auto"`` puts the nets on the accelerators of the machine, if
there are any.
Needs the extra torch: ``pip install "sksearch[torch]"``.
"""

import numpy as np
import torch
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split
from skorch import NeuralNetClassifier

from sksearch import MultiObjectiveSearchCV, return_on_search
from sksearch.metrics import NegLatency
from sksearch.torch import DeviceLoader

SLOWEST = 5e-4  # seconds for a digit
SPACE = {
    "module__width": [8, 16, 32, 64],
    "module__n_heads": [1, 2, 4],
    "module__n_layers": [1, 2, 3],
    "module__dropout": uniform(0.0, 0.3),
    "lr": loguniform(1e-3, 1e-2),
    "batch_size": [32, 64, 128],
}
latency = NegLatency(200, per_row=True, method="predict_proba", n_repeats=10)


class Transformer(torch.nn.Module):
    """Rows of pixels with their places, some layers of attention, and their mean."""

    def __init__(self, width=32, n_heads=2, n_layers=2, dropout=0.1):
        super().__init__()
        self.rows = torch.nn.Linear(8, width)
        self.places = torch.nn.Parameter(torch.randn(8, width) * 0.1)
        layer = torch.nn.TransformerEncoderLayer(
            width, n_heads, 2 * width, dropout, batch_first=True
        )
        self.layers = torch.nn.TransformerEncoder(
            layer, n_layers, enable_nested_tensor=False
        )
        self.digit = torch.nn.Linear(width, 10)

    def forward(self, x):
        """Return one score for each digit."""
        return self.digit(self.layers(self.rows(x) + self.places).mean(dim=1))


def load_sequences():
    """Return sequences to search on, and sequences to judge by."""
    images, y = load_digits(return_X_y=True)
    X = (images.reshape(-1, 8, 8) / 16).astype(np.float32)
    return train_test_split(
        X, y.astype(np.int64), test_size=400, stratify=y, random_state=0
    )


def make_net():
    """Return the net that is searched."""
    return NeuralNetClassifier(
        Transformer,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        max_epochs=12,
        iterator_train=DeviceLoader,
        iterator_train__shuffle=True,
        iterator_valid=DeviceLoader,
        train_split=None,
        verbose=0,
    )


def main():
    """Search, and print the front."""
    torch.set_num_threads(1)
    X_train, X_test, y_train, y_test = load_sequences()
    search = MultiObjectiveSearchCV(
        make_net(),
        SPACE,
        scoring={"accuracy": "accuracy", "latency": latency},
        score_constraints={"latency": -SLOWEST},
        n_iter=16,
        cv=StratifiedShuffleSplit(1, test_size=400, random_state=0),
        devices="auto",
        seed_fits=True,
        random_state=0,
    )
    search.fit(X_train, y_train)

    print(" CV    held out   microseconds for a digit")
    for index in search.pareto_index_:
        torch.manual_seed(0)  # a refit has no seed of its own
        net = search.refit_for(index, X_train, y_train)
        accuracy = search.cv_results_["mean_test_accuracy"][index]
        chosen = "  <- the knee" if index == search.best_index_ else ""
        # Measured again: nothing else is running now.
        microseconds = -1e6 * latency(net, X_test)
        held_out = net.score(X_test, y_test)
        print(f"{accuracy:.3f}    {held_out:.3f}   {microseconds:8.1f}{chosen}")
    print("Over always saying the same digit:", return_on_search(search, baseline=0.1))


if __name__ == "__main__":
    main()
