from types import SimpleNamespace

import numpy as np
import pytest

from sksearch.optimizers._candidates import pool
from sksearch.optimizers._maximize import best_new, climb, maximize, movable_columns
from sksearch.space import Integer, Real, SearchSpace

TARGET = np.array([0.3, 0.8, 0.55])


def value_and_gradient(X):
    away = X - TARGET[: X.shape[1]]
    return -(away**2).sum(axis=1), -2.0 * away


def value(X):
    return value_and_gradient(X)[0]


NEAR_TARGET = SimpleNamespace(value=value, value_and_gradient=value_and_gradient)


def make_conditional():
    return SearchSpace(
        [
            {"kind": ["a"], "x": Real(0.0, 1.0)},
            {"kind": ["b"], "x": Real(0.0, 1.0), "y": Real(1e-3, 1.0, "log-uniform")},
        ]
    )


def test_climbs_move_only_what_may_move():
    X = np.full((4, 3), 0.5)
    movable = np.array([[1, 1, 1], [0, 1, 0], [0, 0, 0], [1, 0, 1]], dtype=bool)
    ends = climb(value_and_gradient, X, movable, 50)
    expected = np.where(movable, TARGET, X)
    np.testing.assert_allclose(ends, expected, atol=1e-4)
    assert np.all(X == 0.5)


def test_climbs_end_at_the_border():
    ends = climb(
        lambda X: (X.sum(axis=1), np.ones_like(X)),
        np.full((2, 2), 0.4),
        np.ones((2, 2), dtype=bool),
        20,
    )
    np.testing.assert_array_equal(ends, 1.0)


def test_inactive_parameters_do_not_move():
    space = make_conditional()
    points = [{"kind": "a", "x": 0.2}, {"kind": "b", "x": 0.5, "y": 0.1}]
    movable = movable_columns(space, space.encode(points))
    assert movable.sum(axis=1).tolist() == [1, 2]
    assert not np.any(movable[:, ~space.continuous])


def test_maximize_finds_the_optimum_of_a_mixed_space():
    space = SearchSpace(
        {"x": Real(-5.0, 5.0), "y": Integer(0, 1000), "z": Real(0.0, 1.0)}
    )
    found = maximize(
        NEAR_TARGET,
        pool(space, 0, 0),
        space,
        (),
        np.random.default_rng(0),
    )
    assert found["x"] == pytest.approx(-2.0, abs=1e-2)
    assert found["y"] == pytest.approx(800, abs=40)
    assert found["z"] == pytest.approx(0.55, abs=1e-2)


def test_maximize_passes_over_what_has_been_tried():
    space = SearchSpace({"x": Integer(0, 9), "y": Integer(0, 9)})
    candidates, tried = pool(space, 0, 0), set()
    values = []
    for _ in range(100):
        params = maximize(
            NEAR_TARGET,
            candidates,
            space,
            tried,
            np.random.default_rng(0),
        )
        tried.add(space.key(params))
        values.append(value(space.encode([params]))[0])
    assert len(tried) == 100
    assert values == sorted(values, reverse=True)
    again = maximize(NEAR_TARGET, candidates, space, tried, np.random.default_rng(0))
    assert again is None


def test_maximize_obeys_the_constraint():
    space = SearchSpace(
        {"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)}, lambda p: p["x"] + p["y"] < 0.6
    )
    found = maximize(
        NEAR_TARGET,
        pool(space, 0, 0),
        space,
        (),
        np.random.default_rng(0),
    )
    assert found["x"] + found["y"] < 0.6


@pytest.mark.parametrize("wrong", [np.nan, -np.inf, np.inf])
def test_maximize_without_finite_values(wrong):
    space = SearchSpace({"x": Real(0.0, 1.0)})
    found = maximize(
        SimpleNamespace(value=lambda X: np.full(len(X), wrong)),
        pool(space, 0, 0),
        space,
        (),
        np.random.default_rng(0),
    )
    assert found is None


def test_pool_is_the_whole_of_a_small_space():
    space = SearchSpace({"a": [1, 2, 3], "b": ["u", "v"]})
    assert space.decode(pool(space, 0, 0)) == list(space.grid())


def test_pools_are_different_points_that_obey_the_constraint():
    space = SearchSpace({"x": Real(0.0, 1.0)}, lambda params: params["x"] < 0.2)
    pools = [space.decode(pool(space, 0, block)) for block in (0, 1)]
    assert all(space.allows(params) for found in pools for params in found)
    keys = [set(map(space.key, found)) for found in pools]
    assert not keys[0] & keys[1]


def test_a_strict_constraint_leaves_a_pool():
    space = SearchSpace({"x": Real(0.0, 1.0)}, lambda params: params["x"] < 1e-3)
    assert len(pool(space, 0, 0))


def test_the_best_new_ones_come_first_with_their_rows():
    space = make_conditional()
    points = [
        {"kind": "a", "x": 0.2},
        {"kind": "b", "x": 0.5, "y": 0.1},
        {"kind": "a", "x": 0.9},
        {"kind": "a", "x": 0.4},
        {"kind": "a", "x": 0.4},
    ]
    X = space.encode(points)
    rank = np.array([4.0, 3.0, np.nan, 2.0, 1.0])
    best, rows = best_new(lambda X: rank, X, space, {space.key(points[0])})
    assert [space.key(p)[0] for p in best] == [1, 0]
    assert [p["x"] for p in best] == pytest.approx([0.5, 0.4])
    np.testing.assert_array_equal(rows, X[[1, 3]])


def test_the_best_new_ones_are_found_behind_many_that_are_not():
    space = SearchSpace({"x": Real(0.0, 1.0)}, lambda params: params["x"] < 0.1)
    X = np.linspace(0.0, 1.0, 301)[:, None]
    best, _ = best_new(lambda X: X[:, 0], X, space, ())
    assert [p["x"] for p in best] == pytest.approx(
        [29 / 300, 28 / 300, 27 / 300, 26 / 300, 25 / 300]
    )
