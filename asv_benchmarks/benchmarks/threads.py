"""Whether two fits at once get in each other's way."""

import importlib
from statistics import median
from time import perf_counter

from sklearn.datasets import make_classification

from sksearch import BayesSearchCV

X, Y = make_classification(4000, 20, random_state=0)
X = X.astype("float32")


def lightgbm_classifier():
    """Return LightGBM as users write it, which takes every core it sees."""
    return importlib.import_module("lightgbm").LGBMClassifier(verbose=-1), {
        "num_leaves": (5, 60),
        "learning_rate": (0.01, 0.3, "log-uniform"),
    }


def torch_net():
    """Return a small multi-layer perceptron."""
    skorch, toy = map(importlib.import_module, ("skorch", "skorch.toy"))
    net = skorch.NeuralNetClassifier(
        toy.MLPModule,
        module__input_units=20,
        module__hidden_units=100,
        max_epochs=10,
        train_split=None,
        verbose=0,
    )
    return net, {"lr": (1e-3, 1.0, "log-uniform"), "module__dropout": (0.0, 0.5)}


class TwoJobs:
    """Two outer jobs against one, inner threads left at their default."""

    estimators = {"lightgbm": lightgbm_classifier, "torch": torch_net}
    params = tuple(estimators)
    param_names = ("estimator",)
    timeout = 600

    def setup(self, estimator):
        """Import what is searched; asv skips what is not installed."""
        try:
            self.estimator, self.space = self.estimators[estimator]()
        except ImportError as error:
            raise NotImplementedError(str(error)) from error

    def seconds(self, n_jobs):
        """Return how long a search of 8 candidates x 3 folds takes."""
        search = BayesSearchCV(
            self.estimator,
            self.space,
            n_iter=8,
            optimizer="random",
            cv=3,
            n_jobs=n_jobs,
            random_state=0,
            refit=False,
        )
        start = perf_counter()
        search.fit(X, Y)
        return perf_counter() - start

    def track_ratio_of_two_jobs_to_one(self, estimator):
        """Medians of three searches each, in turns, on warm workers; the aim is 1."""
        pairs = [(self.seconds(2), self.seconds(1)) for _ in range(4)]
        two, one = map(median, zip(*pairs[1:], strict=True))
        return two / one

    track_ratio_of_two_jobs_to_one.unit = "x"
