"""The benchmark of fold racing: pairs of searches, and their table."""

from dataclasses import replace

import pytest

from asv_benchmarks.quality import racing
from asv_benchmarks.quality.racing import PLANS, Plan, Race
from asv_benchmarks.quality.report import races

TASK = "knn_flavia"


def test_a_search_without_racing_runs_every_fit():
    found = racing.race(TASK, 0, Plan(15, 0, 2), 0)
    assert (found.trials, found.fits, found.lost) == (15, 75, 0)
    assert 0.0 <= found.regret <= 1.0


def test_racing_spares_fits_and_more_workers_spare_fewer():
    one, two = (racing.race(TASK, 0, Plan(30, 0, n), 1) for n in (1, 2))
    assert one.fits < two.fits < 150
    assert replace(one, workers=2, fits=two.fits) == two  # the same search


def test_a_limit_of_fits_is_kept():
    found = racing.race(TASK, 0, Plan(0, 100, 1), 1)
    assert found.fits == 100
    assert found.trials > 20


def test_the_csv_keeps_what_was_run(tmp_path):
    path = tmp_path / "racing.csv"
    found = Race(TASK, 0, 50, 0, 1, 1, 50, 180, 0, 0.25, -0.5)
    racing.update(path, [found])
    racing.update(path, [replace(found, seed=1)])
    assert racing.read(path) == [found, replace(found, seed=1)]
    lacking = racing.missing(racing.read(path), 2)
    assert (TASK, 0, PLANS[0], 1) not in lacking
    assert (TASK, 0, PLANS[0], 0) in lacking


def test_the_table_compares_pairs():
    plain = [
        Race(t, s, 50, 0, 1, 0, 50, 250, 0, 0.2, 0.3) for t in "ab" for s in (0, 1)
    ]
    raced = [replace(r, racing=1, fits=200, regret=0.1, lost=r.seed) for r in plain]
    section = races.section([*plain, *raced, replace(raced[0], seed=9)])
    [line] = [line for line in section.splitlines() if line.startswith("| 50 trials")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1:3] == ["20%", "50.0%"]
    assert cells[4:] == [
        "0.2000",
        "0.1000",
        "-0.1000 +- 0.0000",
        "+0.0000 +- 0.0000",
        "4",
    ]


def test_nothing_run_is_said():
    assert "Nothing was run yet" in races.section([])


@pytest.mark.parametrize("plan", PLANS)
def test_plans_say_what_they_are(plan):
    assert str(plan).startswith(str(plan.trials or plan.fits))
