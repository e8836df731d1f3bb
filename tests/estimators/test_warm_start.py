"""Searches that begin with what earlier searches have found."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.exceptions import HistoryMismatchError
from sksearch.history import History

X, Y = make_classification(120, random_state=0)


class Valley(ClassifierMixin, BaseEstimator):
    """Scores by how near its parameters are to a target; fits nothing."""

    def __init__(self, x=0.0, y=0.0, kind="a", at=0.3):
        self.x = x
        self.y = y
        self.kind = kind
        self.at = at

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        missed = (self.x - self.at) ** 2 + (self.y - 0.6) ** 2
        return -missed - 0.2 * (self.kind != "a")


SPACE = {"x": (0.0, 1.0), "y": (0.0, 1.0), "kind": ["a", "b"]}
OPTIONS = {"cv": 2, "random_state": 0, "refit": False}


def search(space=SPACE, estimator=None, **options):
    return BayesSearchCV(estimator or Valley(), space, **{**OPTIONS, **options})


@pytest.fixture(scope="module")
def earlier():
    return search(n_iter=25, random_state=7).fit(X, Y)


def first_params(fitted, n=1):
    return [trial.params for trial in fitted.history_.trials[:n]]


# -- what runs first ---------------------------------------------------------------


def test_the_best_of_an_earlier_search_runs_first(earlier):
    fitted = search(n_iter=5, warm_start_from=[earlier]).fit(X, Y)
    best = earlier.history_.trials[earlier.history_.incumbent()].params
    top = [earlier.history_.trials[i].params for i in earlier.history_.ranked()[:10]]
    assert best in top
    assert all(params in top for params in first_params(fitted, 1))


def test_all_kinds_of_sources_say_the_same(earlier, tmp_path):
    path = tmp_path / "earlier.jsonl"
    stored = search(n_iter=25, random_state=7, journal=path).fit(X, Y)
    sources = [
        earlier,
        earlier.history_,
        earlier.cv_results_,
        str(path),
        path,
        stored,
        History.load(path),
    ]
    logs = [
        search(n_iter=9, warm_start_from=[source]).fit(X, Y).history_.to_frame()
        for source in sources
    ]
    for log in logs[1:]:
        np.testing.assert_allclose(log["param_x"], logs[0]["param_x"], rtol=1e-6)
        assert log["param_kind"].tolist() == logs[0]["param_kind"].tolist()


@pytest.mark.parametrize(
    "theirs",
    [
        GridSearchCV(LogisticRegression(), {"C": [0.01, 0.1, 1.0, 100.0]}, cv=2),
        RandomizedSearchCV(
            LogisticRegression(), {"C": [0.01, 0.1, 1.0]}, n_iter=2, cv=2
        ),
    ],
    ids=["grid", "random"],
)
def test_searches_of_scikit_learn_are_sources(theirs):
    theirs.fit(X, Y)
    ours = BayesSearchCV(
        LogisticRegression(),
        {"C": (1e-3, 1e3, "log-uniform")},
        n_iter=4,
        cv=2,
        random_state=0,
        warm_start_from=[theirs],
    ).fit(X, Y)
    tried = [params["C"] for params in theirs.cv_results_["params"]]
    assert first_params(ours)[0]["C"] in tried


def test_what_was_not_varied_had_the_own_value_of_the_estimator():
    narrow = search({"x": (0.0, 1.0)}, Valley(kind="b"), n_iter=6).fit(X, Y)
    fitted = search(n_iter=3, estimator=Valley(kind="b"), warm_start_from=[narrow]).fit(
        X, Y
    )
    [first] = first_params(fitted)
    assert first["kind"] == "b"
    assert first["y"] == 0.0


def test_what_lies_outside_is_left_out():
    wide = search({"x": (-5.0, 5.0)}, n_iter=8).fit(X, Y)
    fitted = search({"x": (0.0, 0.1)}, n_iter=5, warm_start_from=[wide]).fit(X, Y)
    assert all(0.0 <= params["x"] <= 0.1 for params in first_params(fitted, 5))


def test_a_conditional_point_finds_its_branch():
    space = [
        {"kind": ["a"], "x": (0.0, 1.0)},
        {"kind": ["b"], "x": (0.0, 1.0), "y": (0.0, 1.0)},
    ]
    earlier = search(space, Valley(at=0.4), n_iter=12).fit(X, Y)
    table = {"params": [{"kind": "b", "x": 0.4, "y": 0.6}], "mean_test_score": [1.0]}
    for source in (earlier, table):
        fitted = search(space, n_iter=6, warm_start_from=[source]).fit(X, Y)
        assert all(("y" in p) == (p["kind"] == "b") for p in first_params(fitted, 6))
    assert first_params(fitted)[0] == table["params"][0]


def test_of_successive_halving_the_last_iteration_counts():
    table = {
        "params": [{"x": 0.1}, {"x": 0.9}],
        "mean_test_score": [0.9, 0.1],
        "n_resources": [10, 20],
    }
    fitted = search({"x": (0.0, 1.0)}, n_iter=4, warm_start_from=[table]).fit(X, Y)
    assert first_params(fitted)[0] == {"x": 0.9}


def test_initial_params_go_before_them(earlier):
    mine = {"x": 0.5, "y": 0.5, "kind": "b"}
    fitted = search(n_iter=4, initial_params=[mine], warm_start_from=[earlier])
    assert first_params(fitted.fit(X, Y))[0] == mine


# -- what is learnt ----------------------------------------------------------------


def test_a_related_search_is_of_use_and_a_misleading_one_does_little_harm():
    """Means over seeds of what is missing to the optimum after eight candidates."""
    missed = {"cold": [], "related": [], "misleading": []}
    for seed in range(6):
        near = search(n_iter=25, random_state=100 + seed, estimator=Valley(at=0.35))
        near.fit(X, Y)
        table = {
            "params": near.cv_results_["params"],
            "mean_test_score": -near.cv_results_["mean_test_score"],
        }
        for name, sources in {
            "cold": [],
            "related": [near],
            "misleading": [table],
        }.items():
            fitted = search(n_iter=10, random_state=seed, warm_start_from=sources)
            missed[name].append(-fitted.fit(X, Y).cv_results_["mean_test_score"].max())
    means = {name: np.mean(values) for name, values in missed.items()}
    assert means["related"] < 0.5 * means["cold"]
    assert means["misleading"] < 3.0 * means["cold"] + 0.02


def test_weights_of_sources_stand_in_the_log(earlier):
    fitted = search(n_iter=8, warm_start_from=[earlier]).fit(X, Y)
    tags = [trial.tags for trial in fitted.history_.trials]
    assert any("sources" in each and each["sources"][0] > 0.0 for each in tags)


def test_a_source_that_cannot_be_modelled_is_of_no_harm():
    constant = {"params": [{"x": 0.1}, {"x": 0.2}], "mean_test_score": [0.5, 0.5]}
    single = {"params": [{"x": 0.7}], "mean_test_score": [0.5]}
    failed = {"params": [{"x": 0.7}], "mean_test_score": [np.nan]}
    fitted = search(
        {"x": (0.0, 1.0)}, n_iter=10, warm_start_from=[constant, single, failed]
    ).fit(X, Y)
    assert len(fitted.history_.trials) == 10
    assert {trial.tags.get("by") for trial in fitted.history_.trials} >= {"gp"}


def test_several_objectives_are_read_alike_from_all_kinds_of_sources(tmp_path):
    path = tmp_path / "front.jsonl"
    front = MultiObjectiveSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": (1, 9), "min_samples_leaf": (1, 30)},
        n_iter=12, scoring=["accuracy", "neg_log_loss"], cv=2, random_state=0,
        journal=str(path),
    ).fit(X, Y)  # fmt: skip
    logs = []
    for source in (front, front.history_, path, front.cv_results_):
        warm = clone(front).set_params(warm_start_from=[source], journal=None)
        logs.append(warm.fit(X, Y).history_)
    assert any("sources" in trial.tags for trial in logs[0].trials)
    points = [[trial.params for trial in log.trials] for log in logs]
    assert points[1:] == points[:-1]
    # One that knows a single objective gives its best, and guides nothing.
    narrow = BayesSearchCV(
        DecisionTreeClassifier(random_state=0), {"max_depth": (1, 9)},
        n_iter=8, cv=2, scoring="accuracy", random_state=0,
    ).fit(X, Y)  # fmt: skip
    for source in (narrow, narrow.cv_results_):
        warm = clone(front).set_params(warm_start_from=[source], journal=None)
        trials = warm.fit(X, Y).history_.trials
        assert not any("sources" in trial.tags for trial in trials)


# -- manners -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fresh",
    [
        BayesSearchCV(
            SGDClassifier(random_state=0),
            {"alpha": (1e-5, 1.0, "log-uniform")},
            n_iter=6,
        ),
        HyperbandSearchCV(
            SGDClassifier(random_state=0),
            {"alpha": (1e-5, 1.0, "log-uniform")},
            max_resources=9,
        ),
        MultiObjectiveSearchCV(
            DecisionTreeClassifier(random_state=0),
            {"max_depth": (1, 9)},
            n_iter=6,
            scoring=["accuracy", "f1"],
        ),
    ],
    ids=["bayes", "hyperband", "multi"],
)
def test_every_class_takes_them_nests_and_is_the_same_on_two_jobs(fresh):
    fresh = clone(fresh).set_params(cv=2, random_state=0)
    earlier = clone(fresh).fit(X, Y)
    warm = clone(fresh).set_params(warm_start_from=[earlier], random_state=1)
    one = clone(warm).fit(X, Y)
    two = clone(warm).set_params(n_jobs=2).fit(X, Y)
    frames = [each.history_.to_frame() for each in (one, two)]
    columns = [c for c in frames[0] if c.startswith(("param", "score_s", "trial"))]
    assert frames[0][columns].equals(frames[1][columns])
    top = [earlier.history_.trials[i].params for i in earlier.history_.ranked()]
    assert one.history_.trials[0].params in top
    assert np.isfinite(cross_val_score(warm, X, Y, cv=2, error_score="raise")).all()


def test_a_journal_goes_on_and_knows_its_sources(earlier, tmp_path):
    path = tmp_path / "search.jsonl"
    options = {"warm_start_from": [earlier], "journal": path}
    search(n_iter=8, max_fits=11, **options).fit(X, Y)
    rest = search(n_iter=8, **options).fit(X, Y)
    whole = search(n_iter=8, warm_start_from=[earlier]).fit(X, Y)
    assert rest.history_.to_frame()["param_x"].tolist() == (
        whole.history_.to_frame()["param_x"].tolist()
    )
    with pytest.raises(HistoryMismatchError, match="warm_start_from"):
        search(n_iter=14, journal=path).fit(X, Y)


# -- what is refused ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "error", "match"),
    [
        ([3], TypeError, r"warm_start_from\[0\]=3 is no search"),
        ([Valley()], ValueError, "not fitted"),
        ([GridSearchCV(Valley(), {"x": [0]})], ValueError, "not fitted"),
        (
            [{"params": [{"C": 1}], "mean_test_score": [1.0]}],
            ValueError,
            "none in common",
        ),
        (
            [{"params": [{"x": 1}], "mean_test_f1": [1.0], "mean_test_r2": [1.0]}],
            ValueError,
            "mean_test_score",
        ),
    ],
)
def test_bad_sources_are_named(sources, error, match):
    with pytest.raises(error, match=match):
        search(warm_start_from=sources).fit(X, Y)


def test_a_source_without_a_list_is_named(earlier):
    with pytest.raises((TypeError, ValueError), match="warm_start_from"):
        search(warm_start_from=earlier).fit(X, Y)
