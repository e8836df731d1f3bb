"""Searches of scikit-learn are looked at like ours, from their tables."""

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV
from sksearch._score_model import importances
from sksearch.displays import (
    ParameterEffectsDisplay,
    ParameterImportanceDisplay,
    TrainingCurvesDisplay,
)
from sksearch.displays._foreign import read_search

X, Y = load_iris(return_X_y=True)
NOISY_X, NOISY_Y = make_classification(240, flip_y=0.2, random_state=0)
GRID = {"C": [0.1, 1.0, 10.0, 100.0], "kernel": ["linear", "rbf"], "tol": [1e-3, 1e-2]}
TREE = {"max_depth": randint(1, 6), "min_samples_leaf": randint(1, 30)}


@pytest.fixture(scope="module")
def grid():
    return GridSearchCV(SVC(), GRID, cv=3).fit(X, Y)


def halved(space=TREE, search=HalvingRandomSearchCV, **settings):
    chosen = {"cv": 2, "random_state": 0, **settings}
    return search(DecisionTreeClassifier(random_state=0), space, **chosen).fit(
        NOISY_X, NOISY_Y
    )


def test_a_log_of_a_grid_has_its_table(grid):
    history, best = read_search(grid)
    assert [trial.params for trial in history.trials] == grid.cv_results_["params"]
    scores = [history.score(i, 1) for i in range(16)]
    np.testing.assert_allclose(scores, grid.cv_results_["mean_test_score"])
    assert best == grid.best_index_


def test_a_grid_tells_what_our_search_of_the_same_points_tells(grid):
    ours = BayesSearchCV(SVC(), GRID, cv=3, random_state=0).fit(X, Y)
    assert ours.cv_results_["params"] == grid.cv_results_["params"]
    theirs = ParameterImportanceDisplay.from_search(grid)
    found = dict(zip(theirs.names, theirs.importances, strict=True))
    assert found == pytest.approx(importances(ours.history_), rel=1e-6)
    effects = ParameterEffectsDisplay.from_search(grid).effects
    expected = ParameterEffectsDisplay.from_search(ours).effects
    for name, (values, means) in effects.items():
        assert values == expected[name][0]
        np.testing.assert_allclose(means, expected[name][1], rtol=1e-6)


def test_distributions_are_the_space():
    space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
    search = RandomizedSearchCV(SVC(), space, n_iter=25, cv=3, random_state=0)
    search.fit(X, Y)
    display = ParameterEffectsDisplay.from_search(search)
    assert display.axes["gamma"].scale == "log"
    values, means = display.effects["gamma"]
    assert len(values) == len(means) > 10
    shares = ParameterImportanceDisplay.from_search(search)
    assert set(shares.names) == {"C", "gamma"}


def test_steps_and_several_spaces_and_scores_are_read():
    model = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    grids = [
        {"svc__C": [0.1, 1.0, 10.0], "scale": [StandardScaler(), MinMaxScaler()]},
        {"svc__C": [0.1, 1.0, 10.0], "svc__kernel": ["linear"], "scale": [None]},
        {"svc__degree": [1, 2, 3], "svc__kernel": ["poly"]},
    ]
    search = GridSearchCV(
        model, grids, scoring=["accuracy", "f1_macro"], refit="f1_macro", cv=2
    ).fit(X, Y)
    display = ParameterImportanceDisplay.from_search(search)
    assert display.score_name == "f1_macro"
    other = ParameterImportanceDisplay.from_search(search, score="accuracy")
    assert other.score_name == "accuracy"
    assert set(display.names) >= {"svc__C", "svc__kernel", "scale", "svc__degree"}


def test_without_its_space_a_search_is_read_by_what_was_seen(grid):
    bare = type("Found", (), {})()
    bare.cv_results_, bare.best_index_ = grid.cv_results_, grid.best_index_
    bare.refit, bare.scoring = True, None
    assert set(ParameterImportanceDisplay.from_search(bare).names) == set(GRID)
    elsewhere = GridSearchCV(SVC(), {"C": ["nowhere"]})
    vars(elsewhere).update(vars(bare))
    elsewhere.param_grid = {"C": [5.0]}
    history, _ = read_search(elsewhere)
    assert set(history.space.names) == set(GRID)


def test_failed_fits_are_failed_trials():
    grid = {"C": [1.0, -1.0, 2.0], "kernel": ["linear", "rbf"]}
    search = GridSearchCV(SVC(), grid, cv=2)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="finite"):
        search.fit(X, Y)
    history, _ = read_search(search)
    assert [history.status(i, 1) for i in range(6)].count("failed") == 2
    kinds = ParameterEffectsDisplay.from_search(search).kinds
    assert list(kinds).count("failed") == 2


@pytest.mark.parametrize("search", [HalvingRandomSearchCV, HalvingGridSearchCV])
def test_halving_searches_have_curves(search):
    space = TREE if search is HalvingRandomSearchCV else {"max_depth": range(1, 10)}
    found = halved(space, search, min_resources=20)
    table = found.cv_results_
    display = TrainingCurvesDisplay.from_search(found)
    assert display.rungs == found.n_resources_
    assert display.resource_name == "n_samples"
    assert len(display.scores) == len(table["iter"])
    assert len(set(display.trial_ids)) == found.n_candidates_[0]
    assert np.array_equal(np.sort(display.scores), np.sort(table["mean_test_score"]))
    best = display.trial_ids == display.best
    assert display.resources[best].max() == found.n_resources_[-1]
    assert found.best_score_ in display.scores[best]


def test_a_parameter_may_be_the_resource():
    found = HalvingRandomSearchCV(
        RandomForestClassifier(random_state=0),
        TREE,
        resource="n_estimators",
        max_resources=9,
        n_candidates=9,
        cv=2,
        random_state=0,
    ).fit(NOISY_X, NOISY_Y)
    display = TrainingCurvesDisplay.from_search(found)
    assert display.rungs == [1, 3, 9]
    assert display.resource_name == "n_estimators"
    assert len(set(display.trial_ids)) == 9
    shares = ParameterImportanceDisplay.from_search(halved(min_resources=12))
    assert set(shares.names) == set(TREE)


def test_aggressive_elimination_compares_twice_at_one_resource():
    found = halved(
        aggressive_elimination=True, n_candidates=9, min_resources=20, max_resources=60
    )
    resources = found.n_resources_
    assert resources == [20, 20, 60]
    display = TrainingCurvesDisplay.from_search(found)
    assert display.rungs == [20, 60]
    assert len(set(display.trial_ids)) == 9


def test_equal_candidates_of_one_round_are_two():
    found = RandomizedSearchCV(
        SVC(), {"C": randint(1, 3), "tol": [1e-3]}, n_iter=6, cv=2, random_state=0
    ).fit(X, Y)
    history, _ = read_search(found)
    assert len(history.trials) == 6
