"""Seconds to the score of a random search: who is there, and what is said of it."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_val_score

from asv_benchmarks.quality.report import finishing as report
from asv_benchmarks.quality.timed.goals import Done, Goal
from asv_benchmarks.quality.trained import finishing
from asv_benchmarks.quality.trained.finishes import DASK, TARGET, Finish, judged
from asv_benchmarks.quality.trained.finishing import ASHA, OURS, TASKS_OF, Watch
from asv_benchmarks.quality.trained.longer import LONGER, MLP
from asv_benchmarks.quality.trained.problems import Problem, digits
from asv_benchmarks.quality.trained.pruned import PRUNED, pruned, rungs, suggested
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.space import SearchSpace

AIM = Finish("t", TARGET, 0, "1", 60.0, 1, 60.0, 70.0, 0.9, 60, 0.9, 60.0, 30.0)
SMALL = Problem(
    lambda: tuple(each[:200] for each in digits()),
    lambda seed, most: SGDClassifier(max_iter=most, tol=None, random_state=seed),
    {"alpha": [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1], "penalty": ["l2", "l1"]},
    "max_iter",
    200,
    most=9,
    n_candidates=22,
)


# -- who is there --------------------------------------------------------------------


def test_a_tie_with_a_target_that_was_written_rounded_counts():
    score = 1759 / 1797  # 0.97885364...: written as 0.978854
    aim = replace(AIM, target=round(score, 6))
    assert aim.goal.is_met(Done(1.0, score))
    assert not aim.goal.is_met(Done(1.0, 1758 / 1797))
    assert judged(aim, OURS, "1", [Done(1.0, score)], 1.0, 1.0).reached == 1


@pytest.mark.parametrize(
    ("path", "seconds", "reached"),
    [
        ([Done(5.0, 0.8), Done(9.0, 0.9), Done(12.0, 0.95)], 9.0, 1),
        ([Done(5.0, 0.8), Done(61.0, 0.95)], 60.0, 0),
        ([Done(5.0, math.nan)], 60.0, 0),
        ([], 60.0, 0),
    ],
)
def test_a_search_is_there_in_time_or_has_missed(path, seconds, reached):
    found = judged(AIM, OURS, "2", path, 61.0, 62.0)
    assert (found.seconds, found.reached) == (seconds, reached)
    assert (found.task, found.seed, found.target) == ("t", 0, 0.9)


def test_only_what_was_trained_in_full_counts():
    history = History(SearchSpace({"C": [1, 2]}), seed=0, n_splits=1)
    watch = Watch(Goal(0.9, 1e9), most=3)
    watch.on_search_begin(history)
    history.record(Trial(0, {"C": 1}))
    over = []
    for task, score in ((1, 0.99), (3, 0.95)):
        if task == 3:
            history.record(Task(0, 3))
        history.record(Evaluation(0, task, 0, {"score": score}))
        over.append(watch.on_evaluation(history, Evaluation(0, task, 0)))
    assert over == [False, True]
    assert [done.score for done in watch.path] == [0.95]


def test_a_search_ends_when_its_time_is_over():
    history = History(SearchSpace({"C": [1, 2]}), seed=0, n_splits=2)
    watch = Watch(Goal(0.9, 0.0), most=3)
    watch.on_search_begin(history)
    history.record(Trial(0, {"C": 1}))
    history.record(Evaluation(0, 1, 0, {"score": 0.1}))
    assert watch.on_evaluation(history, Evaluation(0, 1, 0))


def test_ours_stops_at_the_first_that_is_good_enough():
    path = finishing.ours(SMALL, 0, Goal(0.0, 1e9))
    assert len(path) == 1
    path = finishing.ours(SMALL, 0, Goal(1.1, 1e9))  # all 12 points: nothing is left
    assert 1 < len(path) <= 12
    assert np.all(np.diff([done.at for done in path]) >= 0)


def test_who_does_not_wait_is_ours_too():
    path = finishing.SEARCHES[ASHA](SMALL, 0, Goal(0.0, 1e9))
    assert len(path) == 1
    assert finishing.version_of(ASHA) == finishing.version_of(OURS)


def test_the_target_is_the_best_of_random_candidates_in_full(monkeypatch):
    monkeypatch.setitem(LONGER, "small", replace(SMALL, space={"alpha": [1e-3]}))
    monkeypatch.setattr(finishing, "N_RANDOM", 1)
    found = finishing.set_a_target("small", 3)
    X, y = SMALL.data()
    estimator = SMALL.estimator(3, 9).set_params(alpha=1e-3)
    scores = cross_val_score(estimator, X, y, cv=SMALL.splits(3))
    assert found.target == pytest.approx(scores.mean(), abs=1e-6)
    assert found.whole == found.seconds > 0
    assert found.found == pytest.approx(found.whole)


def test_what_is_missing_is_run_against_the_same_target(monkeypatch):
    calls = []

    def faked(function, *args):
        calls.append((function, *args))
        is_target = function is finishing.set_a_target
        return replace(AIM, task=args[0], seed=args[1]) if is_target else finished(args)

    def finished(args):
        return judged(args[0], args[1], "2", [Done(1.0, 0.95)], 1.0, 1.0)

    monkeypatch.setattr(finishing, "_alone", faked)
    wanted = [MLP, "lgbm_loans_486"], [OURS, PRUNED]
    found = list(finishing.run_all([], *wanted, 2))
    assert len({each.key for each in found}) == len(found) == 2 * (3 + 2)
    assert PRUNED not in {each.search for each in found if each.task != MLP}
    calls.clear()
    assert list(finishing.run_all(found[:-1], *wanted, 2)) == found[-1:]
    assert len(calls) == 1


# -- the peers -----------------------------------------------------------------------


def test_rungs_end_in_full():
    assert rungs(1, 81) == [1, 3, 9, 27, 81]
    assert rungs(2, 20) == [2, 6, 18, 20]


def test_optuna_prunes_and_trains_in_full():
    pytest.importorskip("optuna", reason="Optuna is of the extra bench")
    path = pruned(SMALL, 0, Goal(1.1, 1.5))
    assert path
    assert all(0.05 < done.score <= 1 for done in path)


def test_optuna_draws_from_the_same_space():
    optuna = pytest.importorskip("optuna", reason="Optuna is of the extra bench")
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    space = LONGER[MLP].space
    for _ in range(20):
        params = suggested(study.ask(), space)
        assert params.keys() == space.keys()
        assert params["batch_size"] in space["batch_size"]
        assert 1e-4 <= params["learning_rate_init"] <= 1e-1


def test_an_environment_without_sksearch_runs_dask():
    code = (
        "import sys; from asv_benchmarks.quality.trained import dask_hyperband;"
        "assert not {'sksearch', 'torch', 'lightgbm'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- what is said of it --------------------------------------------------------------


def made_up(ours, pruned):
    seeds = [replace(AIM, seed=seed) for seed in range(3)]
    return [
        *seeds,
        *(judged(a, OURS, "2", [Done(ours, 0.9)], ours, ours) for a in seeds),
        *(judged(a, PRUNED, "2", [Done(pruned, 0.9)], pruned, 9.0) for a in seeds),
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "reached"),
    [
        (9.0, 30.0, ["yes", "yes", "not measured"]),
        (19.0, 30.0, ["no", "yes", "not measured"]),  # the random one had it after 30
        (21.0, 20.0, ["no", "no", "not measured"]),
        (61.0, 20.0, ["no", "no", "not measured"]),
    ],
)
def test_demands(ours, theirs, reached):
    demands = report.demands(made_up(ours, theirs))
    assert [demand.reached for demand in demands] == reached


def test_a_miss_is_shown_as_a_limit_and_counts_as_no_faster():
    found = made_up(61.0, 10.0)
    assert f"| t | {OURS} | 2 | 0 of 3 | >60.0 | 1.00 | 0.50 |" in report.section(found)
    expected = "1.00 of its whole time, 0.50 of its time to the score"
    assert report.demands(found)[0].found == expected
    assert report.demands(found)[1].remark == "t; it reached 3 of 3, ours 0"


def test_nothing_is_demanded_of_nothing():
    assert {d.reached for d in report.demands([])} == {"not measured"}
    assert "Nothing was run yet." in report.section([])
    assert set(report.SEARCHES) == {TARGET, DASK, *TASKS_OF}
