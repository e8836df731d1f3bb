"""What users write in param_distributions, and what it means."""

import math
import re

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.svm import SVC

from sksearch.space import Categorical, Integer, Real, SearchSpace
from sksearch.space._parse import parse_dimension


def ordered(*choices):
    return Categorical(choices, ordered=True)


@pytest.mark.parametrize(
    ("written", "dimension"),
    [
        # A list is choices, never a range.
        ([0.1, 10.0], ordered(0.1, 10.0)),
        ([100, 1000], ordered(100, 1000)),
        ([1, 10, 100, None], ordered(1, 10, 100, None)),
        ([1, "auto"], Categorical([1, "auto"])),
        ([1, 1.0], Categorical([1, 1.0])),
        ([1, 2, 1.0], Categorical([1, 2, 1.0])),
        ([1, 1, 1, 2, 2, 5], ordered(1, 2, 5)),
        ([1, np.nan, 2], Categorical([1, np.nan, 2])),
        ([1, math.inf], Categorical([1, math.inf])),
        ([True, False], Categorical([True, False])),
        ([0, True], Categorical([0, True])),
        ([7], Categorical([7])),
        ([[1, 2], [3, 4]], Categorical([[1, 2], [3, 4]])),
        ([(50,), (50, 50)], Categorical([(50,), (50, 50)])),
        (range(1, 4), ordered(1, 2, 3)),
        (np.array([1, 2, 3]), ordered(1, 2, 3)),
        (np.logspace(-1, 1, 3), ordered(0.1, 1.0, 10.0)),
        (np.array(["a", "b"]), Categorical(["a", "b"])),
        (np.array([True, False]), Categorical([True, False])),
        ([np.float64(1), np.int8(2)], ordered(1.0, 2)),
        (np.array([None, "a"], dtype=object), Categorical([None, "a"])),
        (pd.Series([1, 2, 3], index=[7, 8, 9]), ordered(1, 2, 3)),
        (pd.Index(["a", "b"]), Categorical(["a", "b"])),
        # A tuple of two numbers is a range, as in scikit-optimize; others are choices.
        ((1, 10), Integer(1, 10)),
        ((1, 10.0), Real(1, 10)),
        ((np.int64(1), np.int64(9)), Integer(1, 9)),
        ((np.float64(0.5), 1), Real(0.5, 1)),
        ((1, 10, "uniform"), Integer(1, 10)),
        ((1e-3, 1, "log-uniform"), Real(1e-3, 1, prior="log-uniform")),
        ((1, 512, "log-uniform"), Integer(1, 512, prior="log-uniform")),
        ((1, 2, 3), ordered(1, 2, 3)),
        ((0.1, 1, "scale"), Categorical([0.1, 1, "scale"])),
        (("a", "b"), Categorical(["a", "b"])),
        ((True, False), Categorical([True, False])),
        ((1, None), Categorical([1, None], ordered=False)),
        # Distributions that are ranges become ranges.
        (scipy.stats.uniform(2, 3), Real(2, 5)),
        (scipy.stats.uniform, Real(0, 1)),
        (scipy.stats.uniform(loc=-1, scale=2), Real(-1, 1)),
        (scipy.stats.loguniform(1e-3, 1e2), Real(1e-3, 1e2, prior="log-uniform")),
        (scipy.stats.reciprocal(1, 10), Real(1, 10, prior="log-uniform")),
        (scipy.stats.loguniform(1, 10, scale=2), Real(2, 20, prior="log-uniform")),
        (scipy.stats.randint(1, 10), Integer(1, 9)),
        (scipy.stats.randint(low=0, high=5, loc=2), Integer(2, 6)),
        (scipy.stats.randint(3, 4), Categorical([3])),
        # Our own classes are what they say.
        (Integer(1, 3), Integer(1, 3)),
        (Real(1, 3, step=1), Real(1, 3, step=1)),
        (Categorical([1, 2, 3]), Categorical([1, 2, 3])),
    ],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
def test_means(written, dimension):
    parsed = parse_dimension("p", written)
    assert parsed == dimension
    assert type(parsed) is type(dimension)
    if isinstance(dimension, Categorical):
        types = [type(choice) for choice in dimension.choices]
        assert [type(choice) for choice in parsed.choices] == types


def test_the_objects_handed_out_are_the_originals():
    choices = [SVC(), LogisticRegression(), np.zeros(2), {"a": 1}, print]
    space = SearchSpace({"p": choices})
    assert [params["p"] for params in space.grid()] == choices
    for params, choice in zip(space.grid(), choices, strict=True):
        assert params["p"] is choice


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        (scipy.stats.norm(10, 2), -math.inf, math.inf),
        (scipy.stats.beta(2, 5), 0, 1),
        (scipy.stats.expon(scale=3), 0, math.inf),
        (scipy.stats.loguniform(1, 10, loc=5), 6, 15),
        (scipy.stats.truncnorm(-1, 1), -1, 1),
        (scipy.stats.rv_histogram(np.histogram([1, 2, 2, 3], bins=3)), 1, 3),
    ],
    ids=lambda value: getattr(getattr(value, "dist", value), "name", str(value)),
)
def test_continuous_distributions_are_encoded_by_their_cdf(written, low, high):
    dimension = parse_dimension("p", written)
    if dimension.n_columns == 1 and hasattr(dimension, "frozen"):
        assert dimension.continuous
    drawn = dimension.rvs(200, random_state=0)
    assert all(type(value) is float and low <= value <= high for value in drawn)
    encoded = dimension.encode_many(drawn)[:, 0]
    assert scipy.stats.kstest(encoded, "uniform").pvalue > 1e-3
    if dimension.continuous:
        np.testing.assert_allclose(dimension.decode_many(encoded[:, None]), drawn)
    for end in (0.0, 1.0):
        assert math.isfinite(dimension.ppf(end))


@pytest.mark.parametrize(
    ("written", "size"),
    [
        (scipy.stats.poisson(4), math.inf),
        (scipy.stats.geom(0.2), math.inf),
        (scipy.stats.binom(6, 0.4), 7),
        (scipy.stats.bernoulli(0.3), 2),
        (scipy.stats.rv_discrete(values=([1, 2, 5], [0.5, 0.25, 0.25])), 5),
    ],
    ids=lambda value: getattr(getattr(value, "dist", value), "name", str(value)),
)
def test_discrete_distributions_hand_out_python_ints(written, size):
    dimension = parse_dimension("p", written() if callable(written) else written)
    drawn = dimension.rvs(100, random_state=0)
    assert all(type(value) is int and value in dimension for value in drawn)
    assert dimension.decode_many(dimension.encode_many(drawn)) == drawn
    assert 1.5 not in dimension
    if not math.isinf(dimension.size):
        assert len(dimension.values()) == dimension.size == size


def test_frozen_distributions_with_equal_arguments_are_equal():
    first, again, other = (
        parse_dimension("p", scipy.stats.norm(0, scale)) for scale in (1, 1, 2)
    )
    assert first == again != other
    assert hash(first) == hash(again)
    assert first.describe() == again.describe() != other.describe()


def test_a_shifted_log_uniform_is_not_a_log_uniform_range():
    dimension = parse_dimension("p", scipy.stats.loguniform(1, 10, loc=5))
    assert dimension.ppf(0.5) == pytest.approx(5 + math.sqrt(10))


def test_a_discrete_value_is_encoded_to_the_middle_of_its_step():
    dimension = parse_dimension("p", scipy.stats.bernoulli(0.5))
    assert dimension.encode_many([0, 1])[:, 0].tolist() == [0.25, 0.75]


def test_distributions_made_of_tables_are_told_apart():
    tables = [([1, 2, 3], [0.5, 0.25, 0.25]), ([1, 2, 3], [0.25, 0.25, 0.5])]
    first, other = (
        parse_dimension("p", scipy.stats.rv_discrete(values=table)) for table in tables
    )
    assert first != other
    assert first.describe() != other.describe()


class Numbers:
    """Offers rvs, and nothing else."""

    def rvs(self, random_state=None):
        return random_state.normal()


class Words:
    def rvs(self, random_state=None):
        return random_state.choice(["a", "b", "c"])


class Shapes:
    def rvs(self, random_state=None):
        return tuple(random_state.randint(1, 5, size=3).tolist())


class Rare:
    """Draws a number that 256 reference draws are unlikely to hold."""

    def rvs(self, random_state=None):
        return int(random_state.randint(10**6))


@pytest.mark.parametrize("kind", [Numbers, Words, Shapes, Rare])
def test_any_object_with_rvs_is_a_distribution(kind):
    space = SearchSpace({"p": kind(), "q": [1, 2]})
    rng = np.random.default_rng(0)
    points = [space.sample(rng) for _ in range(50)]
    assert all(space.allows(point) for point in points)
    assert not any(isinstance(point["p"], np.generic) for point in points)
    encoded = space.encode(points)
    assert ((encoded >= 0) & (encoded <= 1)).all()
    again = space.decode(encoded)
    assert all(space.allows(point) for point in again)
    assert space.encode(again) == pytest.approx(space.encode(space.decode(encoded)))
    assert space.size == math.inf
    assert len({space.key(point) for point in points}) > 1
    assert all(
        map(space.allows, space.decode(space.neighbours(points[:1], rng, 0.1, 9)))
    )


def test_a_reference_draw_survives_encoding():
    dimension = parse_dimension("p", Rare())
    for u in np.linspace(0, 1, 20):
        value = dimension.ppf(u)
        assert dimension.decode(dimension.encode(value)) == value
        assert type(value) is int


def test_words_are_one_hot_and_numbers_are_ranks():
    assert parse_dimension("p", Words()).n_columns == 3
    assert parse_dimension("p", Numbers()).n_columns == 1
    median = parse_dimension("p", Numbers()).ppf(0.5)
    assert abs(median) < 0.3


def test_fresh_draws_follow_the_generator():
    space = SearchSpace({"p": Numbers()})
    a, b = (space.sample(np.random.default_rng(seed)) for seed in (1, 1))
    assert a == b != space.sample(np.random.default_rng(2))
    assert a["p"] not in space._branches.slots[0][1]._reference


def test_json_of_objects_with_rvs():
    numbers, shapes = parse_dimension("p", Numbers()), parse_dimension("p", Shapes())
    assert numbers.from_json(numbers.to_json(0.25)) == 0.25
    known = shapes.ppf(0.3)
    assert shapes.from_json(shapes.to_json(known)) == known
    assert shapes.from_json(shapes.to_json((9, 9, 9))) == "(9, 9, 9)"
    for value in (None, True, "word"):
        assert parse_dimension("p", Words()).from_json(value) is value


def test_rvs_drives_the_parameter_sampler_as_before():
    space = {"p": Numbers(), "q": scipy.stats.randint(1, 5), "r": [1, 2]}
    assert len(list(ParameterSampler(space, 5, random_state=0))) == 5
    assert set(SearchSpace(space).names) == set(space)


class Broken:
    def rvs(self):
        return 1


@pytest.mark.parametrize(
    ("written", "error", "message"),
    [
        ([], ValueError, r"param_distributions=\[\] has nothing.*Name at least"),
        (0, TypeError, r"Parameter .* a dict or a list, got: 0 of type int"),
        (None, TypeError, r"Parameter .* a dict or a list, got: None"),
        ("C", TypeError, r"Parameter .* a dict or a list, got: 'C' of type str"),
        ([{"a": [1]}, 0], TypeError, r"Parameter .* is not a dict \(0\)"),
        ({1: [1]}, TypeError, r"1 for a parameter name. Names must be strings"),
        ({"C": []}, ValueError, r"parameter 'C' need to be a non-empty sequence, got"),
        ({"C": ()}, ValueError, r"parameter 'C' need to be a non-empty sequence, got"),
        ({"C": np.array([])}, ValueError, r"'C' need to be a non-empty sequence"),
        ({"C": np.ones((2, 2))}, ValueError, r"Parameter 'C'.*one-dimensional.*\(2, 2"),
        ({"C": np.array(3)}, ValueError, r"Parameter 'C'.*one-dimensional"),
        ({"C": 1}, TypeError, r"'C' needs to be a list or a numpy array, but got 1 "),
        ({"C": "rbf"}, TypeError, r"got 'rbf' \(of type str\).*wrapped in a list"),
        ({"C": None}, TypeError, r"'C' needs to be a list.*wrapped in a list"),
        ({"C": {"a": 1}}, TypeError, r"'C' needs to be a list"),
        ({"C": {1, 2}}, TypeError, r"'C' needs to be a list"),
        ({"C": (i for i in "ab")}, TypeError, r"'C' needs to be a list"),
        ({"C": SVC()}, TypeError, r"'C' needs to be a list.*wrapped in a list"),
        (
            {"C": (10, 1)},
            ValueError,
            r"Parameter 'C': Integer: low=10.*list is choices",
        ),
        ({"C": (0, 1.0, "log-uniform")}, ValueError, r"'C': Real: low=0.0.*positive"),
        (
            {"C": (1, 9, "log_uniform")},
            ValueError,
            r"'C'.*'log_uniform'.*unknown prior",
        ),
        ({"C": (1, 9, "loguniform")}, ValueError, r"'C'.*unknown prior.*log-uniform"),
        ({"C": (0.0, np.inf)}, ValueError, r"Parameter 'C': Real: high=inf"),
        (
            {"C": Broken()},
            ValueError,
            r"Parameter 'C':.*Broken.*rvs\(random_state=...\)",
        ),
        ({"C": scipy.stats.norm(0, -1)}, ValueError, r"'C'.*norm.*outside its domain"),
        ({"C": scipy.stats.loguniform}, TypeError, r"Parameter 'C': "),
    ],
)
def test_bad_spaces_say_what_to_do(written, error, message):
    with pytest.raises(error, match=message):
        SearchSpace(written)


def test_an_empty_dict_beside_others_is_the_estimator_as_it_is():
    space = SearchSpace([{"C": [1, 2]}, {}])
    assert list(space.grid()) == [{"C": 1}, {"C": 2}, {}]
    assert space.allows({})


def test_messages_begin_as_those_of_scikit_learn():
    start = re.escape(
        "Parameter grid for parameter 'C' needs to be a list or a numpy array, but got "
        "'1,2,3' (of type str) instead. Single values need to be wrapped in a list "
        "with one element."
    )
    with pytest.raises(TypeError, match=start):
        SearchSpace({"C": "1,2,3"})


@pytest.mark.parametrize("empty", [{}, [{}]])
def test_an_empty_dict_is_the_estimator_as_it_is(empty):
    space = SearchSpace(empty)
    assert space.size == 1
    assert list(space.grid()) == list(ParameterGrid(empty)) == [{}]
    assert space.decode(space.encode([{}])) == [{}]
    assert space.from_unit(np.zeros(space.n_coordinates)) == {}
    assert space.sample(np.random.default_rng(0)) == {}
