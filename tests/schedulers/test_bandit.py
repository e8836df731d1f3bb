"""Population-based bandits: what the model learns from, and what it proposes."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sksearch.history import Evaluation, History, Task, Trial
from sksearch.schedulers import Bandit, Explore, Population, Start
from sksearch.schedulers._score_changes import (
    ScoreChanges,
    Step,
    in_units,
    relative_gains,
    standing,
    steps_of,
)
from sksearch.space import SearchSpace
from sksearch.surrogates._time_varying import TimeVaryingProcess

SPACE = SearchSpace(
    [
        {"lr": (1e-4, 1.0, "log-uniform"), "n": (1, 9), "kind": ["a", "b", "c"]},
        {"lr": (1e-4, 1.0, "log-uniform"), "drop": (0.0, 0.5), "one": ["only"]},
    ],
    lambda params: params.get("n", 1) != 5,
)
FINITE = st.floats(-1e6, 1e6)


def grown(space, gain, size=4, steps=3, seed=0, explore=None):
    """Return the log of a population whose scores add up what each step gains."""
    history = History(space, seed=seed, n_splits=1)
    scheduler = Population(tuple(range(1, steps + 1)), size, 0.25, explore or Explore())
    scores = {}
    while True:
        rng = np.random.default_rng([seed, len(history)])
        decision = scheduler.schedule(history, rng)
        if decision is None:
            waiting = list(history.open_tasks())
            if not waiting:
                return history
            for task in waiting:
                trial, before = history.trials[task[0]], 0.0
                known = [
                    s for s in steps_of(history) if (s.trial_id, s.resource) == task
                ]
                if known[0].before is not None:
                    before = scores[known[0].before]
                scores[task] = before + gain(trial.params, task[1])
                history.record(Evaluation(*task, 0, {"score": scores[task]}))
        elif isinstance(decision, Start):
            params = decision.params or space.sample(rng)
            tags, number = decision.tags, len(history.trials)
            history.record(
                Trial(number, params, decision.resource, decision.parent, tags)
            )
        else:
            history.record(decision)


# -- what it learns from -------------------------------------------------------------


@given(gains=st.lists(FINITE, min_size=1, max_size=8), shift=st.floats(-100.0, 100.0))
def test_what_all_have_gained_does_not_count(gains, shift):
    gains = np.array(gains)
    expected = relative_gains(gains)
    np.testing.assert_allclose(relative_gains(gains + shift), expected, atol=1e-8)
    assert np.median(expected) == pytest.approx(0.0, abs=1e-8)


@given(gains=st.lists(FINITE, min_size=3, max_size=8))
def test_the_order_of_gains_stays_and_who_fails_has_the_least(gains):
    found = in_units(relative_gains(np.array([*gains, np.nan])))
    assert found[-1] == found.min()
    order = np.argsort(gains, kind="stable")
    assert (np.diff(found[:-1][order]) >= 0.0).all()


@given(
    changes=st.lists(FINITE, min_size=10, max_size=40).map(lambda c: np.round(c, 3)),
    factor=st.sampled_from([1e-9, 0.5, 1e9]),
    disaster=st.floats(1e7, 1e300),
)
def test_changes_have_no_unit_and_a_disaster_hides_nothing(changes, factor, disaster):
    expected = in_units(changes)
    np.testing.assert_allclose(in_units(changes * factor), expected)
    assert np.abs(expected).max() <= 2.0
    worse = in_units(np.append(changes, -disaster))
    assert worse[-1] == -2.0
    once = in_units(np.append(changes, -1e7))
    np.testing.assert_allclose(worse, once)  # how large it is does not matter


def test_nothing_has_no_unit():
    assert in_units(np.empty(0)).shape == (0,)
    np.testing.assert_array_equal(in_units(np.zeros(5)), np.zeros(5))


def test_where_all_fail_nothing_is_learned():
    assert np.isnan(relative_gains(np.array([np.nan, np.nan]))).all()


def test_steps_go_on_from_themselves_or_from_their_parent():
    history = History(SearchSpace({"x": (0.0, 1.0)}), seed=0, n_splits=1)
    history.record(Trial(0, {"x": 0.1}, 2))
    history.record(Trial(1, {"x": 0.2}, 2))
    history.record(Task(0, 4))
    history.record(Trial(2, {"x": 0.3}, 4, parent=0))
    history.record(Task(2, 5))
    assert list(steps_of(history)) == [
        Step(0, 2, None),
        Step(1, 2, None),
        Step(0, 4, (0, 2)),
        Step(2, 4, (0, 2)),
        Step(2, 5, (2, 4)),
    ]


def test_a_gain_is_that_of_one_unit_of_the_resource():
    history = History(SearchSpace({"x": (0.0, 1.0)}), seed=0, n_splits=1)
    for number, score in enumerate([0.1, 0.4, 0.2]):
        history.record(Trial(number, {"x": 0.1 * number}, 2))
        history.record(Evaluation(number, 2, 0, {"score": score}))
    for number, score in enumerate([0.5, 0.5]):
        history.record(Task(number, 6))
        history.record(Evaluation(number, 6, 0, {"score": score}))
    history.record(Trial(3, {"x": 0.9}, 6, parent=1))
    history.record(Evaluation(3, 6, 0, {"score": 0.0}, status="failed"))
    seen = ScoreChanges.of(history, steps_of(history), 99)
    np.testing.assert_array_equal(seen.times, [2, 2, 2, 6, 6, 6])
    np.testing.assert_allclose(seen.X[:, 0], [0.5, 0.5, 0.5, 1 / 6, 5 / 6, 5 / 6])
    np.testing.assert_allclose(seen.X[:, 1], [0.0, 0.1, 0.2, 0.0, 0.1, 0.9])
    first = relative_gains(np.array([0.05, 0.2, 0.1]))
    second = relative_gains(np.array([0.1, 0.025, np.nan]))
    np.testing.assert_allclose(seen.y, in_units(np.concatenate([first, second])))
    newest = ScoreChanges.of(history, steps_of(history), 2)
    np.testing.assert_array_equal(newest.times, [6, 6])


def test_who_has_failed_stands_nowhere():
    history = History(SearchSpace({"x": (0.0, 1.0)}), seed=0, n_splits=1)
    history.record(Trial(0, {"x": 0.1}, 1))
    history.record(Evaluation(0, 1, 0, {"score": 0.0}, status="failed"))
    assert standing(history, (0, 1)) == 0.5
    assert standing(history, None) == 0.5


# -- what it proposes ----------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**16),
    fixed=st.sets(st.sampled_from(["lr", "n", "kind", "drop"])),
    size=st.integers(4, 8),
)
def test_what_is_proposed_is_legal_and_keeps_what_is_fixed(seed, fixed, size):
    explore = Bandit(Explore(fixed=frozenset(fixed)))
    history = grown(SPACE, lambda params, _: params["lr"], size, 4, seed, explore)
    heirs = [trial for trial in history.trials if trial.parent is not None]
    assert heirs
    for trial in heirs:
        parent = history.trials[trial.parent]
        assert SPACE.allows(trial.params)
        assert trial.params.keys() == parent.params.keys()
        for name in fixed & trial.params.keys():
            assert trial.params[name] == parent.params[name]


@pytest.mark.parametrize("best", [0.2, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_it_finds_what_gains_most(best, seed):
    space = SearchSpace({"x": (0.0, 1.0), "kind": ["good", "bad"]})

    def gain(params, resource):
        return (params["kind"] == "good") - (params["x"] - best) ** 2

    history = grown(space, gain, 4, 12, seed, Bandit())
    newest = [t.params for t in history.trials if t.parent is not None][-5:]
    assert sum(params["kind"] == "good" for params in newest) >= 3
    assert np.median([abs(params["x"] - best) for params in newest]) < 0.15


@pytest.mark.parametrize("seed", range(3))
def test_it_follows_what_moves(seed):
    """In the end the other end of the range is the best one."""
    space = SearchSpace({"x": (0.0, 1.0)})

    def gain(params, resource):
        return -((params["x"] - (resource - 1) / 19) ** 2)

    history = grown(space, gain, 4, 20, seed, Bandit())
    heirs = [trial for trial in history.trials if trial.parent is not None]
    off = [abs(t.params["x"] - (t.resource - 1) / 19) for t in heirs if t.resource > 6]
    assert np.mean(off) < 0.2


def test_members_of_a_generation_do_not_all_try_the_same():
    space = SearchSpace({"x": (0.0, 1.0), "z": (0.0, 1.0)})
    history = grown(space, lambda params, _: params["x"], 8, 2)
    bandit, rng = Bandit(), np.random.default_rng
    parent = history.ranked(2)[0]
    first = bandit.heir(history, parent, 3, rng(0))
    assert bandit.heir(history, parent, 3, rng(0)) == first
    history.record(Trial(len(history.trials), first, 3, parent))
    second = bandit.heir(history, parent, 3, rng(0))
    assert abs(first["z"] - second["z"]) + abs(first["x"] - second["x"]) > 0.05


def test_it_knows_no_more_than_its_log():
    """What a log says is all: read anew, and cut, it is asked alike."""
    history = grown(SPACE, lambda params, _: params["lr"], 6, 3)
    again = History.from_json(history.to_json(), SPACE)
    parent = history.ranked(2)[0]
    found = [
        Bandit().heir(h, parent, 3, np.random.default_rng(1)) for h in (history, again)
    ]
    assert found[0] == found[1]


@settings(deadline=None, max_examples=20)
@given(scores=st.lists(st.floats(-1e12, 1e12), min_size=3, max_size=3))
def test_who_knows_too_little_explores(scores):
    history = History(SearchSpace({"x": (0.1, 1.0)}), seed=0, n_splits=1)
    for number, score in enumerate(scores):
        history.record(Trial(number, {"x": 0.2 + 0.2 * number}, 1))
        history.record(Evaluation(number, 1, 0, {"score": score}))
    found = Bandit(Explore(0.0)).heir(history, 1, 2, np.random.default_rng(0))
    assert found == Explore(0.0).heir(history, 1, 2, np.random.default_rng(0))


@pytest.mark.parametrize("score", [0.0, 1.0, 1e300])
def test_who_sees_no_difference_explores(score):
    history = History(SearchSpace({"x": (0.1, 1.0)}), seed=0, n_splits=1)
    for number in range(5):
        history.record(Trial(number, {"x": 0.2 + 0.1 * number}, 1))
        history.record(Evaluation(number, 1, 0, {"score": score}))
    found = Bandit(Explore(0.0)).heir(history, 1, 2, np.random.default_rng(0))
    assert found["x"] in (pytest.approx(0.24), pytest.approx(0.36))


def test_a_model_never_ends_a_search(monkeypatch):
    def breaks(*args):
        raise np.linalg.LinAlgError("no")

    history = grown(SPACE, lambda params, _: params["lr"], 6, 2)
    monkeypatch.setattr(TimeVaryingProcess, "fit", breaks)
    params = Bandit().heir(history, history.ranked()[0], 3, np.random.default_rng(0))
    assert SPACE.allows(params)


@settings(deadline=None, max_examples=25)
@given(
    scores=st.lists(
        st.one_of(st.just(float("nan")), st.floats(-1e300, 1e300)),
        min_size=6,
        max_size=6,
    )
)
def test_scores_of_any_size_are_endured(scores):
    assume(np.isfinite(scores).any())
    history = History(SearchSpace({"x": (0.1, 1.0)}), seed=0, n_splits=1)
    for number, score in enumerate(scores):
        history.record(Trial(number, {"x": 0.2 + 0.1 * number}, 1))
        status = "ok" if np.isfinite(score) else "failed"
        history.record(Evaluation(number, 1, 0, {"score": score}, status=status))
    parent = history.ranked(1)[0]
    found = Bandit().heir(history, parent, 2, np.random.default_rng(0))
    assert history.space.allows(found)
