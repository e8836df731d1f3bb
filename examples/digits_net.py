"""
A net on the digits: Bayesian search, then Hyperband over epochs
================================================================

Learning rate and two widths of a small perceptron, first by thirty candidates that are
trained in full, then by Hyperband, which trains many a little and the best of them on.
Needs the extra torch: ``pip install "sksearch[torch]"``.
"""

import torch
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from skorch import NeuralNetClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV


class Perceptron(torch.nn.Module):
    """Two hidden layers."""

    def __init__(self, h1=32, h2=32):
        super().__init__()
        self.layers = torch.nn.Sequential(
            *(torch.nn.Linear(64, h1), torch.nn.ReLU()),
            *(torch.nn.Linear(h1, h2), torch.nn.ReLU()),
            torch.nn.Linear(h2, 10),
        )

    def forward(self, x):
        """Return one score for each digit."""
        return self.layers(x)


def main():
    """Print what both searches find, and what they train for it."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    X, y = load_digits(return_X_y=True)
    data = train_test_split((X / 16).astype("float32"), y, random_state=0, stratify=y)
    X_train, X_test, y_train, y_test = data
    net = NeuralNetClassifier(
        Perceptron,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        max_epochs=27,
        train_split=None,
        verbose=0,
    )
    space = {
        "lr": loguniform(1e-4, 1e-1),
        "module__h1": (8, 128),
        "module__h2": (8, 128),
    }
    common = {"cv": 3, "random_state": 0, "seed_fits": True}
    for search in (
        BayesSearchCV(net, space, n_iter=30, **common),
        HyperbandSearchCV(net, space, **common),
    ):
        search.fit(X_train, y_train)
        trials = len(search.history_.trials)
        metadata = {"total_resources": 27 * trials, **search.metadata_}
        print(
            f"{type(search).__name__}: {trials} candidates, "
            f"{metadata['total_resources']} epochs in each fold, "
            f"CV {search.best_score_:.3f}, held out {search.score(X_test, y_test):.3f}"
        )


if __name__ == "__main__":
    main()
