"""Laws of the log: append-only, nothing unasked, JSON and back."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sksearch.exceptions import HistoryMismatchError
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.space import SearchSpace

SPACE = {"C": (1e-3, 1e3, "log-uniform"), "kernel": ["rbf", None, ("a", 1)]}
PARAMS = {"C": 0.5, "kernel": ("a", 1)}


def new_history(n_splits=2, **options):
    return History(SearchSpace(SPACE), seed=3, n_splits=n_splits, **options)


def evaluation(trial, fold, score=1.0, resource=1, **options):
    return Evaluation(trial, resource, fold, scores={"score": score}, **options)


def test_a_trial_is_pending_until_its_last_fold():
    history = new_history()
    history.record(Trial(0, PARAMS))
    assert history.status(0) == "pending"
    assert history.pending() == [history.trials[0]]
    history.record(evaluation(0, 1, 0.5))
    assert math.isnan(history.score(0))
    history.record(evaluation(0, 0, 1.0))
    assert history.status(0) == "complete"
    assert history.score(0) == 0.75
    assert history.observed() == [history.trials[0]]
    assert history.n_unfinished == 0


def test_the_mean_does_not_show_the_order_of_arrival():
    scores = [0.1, 0.2, 0.3]
    means = set()
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        history = new_history(n_splits=3)
        history.record(Trial(0, PARAMS))
        for fold in order:
            history.record(evaluation(0, fold, scores[fold]))
        means.add(history.score(0))
    assert len(means) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [("failed", "failed"), ("worker_died", "failed"), ("skipped", "stopped")],
)
def test_one_bad_fold_settles_the_status(status, expected):
    history = new_history()
    history.record(Trial(0, PARAMS))
    history.record(evaluation(0, 0))
    history.record(evaluation(0, 1, status=status))
    assert history.status(0) == expected
    assert math.isnan(history.score(0))
    assert history.observed() == []
    assert history.failed() == [history.trials[0]]


def test_a_trial_that_is_trained_on_keeps_its_score_until_there_is_a_newer_one():
    history = new_history(n_splits=1)
    history.record(Trial(0, PARAMS, resource=1))
    history.record(evaluation(0, 0, 0.5))
    history.record(Task(0, 3))
    assert (history.status(0), history.score(0)) == ("pending", 0.5)
    assert math.isnan(history.score(0, 3))
    history.record(evaluation(0, 0, 0.9, resource=3))
    assert (history.score(0), history.score(0, 1)) == (0.9, 0.5)
    assert history.evaluations(0, 1)[0].scores == {"score": 0.5}
    assert (history.resources(0), list(history.tasks())) == ([1, 3], [(0, 1), (0, 3)])
    assert history.observed(3) == history.observed(1) == history.observed()


def test_who_fails_later_was_observed_and_failed():
    history = new_history(n_splits=1)
    history.record(Trial(0, PARAMS, resource=1))
    history.record(evaluation(0, 0, 0.5))
    history.record(Task(0, 3))
    assert history.failed() == []
    history.record(evaluation(0, 0, math.nan, resource=3))
    assert history.failed() == history.observed() == [history.trials[0]]
    assert history.observed(3) == []


def test_the_incumbent_is_one_of_those_that_trained_farthest():
    history = new_history(n_splits=1)
    for trial, score in enumerate([0.9, 0.5, 0.6]):
        history.record(Trial(trial, PARAMS, resource=1))
        history.record(evaluation(trial, 0, score))
    for trial, score in [(1, 0.7), (2, 0.8)]:
        history.record(Task(trial, 3))
        history.record(evaluation(trial, 0, score, resource=3))
    history.record(Task(0, 9))
    assert history.highest() == 3
    assert history.incumbent() == 2
    history.record(evaluation(0, 0, math.nan, resource=9))
    assert history.incumbent() == 2


def test_the_incumbent_is_the_first_of_the_best():
    history = new_history(n_splits=1)
    assert history.incumbent() is None
    for trial, score in enumerate([0.5, 0.9, 0.9, math.nan]):
        history.record(Trial(trial, PARAMS))
        history.record(evaluation(trial, 0, score))
    assert history.incumbent() == 1


def test_the_objective_is_the_named_score():
    history = new_history(n_splits=1, objective="b")
    history.record(Trial(0, PARAMS))
    history.record(Evaluation(0, 1, 0, scores={"a": 1.0, "b": 2.0}))
    assert history.score(0) == 2.0


def test_an_objective_that_no_scorer_reports_is_an_error():
    history = new_history(n_splits=1, objective="c")
    history.record(Trial(0, PARAMS))
    with pytest.raises(ValueError, match=r"objective='c'.*\['a', 'b'\]"):
        history.record(Evaluation(0, 1, 0, scores={"a": 1.0, "b": 2.0}))


@pytest.mark.parametrize(
    "record",
    [
        Trial(2, PARAMS),
        Task(5, 1),
        Task(0, 1),
        evaluation(0, 0),
        evaluation(0, 2),
        evaluation(1, 0),
        evaluation(0, 1, resource=3),
    ],
)
def test_what_does_not_follow_from_the_log_is_refused(record):
    history = new_history()
    history.record(Trial(0, PARAMS))
    history.record(evaluation(0, 0))
    before = history.to_json()
    with pytest.raises(ValueError, match=r"Trial|Nobody"):
        history.record(record)
    assert history.to_json() == before


scores = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def histories(draw):
    history = new_history(n_splits=2)
    for number in range(draw(st.integers(0, 4))):
        kernel = draw(st.sampled_from(SPACE["kernel"]))
        params = {"C": draw(st.floats(1e-3, 1e3)), "kernel": kernel}
        history.record(Trial(number, params, tags={"by": "x", "l": [0.1, 2]}))
        for fold in draw(st.permutations([0, 1]))[: draw(st.integers(0, 2))]:
            history.record(
                Evaluation(
                    number,
                    1,
                    fold,
                    scores={"score": draw(scores)},
                    fit_time=draw(scores),
                    error=draw(st.none() | st.text('ab "\\\n\u00e9')),
                )
            )
    return history


@given(histories())
def test_json_brings_back_the_same_log(history):
    lines = history.to_json()
    again = History.from_json(lines, SearchSpace(SPACE))
    assert again.to_json() == lines
    assert repr(again.records) == repr(history.records)
    assert [t.params for t in again.trials] == [t.params for t in history.trials]
    for line in lines.splitlines():
        json.loads(line, parse_constant=pytest.fail)  # NaN is not JSON


def test_choices_come_back_as_the_objects_of_the_space():
    marker = object()
    space = SearchSpace({"a": [marker, 1]})
    history = History(space, seed=0, n_splits=1)
    history.record(Trial(0, {"a": marker}))
    again = History.from_json(history.to_json(), space)
    assert again.trials[0].params["a"] is marker


def test_another_space_is_refused():
    lines = new_history().to_json()
    with pytest.raises(HistoryMismatchError, match="param_distributions"):
        History.from_json(lines, SearchSpace({"C": [1, 2]}))


STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([1, 3]),
        st.integers(0, 1),
        st.sampled_from([0.0, -0.0, 0.5, 0.7, math.nan, math.inf]),
        st.sampled_from(["ok", "ok", "ok", "failed", "skipped"]),
    ),
    max_size=60,
)


@given(STEPS)
def test_what_is_kept_beside_the_log_is_what_the_log_says(steps):
    history = new_history()
    for number, resource, fold, score, status in steps:
        if number >= len(history.trials):
            history.record(Trial(len(history.trials), PARAMS, resource))
        elif resource not in history.resources(number):
            history.record(Task(number, resource))
        elif fold not in history.evaluations(number, resource):
            history.record(evaluation(number, fold, score, resource, status=status))
        assert_views_agree(history)


def assert_views_agree(history):
    tasks = list(history.tasks())
    for at in (1, 3):
        here = [trial_id for trial_id, resource in tasks if resource == at]
        settled = {i for i in here if history.status(i, at) != "pending"}
        assert history.trained(at) == set(here)
        assert history.settled(at) == settled
        finite = [i for i in sorted(here) if math.isfinite(history.score(i, at))]
        best = sorted(finite, key=lambda i: -history.score(i, at))
        assert history.ranked(at) == history.ranked(at, here) == best
    scored = [(r, i) for i, r in tasks if math.isfinite(history.score(i, r))]
    assert history.highest() == max((r for r, _ in scored), default=None)
    assert history.incumbent() == next(iter(history.ranked()), None)
