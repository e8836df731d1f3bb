"""Fit time and peak memory: measured, put where a scorer of that name stands."""

import mmap
import threading

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.evaluation import _memory
from sksearch.evaluation._memory import peak_memory
from sksearch.metrics import neg_fit_time, neg_peak_memory

X, Y = load_iris(return_X_y=True)
SCORING = {"accuracy": "accuracy", "time": neg_fit_time, "memory": neg_peak_memory}
MB = 1_000_000
SIZES = [50, 100, 200]


def hold(megabytes, pieces=1):
    """Touch so much memory, and let it go.

    Not by malloc, which may have as much at hand from what was freed before.
    """
    size = megabytes * MB // pieces
    parts = [mmap.mmap(-1, size) for _ in range(pieces)]
    for part in parts:
        np.frombuffer(part, dtype=np.uint8)[:] = 1
    for part in parts:
        part.close()


class Hungry(ClassifierMixin, BaseEstimator):
    """Needs memory to be fitted, and keeps none of it."""

    def __init__(self, megabytes=50, pieces=1):
        self.megabytes = megabytes
        self.pieces = pieces

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        hold(self.megabytes, self.pieces)
        return self

    def predict(self, X):
        hold(2 * self.megabytes)  # which is none of the fit's
        return np.zeros(len(X), dtype=int)


def searched(estimator, space, **options):
    options = {"cv": 2, "refit": "accuracy", "scoring": SCORING, **options}
    return BayesSearchCV(estimator, space, **options).fit(X, Y)


# -- in a search -------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_peak_memory_of_a_fit(n_jobs):
    space = {"megabytes": SIZES, "pieces": [1, 100]}
    split = ShuffleSplit(1, random_state=0)
    table = searched(Hungry(), space, cv=split, n_jobs=n_jobs).cv_results_
    wanted = [params["megabytes"] * MB for params in table["params"]]
    np.testing.assert_allclose(-table["mean_test_memory"], wanted, rtol=0.2)


def test_fit_time_is_that_of_the_table():
    found = searched(DecisionTreeClassifier(), {"max_depth": [1, 2]}, refit="time")
    table = found.cv_results_
    np.testing.assert_array_equal(-table["mean_test_time"], table["mean_fit_time"])
    assert found.best_score_ == -table["mean_fit_time"].min()


@pytest.mark.parametrize("scorer", [neg_fit_time, neg_peak_memory], ids=repr)
def test_a_measured_score_alone(scorer):
    tree = DecisionTreeClassifier()
    found = searched(tree, {"max_depth": [1, 2]}, scoring=scorer, refit=True)
    assert found.best_score_ <= 0
    assert found.cv_results_["status"].tolist() == ["complete"] * 2
    with pytest.raises(TypeError, match=repr(scorer)):
        found.score(X, Y)


def test_scores_keep_their_order_and_their_weights():
    found = searched(DecisionTreeClassifier(), {"max_depth": [1, 2]})
    assert list(found.history_.evaluations(0)[0].scores) == list(SCORING)
    options = {"scoring": {"time": neg_fit_time}, "refit": "time"}
    search = BayesSearchCV(DecisionTreeClassifier(), {"max_depth": [1]}, **options)
    search.fit(X, Y, sample_weight=np.ones(150))


def test_a_fit_that_failed_has_the_error_score():
    tree = DecisionTreeClassifier()
    with pytest.warns(FitFailedWarning, match="2 fits failed"):
        table = searched(tree, {"max_depth": [2, -1]}, error_score=-9.0).cv_results_
    failed = list(table["status"]).index("failed")
    assert table["mean_test_time"][failed] == table["mean_test_memory"][failed] == -9


def test_train_scores_have_the_costs_too():
    tree = DecisionTreeClassifier()
    table = searched(tree, {"max_depth": [1]}, return_train_score=True).cv_results_
    assert table["mean_train_time"] == table["mean_test_time"]


def test_a_backend_of_threads():
    with parallel_config(backend="threading"):
        found = searched(Hungry(), {"megabytes": [50, 60]}, n_jobs=2)
    # What one thread gives back another may take unseen: nothing more can be promised.
    assert (found.cv_results_["mean_test_memory"] <= 0).all()


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_training_on_adds_up(n_jobs):
    search = HyperbandSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": (1e-5, 1e-1, "log-uniform")},
        max_resources=9,
        n_iter=4,
        optimizer="random",
        scheduler="halving",
        cv=2,
        scoring=SCORING,
        refit="accuracy",
        random_state=0,
        n_jobs=n_jobs,
    ).fit(X, Y)
    history = search.history_
    far = [trial for trial in history.trials if len(history.resources(trial.id)) == 3]
    assert far
    for trial in far:
        for fold in range(2):
            path = [
                history.evaluations(trial.id, resource)[fold]
                for resource in history.resources(trial.id)
            ]
            spent = np.cumsum([evaluation.fit_time for evaluation in path])
            measured = [evaluation.scores["time"] for evaluation in path]
            np.testing.assert_allclose(measured, -spent)
            memory = [evaluation.scores["memory"] for evaluation in path]
            assert memory == sorted(memory, reverse=True)


@pytest.mark.slow
def test_what_is_fitted_again_at_each_rung_does_not_add_up():
    search = HyperbandSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 3, 4]},
        min_resources=20,
        max_resources=60,
        optimizer="random",
        scheduler="halving",
        cv=2,
        scoring=SCORING,
        refit="accuracy",
        random_state=0,
    ).fit(X, Y)
    table = search.cv_results_
    assert set(table["n_resources"]) == {20, 60}
    np.testing.assert_array_equal(-table["mean_test_time"], table["mean_fit_time"])


# -- the gauges --------------------------------------------------------------------


def test_memory_that_was_freed_before_is_seen_again():
    for _ in range(3):
        hold(40, pieces=40)
        _memory.get_ready()
        with peak_memory() as peak:
            hold(40, pieces=40)
        assert peak.n_bytes == pytest.approx(40 * MB, rel=0.2)


def test_a_block_that_needs_nothing():
    _memory.get_ready()
    with peak_memory() as peak:
        pass
    assert 0 <= peak.n_bytes < 2 * MB


def test_a_second_block_leaves_the_mark_of_the_first():
    with peak_memory() as outer:
        hold(80)
        with peak_memory() as inner:
            hold(20)
    assert outer.n_bytes == pytest.approx(80 * MB, rel=0.2)
    assert inner.n_bytes == pytest.approx(20 * MB, rel=0.2)


def test_blocks_that_overlap_in_threads():
    found = {}
    begun, go_on = threading.Event(), threading.Event()

    def long():
        with peak_memory() as peak:
            hold(60)
            begun.set()
            go_on.wait()
        found["long"] = peak.n_bytes

    thread = threading.Thread(target=long)
    thread.start()
    begun.wait()
    with peak_memory() as peak:
        go_on.set()
        thread.join()
        hold(30)
    assert found["long"] == pytest.approx(60 * MB, rel=0.2)
    assert peak.n_bytes == pytest.approx(30 * MB, rel=0.2)


def test_looking_sees_what_the_mark_sees(monkeypatch):
    monkeypatch.setattr(_memory, "_RESET", "/no/such/file")  # as on other systems
    _memory.get_ready()
    with peak_memory() as peak:
        held = np.ones(100 * MB // 8)
        threading.Event().wait(0.05)
        del held
    assert peak.n_bytes == pytest.approx(100 * MB, rel=0.2)


def test_a_platform_that_tells_nothing(monkeypatch):
    monkeypatch.setattr(_memory, "_STATUS", "/no/such/file")
    monkeypatch.setattr(_memory, "_psutil", lambda: None)
    with pytest.raises(RuntimeError, match=r"neg_peak_memory.*psutil"):
        searched(DecisionTreeClassifier(), {"max_depth": [1]})
