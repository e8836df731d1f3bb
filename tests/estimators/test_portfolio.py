"""Candidates that were good on other data: legal, new, and only where they belong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV
from sksearch.estimators._nearest import nearest
from sksearch.estimators._portfolio import portfolio
from sksearch.estimators._proposals import first_candidates, make_optimizer
from sksearch.space import Categorical, Integer, Real, SearchSpace

X, Y = load_iris(return_X_y=True)
SVC_SPACE = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}


def entries(estimator, space, constraint=None):
    space = SearchSpace(space, constraint)
    branches = space._branches.dimensions
    return list(portfolio(estimator, space, branches, X.shape[1])), space


def starts(estimator, space, **options):
    options = {"n_iter": 16, "cv": 2, "random_state": 0, **options}
    return BayesSearchCV(estimator, space, **options).fit(X, Y)


# -- in any space ------------------------------------------------------------------


def ranges(low, high):
    """Ranges, distributions and lists of numbers within bounds."""
    whole = isinstance(low, int)
    numbers = (st.integers if whole else st.floats)(low, high)
    pairs = st.lists(numbers, min_size=2, max_size=2, unique=True).map(sorted)
    return st.one_of(
        pairs.map(lambda ends: (Integer if whole else Real)(*ends)),
        pairs.map(lambda ends: (*ends, "log-uniform")),
        st.lists(numbers | st.none(), min_size=1, max_size=5),
        st.lists(st.sampled_from(["sqrt", None, True, 1, 0.5]), min_size=1),
    )


FOREST = {
    "max_features": ranges(0.01, 1.0) | ranges(1, 30),
    "max_depth": ranges(1, 30),
    "min_samples_leaf": ranges(0.01, 0.5) | ranges(1, 40),
    "min_samples_split": ranges(2, 40),
    "max_samples": ranges(0.1, 1.0),
    "n_estimators": ranges(1, 300),
    "criterion": st.just(["gini", "entropy"]),
}
BRANCHES = st.lists(st.sampled_from(sorted(FOREST)), min_size=1, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: FOREST[name] for name in names})
)


@given(space=BRANCHES | st.lists(BRANCHES, min_size=1, max_size=3))
def test_every_point_is_legal_and_another_one(space):
    found, space = entries(RandomForestClassifier(), space)
    assert all(space.allows(params) for params in found)
    assert len({space.key(params) for params in found}) == len(found)


@given(space=BRANCHES, n_iter=st.integers(1, 60))
@settings(max_examples=30)
def test_a_search_begins_with_few_of_them(space, n_iter):
    search = BayesSearchCV(RandomForestClassifier(), space, n_iter=n_iter)
    space = SearchSpace(space)
    optimizer = make_optimizer("auto", space, n_iter, False)
    first = first_candidates(search, space, optimizer, n_iter, np.zeros((9, 4)))
    assert len(first) <= max(1, min(3, n_iter // 3))
    assert len({space.key(params) for params in first}) == len(first)


@given(limit=st.floats(0.01, 1000))
def test_the_constraint_holds(limit):
    def cheap(params):
        return params["C"] < limit

    found, _ = entries(SVC(), SVC_SPACE, cheap)
    assert all(params["C"] < limit for params in found)
    assert bool(found) == (limit > min(p["C"] for p in entries(SVC(), SVC_SPACE)[0]))


# -- the nearest value -------------------------------------------------------------


@given(low=st.floats(1e-6, 1e6), width=st.floats(1e-3, 1e3), value=st.floats(1e-9, 1e9))
def test_a_range_is_a_clip(low, width, value):
    dimension = Real(low, low + width)
    assert nearest(dimension, "C", value) == [min(max(value, low), dimension.high)]


@pytest.mark.parametrize(
    ("choices", "name", "value", "wanted"),
    [
        ([0.01, 1, 100], "C", 12.0, [100]),  # by ratio
        ([0, 1, 10], "reg_alpha", 0.4, [0]),  # not where one is 0
        (["scale", "auto", 0.1, 1], "gamma", 0.2, [0.1]),
        (["scale", "auto"], "gamma", 0.2, []),
        ([1, 5, None], "max_depth", None, [None]),
        ([1, 5, 3], "max_depth", None, [5]),
        (["uniform"], "weights", "distance", []),
        ([True, False], "p", 1, []),
        ([1, 2, 5], "max_features", 0.4, []),  # columns are no share of them
        ([1, 0.2, 0.6], "max_features", 0.5, [0.6]),
        ([(5,), (10,)], "hidden_layer_sizes", 8, []),
    ],
)
def test_a_choice_is_the_nearest_number(choices, name, value, wanted):
    found = nearest(Categorical(choices), name, value)
    assert (found, list(map(type, found))) == (wanted, list(map(type, wanted)))


def test_a_count_is_near_no_share():
    assert nearest(Integer(1, 10), "max_features", 0.4) == []
    assert nearest(Real(0.01, 0.2), "min_samples_leaf", 4) == []
    assert nearest(Integer(1, 10), "min_samples_leaf", 40) == [10]
    assert nearest(Integer(2, 9), "max_depth", None) == [9]


# -- whose entries -----------------------------------------------------------------


class Mine(SVC):
    pass


def test_a_subclass_is_found():
    assert entries(Mine(), SVC_SPACE)[0] == entries(SVC(), SVC_SPACE)[0] != []


def test_a_class_of_the_same_name_is_not():
    class RandomForestClassifier(GaussianNB):
        pass

    assert entries(RandomForestClassifier(), {"max_depth": (1, 20)})[0] == []


def test_unknown_names_and_classes_have_none():
    assert entries(GaussianNB(), {"var_smoothing": loguniform(1e-9, 1)})[0] == []
    few = {"C": (0.1, 10.0), "tol": (1e-5, 1e-3), "cache_size": [100, 200]}
    assert entries(SVC(), few)[0] == []
    assert entries(SVC(), {"C": (0.1, 10.0), "tol": (1e-5, 1e-3)})[0] != []


def test_an_entry_holds_for_its_kernel_only():
    assert entries(SVC(kernel="linear"), SVC_SPACE)[0] == []
    assert entries(SVC(), [{"kernel": ["poly"], **SVC_SPACE}])[0] == []
    found, _ = entries(SVC(), {"kernel": ["poly", "rbf"], **SVC_SPACE})
    assert {params["kernel"] for params in found} == {"rbf"}


def test_what_no_entry_says_is_the_estimators_own_or_the_median():
    space = {**SVC_SPACE, "shrinking": [True, False], "tol": (1e-3, 3e-3)}
    found, _ = entries(SVC(shrinking=False, tol=1.0), space)
    assert {params["shrinking"] for params in found} == {False}
    assert {params["tol"] for params in found} == {2e-3}


def test_fewer_rounds_learn_faster():
    space = {"learning_rate": (1e-3, 1.0), "max_leaf_nodes": (2, 50)}
    few, many = (
        entries(HistGradientBoostingClassifier(max_iter=n), space)[0] for n in (10, 100)
    )
    assert all(
        a["learning_rate"] > b["learning_rate"] for a, b in zip(few, many, strict=True)
    )


def test_rounds_that_are_searched_are_those_of_the_entry():
    names = ("learning_rate", "max_iter", "max_leaf_nodes")
    space = dict(zip(names, [(1e-3, 1.0), (1, 500), (2, 50)], strict=True))
    found, _ = entries(HistGradientBoostingClassifier(), space)
    [wide, narrow] = (
        entries(HistGradientBoostingClassifier(), {**space, "max_iter": rounds})[0]
        for rounds in ([1000], (1, 200))
    )
    assert found == narrow
    assert all(
        a["learning_rate"] < b["learning_rate"]
        for a, b in zip(wide, found, strict=True)
    )


# -- where in the estimator --------------------------------------------------------


def test_parts_are_found_however_deep():
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
    voting = VotingClassifier([("a", pipeline), ("b", GaussianNB())])
    space = {f"a__clf__{name}": prior for name, prior in SVC_SPACE.items()}
    found, _ = entries(voting, space)
    plain, _ = entries(SVC(), SVC_SPACE)
    assert [{k[8:]: v for k, v in p.items()} for p in found] == plain


def test_each_kind_of_step_has_its_turn():
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
    svc, neighbors = SVC(), KNeighborsClassifier()
    space = [
        {"clf": [svc], "clf__C": (0.1, 10.0), "scale": ["passthrough"]},
        {"clf": [GaussianNB()], "clf__var_smoothing": (1e-9, 1e-3, "log-uniform")},
        {
            "clf": [neighbors],
            "clf__n_neighbors": (1, 30),
            "scale": [PCA(), "passthrough"],
        },
    ]
    found, _ = entries(pipeline, space)
    assert [params["clf"] for params in found[:4]] == [svc, neighbors, svc, neighbors]


def test_a_step_with_several_choices_has_entries_for_each():
    pipeline = Pipeline([("clf", SVC())])
    choices = [ExtraTreesClassifier(), DecisionTreeClassifier(), GaussianNB()]
    found, _ = entries(pipeline, {"clf": choices, "clf__max_depth": [1, 2, 4, 8]})
    assert {type(params["clf"]) for params in found} == {type(c) for c in choices[:2]}


# -- in a search -------------------------------------------------------------------


def test_own_parameters_come_before_the_portfolio_and_that_before_the_design():
    fitted = starts(SVC(C=7.5, gamma=0.25), SVC_SPACE, n_iter=20)
    params = fitted.cv_results_["params"]
    plain, _ = entries(SVC(), SVC_SPACE)
    assert params[0] == {"C": 7.5, "gamma": 0.25}
    assert params[1:3] == plain[:2]
    assert [trial.tags.get("by") for trial in fitted.history_.trials[3:6]] == [
        *["sobol"] * 2,
        "gp",
    ]


def test_sobol_starts_with_what_the_user_gave_only():
    given = {"C": 3.0, "gamma": 0.5}
    fitted = starts(SVC(), SVC_SPACE, initial_design="sobol", initial_params=[given])
    assert fitted.cv_results_["params"][0] == given
    assert fitted.history_.trials[1].tags == {"by": "sobol", "point": 0}


@pytest.mark.parametrize("optimizer", ["auto", "random"])
def test_grids_and_random_search_begin_as_ever(optimizer):
    grid = {"C": [0.1, 1, 10], "gamma": [0.01, 0.1]}
    space = grid if optimizer == "auto" else SVC_SPACE
    results = [
        starts(SVC(), space, optimizer=optimizer, initial_design=design)
        for design in ("auto", "sobol")
    ]
    assert results[0].cv_results_["params"] == results[1].cv_results_["params"]


def test_workers_do_not_change_the_start():
    forest = Pipeline([("clf", LogisticRegression(max_iter=1000))])
    space = {"clf__C": loguniform(1e-3, 1e3)}
    one, two = (starts(forest, space, n_iter=8, n_jobs=n) for n in (1, 2))
    assert one.cv_results_["params"] == two.cv_results_["params"]


def test_another_design_is_refused():
    with pytest.raises(ValueError, match="initial_design"):
        starts(SVC(), SVC_SPACE, initial_design="lhs")
