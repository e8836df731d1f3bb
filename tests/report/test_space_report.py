"""Findings about a space: there where they should be, and not where they should not."""

import math

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.svm import SVC

from sksearch import BayesSearchCV
from sksearch.history import Evaluation, History, Trial
from sksearch.report import SpaceReport, space_report
from sksearch.space import Integer, Real, SearchSpace

UNIT = {name: Real(0.0, 1.0) for name in "abc"}


def searched(space, function, n=80, seed=0):
    history = History(SearchSpace(space), seed=seed, n_splits=1)
    rng = np.random.default_rng(seed)
    for number in range(n):
        params = history.space.sample(rng)
        history.record(Trial(number, params))
        history.record(Evaluation(number, 1, 0, {"score": float(function(params))}))
    return history


def bowl(*centre):
    return lambda p: -sum((p[k] - c) ** 2 for k, c in zip("abc", centre, strict=False))


def test_a_space_that_fits_gets_no_findings():
    report = space_report(searched(UNIT, bowl(0.4, 0.5, 0.6)))
    assert report == SpaceReport({}, [], [])
    assert str(report) == "Nothing to say against this space."


@pytest.mark.parametrize(("centre", "end"), [(-0.3, "low"), (1.3, "high")])
def test_the_end_of_a_range_is_named(centre, end):
    def slope(p):
        return 3.0 * bowl(centre)(p) + bowl(0.5, 0.5, 0.5)(p)

    report = space_report(searched(UNIT, slope, n=200))
    assert list(report.at_edge) == ["a"]
    assert report.at_edge["a"][0] == end
    assert f"at the {end} end of its range" in str(report)


def test_logarithmic_ranges_and_integers_have_ends_too():
    space = {"rate": loguniform(1e-6, 1.0), "n": Integer(1, 500), "k": ["u", "v"]}

    def falling(p):
        return -math.log10(p["rate"]) + 20 * p["n"] / 500 + (p["k"] == "u")

    history = searched(space, falling, 200)
    report = space_report(history)
    assert report.at_edge["n"][0] == "high"
    assert type(report.at_edge["n"][1]) is int
    history = searched(space, lambda p: -math.log10(p["rate"]), 60)
    assert space_report(history).at_edge["rate"][0] == "low"


def test_one_lucky_point_at_an_end_is_no_finding():
    history = searched(UNIT, bowl(0.5, 0.5, 0.5), n=60)
    history.record(Trial(60, {"a": 0.999, "b": 0.5, "c": 0.5}))
    history.record(Evaluation(60, 1, 0, {"score": 0.0}))
    assert space_report(history).at_edge == {}


def test_what_has_no_effect_is_named_and_has_no_end():
    report = space_report(searched(UNIT, lambda p: -abs(p["a"] - 0.5)))
    assert report.without_effect == ["b", "c"]
    assert report.at_edge == {}
    assert report.redundant == []


def test_two_parameters_of_which_the_product_counts_are_a_pair():
    space = {
        "C": loguniform(1e-3, 1e3),
        "gamma": loguniform(1e-3, 1e3),
        "x": (0.0, 1.0),
    }

    def ridge(p):
        return -((math.log10(p["C"] * p["gamma"]) - 0.5) ** 2) - 4 * (p["x"] - 0.5) ** 2

    report = space_report(searched(space, ridge, n=120))
    assert report.redundant == [("C", "gamma")]
    assert "C and gamma: only one combination" in str(report)


def test_two_parameters_with_optima_of_their_own_are_no_pair():
    assert space_report(searched(UNIT, bowl(0.3, 0.6, 0.5))).redundant == []
    report = space_report(searched(UNIT, lambda p: p["a"] * p["b"] - p["c"] ** 2))
    assert report.redundant == []


def test_conditional_spaces_are_judged_by_what_all_branches_have():
    space = [
        {"kernel": ["linear"], "C": Real(0.0, 1.0)},
        {"kernel": ["rbf"], "C": Real(0.0, 1.0), "gamma": Real(0.0, 1.0)},
    ]
    history = searched(space, lambda p: 4 * p["C"] + p.get("gamma", 0.3), n=150)
    report = space_report(history)
    assert list(report.at_edge) == ["C"]
    assert report.redundant == []


def test_a_search_reports_on_its_space():
    space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
    search = BayesSearchCV(SVC(), space, n_iter=20, cv=3, random_state=0)
    with pytest.raises(NotFittedError):
        search.space_report()
    assert str(search.fit(*load_iris(return_X_y=True)).space_report())
