"""The comparisons and the page: pairs, intervals, verdicts."""

from dataclasses import replace

import numpy as np
import pytest

from asv_benchmarks.quality import compare, report, tables
from asv_benchmarks.quality.methods import NAMES, OURS, PEERS, version
from asv_benchmarks.quality.overhead import MEMORY, TIME, Cost
from asv_benchmarks.quality.problems import GROUPS, TASKS, select
from asv_benchmarks.quality.report import demands, groups, standing, text
from asv_benchmarks.quality.runs import MARKS, Run

REPORT = {group: select(group, "report") for group in GROUPS}


def make_run(method, task, seed, regret, n=100):
    at = [regret if mark <= n else float("nan") for mark in MARKS]
    return Run(method, task, seed, version(OURS), n, *at, 1.0, 2.0)


def made_up_runs(ours, name=OURS):
    return [
        make_run(method, task, seed, regret * (1 + seed / 10), n=n)
        for task in TASKS
        for seed in range(4)
        for method, regret, n in [
            (name, ours, 100),
            ("random", 0.1, 100),
            ("optuna-tpe", 0.2, 100),
            ("optuna-gp", 0.15, 50),
        ]
    ]


def costs_of(ours, peers, memory):
    times = [Cost(TIME, OURS, n, "1", ours, 1) for n in demands.TIME_LIMITS]
    theirs = [Cost(TIME, peer, 100, "1", peers, 1) for peer in demands.TIMED_PEERS]
    return [*times, *theirs, Cost(MEMORY, OURS, 2000, "1", memory, 1)]


# -- comparisons ---------------------------------------------------------------------


def test_a_ratio_is_of_what_both_ran():
    ours = {("car", 0): 0.1, ("car", 1): 0.2, ("kc1", 0): 0.9}
    theirs = {("car", 0): 0.2, ("car", 1): 0.4, ("kc1", 5): 0.1}
    found = compare.ratio(ours, theirs)
    assert found == compare.Ratio(pytest.approx(0.5), *[pytest.approx(0.5)] * 2, 2, 1)
    assert compare.ratio(ours, {("kc1", 5): 0.1}) is None


def test_a_task_counts_once_however_often_it_was_run():
    ours = {("a", seed): 0.2 for seed in range(9)} | {("b", 0): 0.4}
    theirs = dict.fromkeys(ours, 0.4)
    assert compare.mean_regret(ours) == pytest.approx(0.3)
    assert compare.ratio(ours, theirs).value == pytest.approx(0.75)


def test_a_peer_without_regret_is_not_left_out():
    nothing, something = {("a", 0): 0.0}, {("a", 0): 0.1}
    assert compare.ratio(nothing, nothing).value == 1
    found = compare.ratio(something, nothing)
    assert (found.value, found.low, found.high) == (np.inf, np.inf, np.inf)


def test_intervals_cover_the_ratio_that_is_true():
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        theirs = {("t", i): x for i, x in enumerate(rng.uniform(0.5, 1, 40))}
        ours = {pair: x * rng.uniform(0.2, 1) for pair, x in theirs.items()}
        found = compare.ratio(ours, theirs)
        covered += found.low <= 0.6 <= found.high
    assert covered >= 88


def test_intervals_know_that_runs_on_one_task_are_alike():
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        of_task = rng.uniform(0.2, 1, 12)
        ours = {
            (f"t{t}", i): of_task[t] + rng.uniform(-0.1, 0.1)
            for t in range(12)
            for i in range(1 + t % 5)
        }
        found = compare.ratio(ours, dict.fromkeys(ours, 1.0))
        covered += found.low <= 0.6 <= found.high
    assert covered >= 86  # with all pairs drawn as equals it is 76


def test_equal_methods_share_their_rank():
    by_method = {"a": {("t", 0): 0.1, ("t", 1): 0.3}, "b": {("t", 0): 0.1}}
    assert compare.mean_ranks(by_method) == ({"a": 1.5, "b": 1.5}, 1)


# -- demands -------------------------------------------------------------------------


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(("ours", "verdict"), [(0.05, "yes"), (0.3, "no")])
def test_the_demands_say_what_was_reached(ours, verdict, group):
    runs = made_up_runs(ours, demands.USED.get(group, OURS))
    found = {
        mark: demands.regret_demand(runs, group, mark) for mark in demands.REGRET_LIMITS
    }
    assert {demand.reached for demand in found.values()} == {verdict}
    assert found[50].remark.startswith("optuna-gp, strongest of 2; ")
    assert found[100].remark.startswith("optuna-tpe, strongest of 1; ")


def test_real_problems_are_searched_as_users_do_and_the_bare_model_stands_beside():
    used = demands.USED["real"]
    peers = [run for run in made_up_runs(0.3) if run.method != OURS]
    runs = [
        *peers,
        *(make_run(used, t, s, 0.05, n=100) for t in TASKS for s in range(4)),
    ]
    runs += [make_run(OURS, t, s, 0.3, n=100) for t in TASKS for s in range(4)]
    demand = demands.regret_demand(runs, "real", 50)
    assert demand.reached == "yes"
    assert (
        f"; by {used}, and 1." in demand.remark
        or f"; by {used}, and 2." in demand.remark
    )


@pytest.mark.parametrize(
    ("value", "high", "at_50", "at_100"),
    [
        (0.6, 0.9, "yes", "yes"),
        (0.6, 1.1, "no", "yes"),
        (0.7, 0.9, "no", "yes"),
        (1.0, 1.2, "no", "no"),
    ],
)
def test_a_limit_below_one_asks_for_more_than_chance(value, high, at_50, at_100):
    found = compare.Ratio(value, 0.5, high, 10, 5)
    assert demands.verdict(found, demands.REGRET_LIMITS[50]) == at_50
    assert demands.verdict(found, demands.REGRET_LIMITS[100]) == at_100


def test_a_peer_that_ran_too_little_to_tell_keeps_a_demand_open():
    tasks, runs = REPORT["tables"], made_up_runs(0.01)
    assert demands.regret_demand(runs, "tables", 50).reached == demands.YES
    # Ours is far ahead of skopt on average, and behind it on a few tasks.
    uneven = [
        make_run("skopt", task, 0, 0.0 if number % 4 else 0.2)
        for number, task in enumerate(tasks)
    ]
    found = demands.regret_demand([*runs, *uneven], "tables", 50)
    assert found.reached == demands.NO
    assert "1 lies in the interval to skopt" in found.remark


def test_a_peer_with_few_tasks_is_shown_but_not_the_strongest():
    tasks = REPORT["tables"]
    few = tasks[: (len(tasks) - 1) // 2]
    runs = [*made_up_runs(0.1), *(make_run("skopt", task, 0, 0.01) for task in few)]
    assert "optuna-gp" in demands.regret_demand(runs, "tables", 50).remark
    assert "| skopt | 10.00 " in groups.against_each(runs, tasks)
    more = [make_run("skopt", task, 0, 0.01) for task in tasks]
    assert "skopt" in demands.regret_demand([*runs, *more], "tables", 50).remark


def test_the_worst_family_is_compared_with_the_median_peer():
    runs = [
        replace(run, regret_50=1.0)
        if (run.method, run.task) == (OURS, "cifar10")
        else run
        for run in made_up_runs(0.1)
    ]
    found = demands.family_demand(runs, 50)
    assert (found.reached, found.remark) == ("no", "nasbench201")
    assert demands.family_demand(runs, 100).reached == "yes"
    assert "nasbench201" in groups.families(runs)


def test_random_search_is_no_peer():
    runs = [run for run in made_up_runs(0.3) if run.method in (OURS, "random")]
    assert demands.regret_demand(runs, "tables", 50).reached == "not measured"
    assert "random" not in PEERS


@pytest.mark.parametrize(
    ("costs", "reached"),
    [
        (costs_of(10.0, 200.0, 50.0), ["yes"] * 7),
        (costs_of(400.0, 200.0, 500.0), ["no"] * 7),
        ([], ["not measured"] * 7),
    ],
)
def test_costs_are_compared_with_their_limits(costs, reached):
    found = demands.all_demands([], costs)[-7:]
    assert [demand.reached for demand in found] == reached


def test_the_summary_is_made_of_the_verdicts():
    made = standing.summary(
        [
            demands.Demand("speed", "at most 1", "0.5", demands.YES),
            demands.Demand("regret", "below 1", "1.5", demands.NO),
            demands.Demand("memory", "below 1"),
        ]
    )
    assert "1 of 3 demands are reached." in made
    assert "Not reached:\n\n- regret: 1.5\n" in made
    assert "Not measured:\n\n- memory\n" in made


# -- the page ------------------------------------------------------------------------


def test_the_page_has_every_demand_and_every_group():
    runs, costs = made_up_runs(0.1), costs_of(10.0, 200.0, 50.0)
    page = report.page(runs, costs)
    for demand in demands.all_demands(runs, costs):
        assert f"| {demand.what} | {demand.wanted} | {demand.found} |" in page
    for group in GROUPS:
        assert f"\n## {group.capitalize()}\n" in page
        assert ", ".join(REPORT[group]) in page


def test_the_page_is_a_function_of_the_csvs():
    runs, costs = made_up_runs(0.1), costs_of(10.0, 200.0, 50.0)
    assert report.page(runs, costs) == report.page(runs[::-1], costs)


def test_the_page_warns_of_numbers_that_mix_versions():
    runs = made_up_runs(0.1)
    assert "versions:" not in report.page(runs, [])
    other = Cost(TIME, OURS, 50, "other", 1.0, 1)
    listed = ", ".join(sorted([version(OURS), "other"]))
    assert f"mix 2 versions: {listed}." in report.page(runs, [other])


def test_a_page_can_be_made_of_ours_alone_and_of_nothing():
    assert "| gp |" in report.page([make_run(OURS, "car", 0, 0.1, n=50)], [])
    assert "# Benchmarks" in report.page([], [])


def test_every_method_and_group_is_explained():
    assert text.METHOD_TEXTS.keys() == set(NAMES)
    assert text.GROUP_TEXTS.keys() == GROUPS.keys()


def test_families_are_those_of_the_tables():
    found = [task for name in tables.FAMILIES for task in demands.family_tasks(name)]
    assert sorted(found) == sorted(REPORT["tables"])
