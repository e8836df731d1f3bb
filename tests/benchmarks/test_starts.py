"""The benchmark of the portfolio: three starts of each search, and their table."""

from dataclasses import replace

import pytest

from asv_benchmarks.quality import public, starts
from asv_benchmarks.quality.interface import stream
from asv_benchmarks.quality.report import starts as section
from asv_benchmarks.quality.starts import MARKS, STARTS, Started

TASK = "knn_flavia"


@pytest.mark.parametrize("start", STARTS)
def test_every_start_is_read_at_every_mark(start):
    found = starts.begin(TASK, 0, start)
    assert [each.key for each in found] == [(TASK, 0, start, n) for n in MARKS]
    assert all(0.0 <= each.regret <= 1.0 for each in found)


def test_a_long_search_begins_as_a_short_one_does():
    found = starts.begin(TASK, 0, "portfolio")
    *_, (regret, _) = public.search(TASK, stream(TASK, 0), MARKS[0])
    assert found[0].regret == pytest.approx(regret, abs=1e-6)


def test_the_csv_keeps_what_was_run(tmp_path):
    path = tmp_path / "portfolio.csv"
    found = [Started(TASK, 0, "own", mark, 0.25) for mark in MARKS]
    starts.update(path, [found])
    starts.update(path, [[replace(each, start="sobol") for each in found]])
    assert len(starts.read(path)) == 2 * len(MARKS)
    lacking = starts.missing(starts.read(path), 1)
    assert (TASK, 0, "own") not in lacking
    assert (TASK, 0, "portfolio") in lacking


def test_the_table_compares_what_all_starts_ran():
    found = [
        Started(task, seed, start, mark, regret + 0.1 * (task == "svc_digits"))
        for task in (TASK, "svc_digits", "svr_concrete", "lgbm_diamonds")
        for seed in (0, 1)
        for start, regret in zip(STARTS, (0.3, 0.2, 0.1), strict=True)
        for mark in MARKS
    ]
    made = section.section([*found, Started(TASK, 9, "own", 16, 0.0)])
    [line] = [x for x in made.splitlines() if x.startswith("| 16")][:1]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[4:] == [*["-0.1000 +- 0.0000"] * 2, "-0.2000 +- 0.0000", "6"]
    assert f"| {TASK} | -0.100 +- 0.000" in made


def test_nothing_run_is_said():
    assert "Nothing was run yet" in section.section([])
