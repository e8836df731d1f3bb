import copy
import itertools
import json
import math
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from sksearch.space import Categorical, Integer, Real, SearchSpace
from tests.space.strategies import spaces_as_written

fast = settings(max_examples=60, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)


def draw(space, n=20, seed=0):
    rng = np.random.default_rng(seed)
    return [space.sample(rng) for _ in range(n)]


def branches_of(written):
    return [written] if isinstance(written, dict) else written


@fast
@given(spaces_as_written(), SEEDS)
def test_samples_are_legal_python_values_of_one_branch(written, seed):
    space = SearchSpace(written)
    for params in draw(space, 5, seed):
        assert space.allows(params)
        assert any(set(params) == set(branch) for branch in branches_of(written))
        assert not any(isinstance(value, np.generic) for value in params.values())


@fast
@given(spaces_as_written(), SEEDS)
def test_decoding_encoded_points_gives_them_back(written, seed):
    space = SearchSpace(written)
    points = draw(space, 5, seed)
    encoded = space.encode(points)
    assert encoded.shape == (5, space.n_columns)
    assert ((encoded >= 0) & (encoded <= 1)).all()
    for params, again in zip(points, space.decode(encoded), strict=True):
        assert list(again) == list(params)
        for name, value in params.items():
            if type(value) is float:
                assert again[name] == pytest.approx(value, rel=1e-7)
            else:
                assert again[name] is value or again[name] == value


@fast
@given(spaces_as_written(), SEEDS)
def test_any_point_of_the_cubes_is_a_legal_point(written, seed):
    space = SearchSpace(written)
    rng = np.random.default_rng(seed)
    assert space.allows(space.from_unit(rng.random(space.n_coordinates)))
    for corner in (np.zeros, np.ones):
        assert space.allows(space.from_unit(corner(space.n_coordinates)))
    columns = rng.random((4, space.n_columns))
    assert all(map(space.allows, space.decode(columns)))


@fast
@given(spaces_as_written(), SEEDS)
def test_neighbours_are_legal_and_others(written, seed):
    space = SearchSpace(written)
    rng = np.random.default_rng(seed)
    points = [space.sample(rng) for _ in range(3)]
    columns = space.neighbours(points, rng, 0.1, 4)
    assert columns.shape == (12, space.n_columns)
    reached = space.decode(columns)
    assert all(map(space.allows, reached))
    names = [frozenset(branch) for branch in branches_of(written)]
    if len(set(names)) < len(names):
        return  # one point may lie in two branches with the same names
    np.testing.assert_allclose(space.encode(reached), columns, atol=1e-9)
    if space.size >= 2 * len(names):
        starts = [point for point in points for _ in range(4)]
        pairs = zip(reached, starts, strict=True)
        assert all(space.key(near) != space.key(start) for near, start in pairs)


@fast
@given(spaces_as_written(), SEEDS)
def test_json_keeps_points_and_their_keys(written, seed):
    space = SearchSpace(written)
    for params in draw(space, 3, seed):
        form = json.loads(json.dumps(space.to_json(params)))
        again = space.from_json(form)
        assert again == params
        assert list(map(type, again.values())) == list(map(type, params.values()))
        assert space.key(again) == space.key(params)


@fast
@given(spaces_as_written(), SEEDS)
def test_copies_of_a_space_agree(written, seed):
    space = SearchSpace(written)
    for again in (pickle.loads(pickle.dumps(space)), copy.deepcopy(space)):
        assert (
            again.fingerprint == space.fingerprint == SearchSpace(written).fingerprint
        )
        points = draw(space, 3, seed)
        assert draw(again, 3, seed) == points
        assert list(map(again.key, points)) == list(map(space.key, points))


@fast
@given(spaces_as_written())
def test_columns_are_described(written):
    space = SearchSpace(written)
    assert space.groups.shape == space.continuous.shape == (space.n_columns,)
    assert sorted(set(space.groups.tolist())) == list(range(len(set(space.groups))))
    assert (np.diff(space.groups) >= 0).all()
    assert space.names == tuple(sorted({n for b in branches_of(written) for n in b}))


GRIDS = [
    {"b": [3, 1, 2], "a": ["x", None]},
    {"C": np.logspace(-2, 2, 5), "kernel": ["rbf", "linear"]},
    [{"kernel": ["rbf"], "gamma": [0.1, 1]}, {"kernel": ["poly"], "degree": [3, 2]}],
    [{"clf": [SVC(), LogisticRegression()]}, {"clf": [PCA()], "clf__n": [1]}],
    [{"a": range(3)}, {}],
    {"hidden": [(10,), (10, 10), (5,)], "early": [True, False], "w": [{0: 1}, None]},
]


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_the_grid_is_that_of_parameter_grid(grid):
    space = SearchSpace(grid)
    assert list(space.grid()) == list(ParameterGrid(grid))
    assert space.size == len(ParameterGrid(grid))


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_a_finite_space_is_sampled_once_and_then_exhausted(grid):
    space, keys = SearchSpace(grid), set()
    rng = np.random.default_rng(0)
    while (params := space.sample(rng, exclude=keys)) is not None:
        assert space.key(params) not in keys
        keys.add(space.key(params))
    assert keys == set(map(space.key, space.grid()))


def test_what_is_left_of_a_small_space_is_drawn_uniformly():
    space = SearchSpace({"a": range(1000)})
    left = {7, 500, 999}
    keys = {space.key({"a": a}) for a in set(range(1000)) - left}
    rng = np.random.default_rng(0)
    drawn = [space.sample(rng, exclude=keys)["a"] for _ in range(300)]
    counts = np.unique(drawn, return_counts=True)
    assert set(counts[0]) == left
    assert min(counts[1]) > 60


def test_a_constraint_narrows_a_finite_space():
    space = SearchSpace(
        {"a": range(30), "b": range(30)}, lambda params: params["a"] + params["b"] == 58
    )
    only = {"a": 29, "b": 29}
    rng = np.random.default_rng(0)
    assert list(space.grid()) == [only]
    assert space.sample(rng) == only
    assert space.sample(rng, exclude={space.key(only)}) is None
    assert space.allows(only)
    assert not space.allows({"a": 0, "b": 0})


def test_a_finite_space_too_large_to_list_ends_too():
    space = SearchSpace({name: range(100) for name in "abc"}, lambda p: p["a"] < 50)

    class Everything:
        def __contains__(self, key):
            return True

    assert space.sample(np.random.default_rng(0), exclude=Everything()) is None
    assert space.sample(np.random.default_rng(0))["a"] < 50


def test_an_infinite_space_with_few_values_ends_too():
    class Constant:
        def rvs(self, random_state=None):
            return 1

    space = SearchSpace({"a": Constant()})
    rng = np.random.default_rng(0)
    point = space.sample(rng)
    assert space.sample(rng, exclude={space.key(point)}) is None


def never(params):
    return False


def fails(params):
    return params["missing"] > 0


@pytest.mark.parametrize(
    ("written", "constraint", "message"),
    [
        ({"a": (0.0, 1.0)}, never, "param_constraint=.*never.*rejected 10000 draws"),
        ({"a": [1, 2]}, never, "param_constraint=.*rejected every point"),
        (
            {"a": range(1000), "b": range(1000)},
            never,
            "param_constraint=.*rejected 10000 draws",
        ),
        ({"a": [1]}, fails, r"param_constraint=.*raised KeyError\('missing'\)"),
        ({"a": [1]}, lambda p: None, "param_constraint=.*returned None"),
        ({"a": [1]}, lambda p: np.ones(2), "param_constraint=.*raised ValueError"),
    ],
)
def test_a_bad_constraint_is_named(written, constraint, message):
    space = SearchSpace(written, constraint)
    with pytest.raises(ValueError, match=message):
        space.sample(np.random.default_rng(0))


def test_the_cause_of_a_failing_constraint_is_kept():
    with pytest.raises(ValueError, match="param_constraint") as caught:
        SearchSpace({"a": [1]}, fails).allows({"a": 1})
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_constraint_must_be_callable_and_cannot_change_points():
    with pytest.raises(TypeError, match="param_constraint='a < b' must be callable"):
        SearchSpace({"a": [1]}, "a < b")
    space = SearchSpace({"a": [1]}, lambda params: params.pop("a") == 1)
    assert space.sample(np.random.default_rng(0)) == {"a": 1}


def test_an_infinite_space_has_no_grid():
    with pytest.raises(ValueError, match="infinitely many points"):
        next(SearchSpace({"a": (0.0, 1.0), "b": [1]}).grid())


CONDITIONAL = [
    {"clf": ["svc"], "C": (0.1, 10.0, "log-uniform"), "kernel": ["rbf", "poly", "lin"]},
    {
        "clf": ["svc"],
        "C": (0.1, 10.0, "log-uniform"),
        "kernel": ["sigmoid"],
        "r": [0, 1],
    },
    {"clf": ["knn"], "n": [1, 5, None], "kernel": [None]},
]


def test_equal_dimensions_share_columns_and_others_have_their_own():
    space = SearchSpace(CONDITIONAL)
    # branch 3, C 1, the first kernel 3, n 1 + 1, r 1; the single choices none
    assert space.n_columns == 10
    assert space.groups.tolist() == [0, 0, 0, 1, 2, 2, 2, 3, 4, 5]
    assert space.continuous.tolist() == [False] * 3 + [True] + [False] * 6
    # branch, C, two clfs, three kernels, n, r
    assert space.n_coordinates == 9


def test_inactive_columns_rest():
    space = SearchSpace(CONDITIONAL)
    encoded = space.encode(
        [
            {"clf": "svc", "C": 10.0, "kernel": "poly"},
            {"clf": "svc", "C": 10.0, "kernel": "sigmoid", "r": 1},
            {"clf": "knn", "n": 5, "kernel": None},
        ]
    )
    h = math.sqrt(0.5)
    expected = [
        [h, 0, 0, 1, 0, h, 0, 0.5, 0.5, 0.5],
        [0, h, 0, 1, 0, 0, 0, 0.5, 0.5, 1],
        [0, 0, h, 0.5, 0, 0, 0, 0, 1, 0.5],
    ]
    np.testing.assert_allclose(encoded, expected)


def test_branches_are_drawn_alike_and_mutation_crosses_them():
    space = SearchSpace(CONDITIONAL)
    points = draw(space, 600)
    shares = [sum(set(p) == set(b) for p in points) / 600 for b in CONDITIONAL]
    np.testing.assert_allclose(shares, 1 / 3, atol=0.08)
    rng = np.random.default_rng(0)
    start = {"clf": "svc", "C": 0.5, "kernel": "rbf"}
    near = space.decode(space.neighbours([start], rng, 0.1, 300))
    crossed = [params for params in near if set(params) != set(start)]
    assert 5 < len(crossed) < 100
    assert all(p["C"] == pytest.approx(0.5) for p in crossed if "C" in p)


def test_a_point_alone_stays_where_it_is():
    rng, only = np.random.default_rng(0), {"a": 1, "b": "x"}
    space = SearchSpace({"a": [1], "b": ["x"]})
    assert space.decode(space.neighbours([only], rng, 0.1, 2)) == [only, only]


def test_coordinates_say_what_decides_a_parameter():
    space = SearchSpace({"a": (0.0, 1.0), "b": [1, 2, 3], "c": ["x"]})
    assert space.coordinates == {"a": [0], "b": [1], "c": []}
    space = SearchSpace(CONDITIONAL)
    rng = np.random.default_rng(0)
    for name, columns in space.coordinates.items():
        for u in rng.random((50, space.n_coordinates)):
            other = rng.random(space.n_coordinates)
            other[[0, *columns]] = u[[0, *columns]]  # 0 is the branch
            assert space.from_unit(other).get(name) == space.from_unit(u).get(name)


def test_no_point_has_no_neighbours():
    space, rng = SearchSpace(CONDITIONAL), np.random.default_rng(0)
    assert space.neighbours([], rng, 0.1, 5).shape == (0, space.n_columns)


def test_every_move_changes_something():
    space = SearchSpace(dict.fromkeys("abcdefghij", (0.0, 1.0)))
    rng, start = np.random.default_rng(0), dict.fromkeys("abcdefghij", 0.5)
    moves = space.neighbours([start], rng, 0.1, 200)
    changed = np.sum(moves != 0.5, axis=1)
    assert changed.min() == 1
    assert 1 < np.mean(changed) < 3


def test_a_point_of_two_branches_counts_once():
    space = SearchSpace([{"a": [1, 2]}, {"a": [2, 3]}])
    assert list(space.grid()) == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert space.size == 4
    from_both = [space.from_unit(u) for u in itertools.product([0.1, 0.9], repeat=3)]
    assert len({space.key(params) for params in from_both}) == 3


def test_json_tells_branches_apart():
    functions = [lambda x: x, lambda x: x + 1]
    space = SearchSpace([{"f": functions[:1]}, {"f": functions[1:]}])
    for params in space.grid():
        form = json.loads(json.dumps(space.to_json(params)))
        assert space.from_json(form)["f"] is params["f"]
    space = SearchSpace([{"a": Real(0, 2)}, {"a": Integer(5, 9)}])
    for params in ({"a": 1.0}, {"a": 5}):
        again = space.from_json(json.loads(json.dumps(space.to_json(params))))
        assert type(again["a"]) is type(params["a"])


def test_one_and_one_point_zero_may_lie_in_two_branches():
    space = SearchSpace([{"max_features": (0.1, 1.0)}, {"max_features": (1, 9)}])
    share, count = {"max_features": 1.0}, {"max_features": 1}
    assert space.key(share) != space.key(count)
    assert type(space.decode(space.encode([count]))[0]["max_features"]) is int
    assert type(space.decode(space.encode([share]))[0]["max_features"]) is float


@pytest.mark.parametrize("form", [{}, {"b": 1}, {"a": {"choice": 9}}, {"a": "x"}])
def test_json_of_another_space_is_refused(form):
    with pytest.raises(ValueError, match="is no point of param_distributions"):
        SearchSpace({"a": ["x", "y"]}).from_json(form)


def test_a_point_of_no_branch_is_refused():
    space = SearchSpace([{"a": [1]}, {"b": [1]}])
    for params in ({"c": 1}, {"a": 1, "b": 1}):
        assert not space.allows(params)
        with pytest.raises(ValueError, match="lies in no branch"):
            space.encode([params])


def test_keys_are_equal_for_equal_points_only():
    space = SearchSpace(
        {
            "x": (0.0, 1.0),
            "s": Real(0.1, 1, step=0.1),
            "e": [SVC(), LogisticRegression()],
        }
    )
    point = {"x": 0.5, "s": 0.3, "e": SVC()}
    same = {"e": clone(SVC()), "s": 0.1 + 2 * 0.1, "x": np.float64(0.5)}
    assert space.key(point) == space.key(same)
    for name, other in [("x", 0.51), ("s", 0.4), ("e", LogisticRegression())]:
        assert space.key(point) != space.key({**point, name: other})


@pytest.mark.parametrize(
    ("values", "point"),
    [
        ({"C": 1, "kernel": "rbf", "other": 3}, {"C": 1.0, "kernel": "rbf"}),
        ({"C": 1e9, "kernel": "rbf"}, {"C": 1.0, "kernel": "rbf"}),
        ({"C": 2.0, "kernel": "unknown"}, {"C": 2.0, "kernel": "poly"}),
        ({"C": 1e9, "kernel": "unknown"}, None),
        ({}, None),
    ],
)
def test_complete_finds_the_point_of_an_estimator(values, point):
    space = SearchSpace({"C": (0.1, 10, "log-uniform"), "kernel": ["rbf", "poly"]})
    found = space.complete(values)
    assert found == (None if point is None else pytest.approx(point))
    assert found is None or type(found["C"]) is float


def test_complete_reads_a_pipeline_and_minds_branches_and_the_constraint():
    pipeline = Pipeline([("clf", SVC(C=2.0))])
    written = [
        {"clf": [LogisticRegression()], "clf__l1_ratio": [0.5], "clf__tol": [1]},
        {"clf": [SVC()], "clf__C": (0.1, 10.0)},
    ]
    found = SearchSpace(written).complete(pipeline.get_params())
    assert found["clf__C"] == 2.0
    assert found["clf"] is written[1]["clf"][0]
    forbidden = SearchSpace(written, lambda p: p.get("clf__C", 0) > 5)
    assert forbidden.complete(pipeline.get_params()) is None


FINGERPRINTS = """
import numpy as np, scipy.stats
from sklearn.svm import SVC
from sklearn.pipeline import Pipeline
from sklearn.decomposition import PCA
from sksearch.space import *
written = [
    {"a": [SVC(C=2), Pipeline([("p", PCA())]), None, np.mean, np.log1p, {"k": {1, 2}}],
     "b": [np.arange(3), np.array([None, len], dtype=object), "text", b"x", 1, 1.0]},
    {"c": scipy.stats.norm(0, 2), "d": (1e-3, 1, "log-uniform"), "e": Integer(1, 9)},
]
class Draws:
    def rvs(self, random_state=None):
        return random_state.normal()
written[1]["f"] = Draws()
"""


def fingerprint_elsewhere(extra=""):
    script = f"{FINGERPRINTS}{extra}\nprint(SearchSpace(written).fingerprint)"
    environment = {**os.environ, "PYTHONHASHSEED": "random"}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=os.getcwd(),
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def test_a_fingerprint_is_the_same_in_every_process():
    first = fingerprint_elsewhere()
    assert len(first) == 16
    assert first == fingerprint_elsewhere()


@pytest.mark.parametrize(
    "other",
    [
        {"a": [1, 2], "b": (0.0, 2.0)},
        {"a": [1, 3], "b": (0.0, 1.0)},
        {"a": [1, 2.0], "b": (0.0, 1.0)},
        {"a": [2, 1], "b": (0.0, 1.0)},
        {"a": [1, 2], "b": scipy.stats.loguniform(0.1, 1)},
        {"a": [1, 2], "c": (0.0, 1.0)},
        [{"a": [1, 2], "b": (0.0, 1.0)}, {"a": [3]}],
        {"a": Categorical([1, 2]), "b": (0.0, 1.0)},
    ],
)
def test_other_spaces_have_other_fingerprints(other):
    space = SearchSpace({"a": [1, 2], "b": (0.0, 1.0)})
    assert SearchSpace(other).fingerprint != space.fingerprint


def test_the_constraint_belongs_to_the_fingerprint():
    written = {"a": [1, 2]}
    prints = [SearchSpace(written, c).fingerprint for c in (None, never, fails)]
    assert len(set(prints)) == 3
    assert SearchSpace(written, never).fingerprint == prints[1]


def test_equal_spaces_have_equal_fingerprints_however_written():
    ranges = [
        {"b": (0.0, 1.0), "a": [1, 2]},
        {"a": np.array([1, 2]), "b": scipy.stats.uniform()},
        [{"a": [1, 2, 1], "b": Real(0, 1)}],
    ]
    assert len({SearchSpace(written).fingerprint for written in ranges}) == 1


def test_the_repr_shows_the_dimensions():
    assert repr(SearchSpace({"b": (0.0, 1.0), "a": ["x"]})) == (
        "SearchSpace({'a': Categorical(['x']), 'b': Real(0.0, 1.0)})"
    )
    assert repr(SearchSpace([{"a": [1]}, {}])) == (
        "SearchSpace([{'a': Categorical([1])}, {}])"
    )


def test_many_numbers_are_encoded_without_a_square_matrix():
    space = SearchSpace({"a": range(10**5)})
    points = [{"a": a} for a in (0, 12_345, 99_999)]
    assert space.decode(space.encode(points)) == points
