"""
A convolutional net on real digits: HyperbandSearchCV over epochs
=================================================================

Of 5,000 digits of MNIST, 2,000 train a candidate, 2,000 score it and 1,000 are held
out. The space has two halves: SGD with its momentum, AdamW with its weight decay, each
with learning rates that suit it. `RandomizedSearchCV` trains every candidate to the
last epoch. `HalvingRandomSearchCV` trains ever fewer ever further, but each time from
the first epoch. `HyperbandSearchCV` goes on where a candidate was: with
``scheduler="halving"`` it climbs the same rungs, which shows what going on saves; by
default it also starts some candidates higher up, in case the first epochs mislead. What
is saved is time: a thousand digits hardly tell the four results apart. Where there is a
GPU all nets are trained on it, and hours are hours of it.
Needs the extra torch: ``pip install "sksearch[torch]"``.
"""

from pathlib import Path
from time import process_time

import numpy as np
import torch
from scipy.stats import loguniform, randint, uniform
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedShuffleSplit,
    train_test_split,
)
from skorch import NeuralNetClassifier

from sksearch import HyperbandSearchCV, return_on_search

DATA = Path(__file__).resolve().parent / "data" / "mnist_5k.npz"
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
MOST_EPOCHS, N_CANDIDATES = 9, 18
COMMON = {
    "module__channels": randint(4, 17),
    "module__dropout": uniform(0.0, 0.5),
    "batch_size": [32, 64, 128],
}
SPACE = [
    {
        "optimizer": [torch.optim.SGD],
        "lr": loguniform(1e-3, 1e0),
        "optimizer__momentum": uniform(0.0, 0.95),
        **COMMON,
    },
    {
        "optimizer": [torch.optim.AdamW],
        "lr": loguniform(1e-4, 1e-1),
        "optimizer__weight_decay": loguniform(1e-5, 1e0),
        **COMMON,
    },
]


class Convolutional(torch.nn.Module):
    """Two convolutions, 28 x 28 to 12 x 12 to 5 x 5, and a linear layer."""

    def __init__(self, channels=8, dropout=0.2):
        super().__init__()
        self.layers = torch.nn.Sequential(
            *(torch.nn.Conv2d(1, channels, 5, stride=2), torch.nn.ReLU()),
            *(torch.nn.Conv2d(channels, 2 * channels, 3), torch.nn.ReLU()),
            *(torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Dropout(dropout)),
            torch.nn.Linear(2 * channels * 5 * 5, 10),
        )

    def forward(self, x):
        """Return one score for each digit."""
        return self.layers(x)


def load_digits():
    """Return digits to search on, and digits to judge by."""
    with np.load(DATA) as data:
        X = (data["images"][:, None] / 255).astype(np.float32)
        y = data["labels"].astype(np.int64)
    return train_test_split(X, y, test_size=1000, stratify=y, random_state=0)


def make_net():
    """Return the net that is searched."""
    return NeuralNetClassifier(
        Convolutional,
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=MOST_EPOCHS,
        iterator_train__shuffle=True,
        train_split=None,
        device=DEVICE,
        verbose=0,
    )


def searches():
    """Return four searches, each with as many candidates."""
    holdout = StratifiedShuffleSplit(1, test_size=2000, random_state=0)
    common = {"cv": holdout, "random_state": 0}
    halving = HalvingRandomSearchCV(
        make_net(),
        SPACE,
        n_candidates=N_CANDIDATES,
        resource="max_epochs",
        min_resources=1,
        max_resources=MOST_EPOCHS,
        **common,
    )
    common["n_iter"] = N_CANDIDATES
    return {
        "RandomizedSearchCV": RandomizedSearchCV(make_net(), SPACE, **common),
        "HalvingRandomSearchCV": halving,
        "HyperbandSearchCV, halving": HyperbandSearchCV(
            make_net(), SPACE, scheduler="halving", seed_fits=True, **common
        ),
        "HyperbandSearchCV": HyperbandSearchCV(
            make_net(), SPACE, seed_fits=True, **common
        ),
    }


def epochs_trained(search):
    """Return how many epochs a search has trained, without the refit."""
    if hasattr(search, "metadata_"):
        return search.metadata_["total_resources"]
    fitted = search.cv_results_.get("n_resources")
    return N_CANDIDATES * MOST_EPOCHS if fitted is None else int(sum(fitted))


def hours_of_fits(search):
    """Return for how many hours candidates were trained and scored."""
    if hasattr(search, "cost_"):
        return search.cost_["worker_seconds"] / 3600
    table = search.cv_results_
    return sum(table["mean_fit_time"] + table["mean_score_time"]) / 3600


def main():
    """Print a row for each search."""
    torch.set_num_threads(1)
    X_train, X_test, y_train, y_test = load_digits()
    tried = searches()
    for name, search in tried.items():
        torch.manual_seed(0)  # scikit-learn's searches seed no fit
        begin = process_time()
        search.fit(X_train, y_train)
        seconds = process_time() - begin
        epochs = epochs_trained(search)
        print(
            f"{name:26} {epochs:3} epochs, "
            f"{1 - epochs / (N_CANDIDATES * MOST_EPOCHS):3.0%} saved, "
            f"{seconds:3.0f} s of CPU, {hours_of_fits(search):.4f} {DEVICE.upper()} "
            f"hours of fits, CV {search.best_score_:.3f}, "
            f"held out {search.score(X_test, y_test):.3f}"
        )
    returned = return_on_search(tried["HyperbandSearchCV"], baseline=0.1)
    print("HyperbandSearchCV over always saying the same digit:", returned)


if __name__ == "__main__":
    main()
