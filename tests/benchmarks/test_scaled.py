"""Searches with many virtual workers: what is replayed, and what is said of it."""

from dataclasses import replace

import numpy as np
import pytest

from asv_benchmarks.quality.report import scaling as report
from asv_benchmarks.quality.scaled import keeping, recording, runs
from asv_benchmarks.quality.scaled.keeping import Kept
from asv_benchmarks.quality.scaled.recording import N_FOLDS, RUNGS
from asv_benchmarks.quality.scaled.runs import KINDS, Scale
from asv_benchmarks.quality.timed import records
from sksearch.evaluation import Fit
from sksearch.history import Trial
from sksearch.testing import simulate

SCALE = Scale(
    *("auto, asynchronous", 64, 0, "1", 1000, 27),
    *(0.96, 0.99, 500.0, 30.0, 40.0, 0.1, 0.2),
)
KEPT = Kept("sobol", "in full", 5, 1, 10_000, 10_000, 0.5, 0.02)


def test_full_fits_take_two_to_twenty_seconds_and_rungs_their_share():
    found = recording.load()
    assert found.seconds.shape == found.scores.shape == (256, N_FOLDS, len(RUNGS))
    assert found.seconds[:, :, -1].min() == pytest.approx(2.0)
    assert found.seconds[:, :, -1].max() == pytest.approx(20.0)
    assert (np.diff(found.seconds, axis=2) > 0).all()
    assert ((found.scores > 0.4) & (found.scores < 1)).all()


def test_a_recorded_point_is_replayed_and_its_rungs_add_up():
    params = recording.points()[7]
    trial, found = Trial(0, params), recording.load()
    for fold in range(N_FOLDS):
        fits = [Fit(trial, r, fold, RUNGS[:k]) for k, r in enumerate(RUNGS)]
        scores, seconds = zip(*map(runs.replay, fits), strict=True)
        assert list(scores) == found.scores[7, fold].tolist()
        assert sum(seconds) == pytest.approx(found.seconds[7, fold, -1])
        in_full = runs.replay(Fit(trial, 1, fold))
        assert in_full == (scores[-1], found.seconds[7, fold, -1])


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("n_workers", [1, 5, 33])
def test_so_many_pending_keep_the_workers_busy(n_workers, asynchronous):
    found = simulate(
        recording.space(),
        KINDS["random, in order"].optimizer,
        runs._scheduler(KINDS["random, in order"], 20 + 4 * n_workers),
        runs.replay,
        n_workers=n_workers,
        n_splits=N_FOLDS,
        max_pending=runs.n_pending(n_workers, asynchronous),
        asynchronous=asynchronous,
        clock=None,
    )
    assert found.steady_utilisation > 0.99


def test_a_run_is_read_and_not_run_again(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "N_TRIALS", 40)
    found = runs.scaled("random, ASHA", 4, 1)
    assert found.trials == 40
    assert 0 < found.whole < 1
    assert 0 < found.steady <= 1
    assert 0 < found.parent < 1
    assert found.version == KINDS["random, ASHA"].version
    path = tmp_path / "scale.csv"
    records.update(path, Scale, [found])
    assert records.read(path, Scale) == [found]
    assert runs.missing([found], ["random, ASHA"], [4], 2) == [("random, ASHA", 4, 0)]
    old = replace(found, version="0")
    assert len(runs.missing([old], ["random, ASHA"], [4], 2)) == 2


@pytest.mark.parametrize("scheduler", keeping.SCHEDULERS)
def test_what_the_parent_keeps_is_measured(scheduler):
    found = keeping.kept("random", scheduler, 2, 1, n_trials=50)
    assert found.trials == 50 <= found.tasks
    assert found.keeping > 0 < found.suggesting
    case = found.key[:-1]
    assert len(keeping.missing([replace(found, trials=10_000)])) == len(
        [each for each in keeping.CASES if each != case]
    )


@pytest.mark.parametrize(("whole", "reached"), [(0.96, "yes"), (0.95, "no")])
def test_the_demand_is_on_the_whole_of_the_worst_run(whole, reached):
    found = [SCALE, replace(SCALE, seed=1, whole=whole), replace(SCALE, workers=4)]
    demand = report.busy_demand(found, "auto, asynchronous")
    assert (demand.found, demand.reached) == (f"{whole:.1%}", reached)
    assert demand.remark == "worst of 2 runs; 99.0% in the steady state"


@pytest.mark.parametrize(("ms", "reached"), [(0.9, "yes"), (1.0, "no")])
def test_the_parent_is_judged_where_all_is_trained_in_full(ms, reached):
    kept = [KEPT, replace(KEPT, folds=1, keeping=ms)]
    kept.append(replace(KEPT, scheduler="Hyperband", keeping=50.0))
    demand = report.keeping_demand(kept)
    assert (demand.found, demand.reached) == (f"{ms:.3f}", reached)
    assert demand.remark == "sobol, 1 folds, worst of 2 searches"


def test_the_section_has_a_line_for_each_number_of_workers():
    missed = replace(SCALE, workers=256, target=float("inf"))
    text = report.section([missed, SCALE, replace(SCALE, seed=1, whole=0.98)], [KEPT])
    line = "| auto, asynchronous | 64 | 1000 | 27 | 97.0% | 99.0% | 500 | 30 |"
    assert f"{line} 40.00 | 0.10 | 20.0% | 2 |" in text
    assert "| 500 | missed |" in text
    assert "| sobol | in full | 5 | as they come | 10000 | 0.500 | 0.020 |" in text
    assert text.index("| 64 |") < text.index("| 256 |")


def test_nothing_run_is_nothing_judged():
    assert {each.reached for each in report.demands([], [])} == {"not measured"}
    assert "Nothing was run yet." in report.section([], [])
