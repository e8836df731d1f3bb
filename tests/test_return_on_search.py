"""Score per hour: what was gained, during which hours, from whatever tells it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    return_on_search,
)
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.space import SearchSpace

X, Y = load_iris(return_X_y=True)
SPACE = {"max_depth": (1, 8), "min_samples_leaf": (1, 40)}
SPANS = st.tuples(
    st.integers(0, 50),
    st.integers(0, 20),
    st.sampled_from(["cuda:0", "cuda:1"]),
    st.integers(0, 99),
)


def new_search(cls=BayesSearchCV, **params):
    tree = DecisionTreeClassifier(random_state=0)
    return cls(tree, SPACE, cv=3, random_state=0, **{"n_iter": 12, **params})


def log_of(spans):
    """A log of one fit per trial; a span is (start, seconds, device, score)."""
    history = History(SearchSpace({"a": (0, 10**6)}), seed=0, n_splits=1)
    for number, (start, seconds, device, score) in enumerate(spans):
        history.record(Trial(number, {"a": number}))
        times = {"started": start, "fit_time": seconds, "score_time": 0.0}
        scores = {"score": float(score)}
        history.record(Evaluation(number, 1, 0, scores, device=device, **times))
    return history


def test_it_is_the_score_above_the_baseline():
    search = new_search().fit(X, Y)
    found = return_on_search(search, 0.5)
    assert found.gained[-1] == pytest.approx(search.best_score_ - 0.5)
    assert found.hours[-1] * 3600 == pytest.approx(search.cost_["worker_seconds"])
    assert found.per_hour == found.gained[-1] / found.hours[-1]
    assert found.unit == "CPU hour"
    assert len(found.hours) == len(found.gained) == search.cost_["fits"] + 1
    assert found.hours[0] == found.gained[0] == 0
    assert (np.diff(found.hours) >= 0).all()
    assert (np.diff(found.gained) >= 0).all()  # one resource: no incumbent gets worse


def test_money():
    history = log_of([(0, 1800, "cuda:0", 3), (1800, 5400, "cuda:0", 5)])
    found = return_on_search(history, 2, value_per_unit=100.0, price_per_hour=3.0)
    assert found.hours.tolist() == [0, 0.5, 2]
    assert found.gained.tolist() == [0, 1, 3]
    assert found.unit == "GPU hour"
    assert found.value.tolist() == [0, 100, 300]
    assert found.cost.tolist() == [0, 1.5, 6]
    assert found.profit.tolist() == [0, 98.5, 294]
    assert (found.per_hour, found.per_cost) == (1.5, 50)
    assert "1.5 per GPU hour" in str(found)
    assert "300 of value for 6 of cost" in str(found)
    without = return_on_search(history, 2)
    assert without.value is without.cost is without.profit is without.per_cost is None


@given(st.lists(SPANS, min_size=1, max_size=30))
def test_hours_are_those_that_a_device_is_busy(spans):
    found = return_on_search(log_of(spans), 50)
    for n in range(len(spans) + 1):
        busy = {
            (device, second)
            for start, seconds, device, _ in spans[:n]
            for second in range(start, start + seconds)
        }
        assert found.hours[n] * 3600 == pytest.approx(len(busy))
        best = max((span[3] for span in spans[:n]), default=0)
        assert found.gained[n] == max(best - 50, 0)


def test_fits_on_the_cpu_take_no_hours_of_a_gpu():
    history = log_of([(0, 3600, None, 3), (0, 3600, "cuda:0", 1)])
    assert return_on_search(history, 0).hours.tolist() == [0, 0, 1]


def test_a_baseline_may_be_a_search():
    search = new_search(n_iter=15).fit(X, Y)
    ours = new_search(n_iter=3, optimizer="random").fit(X, Y)
    tree = DecisionTreeClassifier(random_state=0)
    theirs = GridSearchCV(tree, {"max_depth": [1]}, cv=3).fit(X, Y)
    for baseline in (ours, theirs):
        found = return_on_search(search, baseline)
        expected = return_on_search(search, baseline.best_score_)
        np.testing.assert_array_equal(found.gained, expected.gained)
    np.testing.assert_array_equal(
        return_on_search(search, ours.history_).gained,
        return_on_search(search, ours).gained,
    )
    assert return_on_search(ours, search).gained[-1] == 0


def test_a_journal_tells_the_same(tmp_path):
    path = tmp_path / "journal.jsonl"
    search = new_search(journal=path).fit(X, Y)
    expected = return_on_search(search, 0.5)
    same = History.from_json(search.history_.to_json(), search.history_.space)
    for source in (path, str(path), History.load(path), same):
        found = return_on_search(source, 0.5)
        np.testing.assert_array_equal(found.hours, expected.hours)
        np.testing.assert_array_equal(found.gained, expected.gained)


@pytest.mark.parametrize("cls", [HyperbandSearchCV, MultiObjectiveSearchCV])
def test_every_search_has_one(cls):
    if cls is HyperbandSearchCV:
        search = new_search(cls, resource="n_samples", n_iter=9)
    else:
        search = new_search(cls, scoring=["accuracy", "neg_log_loss"], refit="accuracy")
    search.fit(X, Y)
    history = search.history_
    found = return_on_search(search, 0.2)
    best = history.score(history.incumbent(), history.highest())
    assert found.gained[-1] == pytest.approx(best - 0.2)
    assert len(found.gained) == search.cost_["fits"] + 1


def test_a_higher_rung_may_have_a_lower_score():
    history = History(SearchSpace({"a": (0, 9)}), seed=0, n_splits=1)
    history.record(Trial(0, {"a": 0}))
    history.record(Evaluation(0, 1, 0, {"score": 5.0}, fit_time=3600, score_time=0))
    history.record(Task(0, 3))
    history.record(Evaluation(0, 3, 0, {"score": 4.0}, fit_time=3600, score_time=0))
    assert return_on_search(history, 1).gained.tolist() == [0, 4, 3]


def test_folds_that_were_spared_and_failures_gain_nothing():
    history = History(SearchSpace({"a": (0, 9)}), seed=0, n_splits=2)
    history.record(Trial(0, {"a": 0}))
    failed = {"status": "failed", "fit_time": 3600.0, "score_time": 0.0}
    history.record(Evaluation(0, 1, 0, {"score": math.nan}, **failed))
    history.record(Evaluation(0, 1, 1, status="skipped"))
    found = return_on_search(history, 1)
    assert found.hours.tolist() == [0, 1]
    assert found.gained.tolist() == [0, 0]


def test_an_empty_log_gains_nothing():
    empty = History(SearchSpace({"a": (0, 9)}), seed=0, n_splits=1)
    found = return_on_search(empty, 1)
    assert found.gained.tolist() == [0]
    assert math.isnan(found.per_hour)


def test_wrong_arguments_are_told():
    search = new_search().fit(X, Y)
    empty = History(SearchSpace({"a": (0, 9)}), seed=0, n_splits=1)
    with pytest.raises(TypeError, match="has no history"):
        return_on_search(new_search(), 1)
    for wrong in (None, True, [0.9]):
        with pytest.raises(TypeError, match="has no score"):
            return_on_search(search, wrong)
    for wrong in (math.nan, empty):
        with pytest.raises(ValueError, match="has the score"):
            return_on_search(search, wrong)
    for wrong in (-1, "5", True, math.nan):
        with pytest.raises(ValueError, match=rf"price_per_hour={wrong!r} must be"):
            return_on_search(search, 1, price_per_hour=wrong)
