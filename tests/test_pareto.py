"""Fronts, ranks, orders and knees, against their definitions."""

import itertools

import moocore
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sksearch._pareto import (
    crowding_distances,
    hypervolume_contributions,
    is_nondominated,
    knee,
    nondominated_ranks,
    preference_order,
    reference_point,
)

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9).filter(
    lambda shape: shape[1] <= 4
)
# Few values: many ties, equal points and constant objectives.
POINTS = arrays(float, SHAPES, elements=st.integers(-1, 4))
WITH_HOLES = arrays(float, SHAPES, elements=st.sampled_from([0, 1, 2, np.nan, np.inf]))
SCALES = st.sampled_from([2.0**-40, 0.5, 4.0, 2.0**40])


def dominates(a, b):
    return all(a >= b) and any(a > b)


def naive_front(Y):
    return [not any(dominates(other, y) for other in Y) for y in Y]


def naive_ranks(Y):
    ranks, rows, rank = np.full(len(Y), -1), np.arange(len(Y)), 0
    while len(rows):
        front = np.array(naive_front(Y[rows]))
        ranks[rows[front]] = rank
        rows, rank = rows[~front], rank + 1
    return ranks


@given(POINTS)
def test_ranks_are_fronts_taken_away_one_by_one(Y):
    np.testing.assert_array_equal(nondominated_ranks(Y), naive_ranks(Y))
    np.testing.assert_array_equal(is_nondominated(Y), naive_front(Y))


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_ranks_against_moocore(m):
    Y = np.random.default_rng(m).normal(size=(300, m)).round(1)
    expected = np.unique(-Y, return_inverse=True)[1].ravel()
    if m > 1:  # which it wants
        expected = moocore.pareto_rank(Y, maximise=True)
        front = moocore.is_nondominated(Y, maximise=True, keep_weakly=True)
        np.testing.assert_array_equal(is_nondominated(Y), front)
    np.testing.assert_array_equal(nondominated_ranks(Y), expected)


@given(POINTS, st.data())
def test_ranks_know_no_order_of_rows_or_objectives(Y, data):
    rows = data.draw(st.permutations(range(len(Y))))
    columns = data.draw(st.permutations(range(Y.shape[1])))
    found = nondominated_ranks(Y[rows][:, columns])
    np.testing.assert_array_equal(found, nondominated_ranks(Y)[rows])


@given(POINTS)
def test_a_dominated_point_changes_no_front(Y):
    found = is_nondominated(np.vstack([Y, Y[0] - 1.0]))
    np.testing.assert_array_equal(found, [*is_nondominated(Y), False])


@given(WITH_HOLES)
def test_points_that_are_not_finite_rank_last(Y):
    finite = np.isfinite(Y).all(axis=1)
    ranks = nondominated_ranks(Y)
    np.testing.assert_array_equal(ranks[finite], naive_ranks(Y[finite]))
    assert np.all(ranks[~finite] == max([0, *ranks[finite]]) + 1)
    assert not np.any(is_nondominated(Y)[~finite])
    assert sorted(preference_order(Y)[: finite.sum()]) == list(np.flatnonzero(finite))


def test_points_are_a_matrix():
    for shape in [(3,), (3, 0), ()]:
        with pytest.raises(ValueError, match="one column for each objective"):
            nondominated_ranks(np.zeros(shape))
    assert nondominated_ranks(np.zeros((0, 2))).shape == (0,)
    assert preference_order(np.zeros((0, 2))).shape == (0,)
    assert crowding_distances(np.zeros((0, 2))).shape == (0,)


@given(POINTS)
def test_crowding_is_what_the_paper_says(Y):
    expected = np.zeros(len(Y))
    for column in Y.T:
        order = sorted(range(len(Y)), key=lambda i: column[i])
        width = max(column) - min(column)
        if width == 0.0:
            continue
        expected[[order[0], order[-1]]] = np.inf
        for before, i, after in zip(order, order[1:], order[2:], strict=False):
            expected[i] += (column[after] - column[before]) / width
    np.testing.assert_allclose(crowding_distances(Y), expected)


@given(POINTS)
def test_the_reference_is_below_the_front(Y):
    front = Y[is_nondominated(Y)]
    reference = reference_point(Y)
    assert np.all(reference < front)
    has_range = np.ptp(front, axis=0) > 0
    expected = front.min(axis=0) - 0.1 * np.ptp(front, axis=0)
    np.testing.assert_allclose(reference[has_range], expected[has_range])


@given(POINTS, SCALES)
def test_the_reference_has_the_units_of_the_points(Y, scale):
    Y = Y + 2.0  # a front at 0 gives no unit
    np.testing.assert_allclose(reference_point(Y * scale), reference_point(Y) * scale)


def test_a_disaster_moves_no_reference():
    Y = np.array([[3.0, 1.0], [1.0, 2.0], [0.0, 0.0], [0.5, 0.5], [0.1, 0.2]])
    disaster = np.vstack([Y, [-1e9, -1e9]])
    np.testing.assert_array_equal(reference_point(disaster), reference_point(Y))
    # Neither where the front is a single point.
    Y, disaster = np.vstack([Y, [4.0, 4.0]]), np.vstack([disaster, [4.0, 4.0]])
    np.testing.assert_allclose(reference_point(disaster), reference_point(Y), atol=0.1)


def test_no_finite_point():
    for of in (reference_point, knee):
        with pytest.raises(ValueError, match="no finite point"):
            of([[np.nan, 1.0], [np.inf, 0.0]])


@given(POINTS, st.booleans())
def test_preference_goes_by_rank_then_volume_then_row(Y, given_reference):
    reference = np.full(Y.shape[1], -2.0) if given_reference else None
    order = preference_order(Y, reference)
    assert sorted(order) == list(range(len(Y)))
    ranks = nondominated_ranks(Y)
    assert np.all(np.diff(ranks[order]) >= 0)
    for rank in set(ranks):
        members = [i for i in order if ranks[i] == rank]
        _, first = np.unique(Y[sorted(members)], axis=0, return_index=True)
        unique = np.array(sorted(members))[np.sort(first)]
        corner = reference_point(Y[unique]) if reference is None else reference
        lost = dict(
            zip(unique, hypervolume_contributions(Y[unique], corner), strict=True)
        )
        most = max([*lost.values(), 1e-300])
        keys = [(-round(lost.get(i, 0.0) / most, 9), i) for i in members]
        assert Y.shape[1] == 1 or keys == sorted(keys)
        # Whatever is not the first of equal points comes last.
        assert set(members[: len(unique)]) == set(unique)


@given(arrays(float, st.tuples(st.integers(1, 9), st.just(1)), elements=st.integers()))
def test_preference_with_one_objective_is_a_stable_sort(Y):
    expected = np.argsort(-Y[:, 0], kind="stable")
    np.testing.assert_array_equal(preference_order(Y), expected)


@given(POINTS, SCALES, st.integers(-8, 8))
def test_preference_and_knee_know_no_units_and_no_origin(Y, scale, shift):
    moved = (Y + shift) * scale
    assert knee(moved) == knee(Y)
    np.testing.assert_array_equal(preference_order(moved), preference_order(Y))


def test_two_points_on_a_front_stay_in_their_order():
    for seed in range(50):
        x, y = np.random.default_rng(seed).normal(size=2)
        assert list(preference_order([[x, y], [x - 0.3, y + 0.7]])) == [0, 1]


def quality(Y, row):
    """What the knee is chosen by."""
    front = Y[is_nondominated(Y)]
    width = np.ptp(front, axis=0)
    normal = np.where(
        width > 0, (Y - front.min(axis=0)) / np.maximum(width, 1e-300), 1.0
    )
    return normal[row].sum(), normal[row].min()


@given(POINTS)
def test_the_knee_is_the_best_sum_on_the_front(Y):
    row = knee(Y)
    assert is_nondominated(Y)[row]
    others = [quality(Y, i) for i in np.flatnonzero(is_nondominated(Y))]
    best = max(total for total, _ in others)
    assert quality(Y, row)[0] == pytest.approx(best)
    tied = [worst for total, worst in others if total > best - 1e-8]
    assert quality(Y, row)[1] == pytest.approx(max(tied))


@given(POINTS)
def test_the_knee_knows_no_order_of_objectives(Y):
    for columns in itertools.permutations(range(Y.shape[1])):
        moved = Y[:, columns]
        assert knee(moved) == knee(Y)


@given(POINTS)
def test_the_first_of_equal_points_is_the_knee(Y):
    assert knee(np.vstack([Y, Y])) == knee(Y)


@given(
    arrays(float, st.tuples(st.integers(3, 9), st.just(2)), elements=st.floats(0, 1))
)
def test_the_knee_of_two_objectives_bulges_farthest_from_the_line(Y):
    front = Y[is_nondominated(Y)]
    assume(np.all(np.ptp(front, axis=0) > 1e-3))
    (a, b), (c, d) = front[np.argmax(front[:, 0])], front[np.argmax(front[:, 1])]
    # The objectives in units of the ends' difference; positive above the line.
    distances = ((front - [c, b]) / [a - c, d - b]).sum(axis=1) - 1.0
    x, y = Y[knee(Y)]
    found = (x - c) / (a - c) + (y - b) / (d - b) - 1.0
    assert found == pytest.approx(max(distances), abs=1e-8)


def test_knees_to_see():
    x = np.linspace(0.0, 1.0, 101)
    circle = np.column_stack([x, np.sqrt(1.0 - x**2)])
    np.testing.assert_allclose(circle[knee(circle)], np.sqrt(0.5), atol=0.01)
    line = np.column_stack([x, 1.0 - x])
    np.testing.assert_allclose(line[knee(line)], [0.5, 0.5])
    # On a line all sums are equal but for rounding.
    steep = line * [0.3, 7.1] + [0.1, -1.7]
    assert knee(steep) == knee(line) == knee(steep[:, ::-1])
    assert knee([[1.0, 5.0]]) == 0
    assert knee([[0.0, 1.0], [1.0, 0.0]]) == 0
    with_constant = np.column_stack([circle, np.full(101, 7.0)])
    assert knee(with_constant) == knee(circle)
