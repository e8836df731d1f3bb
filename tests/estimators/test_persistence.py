"""Fitted searches survive joblib, and skops, which asks for trust in our classes."""

import copy

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV

X, Y = load_iris(return_X_y=True)
SPACE = {"svc__C": (0.1, 10.0), "svc__kernel": ["linear", "rbf"]}


def searches():
    model = make_pipeline(StandardScaler(), SVC())
    tree = DecisionTreeClassifier(random_state=0)
    goals = ["accuracy", "balanced_accuracy"]
    return [
        BayesSearchCV(model, SPACE, n_iter=4, random_state=0),
        HyperbandSearchCV(model, SPACE, resource="n_samples", random_state=0),
        MultiObjectiveSearchCV(
            tree, {"max_depth": [1, 2, 3]}, scoring=goals, random_state=0
        ),
    ]


@pytest.fixture(params=searches(), ids=lambda search: type(search).__name__)
def search(request):
    return request.param.fit(X, Y)


def assert_same(again, search, tmp_path):
    assert (again.predict(X) == search.predict(X)).all()
    assert again.best_params_ == search.best_params_
    assert again.score(X, Y) == search.score(X, Y)
    means = "mean_test_score" if "mean_test_score" in search.cv_results_ else None
    if means:
        np.testing.assert_array_equal(
            again.cv_results_[means], search.cv_results_[means]
        )
    assert again.history_.to_json() == search.history_.to_json()
    written = [
        each.export_metadata(tmp_path / "m.json").read_text()
        for each in (again, search)
    ]
    assert written[0].split("exported")[0] == written[1].split("exported")[0]


def test_joblib_keeps_a_fitted_search(search, tmp_path):
    joblib.dump(search, tmp_path / "search.joblib")
    assert_same(joblib.load(tmp_path / "search.joblib"), search, tmp_path)


def test_skops_keeps_the_best_model(search):
    sio = pytest.importorskip("skops.io", reason="skops is in the test extra")
    stored = sio.dumps(search.best_estimator_)
    untrusted = sio.get_untrusted_types(data=stored)
    assert not [name for name in untrusted if name.startswith("sksearch")]
    again = sio.loads(stored, trusted=untrusted)
    assert (again.predict(X) == search.best_estimator_.predict(X)).all()


def test_skops_keeps_a_fitted_search_without_its_log(search):
    """skops writes no dict whose keys are sets, as those of spaces are."""
    sio = pytest.importorskip("skops.io", reason="skops is in the test extra")
    shipped = copy.copy(search)
    del shipped.history_
    stored = sio.dumps(shipped)
    again = sio.loads(stored, trusted=sio.get_untrusted_types(data=stored))
    assert (again.predict(X) == search.predict(X)).all()
    assert again.score(X, Y) == search.score(X, Y)
    assert again.best_params_ == search.best_params_
