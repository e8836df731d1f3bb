"""The benchmark of rules of selection: what is seen, what is true, and the table."""

from dataclasses import replace

import numpy as np
import pytest

from asv_benchmarks.quality import selecting
from asv_benchmarks.quality.real.tables import load_real
from asv_benchmarks.quality.report import choices
from asv_benchmarks.quality.selecting import SETTINGS, Chosen, Setting
from asv_benchmarks.quality.timed import records

TASK = "knn_flavia"


def test_noise_is_added_to_the_truth():
    problem = load_real(TASK)
    rng = np.random.default_rng(0)
    setting = Setting(2.0, 5)
    seen, truth = selecting._views(problem.scores, problem.held_out, setting, rng)
    np.testing.assert_allclose(truth, problem.scores.mean(axis=1))
    sd = np.std(seen - truth[:, None])
    assert sd == pytest.approx(2.0 * selecting.fold_noise(problem.scores), rel=0.1)


def test_the_truth_is_told_by_folds_that_are_not_seen():
    scores = np.arange(10.0).reshape(2, 5)
    held_out = np.array([100.0, 200.0])
    rng = np.random.default_rng(0)
    seen, truth = selecting._views(scores, held_out, Setting(0.0, 2), rng)
    assert seen.shape == (2, 2)
    # What is seen and what is true are all there is.
    total = scores.sum(axis=1) + held_out
    np.testing.assert_allclose(seen.sum(axis=1) + 4.0 * truth, total)


def test_the_noise_of_folds_leaves_out_points_and_folds():
    rng = np.random.default_rng(0)
    points, folds = rng.normal(size=(400, 1)), rng.normal(size=5)
    scores = 10.0 * points + 3.0 * folds + 0.1 * rng.normal(size=(400, 5))
    assert selecting.fold_noise(scores) == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("setting", [SETTINGS[0], SETTINGS[-1]])
def test_a_search_is_judged_by_both_rules(setting):
    found = selecting.choose(TASK, 0, setting.noise, setting.folds)
    assert found == selecting.choose(TASK, 0, setting.noise, setting.folds)
    assert 0.0 <= found.by_mean <= 1.0
    assert 0.0 <= found.by_posterior <= 1.0
    assert found.setting == setting


def test_the_csv_keeps_what_was_run(tmp_path):
    path = tmp_path / "selecting.csv"
    found = Chosen(TASK, 0, 1.0, 5, 0.25, 0.5)
    records.update(path, Chosen, [found, replace(found, seed=1)])
    assert records.read(path, Chosen) == [found, replace(found, seed=1)]
    lacking = selecting.missing(records.read(path, Chosen), 3)
    assert found.key not in lacking
    assert replace(found, seed=2).key in lacking


def test_the_table_counts_problems_not_seeds():
    # "steps_hpc" is of the report half, "steps_oj" of the choosing half.
    changes = {"steps_hpc": -0.1, "svc_digits": -0.3, "steps_oj": 0.1}
    chosen = [
        Chosen(task, seed, 0.0, 2, 0.5, 0.5 + change)
        for task, change in changes.items()
        for seed in range(4)
    ]
    [line] = [n for n in choices.section(chosen).splitlines() if n.startswith("| 2 of")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1:3] == ["0.5000", "0.4000"]
    assert cells[3] == "-0.1000 [-0.5968, +0.3968]"  # 4.3027 * 0.2 / sqrt(3)
    assert cells[4].startswith("-0.2000 [")
    assert cells[5:] == ["100%", "12"]
    assert "Nothing was run yet" in choices.section([])
