"""Rungs and brackets are those of the paper, and ASHA waits for nobody."""

import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch.history import Evaluation, History, Task, Trial
from sksearch.schedulers import (
    ASHA,
    Hyperband,
    Start,
    bracket_plan,
    rung_resources,
)
from sksearch.space import SearchSpace

RNG = np.random.default_rng(0)


def test_the_table_of_the_paper():
    # Li et al. 2018, algorithm 1 at R = 81, eta = 3: n_i and r_i of each bracket.
    plan = bracket_plan(rung_resources(1, 81, 3), 3)
    assert [list(zip(b.sizes, b.resources, strict=True)) for b in plan] == [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(34, 3), (11, 9), (3, 27), (1, 81)],
        [(15, 9), (5, 27), (1, 81)],
        [(8, 27), (2, 81)],
        [(5, 81)],
    ]


@pytest.mark.parametrize(
    ("high", "factor", "n_rungs"),
    [(243, 3, 6), (1000, 10, 4), (3**12, 3, 13), (10**9, 10, 10), (2**40, 2, 41)],
)
def test_no_rung_is_lost_to_a_logarithm(high, factor, n_rungs):
    rungs = rung_resources(1, high, factor)
    assert len(rungs) == n_rungs
    assert rungs == tuple(factor**k for k in range(n_rungs))


@given(
    low=st.integers(1, 50),
    more=st.integers(0, 5000),
    factor=st.one_of(st.integers(2, 7), st.floats(1.1, 6.0)),
)
def test_rungs_rise_to_the_top_by_the_factor(low, more, factor):
    rungs = rung_resources(low, low + more, factor)
    assert rungs[-1] == low + more
    assert rungs[0] >= low
    assert rungs[0] // factor < low
    for a, b in itertools.pairwise(rungs):
        assert a == int(b // factor) < b


@given(n_rungs=st.integers(1, 7), factor=st.integers(2, 5))
def test_brackets_start_as_many_as_the_paper_says(n_rungs, factor):
    plan = bracket_plan(tuple(factor**k for k in range(n_rungs)), factor)
    for bracket, rungs in zip(plan, range(n_rungs, 0, -1), strict=True):
        exact = Fraction(n_rungs, rungs) * factor ** (rungs - 1)
        assert bracket.sizes[0] == math.ceil(exact)
        assert len(bracket.sizes) == len(bracket.resources) == rungs


@given(n_trials=st.integers(1, 200))
def test_so_many_trials_start(n_trials):
    plan = bracket_plan((1, 3, 9, 27), 3, n_trials)
    assert sum(bracket.sizes[0] for bracket in plan) == n_trials
    assert all(bracket.sizes[-1] >= 1 for bracket in plan)


# -- in action -----------------------------------------------------------------------


def new_history():
    return History(SearchSpace({"x": (0.0, 1.0)}), seed=0, n_splits=1)


def score_of(trial_id, resource):
    """Who is better changes with the resource."""
    draws = np.random.default_rng([trial_id, resource]).random(2)
    return math.nan if draws[1] < 0.1 else float(draws[0])


def play(scheduler, order, history=None, limit=10_000):
    """Run a scheduler with as many unfinished tasks as `order` says at each step."""
    history, open_tasks = history or new_history(), []
    for step in range(limit):
        while len(open_tasks) < order[step % len(order)]:
            decision = scheduler.schedule(history, RNG)
            if decision is None:
                break
            if isinstance(decision, Start):
                number = len(history.trials)
                params = decision.params or {"x": 1 / (number + 1)}
                decision = Trial(number, params, decision.resource, tags=decision.tags)
            history.record(decision)
            number = decision.id if isinstance(decision, Trial) else decision.trial_id
            open_tasks.append((number, decision.resource))
        if not open_tasks:
            return history
        task = open_tasks.pop(0)
        scores = {"score": score_of(*task)}
        history.record(Evaluation(*task, fold=0, scores=scores))
    raise AssertionError("it does not end")


ORDERS = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@settings(deadline=None, max_examples=30)
@given(order=ORDERS, n_trials=st.integers(1, 60))
def test_hyperband_promotes_the_best_of_full_rungs(order, n_trials):
    plan = bracket_plan((1, 3, 9), 3, n_trials)
    history = play(Hyperband(plan), order)
    assert len(history.trials) == n_trials
    for number, bracket in enumerate(plan):
        on_rung = [t.id for t in history.trials if t.tags["bracket"] == number]
        assert len(on_rung) == bracket.sizes[0]
        for k, resource in enumerate(bracket.resources[:-1]):
            above = bracket.resources[k + 1]
            next_up = {i for i in on_rung if above in history.resources(i)}
            finite = [i for i in on_rung if np.isfinite(score_of(i, resource))]
            best = sorted(finite, key=lambda i: -score_of(i, resource))
            assert next_up == set(best[: bracket.sizes[k + 1]])
            on_rung = sorted(next_up)


@settings(deadline=None, max_examples=30)
@given(order=ORDERS, n_trials=st.integers(1, 60))
def test_who_may_continue_is_who_does(order, n_trials):
    """Nobody is trained on who was out before."""
    for scheduler in (
        Hyperband(bracket_plan((1, 3, 9), 3, n_trials)),
        ASHA((1, 3, 9), 3, n_trials),
    ):
        history = play(scheduler, order)
        again = new_history()
        for record in history.records:
            if isinstance(record, Task):
                assert record.trial_id in scheduler.may_continue(again)
            again.record(record)
            open_trials = {trial_id for trial_id, _ in again.open_tasks()}
            assert open_trials <= scheduler.may_continue(again)


@settings(deadline=None, max_examples=30)
@given(order=ORDERS, n_trials=st.integers(1, 60), data=st.data())
def test_what_was_read_before_changes_no_decision(order, n_trials, data):
    """One that has followed the log decides as one that sees it for the first time."""
    plan = bracket_plan((1, 3, 9), 3, n_trials)
    history = play(Hyperband(plan), order)
    follows, other = Hyperband(plan), new_history()
    other.record(Trial(0, {"x": 0.5}, 1, tags={"bracket": 0}))
    again = new_history()
    for record in history.records:
        if data.draw(st.booleans()):  # another search in between, or the same again
            follows.schedule(data.draw(st.sampled_from([other, again])), RNG)
        fresh = Hyperband(plan)
        assert follows.may_continue(again) == fresh.may_continue(again)
        assert follows.schedule(again, RNG) == fresh.schedule(again, RNG)
        again.record(record)


@pytest.mark.parametrize("n_rounds", [1, 2])
def test_after_the_first_of_a_round_those_that_halve_least_start_first(n_rounds):
    plan = bracket_plan((1, 3, 9, 27), 3, n_rounds * 49)
    history = play(Hyperband(plan), [1])
    started = [trial.tags["bracket"] for trial in history.trials]
    one_round = [0] * 27 + [3] * 4 + [2] * 6 + [1] * 12
    assert started == [4 * k + number for k in range(n_rounds) for number in one_round]


@settings(deadline=None, max_examples=30)
@given(order=ORDERS, few=st.integers(1, 40), more=st.integers(1, 40))
def test_a_plan_that_grows_goes_on(order, few, more):
    """A log of fewer trials, whose last round was not whole, fits a longer plan."""
    begun = play(Hyperband(bracket_plan((1, 3, 9), 3, few)), order)
    plan = bracket_plan((1, 3, 9), 3, few + more)
    history = play(Hyperband(plan), order, begun)
    started = [trial.tags["bracket"] for trial in history.trials]
    assert [started.count(n) for n in range(len(plan))] == [b.sizes[0] for b in plan]


def test_brackets_that_are_through_are_not_looked_at_again():
    plan = bracket_plan((1, 3, 9), 3, 17 * 20)
    scheduler = Hyperband(plan)
    history = play(scheduler, [2])
    assert scheduler._left(history) == {}
    assert pickle.loads(pickle.dumps(scheduler)) == scheduler


def test_when_all_is_done_nobody_may_continue():
    scheduler = Hyperband(bracket_plan((1, 3, 9), 3))
    assert scheduler.may_continue(play(scheduler, [3])) == set()


@settings(deadline=None, max_examples=30)
@given(order=ORDERS, n_trials=st.integers(1, 60))
def test_asha_promotes_from_the_top_and_skips_no_rung(order, n_trials):
    rungs = (1, 3, 9)
    history = play(ASHA(rungs, 3, n_trials), order)
    assert len(history.trials) == n_trials
    for trial in history.trials:
        resources = history.resources(trial.id)
        assert resources == list(rungs[: len(resources)])
    for low, high in itertools.pairwise(rungs):
        on_low = [i for i, r in history.tasks() if r == low]
        on_high = [i for i, r in history.tasks() if r == high]
        assert len(on_high) >= min(
            len(on_low) // 3, sum(np.isfinite(score_of(i, low)) for i in on_low)
        )
        ranked = sorted(on_low, key=lambda i: -np.nan_to_num(score_of(i, low), nan=-1))
        assert set(ranked[: len(on_low) // 3]) <= {
            *on_high,
            *(i for i in on_low if not np.isfinite(score_of(i, low))),
        }


def test_asha_waits_for_nobody():
    history = new_history()
    scheduler = ASHA((1, 3), 3, 9)
    for number in range(4):  # the last one is still out
        history.record(Trial(number, {"x": 0.1 * number}, 1, tags={"bracket": 0}))
        if number < 3:
            scores = {"score": float(number == 1)}
            history.record(Evaluation(number, 1, fold=0, scores=scores))
    assert scheduler.schedule(history, RNG) == Task(1, 3)


@pytest.mark.parametrize(
    "scheduler",
    [
        Hyperband(bracket_plan((1, 3), 3), [{"x": 0.25}, {"x": 0.75}]),
        ASHA((1, 3), 3, 5, [{"x": 0.25}, {"x": 0.75}]),
    ],
)
def test_the_first_trials_are_those_that_were_given(scheduler):
    history = play(scheduler, [2])
    assert [t.params["x"] for t in history.trials[:3]] == [0.25, 0.75, 1 / 3]
