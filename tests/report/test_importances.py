"""Importances: known functions get known shares."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.svm import SVC

from sksearch import BayesSearchCV
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.report import importances
from sksearch.space import Real, SearchSpace

UNIT = {name: Real(0.0, 1.0) for name in "abcd"}


def searched(space, function, n=80, n_splits=1, seed=0):
    history = History(SearchSpace(space), seed=seed, n_splits=n_splits)
    rng = np.random.default_rng(seed)
    for number in range(n):
        params = history.space.sample(rng)
        history.record(Trial(number, params))
        for fold in range(n_splits):
            score = {"score": float(function(params)) + 0.01 * fold}
            history.record(Evaluation(number, 1, fold, score))
    return history


def test_an_additive_function_is_divided_by_its_variances():
    found = importances(searched(UNIT, lambda p: 2.0 * p["a"] + p["b"]))
    assert list(found)[:2] == ["a", "b"]
    # The worse half counts by its order, so the shares are not exactly 4/5 and 1/5.
    assert found["a"] == pytest.approx(0.8, abs=0.1)
    assert found["b"] == pytest.approx(0.2, abs=0.1)
    assert found["c"] < 0.02
    assert found["d"] < 0.02


def test_a_pure_interaction_counts_for_both():
    found = importances(searched(UNIT, lambda p: -abs(p["a"] + p["b"] - 1.0), n=150))
    assert min(found["a"], found["b"]) > 0.5
    assert found["a"] + found["b"] > 1.2


def test_choices_and_scales_do_not_matter():
    space = {"rate": loguniform(1e-5, 1.0), "kind": ["u", "v", "w"], "one": [7]}
    good = {"u": 0.0, "v": 1.0, "w": 3.0}
    found = importances(searched(space, lambda p: good[p["kind"]] * 1e9))
    assert found["kind"] > 0.95
    assert found["one"] == 0.0
    found = importances(searched(space, lambda p: math.log(p["rate"])))
    assert found["rate"] > 0.95


def test_the_choice_of_a_branch_is_that_of_what_tells_branches_apart():
    space = [
        {"kernel": ["linear"], "C": Real(0.0, 1.0)},
        {"kernel": ["rbf"], "C": Real(0.0, 1.0), "gamma": Real(0.0, 1.0)},
    ]
    found = importances(searched(space, lambda p: p["kernel"] == "rbf"))
    assert next(iter(found)) == "kernel"
    assert found["kernel"] > 0.9
    found = importances(searched(space, lambda p: p.get("gamma", 0.5)))
    assert next(iter(found)) == "gamma"


def test_branches_without_a_telling_parameter():
    space = [{"a": Real(0.0, 1.0)}, {"b": Real(0.0, 1.0)}]
    found = importances(searched(space, lambda p: "a" in p))
    assert next(iter(found)) == "(branch)"
    assert set(found) == {"(branch)", "a", "b"}


def test_stopped_candidates_count_and_failed_ones_do_not():
    history = searched(UNIT, lambda p: p["a"], n=30, n_splits=2)
    rng = np.random.default_rng(1)
    for number in range(30, 60):
        params = history.space.sample(rng)
        history.record(Trial(number, params))
        if number % 2:
            scores = {"score": params["a"]}
            history.record(Evaluation(number, 1, 0, scores))
            history.record(Evaluation(number, 1, 1, status="skipped"))
        else:
            for fold in range(2):
                scores = {"score": math.nan}
                history.record(Evaluation(number, 1, fold, scores, status="failed"))
    assert importances(history)["a"] > 0.9


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 999), st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_shares_are_shares_whatever_the_unit(seed, offset, unit):
    def function(p):
        return p["a"] * p["b"] + 0.3 * math.sin(9.0 * p["c"])

    plain = importances(searched(UNIT, function, 25, seed=seed))
    moved = importances(
        searched(UNIT, lambda p: offset * unit + unit * function(p), 25, seed=seed)
    )
    assert all(0.0 <= share <= 1.2 for share in plain.values())
    assert list(plain.values()) == sorted(plain.values(), reverse=True)
    assert moved == pytest.approx(plain, abs=0.05)


def test_too_little_is_said():
    with pytest.raises(ValueError, match=r"needs 10 complete candidates, and .* has 9"):
        importances(searched(UNIT, lambda p: p["a"], n=9))
    with pytest.raises(ValueError, match="All 20 candidates have the score 1"):
        importances(searched(UNIT, lambda p: 1.0, n=20))


def test_a_search_explains_itself():
    space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1), "tol": [1e-3]}
    search = BayesSearchCV(SVC(), space, n_iter=20, cv=3, random_state=0)
    with pytest.raises(NotFittedError):
        search.importances()
    found = search.fit(*load_iris(return_X_y=True)).importances()
    assert set(found) == set(space)
    assert found["tol"] == 0.0
    assert found == search.importances()


def test_of_several_resources_the_highest_counts():
    """After little training all goes by a, in the end by b."""
    history, rng = (
        History(SearchSpace(UNIT), seed=0, n_splits=1),
        np.random.default_rng(0),
    )
    for number in range(60):
        params = history.space.sample(rng)
        history.record(Trial(number, params))
        history.record(Evaluation(number, 1, 0, {"score": params["a"]}))
        if number % 2:
            history.record(Task(number, 9))
            history.record(Evaluation(number, 9, 0, {"score": 1.0 + params["b"]}))
    found = importances(history)
    assert next(iter(found)) == "b"
    assert found["b"] > 0.8
    assert found["a"] < 0.2
