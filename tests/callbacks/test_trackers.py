"""Every tracker logs each training of a candidate once, and stops no search."""

import copy
import math
import os
import pickle
import signal
import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_validate
from sklearn.tree import DecisionTreeClassifier

import sksearch.callbacks
from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    nested_cross_validate,
)
from sksearch.callbacks import Callback
from sksearch.callbacks._finished import finished_task, finished_tasks
from sksearch.callbacks._tracker import Tracker
from sksearch.exceptions import SearchInterruptedWarning, TrackerWarning
from sksearch.testing import check_search_estimator

X, y = load_iris(return_X_y=True)

NAMES = ["MLflowTracker", "TensorBoardTracker", "WandbTracker"]
PACKAGES = {
    "LiveBar": ("tqdm", "progress"),
    "MLflowTracker": ("mlflow", "mlflow"),
    "TensorBoardTracker": ("tensorboard", "tensorboard"),
    "WandbTracker": ("wandb", "wandb"),
}
CONDITIONAL = [
    {"kind": ["tree"], "depth": [1, 2, 3, 4, 5, 6]},
    {"kind": ["stump", None], "weight": (0.1, 1.0), "fails": [True, False]},
]

# Third parties warn where they are imported first, and of their own ways.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


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


def test_conditional_parameters_failures_and_several_metrics(store):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some fits fail
        search = BayesSearchCV(
            Toy(),
            CONDITIONAL,
            n_iter=10,
            cv=2,
            scoring=["accuracy", "f1_macro"],
            refit="f1_macro",
            optimizer="random",
            return_train_score=True,
            callbacks=[store.tracker()],
            random_state=1,
        ).fit(X, y)
    history = search.history_
    status = {history.status(trial.id) for trial in history.trials}
    assert status == {"complete", "failed"}, "the test has both"
    assert_logged(store, history)
    [found] = store.searches()
    names = store.trials(found)[search.best_index_]["metrics"]
    assert {"mean_test_accuracy", "split1_train_f1_macro", "mean_fit_time"} <= set(
        names
    )


@pytest.mark.slow
def test_rungs_are_steps(store):
    search = hyperband(store.tracker()).fit(X, y)
    assert_logged(store, search.history_)
    [found] = store.searches()
    steps = [
        tuple(sorted(trial["metrics"]["mean_test_score"]))
        for trial in store.trials(found).values()
    ]
    assert (1, 3, 9) in steps
    assert {len(each) for each in steps} == {1, 2, 3}


@pytest.mark.slow
def test_folds_that_are_spared_leave_no_number(store):
    search = BayesSearchCV(
        Toy(),
        {"depth": [1, 2, 3, 4, 5, 6, 7, 8], "kind": ["tree", "stump"]},
        n_iter=16,
        cv=5,
        fold_stopping=True,
        optimizer="random",
        callbacks=[store.tracker()],
        random_state=0,
    ).fit(X, y)
    history = search.history_
    assert "stopped" in {history.status(trial.id) for trial in history.trials}
    assert_logged(store, history)


@pytest.mark.slow
def test_several_objectives(store):
    search = MultiObjectiveSearchCV(
        Toy(),
        {"depth": [1, 2, 3, 4, 5, 6, 7, 8]},
        scoring=["accuracy", "f1_macro"],
        n_iter=5,
        cv=2,
        optimizer="random",
        callbacks=[store.tracker()],
        random_state=0,
    ).fit(X, y)
    assert_logged(store, search.history_)


def test_a_search_that_goes_on_logs_only_what_is_new(store, tmp_path):
    journal = tmp_path / "search.jsonl"
    first = bayes(store.tracker(), n_iter=3, journal=journal).fit(X, y)
    assert_logged(store, first.history_)
    for n_iter in (6, 6):  # more candidates, then none
        again = bayes(store.tracker(), n_iter=n_iter, journal=journal).fit(X, y)
        assert len(again.history_.trials) == 6
        assert_logged(store, again.history_)


class Ends(Callback):
    """Ends a search after some results."""

    def __init__(self, n):
        self.n = n

    def on_search_begin(self, history):
        self.seen = 0

    def on_evaluation(self, history, evaluation):
        self.seen += 1
        return self.seen >= self.n


@pytest.mark.slow
@pytest.mark.parametrize("n_results", [7, 30])
def test_a_search_on_rungs_goes_on(store, tmp_path, n_results):
    """It ends between two folds, where trials wait to be trained on."""
    journal = tmp_path / "search.jsonl"
    search = hyperband(store.tracker(), journal=journal)
    search.set_params(callbacks=[*search.callbacks, Ends(n_results)]).fit(X, y)
    assert_logged(store, search.history_)
    again = hyperband(store.tracker(), journal=journal).fit(X, y)
    assert len(again.history_) > len(search.history_)
    assert_logged(store, again.history_)


@pytest.mark.slow
def test_what_was_done_without_a_tracker_is_logged_later(store, tmp_path):
    journal = tmp_path / "search.jsonl"
    bayes(Ends(100), n_iter=3, journal=journal).fit(X, y)
    search = bayes(store.tracker(), n_iter=4, journal=journal).fit(X, y)
    assert_logged(store, search.history_)


@pytest.mark.slow
def test_two_searches_are_two(store):
    tracker = store.tracker()
    histories = [bayes(tracker, n_iter=2).fit(X, y).history_ for _ in range(2)]
    assert len(store.searches()) == 2
    for found in store.searches():
        assert len(store.trials(found)) == len(histories[0].trials)


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_finished(store):
    search = bayes(store.tracker(), n_iter=8, refit=False)
    search.set_params(estimator=Toy(interrupts=True))
    with pytest.warns(SearchInterruptedWarning):
        search.fit(X, y)
    history = search.history_
    assert 0 < len(list(finished_tasks(history))) < 8
    assert_logged(store, history)


@pytest.mark.slow
def test_the_result_is_that_without_a_tracker(store):
    with_it = bayes(store.tracker()).fit(X, y)
    without = bayes(Ends(100)).fit(X, y)
    np.testing.assert_array_equal(
        with_it.cv_results_["mean_test_score"], without.cv_results_["mean_test_score"]
    )


@pytest.mark.slow
def test_a_tracker_reads_only(store):
    class Compares(Callback):
        def on_evaluation(self, history, evaluation):
            self.seen = history.to_json()
            tracker.on_evaluation(history, evaluation)
            assert history.to_json() == self.seen

    tracker = store.tracker()
    search = bayes(tracker, n_iter=2).set_params(callbacks=[tracker, Compares()])
    assert_logged(store, search.fit(X, y).history_)


@pytest.mark.slow
def test_copies(store):
    search = bayes(store.tracker(), n_iter=2)
    for twin in (clone(search), copy.deepcopy(search)):
        twin.fit(X, y)
    again = pickle.loads(pickle.dumps(twin))  # fitted
    again.fit(X, y)
    assert len(store.searches()) == 3
    assert vars(again.callbacks[0]) == vars(search.callbacks[0])


@pytest.mark.slow
def test_a_copy_that_is_made_while_it_runs(store):
    class Copies(Callback):
        def on_evaluation(self, history, evaluation):
            copy.deepcopy(search.callbacks[0])
            pickle.dumps(search.callbacks[0])

    tracker = store.tracker()
    search = bayes(tracker, n_iter=2).set_params(callbacks=[tracker, Copies()])
    assert_logged(store, search.fit(X, y).history_)


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_search_for_each_outer_fold(store, n_jobs):
    search = bayes(store.tracker(), n_iter=2)
    nested = nested_cross_validate(
        search, X, y, cv=3, n_jobs=n_jobs, return_estimator=True
    )
    assert len(nested.estimators) == len(store.searches()) == 3
    for found in store.searches():
        assert len(store.trials(found)) == 2


@pytest.mark.slow
def test_one_search_for_each_outer_fold_in_processes(store):
    """The copies that loky sends know where to log."""
    search = bayes(store.tracker(), n_iter=2)
    search.set_params(estimator=DecisionTreeClassifier(), param_distributions=TREES)
    cross_validate(search, X, y, cv=2, n_jobs=2)
    assert len(store.searches()) == 2
    for found in store.searches():
        assert len(store.trials(found)) == 2


TREES = {"max_depth": [1, 2, 3, 4]}


@pytest.mark.slow
def test_scikit_learns_callbacks_are_called_beside(store, tmp_path):
    checks = ["check_callbacks_are_balanced", "check_callbacks_of_failing_fits"]

    def make(estimator, space, **params):
        params["callbacks"] = [store.tracker()]
        return BayesSearchCV(estimator, space, **{**params, "n_iter": 3})

    outcomes = check_search_estimator(make, checks=checks[:1])
    skips = {text for text in outcomes.values() if not text.startswith("passed")}
    assert all("no callbacks" in text for text in skips)


# -- failures ----------------------------------------------------------------------


class Flaky(Tracker):
    """Writes into a list; fails while it is told to."""

    def __init__(self, fails=()):
        self.fails = set(fails)
        self.rows = []

    def _open(self, plan, history):
        if "open" in self.fails:
            raise OSError("no such place")
        return FlakyWriter(self)


class FlakyWriter:
    def __init__(self, tracker):
        self._tracker = tracker

    def logged(self):
        return set()

    def write(self, history, finished):
        if finished.trial_id in self._tracker.fails:
            raise OSError("the line is cut")
        self._tracker.rows.append(finished.trial_id)

    def close(self, search, history, error):
        if "close" in self._tracker.fails:
            raise OSError("no answer")
        self._tracker.rows.append(error)


@pytest.mark.parametrize("fails", [["open"], [1], [1, 3], ["close"], ["open", "close"]])
def test_a_failure_is_told_once_and_stops_nothing(fails):
    tracker = Flaky(fails)
    with pytest.warns(TrackerWarning, match=r"Flaky failed.*OSError") as caught:
        search = bayes(tracker).fit(X, y)
    assert len([w for w in caught if w.category is TrackerWarning]) == 1
    assert len(search.history_.observed()) == 6


def test_what_was_missed_is_logged_at_the_end():
    class Recovers(Callback):
        def on_evaluation(self, history, evaluation):
            if evaluation.trial_id == 4:
                tracker.fails.clear()

    tracker = Flaky([1])
    search = bayes(tracker).set_params(callbacks=[tracker, Recovers()])
    with pytest.warns(TrackerWarning):
        search.fit(X, y)
    # Trial 1 failed, so that 2 to 5 were not tried before the end.
    assert tracker.rows == [0, 1, 2, 3, 4, 5, None]


def test_an_error_of_fit_reaches_the_tracker():
    tracker = Flaky()
    search = bayes(tracker, error_score="raise")
    search.set_params(estimator=Toy(fails=True))
    with pytest.raises(ValueError, match="as it was told"):
        search.fit(X, y)
    assert isinstance(tracker.rows[-1], ValueError)
    assert "_session" not in vars(tracker)


def broken(name, folder):
    """A tracker that has no place to write to."""
    (folder / "file").write_text("no folder")
    place = str(folder / "file" / "below")
    arguments = {
        "MLflowTracker": {"tracking_uri": f"sqlite:///{place}/mlflow.db"},
        "TensorBoardTracker": {"log_dir": place},
        "WandbTracker": {
            "folder": place,
            "init_options": {"mode": "offline", "id": "no/good/id"},
        },
    }
    return getattr(sksearch.callbacks, name)(**arguments[name])


@pytest.mark.parametrize("name", NAMES)
def test_no_place_to_write_to(name, tmp_path):
    package, _ = PACKAGES[name]
    pytest.importorskip(package, reason=f"{package} is an extra")
    with pytest.warns(TrackerWarning, match=f"{name} failed"):
        search = bayes(broken(name, tmp_path), n_iter=2).fit(X, y)
    assert len(search.history_.observed()) == 2


WITHOUT = """
import sys
sys.modules[{package!r}] = None
import sksearch.callbacks
try:
    sksearch.callbacks.{name}()
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_not_installed_is_told_with_the_command(name):
    package, extra = PACKAGES[name]
    program = WITHOUT.format(package=package, name=name)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    missing = "torch" if "torch." in done.stdout else package
    assert done.stdout == (
        f"{name} needs {missing}. Run: pip install 'sksearch[{extra}]'\n"
    )
