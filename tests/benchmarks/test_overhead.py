"""What searches cost: the problem, the measurements, the CSV."""

import importlib.util
import pickle
import sys
from collections import Counter

import pytest

from asv_benchmarks.quality import memory, mixed, overhead, suggestions
from asv_benchmarks.quality.methods import OURS
from asv_benchmarks.quality.overhead import MEMORY, TIME, Cost
from asv_benchmarks.quality.peers.flat import flatten
from sksearch import BayesSearchCV

MODULES = {"optuna-gp": "optuna", "skopt": "skopt"}


def test_the_space_has_ten_parameters_of_all_kinds():
    kinds = Counter((p.kind, p.is_log) for p in flatten(mixed.SPACE).parameters)
    assert kinds == {
        ("float", False): 4,
        ("float", True): 2,
        ("int", False): 2,
        ("choice", False): 2,
    }


def test_the_best_point_has_no_regret():
    best = {name: values[0] for name, values in mixed.SPACE.items()}
    best |= {"float_0": 0.3, "float_1": 0.3, "float_2": -0.1, "float_3": 30.0}
    best |= {"choice_0": "b", "choice_1": "d"}
    first = {name: values[0] for name, values in mixed.SPACE.items()}
    assert 0 <= mixed.Mixed().regret(best) < mixed.Mixed().regret(first)


def test_noise_follows_from_the_seed_and_the_number():
    point = mixed.MixedEstimator().get_params()
    problem = mixed.Mixed()
    [score] = problem.evaluate(point, 0, 0)
    assert problem.evaluate(point, 0, 0) == (score,)
    assert problem.evaluate(point, 0, 1) != (score,)
    assert problem.evaluate(point, 1, 0) != (score,)
    assert score == pytest.approx(mixed.value(point), abs=0.1)


def test_the_estimator_is_searched():
    search = BayesSearchCV(
        mixed.MixedEstimator(), mixed.SPACE, n_iter=4, cv=2, optimizer="random"
    )
    search.fit([[0.0]] * 8, [0, 1] * 4)
    assert set(search.best_params_) == set(mixed.SPACE)
    best = mixed.value(search.best_params_)
    assert search.best_score_ == pytest.approx(best, abs=1e-9)


def test_a_run_is_timed_after_each_mark(monkeypatch):
    found = [(0.0, number / 1e3) for number in range(60)]
    monkeypatch.setattr(suggestions, "search", lambda *args: found)
    at = suggestions.in_one_run(OURS, (10, 40), seed=0)
    assert at == pytest.approx([19.5, 49.5])


def test_random_points_come_before_ours_is_timed():
    method = suggestions.METHODS[OURS](mixed.SPACE, 0, 40)
    suggestions._TELL_RANDOM[OURS](method, 15, 0)
    suggestions._seconds(method, 0, 2)
    by = [trial.tags.get("by") for trial in method._search.history.trials]
    assert len(by) == 17
    assert by[-2:] == ["gp", "gp"]
    assert "gp" not in by[:15]


@pytest.mark.slow
@pytest.mark.parametrize("name", suggestions.PEERS)
def test_peers_are_told_random_points(name):
    if importlib.util.find_spec(MODULES[name]) is None:
        pytest.skip(f"needs {MODULES[name]}")
    assert suggestions.after_random_points(name, 12, 0) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_that_of_a_search():
    late = memory.LateModel(10)
    assert pickle.loads(pickle.dumps(late)) == late
    assert memory.peak(12, late) >= 0


def test_the_csv_returns_what_was_written_and_the_newest_counts(tmp_path):
    path = tmp_path / "overhead.csv"
    assert overhead.read(path) == []
    old = Cost(TIME, OURS, 50, "old", 20.0, 1)
    new = Cost(TIME, OURS, 50, "new", 10.0, 3)
    other = Cost(MEMORY, OURS, 2000, "old", 90.5, 1)
    overhead.update(path, [old, other])
    overhead.update(path, [new])
    assert overhead.read(path) == sorted([new, other])
    assert path.read_text().count("\n") == 3


def test_measurements_are_means_over_runs(monkeypatch):
    values = {"in_one_run": [1.0, 2.0, 3.0, 4.0], "after_random_points": 5.0}

    def called(function, *args):
        seed = 2 * args[-1] if function is not memory.peak else 0
        found = values.get(function.__name__, 7.0)
        return [x + seed for x in found] if isinstance(found, list) else found + seed

    monkeypatch.setattr(overhead, "_in_new_process", called)
    monkeypatch.setattr(overhead, "version", lambda name: f"of {name}")
    found = {cost.key: cost.value for cost in overhead.measure([OURS, "memory"], 2)}
    assert found == {
        (TIME, OURS, 50): 2.0,
        (TIME, OURS, 100): 3.0,
        (TIME, OURS, 500): 4.0,
        (TIME, OURS, 2000): 5.0,
        (MEMORY, OURS, 2000): 7.0,
    }
    [skopt] = overhead.measure(["skopt"], 2)
    assert skopt == Cost(TIME, "skopt", 100, "of skopt", 6.0, 2)
