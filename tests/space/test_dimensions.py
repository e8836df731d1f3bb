import copy
import json
import math
import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterSampler

from sksearch.space import Categorical, Integer, Real
from tests.space.strategies import (
    OPAQUE,
    categoricals,
    dimensions,
    finite_dimensions,
    integers,
    reals,
    stepped_reals,
)

UNIT = st.floats(0.0, 1.0)
fast = settings(max_examples=100, deadline=None)
PYTHON_TYPES = {Real: float, Integer: int}


def same(a, b):
    return a is b or (type(a) is type(b) and bool(np.all(a == b)))


@fast
@given(finite_dimensions(), UNIT)
def test_decoding_an_encoded_finite_value_is_exact(dimension, u):
    value = dimension.ppf(u)
    assert same(dimension.decode(dimension.encode(value)), value)


@fast
@given(reals(), UNIT)
def test_decoding_an_encoded_float_is_close_and_in_bounds(dimension, u):
    # Uniform even in a log-uniform range, so that both ends are tried.
    between = dimension.low + u * (dimension.high - dimension.low)
    value = min(max(between, dimension.low), dimension.high)
    again = dimension.decode(dimension.encode(value))
    assert again in dimension
    # Cancellation near 0 between bounds of opposite sign: relative to the lower bound.
    scale = abs(value) if dimension.low >= 0 else max(abs(value), abs(dimension.low))
    assert abs(again - value) <= 1e-12 * scale


@fast
@given(dimensions(), UNIT)
def test_encoding_stays_in_the_unit_cube(dimension, u):
    columns = np.asarray(dimension.encode(dimension.ppf(u)))
    assert columns.shape == (dimension.n_columns,)
    assert ((columns >= 0) & (columns <= 1)).all()
    assert len(dimension.column_groups) == len(dimension.inactive) == columns.size


@fast
@given(dimensions(), UNIT, st.lists(UNIT, min_size=30, max_size=30))
def test_whatever_is_decoded_or_drawn_is_legal(dimension, u, columns):
    drawn = [
        dimension.ppf(u),
        dimension.decode(columns[: dimension.n_columns]),
        dimension.rvs(random_state=0),
        *dimension.rvs(3, random_state=np.random.default_rng(0)),
    ]
    for value in drawn:
        assert value in dimension
        assert not isinstance(value, np.generic)
        if type(dimension) in PYTHON_TYPES:
            assert type(value) is PYTHON_TYPES[type(dimension)]


@fast
@given(dimensions(), st.lists(UNIT, min_size=1, max_size=5), st.integers(0, 99))
def test_moves_go_to_legal_values_that_are_others(dimension, quantiles, seed):
    values = [dimension.ppf(u) for u in quantiles]
    columns = dimension.encode_many(values)
    rng = np.random.default_rng(seed)
    moved = dimension.move(columns, rng, 0.1)
    assert moved.shape == columns.shape
    reached = dimension.decode_many(moved)
    if (
        not dimension.continuous
    ):  # two floats that are neighbours have no numbers between
        np.testing.assert_allclose(dimension.encode_many(reached), moved, atol=1e-9)
    for value, near in zip(values, reached, strict=True):
        assert near in dimension
        if 1 < dimension.size < math.inf:
            assert dimension.key(near) != dimension.key(value)


def test_moves_are_as_far_as_the_scale_says():
    rng = np.random.default_rng(0)
    for dimension in (
        Real(1.0, 9.0),
        Integer(0, 10**6),
        Categorical(range(10**4), True),
    ):
        start = np.full((2000, 1), dimension.encode_many([dimension.ppf(0.5)])[0])
        moved = dimension.move(start, rng, 0.02)
        assert np.std(moved - start) == pytest.approx(0.02, rel=0.1)
        assert np.mean(moved - start) == pytest.approx(0.0, abs=0.002)


def test_moves_along_coarse_steps_go_to_the_next_ones():
    rng = np.random.default_rng(0)
    dimension = Integer(0, 9)
    start = dimension.encode_many([5] * 1000)
    reached = dimension.decode_many(dimension.move(start, rng, 0.02))
    assert np.mean(np.isin(reached, [4, 6])) > 0.8
    assert 0.4 < np.mean(np.array(reached) > 5) < 0.6


def test_none_among_numbers_is_left_and_entered():
    rng = np.random.default_rng(0)
    dimension = Categorical([None, 1, 2, 3, 4], ordered=True)
    moved = {
        start: dimension.decode_many(
            dimension.move(dimension.encode_many([start] * 500), rng, 0.1)
        )
        for start in (None, 2)
    }
    assert set(moved[None]) == {1, 2, 3, 4}
    assert 0.02 < moved[2].count(None) / 500 < 0.12  # a leap goes anywhere
    assert moved[2].count(1) + moved[2].count(3) > 300


@fast
@given(dimensions(), UNIT)
def test_json_keeps_a_value(dimension, u):
    value = dimension.ppf(u)
    form = json.loads(json.dumps(dimension.to_json(value)))
    assert same(dimension.from_json(form), value)


@fast
@given(stepped_reals() | categoricals())
def test_values_are_distinct_legal_and_as_many_as_the_size(dimension):
    values = dimension.values()
    assert len(values) == dimension.size
    assert len({dimension.key(value) for value in values}) == len(values)
    assert all(value in dimension for value in values)


@fast
@given(stepped_reals() | integers(), st.integers(2, 40))
def test_the_quantiles_rise_from_low_to_the_last_step(dimension, n):
    quantiles = [dimension.ppf(u) for u in np.linspace(0, 1, n)]
    assert quantiles == sorted(quantiles)
    assert quantiles[0] == dimension.low
    assert dimension.high - (dimension.step or 1) < quantiles[-1] <= dimension.high


@fast
@given(dimensions())
def test_copies_are_equal(dimension):
    copies = [pickle.loads(pickle.dumps(dimension)), copy.deepcopy(dimension)]
    for again in copies:
        assert repr(again) == repr(dimension)
        assert again.describe() == dimension.describe()
    if not isinstance(dimension, Categorical):
        assert copies == [dimension, dimension]
        assert {hash(again) for again in copies} == {hash(dimension)}


@fast
@given(categoricals())
def test_a_pickled_categorical_finds_its_own_choices(dimension):
    again = pickle.loads(pickle.dumps(dimension))
    assert [again.index(choice) for choice in again.choices] == list(
        range(len(dimension.choices))
    )


@pytest.mark.parametrize("prior", ["uniform", "log-uniform"])
def test_the_ends_of_a_real_range_are_reached(prior):
    dimension = Real(0.001, 10, prior=prior)
    assert dimension.ppf(0.0) == pytest.approx(0.001, rel=1e-12)
    assert dimension.ppf(1.0) == pytest.approx(10.0, rel=1e-12)
    assert 0.001 in dimension
    assert 10 in dimension
    assert dimension.continuous


@pytest.mark.parametrize(
    "dimension",
    [
        Real(1e-12, 1.0000000000000002e-12, prior="log-uniform"),
        Real(1.0, 1.0 + 1e-9, prior="log-uniform", step=1e-10),
        Integer(10**10, 10**10 + 3, prior="log-uniform"),
        Categorical([0.0, 2.0, 1.1e-308], ordered=True),
    ],
)
def test_values_that_are_nearly_equal_stay_apart(dimension):
    values = [dimension.ppf(u) for u in (0.0, 0.5, 1.0)]
    assert [dimension.decode(dimension.encode(value)) for value in values] == values
    moved = dimension.move(dimension.encode_many(values), np.random.default_rng(0), 0.1)
    reached = dimension.decode_many(moved)
    assert all(value in dimension for value in reached)
    if dimension.size < math.inf:
        assert all(near != v for near, v in zip(reached, values, strict=True))


def test_every_integer_of_a_uniform_range_is_equally_likely():
    drawn = Integer(3, 7).rvs(20_000, random_state=0)
    counts = np.bincount(drawn, minlength=8)[3:]
    assert len(drawn) == counts.sum()
    np.testing.assert_allclose(counts / len(drawn), 0.2, atol=0.015)


def test_a_log_uniform_integer_weighs_by_the_width_of_its_cell():
    drawn = Integer(1, 4, prior="log-uniform").rvs(20_000, random_state=0)
    cells = np.diff(np.log([0.5, 1.5, 2.5, 3.5, 4.5])) / np.log(9)
    np.testing.assert_allclose(np.bincount(drawn)[1:] / 20_000, cells, atol=0.015)


@pytest.mark.parametrize("step", [None, 3])
def test_integers_encode_to_the_middles_of_equal_cells(step):
    dimension = Integer(2, 11, step=step)
    values = dimension.values()
    expected = (np.arange(len(values)) + 0.5) / len(values)
    np.testing.assert_allclose(dimension.encode_many(values)[:, 0], expected)


def test_log_integers_encode_between_their_outer_half_steps():
    dimension = Integer(1, 100, prior="log-uniform")
    expected = np.log(10 / 0.5) / np.log(100.5 / 0.5)
    assert dimension.encode(10)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (Real(0.1, 0.5, step=0.1), [0.1, 0.2, 0.3, 0.4, 0.5]),
        (Real(0, 1, step=0.3), [0.0, 0.3, 0.6, 0.9]),
        (Real(1, 2, prior="log-uniform", step=0.5), [1.0, 1.5, 2.0]),
        (Integer(50, 220, step=50), [50, 100, 150, 200]),
        (Integer(-1, 1), [-1, 0, 1]),
    ],
)
def test_steps_are_clean_numbers(dimension, values):
    assert dimension.values() == values
    assert not dimension.continuous
    assert dimension.size == len(values)


def test_fine_steps_are_not_rounded_away():
    values = Real(1e6, 1e6 + 5e-7, step=1e-7).values()
    np.testing.assert_allclose(np.diff(values), 1e-7, rtol=0.01)


def test_a_log_uniform_step_is_drawn_log_uniformly():
    drawn = Real(0.01, 1, prior="log-uniform", step=0.01).rvs(5000, random_state=0)
    assert np.mean(np.asarray(drawn) < 0.1) == pytest.approx(0.55, abs=0.06)


def test_numbers_between_steps_are_illegal_but_noise_is_not():
    dimension = Real(0.1, 0.5, step=0.1)
    assert 0.1 + 2 * 0.1 in dimension
    assert dimension.canonical(0.1 + 2 * 0.1) == 0.3
    assert dimension.key(0.1 + 2 * 0.1) == dimension.key(0.3)
    assert 0.25 not in dimension
    assert 52 not in Integer(50, 200, step=50)


@pytest.mark.parametrize(
    "value", [True, "1", None, np.nan, 11, 0, (1,), np.bool_(True)]
)
def test_ranges_do_not_hold(value):
    assert value not in Real(1, 10)
    assert value not in Integer(1, 10)


def test_numpy_numbers_are_legal_and_become_python_numbers():
    assert type(Integer(1, 9).canonical(np.int32(3))) is int
    assert type(Real(1, 9).canonical(np.float32(3))) is float
    assert type(Real(1, 9).canonical(3)) is float
    assert 3.0 not in Integer(1, 9)
    assert Integer(np.int64(1), np.float64(9)) == Integer(1, 9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Real(1, 1), r"Real: low=1.0 must be smaller than high=1.0"),
        (lambda: Integer(5, 2), r"Integer: low=5 must be smaller than high=2. Swap"),
        (lambda: Real(0, 1, prior="log-uniform"), r"low=0.0 must be positive.*uniform"),
        (lambda: Integer(-3, 1, prior="log-uniform"), r"low=-3 must be positive"),
        (lambda: Real(0, np.inf), r"Real: high=inf must be a finite number"),
        (lambda: Real(np.nan, 1), r"Real: low=nan must be a finite number"),
        (lambda: Real("0", 1), r"Real: low='0' must be a finite number"),
        (lambda: Real(False, 1), r"Real: low=False must be a finite number"),
        (lambda: Integer(0, 10**400), r"Integer: high=1000"),
        (lambda: Integer(0.5, 3), r"Integer: low=0.5 must be a whole number. Use Real"),
        (lambda: Real(0, 1, step=0), r"Real: step=0.0 must be positive"),
        (lambda: Integer(0, 9, step=-1), r"Integer: step=-1 must be positive"),
        (lambda: Integer(0, 9, step=10), r"Integer: step=10 is larger than high - low"),
        (lambda: Integer(0, 9, step=1.5), r"Integer: step=1.5 must be a whole number"),
        (lambda: Real(0, 1, step=1e-15), r"Real: step=1e-15 is too fine"),
        (lambda: Real(1e9, 1e9 + 1, step=1e-6), r"Real: step=1e-06 is too fine"),
        (lambda: Real(-1e308, 1e308), r"wider than a float can hold"),
        (lambda: Real(0, 1, prior="log"), r"prior='log' is unknown.*uniform, log-unif"),
        (lambda: Categorical([]), r"Categorical: \[\] is empty"),
        (lambda: Categorical(np.ones((2, 2))), r"one-dimensional.*\(2, 2\)"),
    ],
)
def test_bad_ranges_say_what_to_do(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("choices", ["abc", 3, None, {"a": 1}, {1, 2}, iter([1])])
def test_choices_must_be_a_sequence(choices):
    with pytest.raises(TypeError, match="must be a list or an array"):
        Categorical(choices)


def test_reprs_are_the_calls():
    shown = [
        "Real(0.1, 2.0)",
        "Real(0.1, 2.0, prior='log-uniform', step=0.1)",
        "Integer(1, 5)",
        "Categorical([None, 'a', 1])",
        "Categorical([1, 2, 3], ordered=True)",
    ]
    assert [repr(eval(text)) for text in shown] == shown


def test_types_tell_choices_apart():
    choices = [True, 1, 1.0, "1", (1, True), (1, 1), [1, 1], None, np.nan]
    dimension = Categorical(choices)
    assert len(dimension.choices) == len(choices)
    for i, value in enumerate(copy.deepcopy(choices)):
        assert dimension.index(value) == i


def test_numbers_of_another_type_are_found_when_nothing_closer_is():
    assert Categorical([1, 2]).index(1.0) == 0
    assert Categorical([1.0, 2.0]).index(2) == 1
    assert Categorical([1, 1.0]).index(1.0) == 1
    assert Categorical([1, 2]).index(np.float32(2)) == 1
    for value in (True, 1.5, "1", np.nan):
        assert value not in Categorical([1, 2])
    assert 1 not in Categorical([True, False])


def test_equal_choices_count_once():
    array = np.arange(3)
    choices = [
        "a",
        array,
        "a",
        array.copy(),
        LogisticRegression(),
        LogisticRegression(),
    ]
    dimension = Categorical(choices)
    assert [dimension.index(choice) for choice in choices] == [0, 1, 0, 1, 2, 2]
    assert dimension.choices[1] is array


def test_estimators_are_found_by_their_parameters_and_fitted_state():
    X, y = np.arange(4.0)[:, None], np.array([0, 1, 0, 1])
    choices = [LogisticRegression(), LogisticRegression().fit(X, y)]
    choices.append(LogisticRegression().fit(X, 1 - y))
    dimension = Categorical(choices)
    assert len(dimension.choices) == 3
    assert dimension.index(clone(choices[0])) == 0
    assert dimension.index(copy.deepcopy(choices[2])) == 2


def address_free(value):
    """A test has the same name in every process."""
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


class Awkward:
    """Compares like an array."""

    def __eq__(self, other):
        return np.array([True, False])


class Plain:
    pass


@pytest.mark.parametrize(
    "value", [*OPAQUE, Awkward(), Plain(), lambda x: x], ids=address_free
)
def test_any_object_is_a_choice(value):
    dimension = Categorical(["other", value, Plain(), np.zeros(3)])
    assert dimension.index(value) == 1
    assert dimension.decode(dimension.encode(value)) is value
    json.dumps(dimension.to_json(value))
    assert dimension.from_json({"choice": 1}) is value
    assert repr(dimension)
    assert " at 0x" not in dimension.describe() + repr(dimension)


def test_equal_and_unequal_categoricals():
    assert Categorical([1, np.zeros(2)]) == Categorical((1, np.zeros(2)))
    assert hash(Categorical([1, {}])) == hash(Categorical([1, {}]))
    assert Categorical([1, 2]) != Categorical([2, 1])
    assert Categorical([1, 2]) != Categorical([1, 2], ordered=True)
    assert Categorical([1]) != Categorical([True])
    assert Categorical([1]) != [1]


def test_unordered_choices_lie_at_hamming_distance_one():
    for n in (2, 3, 5):
        rows = Categorical(list("abcde")[:n]).encode_many(list("abcde")[:n])
        squared = ((rows[:, None] - rows[None]) ** 2).sum(-1)
        np.testing.assert_allclose(squared, 1 - np.eye(n))
    assert rows.shape == (5, 5)
    assert Categorical(["a", "b"]).n_columns == 1
    assert Categorical(["a"]).n_columns == 0


@pytest.mark.parametrize(
    ("choices", "columns"),
    [
        ([10, 20, 30], [[0], [0.5], [1]]),
        ([30, 10, 20], [[1], [0], [0.5]]),
        ([0.01, 0.1, 1, 10, 100], [[0], [0.25], [0.5], [0.75], [1]]),
        ([0, 1, 1000], [[0], [0.5], [1]]),
        ([1, 3, None], [[0, 0], [0, 1], [1, 0.5]]),
        (["low", "mid", "high"], [[0], [0.5], [1]]),
        ([5, None], [[0], [1]]),
        ([2, 1], [[0], [1]]),
    ],
)
def test_ordered_choices_encode_on_their_scale(choices, columns):
    encoded = Categorical(choices, ordered=True).encode_many(choices)
    np.testing.assert_allclose(encoded, columns, atol=1e-12)


def test_an_explicit_categorical_of_numbers_is_not_ordered():
    assert Categorical([1, 2, 3]).n_columns == 3


def test_a_choice_that_is_none_says_so():
    with pytest.raises(ValueError, match=r"'z' is not a choice of Categorical\(\['a'"):
        Categorical(["a"]).encode("z")
    for form in ({"choice": 1}, {"choice": -1}, {"text": "a"}, "a", {"choice": "0"}):
        with pytest.raises(ValueError, match="does not name a choice"):
            Categorical(["a"]).from_json(form)
    with pytest.raises(ValueError, match=r"20 is not a value of Integer\(1, 9\)"):
        Integer(1, 9).from_json(20)
    with pytest.raises(ValueError, match="infinitely many values"):
        Real(1, 9).values()


def test_long_texts_are_cut():
    form = Categorical(["x" * 1000]).to_json("x" * 1000)
    assert len(form["text"]) <= 100


def test_dimensions_drive_the_parameter_sampler():
    space = {
        "a": Real(0.1, 1, prior="log-uniform"),
        "b": Integer(1, 5),
        "c": Categorical([None, "x", (1, 2)]),
    }
    drawn = list(ParameterSampler(space, 20, random_state=0))
    assert drawn == list(ParameterSampler(space, 20, random_state=0))
    for params in drawn:
        assert all(params[name] in dimension for name, dimension in space.items())


@pytest.mark.parametrize("dimension", [Real(0, 1), Integer(1, 9), Categorical([1, 2])])
def test_rvs_takes_every_kind_of_random_state(dimension):
    for make in (lambda: 3, lambda: np.random.RandomState(3), np.random.default_rng):
        assert len(dimension.rvs(5, random_state=make())) == 5
        assert len(dimension.rvs(size=(2, 3), random_state=make())) == 6
    assert dimension.rvs(5, random_state=3) == dimension.rvs(5, random_state=3)
    assert dimension.rvs() in dimension
