"""Every tracker logs each training of a candidate once, and changes no search."""

import warnings

import numpy as np
import pytest

from sksearch import BayesSearchCV, MultiObjectiveSearchCV
from sksearch.callbacks import Callback
from sksearch.callbacks._finished import finished_tasks
from sksearch.exceptions import SearchInterruptedWarning
from tests.callbacks.tracked import Ends, Toy, X, assert_logged, bayes, hyperband, y

CONDITIONAL = [
    {"kind": ["tree"], "depth": [1, 2, 3, 4, 5, 6]},
    {"kind": ["stump", None], "weight": (0.1, 1.0), "fails": [True, False]},
]

# Third parties warn where they are imported first, and of their own ways.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


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
