"""Searches with a tracker, and whether all that they did was logged."""

import math
import os
import signal

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.callbacks import Callback
from sksearch.callbacks._finished import finished_task, finished_tasks

X, y = load_iris(return_X_y=True)


class Toy(ClassifierMixin, BaseEstimator):
    """A tree that can fail, or be interrupted."""

    def __init__(self, kind="tree", depth=1, weight=0.5, fails=False, interrupts=False):
        self.kind = kind
        self.depth = depth
        self.weight = weight
        self.fails = fails
        self.interrupts = interrupts

    def fit(self, X, y):
        if self.fails:
            raise ValueError("as it was told")
        if self.interrupts and self.depth == 4:
            os.kill(os.getpid(), signal.SIGINT)
        depth = self.depth if self.kind == "tree" else 1
        self.tree_ = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)
        self.classes_ = self.tree_.classes_
        return self

    def predict(self, X):
        return self.tree_.predict(X)


def bayes(tracker, **settings):
    settings = {"n_iter": 6, "cv": 2, "random_state": 0, **settings}
    space = {"depth": [1, 2, 3, 4, 5, 6, 7, 8]}
    return BayesSearchCV(
        Toy(), space, optimizer="sobol", callbacks=[tracker], **settings
    )


def hyperband(tracker, **settings):
    settings = {"max_resources": 9, "cv": 2, "random_state": 0, **settings}
    space = {"alpha": (1e-5, 1e-1, "log-uniform"), "penalty": ["l1", "l2"]}
    inner = SGDClassifier(random_state=0)
    return HyperbandSearchCV(
        inner, space, optimizer="random", callbacks=[tracker], **settings
    )


def assert_logged(store, history, search=None):
    """Every finished task of a history, once, with all of its finite numbers."""
    [found] = [search] if search is not None else store.searches()
    trials = store.trials(found)
    tasks = [finished_task(history, *task) for task in finished_tasks(history)]
    assert tasks
    assert trials.keys() == {task.trial_id for task in tasks}
    for task in tasks:
        logged = trials[task.trial_id]
        shown = {name: store.shown(value) for name, value in task.params.items()}
        assert logged["params"] == shown
        for name, value in task.metrics.items():
            assert math.isclose(
                logged["metrics"][name][task.resource], value, rel_tol=1e-6
            )
    steps = {
        (i, step)
        for i, trial in trials.items()
        for points in trial["metrics"].values()
        for step in points
    }
    assert steps <= {(task.trial_id, task.resource) for task in tasks}


class Ends(Callback):
    """Ends a search after some results."""

    def __init__(self, n):
        self.n = n

    def on_search_begin(self, history):
        self.seen = 0

    def on_evaluation(self, history, evaluation):
        self.seen += 1
        return self.seen >= self.n
