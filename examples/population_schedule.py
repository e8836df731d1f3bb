"""
A schedule for a net: population-based training beside fixed parameters
=======================================================================

A small perceptron on digits of which a tenth has a wrong label. What the best learning
rate is depends on the epoch, and a population finds a schedule, in as many epochs as
random search takes for the best of eight fixed ones. Needs the extra torch:
``pip install "sksearch[torch]"``.
"""

import numpy as np
import torch
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import (
    RandomizedSearchCV,
    ShuffleSplit,
    train_test_split,
)
from skorch import NeuralNetClassifier

from sksearch import PopulationSearchCV


class Perceptron(torch.nn.Module):
    """One hidden layer."""

    def __init__(self, dropout=0.0):
        super().__init__()
        self.layers = torch.nn.Sequential(
            *(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Dropout(dropout)),
            torch.nn.Linear(64, 10),
        )

    def forward(self, x):
        """Return one score for each digit."""
        return self.layers(x)


def noisy_digits():
    """Return digits, a tenth of them with the label of another one."""
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    y = np.where(rng.random(len(y)) < 0.1, rng.permutation(y), y)
    return train_test_split((X / 16).astype("float32"), y, random_state=0)


def main():
    """Print what both find, and the schedule."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    X_train, X_test, y_train, y_test = noisy_digits()
    net = NeuralNetClassifier(
        Perceptron,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        optimizer__momentum=0.9,
        max_epochs=20,
        batch_size=32,
        train_split=None,
        verbose=0,
    )
    space = {
        "lr": loguniform(1e-3, 1e0),
        "optimizer__weight_decay": loguniform(1e-6, 1e-2),
    }
    shared = {
        "cv": ShuffleSplit(1, test_size=0.3, random_state=0),
        "scoring": "neg_log_loss",
        "random_state": 0,
    }
    fixed = RandomizedSearchCV(net, space, n_iter=8, **shared)
    population = PopulationSearchCV(
        net, space, population_size=8, step=2, seed_fits=True, **shared
    )
    for search in (fixed, population):
        search.fit(X_train, y_train)
        name, score = type(search).__name__, search.score(X_test, y_test)
        print(f"{name}: negative log loss {score:.3f} held out")
    for epoch, params in population.best_schedule_:
        shown = ", ".join(f"{name}={value:.2g}" for name, value in params.items())
        print(f"  up to epoch {epoch}: {shown}")


if __name__ == "__main__":
    main()
