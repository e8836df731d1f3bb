"""All of them are scorers, to scikit-learn as to us."""

import copy
import pickle
import re
import time

import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, MultiObjectiveSearchCV
from sksearch.metrics import (
    NegLatency,
    neg_fit_time,
    neg_latency,
    neg_model_size,
    neg_n_parameters,
    neg_peak_memory,
)

X, Y = load_iris(return_X_y=True)
QUICK = NegLatency(n_repeats=3, n_warmup=0)
SCORING = {
    "accuracy": "accuracy",
    "latency": QUICK,
    "size": neg_model_size,
    "n": neg_n_parameters,
}
SPACE = {"max_depth": [1, 2, 3]}


class Counted(ClassifierMixin, BaseEstimator):
    """Remembers how often it was asked, and with how many rows."""

    def __init__(self, first=0.0, rest=0.0):
        self.first = first
        self.rest = rest

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.asked_ = []
        return self

    def predict(self, X):
        time.sleep(self.rest if self.asked_ else self.first)
        self.asked_.append(X.shape[0])
        return np.zeros(X.shape[0])

    decision_function = predict


# -- as scorers --------------------------------------------------------------------


@pytest.mark.parametrize("search", [GridSearchCV, BayesSearchCV])
def test_several_scores(search):
    tree = DecisionTreeClassifier(random_state=0)
    found = search(tree, SPACE, scoring=SCORING, refit="accuracy", cv=3).fit(X, Y)
    table = found.cv_results_
    assert (table["mean_test_latency"] < 0).all()
    depth = np.array([params["max_depth"] for params in table["params"]])
    for name in ("size", "n"):  # the deeper, the larger
        assert (np.diff(table[f"mean_test_{name}"][np.argsort(depth)]) < 0).all()


@pytest.mark.parametrize("search", [GridSearchCV, BayesSearchCV])
@pytest.mark.parametrize("scorer", [QUICK, neg_model_size, neg_n_parameters], ids=repr)
def test_a_single_score(search, scorer):
    tree = DecisionTreeClassifier(random_state=0)
    found = search(tree, SPACE, scoring=scorer, cv=3).fit(X, Y)
    assert found.best_score_ < 0
    assert found.score(X, Y) < 0
    if scorer is not QUICK:
        assert found.best_params_ == {"max_depth": 1}


def test_cross_validate():
    scores = cross_validate(DecisionTreeClassifier(max_depth=1), X, Y, scoring=SCORING)
    assert scores["test_n"].tolist() == [-3.0] * 5


def test_without_a_target():
    assert neg_model_size(DecisionTreeClassifier().fit(X, Y), X) < 0
    assert QUICK(DecisionTreeClassifier().fit(X, Y), X) < 0


@pytest.mark.parametrize("search", [GridSearchCV, BayesSearchCV])
@pytest.mark.parametrize("routing", [False, True])
def test_metadata_meet_scorers_that_need_none(search, routing):
    tree = DecisionTreeClassifier(random_state=0)
    with sklearn.config_context(enable_metadata_routing=routing):
        accuracy = make_scorer(accuracy_score)
        if routing:
            tree.set_fit_request(sample_weight=True)
            accuracy.set_score_request(sample_weight=True)
        scoring = {**SCORING, "accuracy": accuracy}
        found = search(tree, SPACE, scoring=scoring, refit="size", cv=3)
        found.fit(X, Y, sample_weight=np.ones(150))
        assert found.best_params_ == {"max_depth": 1}
        found.get_metadata_routing()


@pytest.mark.parametrize("search", [BayesSearchCV, MultiObjectiveSearchCV])
@pytest.mark.parametrize(
    "scoring",
    [
        ["accuracy", "neg_latency"],
        ("neg_latency", "accuracy"),
        {"accuracy": "accuracy", "fast": "neg_latency"},
    ],
)
def test_a_name_of_ours_is_refused_with_the_way_out(search, scoring):
    tree = DecisionTreeClassifier(random_state=0)
    found = search(tree, SPACE, scoring=scoring, refit="accuracy")
    message = re.escape("'neg_latency': sksearch.metrics.neg_latency}")
    with pytest.raises(ValueError, match=message):
        found.fit(X, Y)


# -- measured elsewhere ------------------------------------------------------------


@pytest.mark.parametrize("scorer", [neg_fit_time, neg_peak_memory], ids=repr)
def test_only_our_searches_can_measure_a_fit(scorer):
    tree = DecisionTreeClassifier().fit(X, Y)
    message = rf"{scorer!r} cannot.*BayesSearchCV.*HyperbandSearchCV"
    with pytest.raises(TypeError, match=message):
        scorer(tree, X, Y)
    search = GridSearchCV(
        tree, SPACE, scoring={"a": scorer}, refit=False, error_score="raise"
    )
    with pytest.raises(TypeError, match=message):
        search.fit(X, Y)
    search.set_params(scoring=scorer)
    with pytest.raises(TypeError, match=message):
        search.fit(X, Y)
    search.set_params(error_score=np.nan)  # where scikit-learn warns of any error
    nan = pytest.warns(UserWarning, match="non-finite")
    with nan, pytest.warns(UserWarning, match=message):
        search.fit(X, Y)


@pytest.mark.parametrize("scorer", [neg_fit_time, neg_peak_memory], ids=repr)
def test_measured_scorers_are_one_object_wherever_they_go(scorer):
    assert pickle.loads(pickle.dumps(scorer)) is scorer
    assert copy.deepcopy(scorer) is scorer
    assert clone(scorer, safe=False) is scorer
    assert scorer.__doc__.startswith("Score a candidate")


# -- latency -----------------------------------------------------------------------


def test_calls_and_rows():
    model = Counted().fit(X, Y)
    NegLatency(batch_size=7, n_repeats=5, n_warmup=2)(model, X, Y)
    assert model.asked_ == [7] * 7


def test_rows_come_again_where_there_are_too_few():
    class Kept(Counted):
        def predict(self, X):
            self.rows_ = X
            return super().predict(X)

    model = Kept().fit(X, Y)
    NegLatency(batch_size=7, n_repeats=1)(model, X[:3])
    np.testing.assert_array_equal(model.rows_, X[[0, 1, 2, 0, 1, 2, 0]])


def test_it_is_the_median_of_what_comes_after_warming_up():
    cold = Counted(first=0.5).fit(X, Y)
    assert NegLatency(n_repeats=1, n_warmup=1)(cold, X) > -0.5
    slow = Counted(rest=0.01).fit(X, Y)
    assert NegLatency(n_repeats=3, n_warmup=1)(slow, X) <= -0.01


def test_per_row():
    slow = Counted(first=0.02, rest=0.02).fit(X, Y)
    per_call = NegLatency(batch_size=100, n_repeats=3)(slow, X)
    per_row = NegLatency(batch_size=100, n_repeats=3, per_row=True)(slow, X)
    assert per_call <= -0.02
    assert -0.02 < per_row <= -0.0002


def test_slow_models_are_asked_less_often():
    model = Counted(first=0.02, rest=0.02).fit(X, Y)
    NegLatency(n_repeats=1000, n_warmup=0, max_time=0.1)(model, X)
    assert 3 <= len(model.asked_) <= 5
    model = Counted(first=0.02, rest=0.02).fit(X, Y)
    NegLatency(n_repeats=1000, n_warmup=0, max_time=0.001)(model, X)
    assert len(model.asked_) == 3


def test_another_method():
    model = Counted().fit(X, Y)
    assert NegLatency(method="decision_function", n_repeats=1)(model, X) < 0
    with pytest.raises(AttributeError, match=r"predict_proba.*Counted"):
        NegLatency(method="predict_proba")(model, X)


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_matrix, np.ndarray.tolist])
def test_any_kind_of_rows(convert):
    rows = convert(X)
    model = KNeighborsClassifier().fit(rows, Y)
    assert NegLatency(batch_size=200, n_repeats=1)(model, rows) < 0


def test_frames():
    pandas = pytest.importorskip("pandas", reason="the plot extra is not installed")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = DecisionTreeClassifier().fit(frame, Y)
    assert NegLatency(n_repeats=1)(model, frame) < 0


def test_equal_settings_are_equal_scorers():
    assert NegLatency() == neg_latency == pickle.loads(pickle.dumps(neg_latency))
    assert NegLatency(batch_size=2) != neg_latency
    assert "batch_size=1" in repr(neg_latency)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 0),
        ("batch_size", 1.5),
        ("n_repeats", 0),
        ("n_warmup", -1),
        ("n_threads", 0),
        ("max_time", 0),
    ],
)
def test_settings_that_mean_nothing(name, value):
    with pytest.raises(ValueError, match=re.escape(f"{name}={value}")):
        NegLatency(**{name: value})


def test_no_rows_no_latency():
    with pytest.raises(ValueError, match="no rows"):
        neg_latency(Counted().fit(X, Y), X[:0])


def test_threads_are_held_and_given_back():
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")

    class Asked(Counted):
        def predict(self, X):
            self.threads_ = torch.get_num_threads()
            return super().predict(X)

    before = torch.get_num_threads()
    model = Asked().fit(X, Y)
    QUICK(model, X)
    assert model.threads_ == 1
    NegLatency(n_repeats=1, n_threads=None)(model, X)
    assert model.threads_ == torch.get_num_threads() == before
