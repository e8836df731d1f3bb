"""What a user believes of a space: a density relative to how the space draws."""

import math
import pickle

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from sksearch.space import Categorical, Integer, Real, SearchSpace
from sksearch.space._beliefs import _FLAT as FLAT

SPACE = {
    "lr": (1e-5, 1.0, "log-uniform"),
    "m": (1, 50),
    "c": ["a", "b", "c"],
    "z": scipy.stats.gamma(2.0),
}
BRANCHES = [
    {"kernel": ["rbf"], "g": (1e-3, 1.0, "log-uniform")},
    {"kernel": ["linear", "poly"]},
    {"kernel": ["poly"], "degree": (2, 5)},
]


def log_density(space, *points):
    return space.prior.log_density(space.encode(points))


def uniform_points(space, n=1024):
    unit = scipy.stats.qmc.Sobol(space.n_coordinates, seed=0).random(n)
    return [space.from_unit(u) for u in unit]


# -- the scale of a spread ------------------------------------------------------------


def normal_part(log_density):
    return np.exp(log_density) - FLAT


@given(
    st.floats(0.1, 0.9),
    st.floats(0.02, 0.5),
    st.sampled_from(["uniform", "log-uniform"]),
)
def test_a_spread_is_one_standard_deviation_on_the_scale_of_the_range(
    place, share, prior
):
    # Whatever the ends cut off: the densities at one spread and at the centre compare
    # as those of a normal distribution do.
    dimension = Real(1e-3, 10.0, prior=prior)
    ends = np.array([1e-3, 10.0])
    scale = np.log if prior == "log-uniform" else np.asarray
    back = np.exp if prior == "log-uniform" else np.asarray
    low, high = scale(ends)
    centre, spread = low + place * (high - low), share * (high - low)
    away = centre + spread if centre + spread <= high else centre - spread
    if away < low:
        return
    belief = (float(back(centre)), float(back(spread)))
    space = SearchSpace({"x": dimension}, prior={"x": belief})
    points = [{"x": float(np.clip(back(at), 1e-3, 10.0))} for at in (centre, away)]
    peak, beside = normal_part(log_density(space, *points))
    assert math.isclose(beside / peak, math.exp(-0.5), rel_tol=1e-6)


@pytest.mark.parametrize(
    ("dimension", "belief", "beside"),
    [
        (Integer(1, 50), (10, 5), 15),
        (Integer(1, 1000, prior="log-uniform"), (20, 2.0), 40),
        (Integer(0, 100, step=5), (20, 15), 35),
        (Real(0.0, 1.0, step=0.1), (0.3, 0.2), 0.5),
        (Real(1.0, 1000.0, prior="log-uniform"), (10, 10), 100.0),
    ],
    ids=str,
)
def test_ints_and_steps_have_the_scale_of_their_range(dimension, belief, beside):
    space = SearchSpace({"x": dimension}, prior={"x": belief})
    peak, other = normal_part(log_density(space, {"x": belief[0]}, {"x": beside}))
    assert math.isclose(other / peak, math.exp(-0.5), rel_tol=1e-6)


# -- a density ------------------------------------------------------------------------

PRIORED = [
    SearchSpace(SPACE, prior={"lr": (1e-3, 3.0), "c": ("b", 0.7)}),
    SearchSpace(SPACE, prior={"m": (10, 12), "z": (2.0, 1.5)}),
    SearchSpace(SPACE, prior={"lr": (1.0, 10.0), "m": (50, 10)}),
    SearchSpace(BRANCHES, prior={"kernel": {"rbf": 0.6}, "g": (0.01, 2.0)}),
    SearchSpace(BRANCHES, prior={"degree": (3, 1)}),
]


@pytest.mark.parametrize("space", PRIORED, ids=range(len(PRIORED)))
def test_its_mean_over_the_space_is_one(space):
    X = space.encode(uniform_points(space))
    assert abs(np.exp(space.prior.log_density(X)).mean() - 1.0) < 0.05


@pytest.mark.parametrize("space", PRIORED, ids=range(len(PRIORED)))
def test_draws_are_legal_and_likelier_than_those_of_the_space(space):
    drawn = space.prior.draw(np.random.default_rng(0), 300)
    assert all(space.allows(point) for point in drawn)
    usual = space.prior.log_density(space.encode(uniform_points(space, 256)))
    assert log_density(space, *drawn).mean() > usual.mean()


@pytest.mark.parametrize("space", PRIORED, ids=range(len(PRIORED)))
def test_no_point_is_out_and_gradients_are_slopes(space):
    rng = np.random.default_rng(0)
    X = space.encode(uniform_points(space, 64))
    value, gradient = space.prior.log_density_with_gradient(X)
    assert np.isfinite(value).all()
    assert (value >= len(space.names) * math.log(FLAT)).all()
    step = 1e-6 * np.where(space.continuous, rng.choice([-1.0, 1.0], X.shape), 0.0)
    there, back = (space.prior.log_density(X + s) for s in (step, -step))
    slope = (gradient * step).sum(axis=1)
    assert np.allclose((there - back) / 2, slope, atol=1e-9)


def test_a_parameter_that_a_point_does_not_have_says_nothing():
    space = SearchSpace(BRANCHES, prior={"g": (0.01, 2.0), "degree": (3, 1)})
    assert log_density(space, {"kernel": "linear"}) == [0.0]


def test_what_is_believed_of_a_number_leaves_branches_alone():
    space = SearchSpace(BRANCHES, prior={"g": (0.01, 2.0)})
    drawn = space.prior.draw(np.random.default_rng(0), 3000)
    assert abs(np.mean(["g" in point for point in drawn]) - 1 / 3) < 0.03


def test_choices_that_tell_branches_apart_decide_on_branches():
    space = SearchSpace(BRANCHES, prior={"kernel": ("rbf", 0.6)})
    drawn = space.prior.draw(np.random.default_rng(0), 3000)
    kernels = [point["kernel"] for point in drawn]
    assert abs(kernels.count("rbf") / 3000 - 0.6) < 0.03
    # The rest is shared as the space shares it: 1/6 to linear, 1/2 to poly.
    assert abs(kernels.count("poly") / kernels.count("linear") - 3.0) < 0.5


def test_choices_are_drawn_as_often_as_was_said_whatever_they_are():
    shapes = [[10], [10, 10], {"a": 1}]
    space = SearchSpace({"p": shapes}, prior={"p": ([10, 10], 0.8)})
    drawn = space.prior.draw(np.random.default_rng(0), 2000)
    assert abs(sum(p["p"] == [10, 10] for p in drawn) / 2000 - 0.8) < 0.03


def test_the_mode_is_legal():
    space = SearchSpace(SPACE, prior={"m": (10.4, 3), "c": {"a": 0.2, "c": 0.5}})
    assert space.prior.mode == {"m": 10, "c": "c"}


# -- what it does not change ----------------------------------------------------------


def test_a_prior_changes_neither_what_is_legal_nor_what_is_drawn():
    plain, believed = SearchSpace(SPACE), SearchSpace(SPACE, prior={"m": (3, 1)})
    assert plain.fingerprint == believed.fingerprint
    points = [space.sample(np.random.default_rng(0)) for space in (plain, believed)]
    assert points[0] == points[1]
    assert plain.prior is SearchSpace(SPACE, prior={}).prior is None


def test_pickled_it_says_the_same():
    space = SearchSpace(BRANCHES, prior={"kernel": ("rbf", 0.6), "g": (0.01, 2.0)})
    again, X = pickle.loads(pickle.dumps(space)), space.encode(uniform_points(space, 8))
    assert (again.prior.log_density(X) == space.prior.log_density(X)).all()


def test_it_holds_for_the_branches_to_which_it_can_be_applied():
    space = SearchSpace(
        [{"C": (0.1, 1.0)}, {"C": (10.0, 20.0)}, {"C": [None, "auto"]}],
        prior={"C": (0.5, 0.1)},
    )
    near, far, other = log_density(space, {"C": 0.5}, {"C": 15.0}, {"C": None})
    assert near > 0.0
    assert far == other == 0.0


# -- what is refused ------------------------------------------------------------------

BAD = [
    ({"lrr": (1e-3, 3.0)}, "prior has 'lrr'.*Did you mean 'lr'"),
    ({"lr": (2.0, 3.0)}, r"prior has 'lr': \(2.0, 3.0\).*outside.*widen"),
    ({"lr": (1e-3, 1.0)}, "prior has 'lr'.*no factor.*above 1"),
    ({"lr": (1e-3, -3.0)}, "prior has 'lr'.*no factor.*above 1"),
    ({"lr": (1e-3, math.nan)}, "prior has 'lr'.*no factor"),
    ({"lr": (1e-3, math.inf)}, "prior has 'lr'.*no spread"),
    ({"lr": 1e-3}, r"prior has 'lr'.*Pass \(centre, spread\)"),
    ({"lr": (True, 3.0)}, r"prior has 'lr'.*Pass \(centre, spread\)"),
    ({"m": (10, 0)}, "prior has 'm'.*no spread.*positive"),
    ({"m": ("ten", 3)}, r"prior has 'm'.*Pass \(centre, spread\)"),
    ({"z": (-1.0, 1.0)}, "prior has 'z'.*outside"),
    ({"c": ("d", 0.5)}, "prior has 'c'.*'d' is not a choice"),
    ({"c": ("a", 3.0)}, "prior has 'c'.*3.0 is no probability"),
    ({"c": ("a", True)}, "prior has 'c'.*True is no probability"),
    ({"c": {"a": 0.5, "b": 0.5}}, "prior has 'c'.*leave nothing.*less than 1"),
    ({"c": {"a": 0.5, "b": 0.2, "c": 0.1}}, "prior has 'c'.*sum to 0.8.*leave one"),
    ({"c": "a"}, r"prior has 'c'.*Pass \(choice, probability\)"),
    ({"c": {}}, r"prior has 'c'.*Pass \(choice, probability\)"),
]


@pytest.mark.parametrize(("prior", "message"), BAD, ids=lambda value: str(value)[:30])
def test_what_breaks_a_rule_is_refused_with_the_way_out(prior, message):
    with pytest.raises(ValueError, match=message):
        SearchSpace(SPACE, prior=prior)


def test_only_a_dict_is_a_prior():
    with pytest.raises(TypeError, match=r"prior=.*must be a dict"):
        SearchSpace(SPACE, prior=[("lr", 1.0)])


class Words:
    def rvs(self, random_state=None):
        return random_state.choice(["a", "b"])


def test_words_that_are_drawn_have_no_scale():
    with pytest.raises(ValueError, match=r"prior has 'w'.*draws no numbers"):
        SearchSpace({"w": Words()}, prior={"w": (1.0, 2.0)})


def test_numbers_that_are_drawn_have_the_scale_of_their_values():
    class Numbers:
        def rvs(self, random_state=None):
            return random_state.normal()

    space = SearchSpace({"x": Numbers()}, prior={"x": (1.0, 0.2)})
    drawn = [point["x"] for point in space.prior.draw(np.random.default_rng(0), 200)]
    assert abs(np.mean(drawn) - 1.0) < 0.3


def test_a_list_is_choices_even_of_numbers():
    space = SearchSpace({"C": Categorical([0.1, 1, 10], ordered=True)})
    assert space.prior is None
    space = SearchSpace({"C": [0.1, 1, 10]}, prior={"C": (1, 0.9)})
    assert space.prior.mode == {"C": 1}
