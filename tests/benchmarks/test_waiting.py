"""What it costs that candidates wait: what is timed, and what is said of it."""

from dataclasses import replace

import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier

from asv_benchmarks.quality.report import waiting as report
from asv_benchmarks.quality.timed import records
from asv_benchmarks.quality.trained import waiting
from asv_benchmarks.quality.trained.waiting import Climb, Wait
from sksearch.evaluation import WarmStart

LONG = Wait("net", 1, 3, 0, 10_000_000, 2.0, 0.03, 0.02, 0.01, 2.5, 0.05)


@pytest.fixture
def trees(monkeypatch):
    plan = Climb(
        lambda: load_iris(return_X_y=True),
        lambda: GradientBoostingClassifier(random_state=0),
        WarmStart("n_estimators"),
        (2, 6, 18),
    )
    monkeypatch.setitem(waiting.CLIMBS, "trees", plan)


@pytest.mark.usefixtures("trees")
def test_each_rung_reads_what_the_last_one_wrote(tmp_path):
    found = waiting.climb("trees", 0)
    assert [(each.start, each.stop) for each in found] == [(0, 2), (2, 6), (6, 18)]
    assert 0 < found[0].n_bytes < found[1].n_bytes < found[2].n_bytes
    parts = ("train", "write", "read", "clone", "wall_train", "wall_rest")
    assert all(getattr(each, part) > 0 for each in found for part in parts)
    path = tmp_path / "waiting.csv"
    records.update(path, Wait, found)
    assert records.read(path, Wait) == found
    assert waiting.missing(found, ["trees"]) == [
        ("trees", repeat) for repeat in range(1, waiting.REPEATS)
    ]


@pytest.mark.usefixtures("trees")
def test_training_on_is_all_that_a_rung_trains(monkeypatch):
    steps = []
    advance = WarmStart.advance

    def noted(self, estimator, X, y, start, stop, params):
        steps.append((start, stop))
        advance(self, estimator, X, y, start, stop, params)

    monkeypatch.setattr(WarmStart, "advance", noted)
    waiting.climb("trees", 0)
    assert steps == [(0, 2), (2, 6), (6, 18)]


@pytest.mark.parametrize(("write", "reached"), [(0.05, "yes"), (0.08, "no")])
def test_the_demand_is_on_the_worst_long_rung(write, reached):
    short = replace(LONG, start=0, stop=1, train=0.5, write=0.4)
    cheap = replace(LONG, start=3, stop=9, train=9.0)
    demand = report.demand([short, cheap, replace(LONG, write=write)])
    assert demand.reached == reached
    assert demand.remark == "net, 1 to 3; 2 rungs of 1 candidates"
    assert demand.found == f"{(write + 0.03) / 2:.1%}"


def test_short_rungs_are_shown_and_not_judged():
    short = replace(LONG, train=0.5)
    assert report.demand([short]).reached == "not measured"
    assert "| net | 1 to 3 | 10.0 | 0.50 |" in report.section([short])
    assert "Nothing was run yet." in report.section([])
