"""Volumes and boxes, against counted cells and moocore."""

import itertools
import sys

import moocore
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sksearch._pareto import (
    _shown_volume,
    hypervolume,
    hypervolume_contributions,
    is_nondominated,
    nondominated_boxes,
    shown_hypervolume,
)

TOP = 4
SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8).filter(
    lambda shape: shape[1] <= 4
)
POINTS = arrays(float, SHAPES, elements=st.integers(-1, TOP))


def cells(m):
    """Centres of unit cells above the origin, a layer beyond the points too."""
    return np.array(list(itertools.product(np.arange(TOP + 1) + 0.5, repeat=m)))


def is_dominated(centres, Y):
    return (centres[:, np.newaxis] < Y).all(axis=2).any(axis=1)


def origin(Y):
    return np.zeros(Y.shape[1])


def spread(n, m, seed=0, inward=False):
    """Points of a sphere, none of which dominates another."""
    Y = np.abs(np.random.default_rng(seed).normal(size=(n, m)))
    Y /= np.linalg.norm(Y, axis=1, keepdims=True)
    return 1.0 - Y if inward else Y


@given(POINTS)
def test_volume_is_the_number_of_dominated_cells(Y):
    expected = is_dominated(cells(Y.shape[1]), Y).sum()
    assert hypervolume(Y, origin(Y)) == expected


@given(POINTS)
def test_contribution_is_the_volume_lost(Y):
    whole = hypervolume(Y, origin(Y))
    expected = [
        whole - hypervolume(np.delete(Y, i, axis=0), origin(Y)) for i in range(len(Y))
    ]
    np.testing.assert_array_equal(hypervolume_contributions(Y, origin(Y)), expected)


@pytest.mark.parametrize("inward", [False, True])
@pytest.mark.parametrize("m", [2, 3, 4, 5])
def test_volumes_against_moocore(m, inward):
    reference = np.full(m, -0.1)
    for Y in (spread(40, m, inward=inward), np.random.default_rng(m).random((60, m))):
        expected = moocore.hypervolume(Y, reference, maximise=True)
        assert hypervolume(Y, reference) == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(
            hypervolume_contributions(Y, reference),
            moocore.hv_contributions(
                Y, reference, maximise=True, ignore_dominated=False
            ),
            rtol=1e-9,
            atol=1e-13,
        )


@given(POINTS, st.data())
def test_volumes_know_no_order_of_rows_or_objectives(Y, data):
    rows = data.draw(st.permutations(range(len(Y))))
    columns = data.draw(st.permutations(range(Y.shape[1])))
    moved = Y[rows][:, columns]
    assert hypervolume(moved, origin(Y)) == hypervolume(Y, origin(Y))
    np.testing.assert_array_equal(
        hypervolume_contributions(moved, origin(Y)),
        hypervolume_contributions(Y, origin(Y))[rows],
    )


@given(POINTS)
def test_what_adds_no_volume(Y):
    lowest, nan = Y[0] - 1.0, np.full(Y.shape[1], 9.0)
    nan[0] = np.nan
    infinite = np.where(np.isnan(nan), np.inf, nan)
    at_reference = np.where(np.isnan(nan), 0.0, nan)
    for nothing in (Y[0], lowest, nan, infinite, at_reference):
        more = np.vstack([Y, nothing])
        assert hypervolume(more, origin(Y)) == hypervolume(Y, origin(Y))
        assert hypervolume_contributions(more, origin(Y))[-1] == 0.0


@given(POINTS, st.booleans())
def test_the_volume_that_is_shown_is_the_volume(Y, with_holes):
    if with_holes:  # which count nowhere
        Y = np.vstack([Y, np.full(Y.shape[1], np.inf), np.full(Y.shape[1], np.nan)])
    expected = hypervolume(Y, origin(Y))
    assert shown_hypervolume(Y, origin(Y)) == pytest.approx(expected, rel=1e-12)


def test_it_is_shown_without_moocore_too(monkeypatch):
    Y = spread(20, 5)
    by_moocore = shown_hypervolume(Y, origin(Y))
    monkeypatch.setitem(sys.modules, "moocore", None)  # as if it was not installed
    _shown_volume._moocore.cache_clear()
    try:
        assert shown_hypervolume(Y, origin(Y)) == hypervolume(Y, origin(Y))
        assert by_moocore == pytest.approx(hypervolume(Y, origin(Y)), rel=1e-12)
    finally:
        _shown_volume._moocore.cache_clear()


def test_the_reference_must_fit():
    for of in (
        hypervolume,
        hypervolume_contributions,
        nondominated_boxes,
        shown_hypervolume,
    ):
        for reference in ([0.0], [0.0, np.inf], [np.nan, 0.0], 0.0):
            with pytest.raises(ValueError, match="2 finite numbers"):
                of([[1.0, 2.0]], reference)
    for m in (3, 4):
        assert hypervolume(np.zeros((0, m)), np.zeros(m)) == 0.0
        assert shown_hypervolume(np.zeros((0, m)), np.zeros(m)) == 0.0
    assert hypervolume_contributions(np.zeros((0, 3)), np.zeros(3)).shape == (0,)


@given(POINTS)
def test_boxes_hold_each_cell_once_that_is_not_dominated(Y):
    lower, upper = nondominated_boxes(Y, origin(Y))
    assert np.all(lower < upper)
    centres = cells(Y.shape[1])[:, np.newaxis]
    holders = ((centres > lower) & (centres < upper)).all(axis=2).sum(axis=1)
    np.testing.assert_array_equal(holders, ~is_dominated(centres[:, 0], Y))


@pytest.mark.parametrize("inward", [False, True])
@pytest.mark.parametrize(
    ("n", "m"), [(0, 3), (1, 1), (30, 2), (30, 3), (12, 4), (8, 5)]
)
def test_boxes_fill_what_is_left_of_the_volume(n, m, inward):
    Y, reference, top = spread(n, m, seed=n, inward=inward), np.full(m, -0.1), 1.5
    lower, upper = nondominated_boxes(Y, reference)
    filled = np.prod(np.minimum(upper, top) - lower, axis=1).sum()
    assert filled == pytest.approx((top + 0.1) ** m - hypervolume(Y, reference))
    overlap = np.minimum(upper[:, None], upper) > np.maximum(lower[:, None], lower)
    np.testing.assert_array_equal(overlap.all(axis=2), np.eye(len(lower), dtype=bool))


@given(POINTS)
def test_there_are_few_boxes(Y):
    n, m = is_nondominated(Y).sum(), Y.shape[1]
    if m <= 3:
        at_most = {1: 1, 2: n + 1, 3: 2 * n + 1}[m]
        assert len(nondominated_boxes(Y, origin(Y))[0]) <= at_most


@given(POINTS)
def test_every_box_begins_an_orthant_without_dominated_points(Y):
    # What the expected improvement relies on where it subtracts.
    lower, _ = nondominated_boxes(Y, origin(Y))
    assert not np.any(is_dominated(lower + 1e-9, Y))


def test_no_points_leave_one_box():
    lower, upper = nondominated_boxes(np.zeros((0, 2)), [1.0, 2.0])
    np.testing.assert_array_equal(lower, [[1.0, 2.0]])
    np.testing.assert_array_equal(upper, [[np.inf, np.inf]])
