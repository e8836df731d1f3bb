"""Population-based training: who gives up, for whom, and how parameters move."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch._line_fields import check_fields
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.schedulers import Explore, Population, Start
from sksearch.space import SearchSpace

RESOURCES = (2, 4, 5)
ORDERS = st.lists(st.integers(1, 12), min_size=1, max_size=5)


def score_of(trial_id, resource):
    """Who is better changes with the resource, and some fail."""
    draws = np.random.default_rng([trial_id, resource]).random(2)
    return math.nan if draws[1] < 0.1 else float(draws[0])


def play(scheduler, order, watch=lambda history, decision: None):
    """Run a scheduler with as many unfinished tasks as `order` says at each step."""
    history = History(SearchSpace({"x": (0.1, 1.0)}), seed=0, n_splits=1)
    open_tasks = []
    for step in itertools.count():
        while len(open_tasks) < order[step % len(order)]:
            rng = np.random.default_rng(len(history))
            decision = scheduler.schedule(history, rng)
            if decision is None:
                break
            watch(history, decision)
            if isinstance(decision, Start):
                number = len(history.trials)
                params = decision.params or {"x": 1 / (number + 1.0)}
                decision = Trial(
                    number, params, decision.resource, decision.parent, decision.tags
                )
            history.record(decision)
            number = decision.id if isinstance(decision, Trial) else decision.trial_id
            open_tasks.append((number, decision.resource))
        if not open_tasks:
            return history
        task = open_tasks.pop(len(open_tasks) // 2)
        score = score_of(*task)
        status = "ok" if math.isfinite(score) else "failed"
        history.record(Evaluation(*task, 0, {"score": score}, status=status))
    raise AssertionError("it does not end")


def members(history, resource):
    return {history.trials[i].tags["member"]: i for i in history.trained(resource)}


@settings(deadline=None, max_examples=40)
@given(
    order=ORDERS,
    size=st.integers(2, 12),
    quantile=st.floats(0.01, 0.5),
)
def test_the_worst_give_up_for_the_best(order, size, quantile):
    history = play(Population(RESOURCES, size, quantile), order)
    n = min(math.ceil(quantile * size - 1e-9), size // 2)
    for low, high in itertools.pairwise(RESOURCES):
        before, after = members(history, low), members(history, high)
        finite = [i for i in before.values() if math.isfinite(score_of(i, low))]
        ranked = sorted(finite, key=lambda i: (-score_of(i, low), i))
        if not ranked:
            assert not after
            return
        assert sorted(before) == sorted(after) == list(range(size))
        stay = set(ranked[: size - n])
        for member, trial_id in after.items():
            if before[member] in stay:
                assert trial_id == before[member]
            else:
                trial = history.trials[trial_id]
                assert trial.parent in ranked[: max(n, 1)]
                assert trial.resource == high
                assert history.space.allows(trial.params)


@settings(deadline=None, max_examples=40)
@given(order=ORDERS, size=st.integers(2, 8), waits=st.booleans())
def test_nobody_goes_on_from_what_is_swept(order, size, waits):
    scheduler = Population(RESOURCES, size, waits=waits)
    lowest = 0

    def watch(history, decision):
        nonlocal lowest
        assert scheduler.lowest(history) >= lowest  # what is gone does not come back
        lowest = scheduler.lowest(history)
        start = 0
        if isinstance(decision, Task):
            start = history.resources(decision.trial_id)[-1]
        elif decision.parent is not None:
            start = max(
                r for r in history.resources(decision.parent) if r < decision.resource
            )
        assert start >= lowest

    play(scheduler, order, watch)


def test_who_does_not_wait_overtakes_a_straggler():
    scheduler = Population((1, 2), 3, waits=False)
    history = History(SearchSpace({"x": (0.1, 1.0)}), seed=0, n_splits=1)
    for number in range(3):
        history.record(Trial(number, {"x": 0.5}, 1, tags={"member": number}))
    history.record(Evaluation(2, 1, 0, {"score": 1.0}))
    rng = np.random.default_rng(0)
    assert scheduler.schedule(history, rng) == Task(2, 2)
    assert Population((1, 2), 3).schedule(history, rng) is None


def test_a_generation_that_has_failed_is_the_last():
    history = History(SearchSpace({"x": (0.1, 1.0)}), seed=0, n_splits=1)
    for number in range(2):
        history.record(Trial(number, {"x": 0.5}, 1, tags={"member": number}))
        lost = {"score": math.nan}
        history.record(Evaluation(number, 1, 0, lost, status="failed"))
    assert Population((1, 2), 2).schedule(history, np.random.default_rng(0)) is None


# -- moving --------------------------------------------------------------------------

SPACE = SearchSpace(
    {
        "lr": (1e-4, 1.0, "log-uniform"),
        "decay": (0.0, 0.5),
        "shift": (-1.0, 1.0),
        "n": (1, 64),
        "steps": [1, 2, 4, 8],
        "kind": ["a", "b", "c"],
        "one": ["only"],
    }
)
SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(seed=SEEDS, fixed=st.sets(st.sampled_from(SPACE.names)))
def test_moved_parameters_are_legal_and_new(seed, fixed):
    rng = np.random.default_rng(seed)
    params = SPACE.sample(rng)
    moved = Explore(0.0, frozenset(fixed))(SPACE, params, rng)
    assert SPACE.allows(moved)
    for name in SPACE.names:
        stays = name in fixed or name == "one"
        assert (moved[name] == params[name]) == stays, name
    inside = 1.25e-4 < params["lr"] < 0.8
    if "lr" not in fixed and inside:
        assert min(abs(moved["lr"] / params["lr"] - f) for f in (0.8, 1.2)) < 1e-9


@settings(deadline=None)
@given(seed=SEEDS)
def test_bounds_and_zero_are_no_trap(seed):
    rng = np.random.default_rng(seed)
    for name, value in {"lr": 1.0, "decay": 0.0, "n": 1, "shift": -1.0}.items():
        params = {**SPACE.sample(rng), name: value}
        assert Explore(0.0)(SPACE, params, rng)[name] != value


def test_resampling_draws_from_the_whole_range():
    rng = np.random.default_rng(0)
    params = SPACE.sample(rng)
    rates = [Explore(1.0)(SPACE, params, rng)["lr"] for _ in range(400)]
    quarters = np.histogram(np.log10(rates), bins=4, range=(-4, 0))[0]
    assert quarters.min() > 60


@settings(deadline=None)
@given(seed=SEEDS)
def test_the_branch_stays_and_the_constraint_holds(seed):
    space = SearchSpace(
        [{"k": ["a"], "x": (0.1, 1.0)}, {"k": ["b"], "y": (0.1, 1.0)}],
        lambda params: params.get("x", 0.0) < 0.5,
    )
    rng = np.random.default_rng(seed)
    params = space.sample(rng)
    moved = Explore()(space, params, rng)
    assert moved.keys() == params.keys()
    assert space.allows(moved)


def test_where_nothing_else_is_allowed_parameters_stay():
    space = SearchSpace({"x": (0.1, 1.0)}, lambda params: params["x"] == 0.5)
    moved = Explore()(space, {"x": 0.5}, np.random.default_rng(0))
    assert moved == {"x": 0.5}


# -- the log -------------------------------------------------------------------------


def lineage(history, trial_id):
    return [(trial.id, resource) for trial, resource in history.inherited(trial_id)]


def test_a_lineage_ends_where_the_next_begins():
    history = History(SearchSpace({"x": (0.1, 1.0)}), seed=0, n_splits=1)
    history.record(Trial(0, {"x": 0.1}, 2))
    history.record(Task(0, 4))
    history.record(Task(0, 6))
    history.record(Trial(1, {"x": 0.2}, 6, parent=0))
    history.record(Task(1, 8))
    history.record(Trial(2, {"x": 0.3}, 8, parent=1))
    assert lineage(history, 0) == []
    assert lineage(history, 1) == [(0, 2), (0, 4)]
    assert lineage(history, 2) == [(0, 2), (0, 4), (1, 6)]
    again = History.from_json(history.to_json(), history.space)
    assert lineage(again, 2) == lineage(history, 2)


@pytest.mark.parametrize("parent", [1, 7, -1])
def test_a_parent_that_has_nothing_to_hand_on_is_refused(parent):
    history = History(SearchSpace({"x": (0.1, 1.0)}), seed=0, n_splits=1)
    history.record(Trial(0, {"x": 0.1}, 2))
    history.record(Trial(1, {"x": 0.1}, 4))
    with pytest.raises(ValueError, match="has nothing to train on"):
        history.record(Trial(2, {"x": 0.2}, 4, parent=parent))


@pytest.mark.parametrize("parent", ["0", -1, 0.5, [0]])
def test_a_parent_in_a_journal_is_a_number_of_a_trial(parent):
    fields = {"id": 1, "params": {}, "parent": parent}
    with pytest.raises(ValueError, match="its 'parent' is no count"):
        check_fields("trial", fields)
    check_fields("trial", {**fields, "parent": None})
