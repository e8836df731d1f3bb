"""The peers: they propose legal points only, also of conditional spaces."""

import math
import sys

import pytest

from asv_benchmarks.quality.methods import METHODS
from asv_benchmarks.quality.peers.flat import BRANCH, flatten
from asv_benchmarks.quality.peers.telling import Losses
from sksearch.space import SearchSpace

MODULES = {
    "optuna-tpe": "optuna",
    "optuna-tpe-independent": "optuna",
    "optuna-gp": "optuna",
    "skopt": "skopt",
    "hyperopt-tpe": "hyperopt",
    "hebo": "hebo",
    "smac": "smac",
}
C = (1e-3, 1e3, "log-uniform")
CONDITIONAL = [
    {"kernel": ["linear"], "C": C, "shrinking": [True, False]},
    {"kernel": ["rbf"], "C": C, "gamma": (1e-5, 10.0, "log-uniform")},
    {"kernel": ["poly"], "C": C, "degree": [2, 3, 5], "gamma": ["scale", "auto", 1.0]},
    {
        "kernel": ["net"],
        "width": (1, 300, "log-uniform"),
        "depth": (1, 4),
        "p": (0.0, 1),
    },
]


# -- flattening ----------------------------------------------------------------------


def test_ranges_lists_and_constants_are_told_apart():
    space = {
        "a": (0.5, 2),
        "b": (1, 100, "log-uniform"),
        "c": [1, 10, 100.0],
        "d": [True, False],
        "e": [None, 1, 2],
        "f": ["only"],
    }
    flat = flatten(space)
    found = [
        (p.key, p.kind, p.low, p.high, p.is_log, p.choices) for p in flat.parameters
    ]
    assert found == [
        ("a", "float", 0.5, 2, False, ()),
        ("b", "int", 1, 100, True, ()),
        ("c", "int", 0, 2, False, (1, 10, 100.0)),
        ("d", "choice", 0, 1, False, (True, False)),
        ("e", "choice", 0, 2, False, (None, 1, 2)),
    ]
    assert flat.constants == ({"f": "only"},)
    assert not flat.is_conditional


def test_what_branches_write_alike_is_one_parameter():
    flat = flatten(CONDITIONAL)
    homes = {p.key: p.branches for p in flat.parameters}
    assert homes == {
        "C": (0, 1, 2),
        "shrinking": (0,),
        "gamma.1": (1,),
        "degree": (2,),
        "gamma.2": (2,),
        "width": (3,),
        "depth": (3,),
        "p": (3,),
    }
    assert [c["kernel"] for c in flat.constants] == ["linear", "rbf", "poly", "net"]


def test_a_point_has_the_parameters_of_its_branch_alone():
    flat = flatten(CONDITIONAL)
    found = {p.key: p.low for p in flat.parameters} | {"C": 2.0, BRANCH: 2}
    assert flat.params(found) == {
        "kernel": "poly",
        "C": 2.0,
        "degree": 2,
        "gamma": "scale",
    }


def test_equal_numbers_of_other_types_are_other_choices():
    flat = flatten([{"k": ["a"], "x": [0, 1]}, {"k": ["b"], "x": [False, True]}])
    assert [(p.key, p.kind) for p in flat.parameters] == [
        ("x.0", "int"),
        ("x.1", "choice"),
    ]


def test_values_stay_within_their_range_and_type():
    [rate, width, depth] = flatten(
        {"rate": C, "width": (1, 9), "depth": [2, 4, 8]}
    ).parameters
    assert rate.value(math.exp(math.log(1e3)) * (1 + 1e-15)) == 1e3
    assert [width.value(x) for x in (0.6, 3.0, 9.4)] == [1, 3, 9]
    assert type(width.value(3.0)) is int
    assert [depth.value(i) for i in (0, 1.0, 2)] == [2, 4, 8]


# -- adapters ------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_points_of_a_conditional_space_are_legal(name):
    pytest.importorskip(MODULES[name])
    space = SearchSpace(CONDITIONAL)
    method = METHODS[name](CONDITIONAL, 3, 20)
    kernels = set()
    for number in range(13 if name == "hebo" else 20):  # it starts with ten
        params = method.ask()
        assert space.allows(params), params
        kernels.add(params["kernel"])
        score = math.nan if number in (0, 7) else -len(params) + params.get("p", 0.0)
        method.tell(score, (score,))
    assert len(kernels) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_integers_of_a_range_are_integers(name):
    pytest.importorskip(MODULES[name])
    space = {"i": (0, 1), "n": (1, 50, "log-uniform"), "x": (-5.0, 5.0)}
    method = METHODS[name](space, 0, 14)
    for _ in range(6 if name == "hebo" else 14):  # it starts with four
        params = method.ask()
        assert SearchSpace(space).allows(params)
        assert [type(params[key]) for key in space] == [int, int, float]
        score = params["x"] - params["i"]
        method.tell(score, (score,))


def test_hebo_says_how_it_is_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "hebo.optimizers.hebo", None)
    with pytest.raises(ModuleNotFoundError, match="pip install --no-deps HEBO"):
        METHODS["hebo"](CONDITIONAL, 0, 10)


def test_a_failure_costs_what_the_worst_success_did():
    losses = Losses()
    found = [losses.of(score) for score in (math.nan, -3.0, math.nan, 5.0, math.nan)]
    assert found == [1.0, 3.0, 3.0, -5.0, 3.0]
