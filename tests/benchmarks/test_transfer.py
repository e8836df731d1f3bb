"""Families of related tasks: their tables, and which searches come before which."""

import itertools

import numpy as np
import pytest

from asv_benchmarks.transfer import runs
from asv_benchmarks.transfer.computed import load_computed
from asv_benchmarks.transfer.definitions import COMPUTED
from asv_benchmarks.transfer.families import related

TASKS = [task for tasks in COMPUTED.values() for task in tasks]


@pytest.mark.parametrize("task", TASKS)
def test_a_table_has_each_point_once_and_its_best_has_no_regret(task):
    problem = load_computed(task)
    grid = itertools.product(*problem.space.values())
    points = [dict(zip(problem.space, values, strict=True)) for values in grid]
    assert [problem.index(point) for point in points] == list(range(len(points)))
    means = [np.mean(problem.evaluate(point, seed=0, number=0)) for point in points]
    assert problem.regret(points[int(np.argmax(means))]) == 0.0
    regrets = [problem.regret(point) for point in points]
    assert np.mean(np.equal(regrets, 1.0)) >= 0.5


def test_no_month_knows_a_later_one():
    months = COMPUTED["months"]
    assert related(months[0]) == ()
    for earlier, later in itertools.pairwise(months):
        assert related(later) == (earlier,)


def test_one_model_knows_all_its_other_data():
    for task in COMPUTED["kernel"]:
        assert {task, *related(task)} == set(COMPUTED["kernel"])
        assert task not in related(task)


def test_what_could_be_known_is_what_was_best_in_the_related_tables():
    before = load_computed("months_jan")
    points = runs._best_elsewhere("months_feb")
    assert len({before.index(point) for point in points}) == max(runs.MARKS)
    regrets = [before.regret(point) for point in points]
    assert regrets == sorted(before.regrets)[: len(points)]


def test_every_beginning_is_run_where_it_can_be():
    wanted = runs.missing([], ["months", "tree"], 1)
    for task in ("months_feb", "tree_wine"):
        found = {beginning for name, beginning, _ in wanted if name == task}
        live = {"known"} if task == "tree_wine" else set()
        assert found == set(runs.BEGINNINGS) - live
