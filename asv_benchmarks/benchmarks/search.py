"""What a search costs beside the fits that it asks for."""

import math
from statistics import median
from time import perf_counter

import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.model_selection import RandomizedSearchCV
from sklearn.naive_bayes import GaussianNB

from sksearch import BayesSearchCV
from sksearch._search_loop import Search, run_search
from sksearch.evaluation import SerialExecutor
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Bayesian, Random, Sobol
from sksearch.schedulers import FullEvaluation
from sksearch.space import Categorical, Integer, Real, SearchSpace

X, Y = load_iris(return_X_y=True)
SETTINGS = {"n_iter": 200, "cv": 5, "random_state": 0}
DISTRIBUTIONS = {"var_smoothing": loguniform(1e-12, 1e-1)}


def bayes_search(n_jobs):
    """Run 200 random candidates x 5 folds of a very short fit."""
    search = BayesSearchCV(
        GaussianNB(), DISTRIBUTIONS, optimizer="random", n_jobs=n_jobs, **SETTINGS
    )
    search.fit(X, Y)


def randomized_search(n_jobs):
    """Run as many of the same fits by scikit-learn."""
    search = RandomizedSearchCV(GaussianNB(), DISTRIBUTIONS, n_jobs=n_jobs, **SETTINGS)
    search.fit(X, Y)


def seconds(function, *args):
    """Return how long one call takes."""
    start = perf_counter()
    function(*args)
    return perf_counter() - start


class ShortFits:
    """200 candidates x 5 folds of GaussianNB on iris."""

    params = (1, 2)
    param_names = ("n_jobs",)
    number = 1
    repeat = 3
    rounds = 1
    timeout = 300

    def time_bayes_search_cv(self, n_jobs):
        bayes_search(n_jobs)

    def track_ratio_to_randomized_search_cv(self, n_jobs):
        """Medians of seven runs each, in turns, on warm pools; the aim is 1.1."""
        pairs = [
            (seconds(bayes_search, n_jobs), seconds(randomized_search, n_jobs))
            for _ in range(8)
        ]
        ours, theirs = map(median, zip(*pairs[1:], strict=True))
        return ours / theirs

    track_ratio_to_randomized_search_cv.unit = "x"


class Yardstick:
    """The same fits by scikit-learn."""

    params = (1, 2)
    param_names = ("n_jobs",)
    number = 1
    repeat = 3
    rounds = 1
    timeout = 300

    def time_randomized_search_cv(self, n_jobs):
        randomized_search(n_jobs)


SPACE = {
    "learning_rate": Real(1e-4, 1.0, prior="log-uniform"),
    "subsample": Real(0.1, 1.0),
    "depth": Integer(1, 20),
    "leaves": Integer(2, 256, prior="log-uniform"),
    "booster": Categorical(["gbtree", "dart", "goss"]),
}


def history_of(n_trials, n_splits=5):
    """Return a history of random trials with made-up scores."""
    history = History(SearchSpace(SPACE), seed=0, n_splits=n_splits)
    for i in range(n_trials):
        rng = np.random.default_rng([0, i])
        params = Random().ask(history, rng).params
        history.record(Trial(i, params))
        score = -(math.log(params["learning_rate"]) ** 2) - params["subsample"]
        for fold in range(n_splits):
            noisy = {"score": score + 0.1 * rng.normal()}
            history.record(Evaluation(i, 1, fold, noisy))
    return history


def run_loop(n_trials, n_splits=5):
    """Run a random search whose fits take no time."""
    history = History(SearchSpace(SPACE), seed=0, n_splits=n_splits)
    search = Search(history, Random(), FullEvaluation(n_trials), Random.max_pending)
    run_search(search, SerialExecutor(evaluate_nothing))


def evaluate_nothing(fit):
    """Return a result at once."""
    return Evaluation(*fit.key, scores={"score": 0.0})


class Loop:
    """The loop alone, proposals included: n trials x 5 folds, evaluator faked."""

    params = (100, 1000, 3000)
    param_names = ("n_trials",)
    number = 1
    timeout = 300

    def time_loop(self, n_trials):
        run_loop(n_trials)

    def track_ms_per_fit(self, n_trials):
        """Median of five runs; the aim is 0.1 at 1,000 trials, and no growth."""
        runs = [seconds(run_loop, n_trials) for _ in range(5)]
        return 1e3 * median(runs) / (5 * n_trials)

    track_ms_per_fit.unit = "ms"


class Ask:
    """One question to an optimizer about a history of n trials."""

    optimizers = {"random": Random, "sobol": Sobol, "gp": Bayesian}
    params = (tuple(optimizers), (50, 200, 500))
    param_names = ("optimizer", "n_trials")
    timeout = 300

    def setup(self, optimizer, n_trials):
        """Make the history."""
        self.optimizer = self.optimizers[optimizer]()
        self.history = history_of(n_trials)

    def time_ask(self, optimizer, n_trials):
        self.optimizer.ask(self.history, np.random.default_rng(0))


class Replay:
    """Writing a history of n trials x 5 folds as JSON, and reading it back."""

    params = (100, 1000)
    param_names = ("n_trials",)
    timeout = 300

    def setup(self, n_trials):
        """Make the history."""
        self.history = history_of(n_trials)
        self.stored = self.history.to_json()

    def time_to_json(self, n_trials):
        self.history.to_json()

    def time_from_json(self, n_trials):
        History.from_json(self.stored, self.history.space)
