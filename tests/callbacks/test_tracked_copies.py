"""Every search has its own place: copies, outer folds, other callbacks beside."""

import copy
import pickle

import pytest
from sklearn import __version__
from sklearn.base import clone
from sklearn.model_selection import cross_validate
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.fixes import parse_version

from sksearch import BayesSearchCV, nested_cross_validate
from sksearch.callbacks import Callback
from sksearch.testing import check_search_estimator
from tests.callbacks.tracked import X, assert_logged, bayes, y

# Third parties warn where they are imported first, and of their own ways.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_two_searches_are_two(store):
    tracker = store.tracker()
    histories = [bayes(tracker, n_iter=2).fit(X, y).history_ for _ in range(2)]
    assert len(store.searches()) == 2
    for found in store.searches():
        assert len(store.trials(found)) == len(histories[0].trials)


def test_copies(store):
    search = bayes(store.tracker(), n_iter=2)
    for twin in (clone(search), copy.deepcopy(search)):
        twin.fit(X, y)
    again = pickle.loads(pickle.dumps(twin))  # fitted
    again.fit(X, y)
    assert len(store.searches()) == 3
    assert vars(again.callbacks[0]) == vars(search.callbacks[0])


def test_a_copy_that_is_made_while_it_runs(store):
    class Copies(Callback):
        def on_evaluation(self, history, evaluation):
            copy.deepcopy(search.callbacks[0])
            pickle.dumps(search.callbacks[0])

    tracker = store.tracker()
    search = bayes(tracker, n_iter=2).set_params(callbacks=[tracker, Copies()])
    assert_logged(store, search.fit(X, y).history_)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_search_for_each_outer_fold(store, n_jobs):
    search = bayes(store.tracker(), n_iter=2)
    nested = nested_cross_validate(
        search, X, y, cv=3, n_jobs=n_jobs, return_estimator=True
    )
    assert len(nested.estimators) == len(store.searches()) == 3
    for found in store.searches():
        assert len(store.trials(found)) == 2


def test_one_search_for_each_outer_fold_in_processes(store):
    """The copies that loky sends know where to log."""
    search = bayes(store.tracker(), n_iter=2)
    search.set_params(estimator=DecisionTreeClassifier(), param_distributions=TREES)
    cross_validate(search, X, y, cv=2, n_jobs=2)
    assert len(store.searches()) == 2
    for found in store.searches():
        assert len(store.trials(found)) == 2


TREES = {"max_depth": [1, 2, 3, 4]}


def test_scikit_learns_callbacks_are_called_beside(store):
    def make(estimator, space, **params):
        params = {"n_iter": 8, "callbacks": [store.tracker()], **params}
        return BayesSearchCV(estimator, space, **params)

    checks = ["check_callbacks_are_balanced", "check_callbacks_of_failing_fits"]
    outcomes = check_search_estimator(make, checks=checks)
    has_callbacks = parse_version(__version__) >= parse_version("1.9")
    expected = "passed" if has_callbacks else "skipped: this version of scikit-learn"
    assert all(text.startswith(expected) for text in outcomes.values())
    assert bool(store.searches()) == has_callbacks
