"""Searches that train candidates on: what is counted, and what is said of it."""

from dataclasses import replace
from functools import partial

import pytest

from asv_benchmarks.quality.report import training
from asv_benchmarks.quality.timed import records
from asv_benchmarks.quality.trained import searches
from asv_benchmarks.quality.trained.longer import LONGER
from asv_benchmarks.quality.trained.problems import PROBLEMS
from asv_benchmarks.quality.trained.searches import (
    METHODS,
    OURS,
    RANDOM,
    SKLEARN,
    STEADY,
    Trained,
)
from sksearch.schedulers import bracket_plan, rung_resources


def made_up(units, gain):
    base = Trained("t", 0, RANDOM, 49, 1000, 1000, 9.0, 9.0, 0.9, 0.8)
    ours = replace(base, method=OURS, units=units, held_out=0.8 + gain)
    halves = [
        replace(base, method=name, units=700, restarted=1000)
        for name in training.RESTART_LIMITS
    ]
    return [
        replace(each, seed=seed, held_out=each.held_out + 0.001 * seed * (-1) ** seed)
        for seed in range(training.ENOUGH)
        for each in (base, ours, *halves)
    ]


@pytest.mark.parametrize(
    ("units", "gain", "reached"),
    [(300, 0.0, ["yes", "yes"]), (310, 0.01, ["no", "yes"]), (1, -0.1, ["yes", "no"])],
)
def test_demands(units, gain, reached):
    found = made_up(units, gain)
    found[1] = replace(found[1], held_out=found[1].held_out + 1e-3)  # some scatter
    demands = training.demands(found)
    assert [d.reached for d in demands] == [*reached, "yes", "no"]
    assert demands[2].found == "0.70"


def test_few_seeds_are_shown_and_not_judged():
    found = [each for each in made_up(300, -0.1) if each.seed]
    assert [d.reached for d in training.demands(found)][1] == "not measured"
    assert training.section(found).count("| t |") == 4


def test_nothing_is_demanded_of_nothing():
    assert {d.reached for d in training.demands([])} == {"not measured"}
    assert "Nothing was run yet." in training.section([])


def test_the_section_has_a_row_for_each_search():
    section = training.section(made_up(250, 0.01))
    assert section.count("| t |") == 4
    assert "+0.0100 +- 0.0000" in section


@pytest.mark.parametrize("problem", [*PROBLEMS.values(), *LONGER.values()])
def test_random_search_has_as_many_candidates_as_hyperband_starts(problem):
    brackets = bracket_plan(rung_resources(problem.least, problem.most, 3), 3)
    assert problem.n_candidates == sum(bracket.sizes[0] for bracket in brackets)
    assert problem.least * 3 ** len(brackets) == 3 * problem.most


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(
        PROBLEMS, "sgd_digits", replace(PROBLEMS["sgd_digits"], n_train=150)
    )


@pytest.mark.usefixtures("small")
def test_what_begins_again_trains_what_it_would():
    found = searches.search("sgd_digits", 0, SKLEARN)
    assert found.candidates == 27
    assert found.units == found.restarted == 27 * 1 + 9 * 3 + 3 * 9 + 27


@pytest.mark.usefixtures("small")
def test_a_re_check_counts_too(monkeypatch):
    again = partial(METHODS["halving-2"], n_recheck=2, recheck_cv=6)
    monkeypatch.setitem(METHODS, "again", again)
    alone, found = (
        searches.search("sgd_digits", 0, name) for name in ("halving-2", "again")
    )
    more = 6 * 24 // 3  # one candidate is at the top; six splits, counted as of three
    assert found.units == alone.units + more
    assert found.restarted == alone.restarted + more
    assert found.score == alone.score


@pytest.mark.usefixtures("small")
def test_five_folds_count_for_more_than_three():
    found = searches.search("sgd_digits", 0, "hyperband-5-folds")
    plan = 27 + 9 * 2 + 3 * 6 + 18, 12 * 3 + 4 * 6 + 18, 6 * 9 + 2 * 18, 4 * 27
    assert found.units == 5 * sum(plan) // 3


def test_a_steady_choice_takes_several_folds():
    wanted = {
        task
        for task, _, method in searches.missing([], PROBLEMS, 1)
        if method == STEADY
    }
    assert wanted == {task for task, problem in PROBLEMS.items() if problem.n_folds > 1}
    assert all(PROBLEMS[task].rate in PROBLEMS[task].space for task in wanted)


@pytest.mark.usefixtures("small")
def test_a_search_counts_what_it_trains(tmp_path):
    found = searches.search("sgd_digits", 0, "halving-2")
    assert found.candidates == 8
    assert found.units == 8 * 3 + 4 * 3 + 2 * 6 + 12
    assert found.restarted == 8 * 3 + 4 * 6 + 2 * 12 + 24
    assert found.units < found.restarted < 49 * 27
    path = tmp_path / "training.csv"
    records.update(path, Trained, [found])
    assert records.read(path, Trained) == [found]
    left = searches.missing([found], ["sgd_digits"], 1)
    assert len(left) == len(METHODS) - 1
    assert searches.missing([found], ["sgd_digits"], 2, ["halving-2"]) == [
        ("sgd_digits", 1, "halving-2")
    ]
