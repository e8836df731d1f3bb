"""The benchmark of the re-check: equal fits, rows nobody has seen, and the tables."""

import math

import numpy as np
import pytest
from scipy import stats

from asv_benchmarks.quality.timed import records
from asv_benchmarks.recheck import report
from asv_benchmarks.recheck.__main__ import HERE, PAGE
from asv_benchmarks.recheck.problems import PROBLEMS
from asv_benchmarks.recheck.runs import WAYS, Choice, choose, missing

FEW = "breast cancer, tree"


def choice(way, seed, held_out, best=0.5, again=math.nan, problem=FEW):
    return Choice(problem, way, seed, 200, held_out, best, again)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_no_row_is_on_both_sides(problem):
    X, others, y, y_others = PROBLEMS[problem].rows(3)
    assert len(X) == len(y) == 100
    assert len(others) == len(y_others) > 300
    assert not {row.tobytes() for row in X} & {row.tobytes() for row in others}
    assert not np.array_equal(X, PROBLEMS[problem].rows(4)[0])


def test_ways_that_are_compared_cost_the_same():
    made = {way: choose(FEW, way, 0).n_fits for way in WAYS}
    same = [pair for pairs in report.TABLES.values() for pair in pairs]
    for base, way in same:
        if way != "40, then 5 again":
            assert made[base] == made[way], way
    assert made["40, then 5 again"] == 300


def test_what_a_search_says_is_its_own():
    found = choose(FEW, "20, then 5 again", 1)
    assert math.isfinite(found.again)
    assert found.best != found.again
    assert found.key == (FEW, "20, then 5 again", 1)
    assert math.isnan(choose(FEW, "one holdout", 1).again)


def test_the_interval_is_students():
    rng = np.random.default_rng(0)
    old, new = rng.normal(size=(2, 30))
    low, high = stats.ttest_rel(new, old).confidence_interval(0.95)
    expected = f"{np.mean(new - old):+.4f} [{low:+.4f}, {high:+.4f}]"
    assert report.interval(list(new - old)) == expected
    assert report.interval([1.0]) == ""


def test_a_seed_without_its_pair_is_left_out():
    base, way = report.TABLES["recheck"][0]
    done = [choice(base, seed, 0.8, 0.9) for seed in range(4)]
    done += [choice(way, seed, 0.9, 0.95, 0.92) for seed in range(1, 6)]
    page = "<!-- recheck: begin -->\nold\n<!-- recheck: end -->\nrest"
    made = report.filled(page, "recheck", done)
    assert "| 0.8000 → 0.9000 | +0.1000 [+0.1000, +0.1000] |" in made
    assert (
        "| +0.1000 → +0.0200 | 3 |" in made
    )  # the re-check's own score, less flattered
    assert "old" not in made
    assert made.endswith("\nrest")
    assert report.filled(made, "recheck", done) == made
    with pytest.raises(ValueError, match="has no lines"):
        report.filled("nothing", "recheck", done)


def test_what_was_run_is_not_run_again(tmp_path):
    path = tmp_path / "choices.csv"
    done = [choice(WAYS[0], 0, 0.8), choice(WAYS[0], 0, 0.9)]
    records.update(path, Choice, done)
    [kept] = records.read(path, Choice)
    assert kept.held_out == 0.9
    left = missing([kept], 2)
    assert len(left) == 2 * len(PROBLEMS) * len(WAYS) - 1
    assert kept.key not in left


def test_the_page_has_the_numbers_of_the_file():
    done = records.read(HERE / "choices.csv", Choice)
    page = PAGE.read_text()
    for name in report.TABLES:
        assert report.filled(page, name, done) == page
    for base, way in report.TABLES["recheck"] + report.TABLES["reshuffle"]:
        for problem in PROBLEMS:
            assert len(report._pairs(done, problem, base, way)) >= 20
