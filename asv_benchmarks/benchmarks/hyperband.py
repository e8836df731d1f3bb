"""What a search that trains candidates on costs beside their training."""

from statistics import median
from time import perf_counter

import numpy as np
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV

from sksearch import HyperbandSearchCV

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(200, 5)), np.repeat([0, 1], 100)
SPACE = {"level": uniform(0.0, 1.0)}
RUNGS = {"min_resources": 1, "max_resources": 81, "factor": 3}
SETTINGS = {"cv": 5, "random_state": 0, "n_jobs": 1}
N_CANDIDATES = 81
N_TASKS = 81 + 27 + 9 + 3 + 1


class Constant(ClassifierMixin, BaseEstimator):
    """Learns nothing, epoch by epoch; a candidate's score is its parameter."""

    def __init__(self, level=0.0, max_iter=81):
        self.level = level
        self.max_iter = max_iter

    def fit(self, X, y):
        """Do nothing."""
        self.classes_ = np.array([0, 1])
        return self

    def partial_fit(self, X, y, classes=None):
        """Do nothing once more."""
        return self.fit(X, y)

    def predict(self, X):
        """Return the first class."""
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        """Return the parameter."""
        return self.level


def hyperband_search(optimizer="random", scheduler="halving"):
    """Train candidates on from 1 to 81 epochs, each segment from its checkpoint."""
    search = HyperbandSearchCV(
        Constant(),
        SPACE,
        optimizer=optimizer,
        scheduler=scheduler,
        **RUNGS,
        **SETTINGS,
    )
    return search.fit(X, Y)


def halving_search():
    """Fit as many candidates on the same rungs by scikit-learn."""
    search = HalvingRandomSearchCV(
        Constant(),
        SPACE,
        resource="max_iter",
        n_candidates=N_CANDIDATES,
        **RUNGS,
        **SETTINGS,
    )
    return search.fit(X, Y)


def seconds(function, *args):
    """Return how long one call takes."""
    start = perf_counter()
    function(*args)
    return perf_counter() - start


class Rungs:
    """81 candidates on five rungs in five folds, 605 fits that do nothing."""

    number = 1
    repeat = 3
    rounds = 1
    timeout = 300

    def time_hyperband_search_cv(self):
        hyperband_search()

    def track_ms_per_task(self):
        """Median of five runs, for one candidate on one rung and one fold."""
        runs = [seconds(hyperband_search) for _ in range(5)]
        return 1e3 * median(runs) / (N_TASKS * SETTINGS["cv"])

    track_ms_per_task.unit = "ms"

    def track_ratio_to_halving_random_search_cv(self):
        """Medians of seven runs each, in turns.

        Ours writes and reads a checkpoint for what the other begins again, which with
        fits that do nothing is all that there is to pay.
        """
        pairs = [(seconds(hyperband_search), seconds(halving_search)) for _ in range(8)]
        ours, theirs = map(median, zip(*pairs[1:], strict=True))
        return ours / theirs

    track_ratio_to_halving_random_search_cv.unit = "x"


class Model:
    """One round of Hyperband, 143 candidates, with the default's proposals."""

    number = 1
    repeat = 3
    rounds = 1
    timeout = 300

    def time_hyperband_search_cv(self):
        hyperband_search("auto", "hyperband")


class Yardstick:
    """The same rungs by scikit-learn."""

    number = 1
    repeat = 3
    rounds = 1
    timeout = 300

    def time_halving_random_search_cv(self):
        halving_search()
