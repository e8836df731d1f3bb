"""The functions of bbob-mixint: their optimum is known, their integers are integers."""

import contextlib
import importlib.util

import numpy as np
import pytest

from asv_benchmarks.quality import synthetic
from asv_benchmarks.quality.interface import draw_half
from asv_benchmarks.quality.problems import load
from sksearch.space import SearchSpace

needs_cocoex = pytest.mark.skipif(
    importlib.util.find_spec("cocoex") is None,
    reason="the functions are in coco-experiment, of the extra `bench`",
)


def optimum(function, folder):
    """Return where the library says that the optimum is: it tells by a file."""
    problem = synthetic._problem(function.number, function.dimension)
    with contextlib.chdir(folder):
        problem._best_parameter("print")
    found = np.loadtxt(folder / "._bbob_problem_best_parameter.txt")
    kinds = [type(low) for low, _ in function.space.values()]
    values = [kind(x) for kind, x in zip(kinds, found, strict=True)]
    return dict(zip(function.space, values, strict=True))


def test_the_half_is_the_one_that_was_drawn():
    assert draw_half([synthetic.FUNCTIONS], 2026) == synthetic.CHOOSING_FUNCTIONS
    assert len(synthetic.CHOOSING) == len(synthetic.TASKS) / 2


@needs_cocoex
@pytest.mark.parametrize("task", synthetic.TASKS)
def test_the_optimum_has_regret_zero(task, tmp_path):
    function = load(task)
    best = optimum(function, tmp_path)
    assert SearchSpace(function.space).allows(best)
    [score] = function.evaluate(best, 0, 0)
    assert score == pytest.approx(-synthetic.OPTIMA[function.number], abs=1e-9)
    assert function.regret(best) == pytest.approx(0, abs=1e-9)


@needs_cocoex
@pytest.mark.parametrize("task", synthetic.TASKS)
def test_half_of_all_points_have_regret_one(task):
    function = load(task)
    space, rng = SearchSpace(function.space), np.random.default_rng(1)
    found = [function.regret(space.sample(rng)) for _ in range(1000)]
    assert np.mean(np.equal(found, 1)) == pytest.approx(0.5, abs=0.06)
    assert 0 < min(found) <= max(found) == 1


@needs_cocoex
@pytest.mark.parametrize("task", synthetic.TASKS)
def test_four_fifths_of_the_variables_are_integers(task):
    function = load(task)
    kinds = [{type(low), type(high)} for low, high in function.space.values()]
    n_integers = 4 * function.dimension // 5
    assert kinds == [{int}] * n_integers + [{float}] * (function.dimension - n_integers)
    sizes = [high - low + 1 for low, high in list(function.space.values())[:n_integers]]
    assert set(sizes) == {2, 4, 8, 16}


@needs_cocoex
def test_a_better_score_never_has_more_regret():
    function = load("mixint-f8-d5")
    space, rng = SearchSpace(function.space), np.random.default_rng(0)
    points = [space.sample(rng) for _ in range(200)]
    found = sorted((function.evaluate(p, 0, 0), function.regret(p)) for p in points)
    regrets = [regret for _, regret in found]
    assert regrets == sorted(regrets, reverse=True)


@needs_cocoex
def test_the_functions_have_no_noise():
    function = load("mixint-f21-d10")
    point = SearchSpace(function.space).sample(np.random.default_rng(0))
    assert len({function.evaluate(point, seed, seed + 1) for seed in range(5)}) == 1
