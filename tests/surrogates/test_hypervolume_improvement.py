"""The expected gain in hypervolume, against digits, moocore and Monte Carlo."""

import itertools

import moocore
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import norm

from sksearch._pareto import nondominated_boxes
from sksearch.surrogates import (
    log_hypervolume_improvement,
    log_hypervolume_improvement_with_gradient,
    log_improvement,
)

FRONT = np.array([[0.0, 3.0], [1.0, 2.5], [2.0, 1.0], [2.5, 0.25]])
BOXES = nondominated_boxes(FRONT, [-1.0, -0.5])

# Means, standard deviations, log of the sum over strips: with 120 digits, by mpmath
REFERENCE = [
    ((1.2, 1.1), (0.5, 0.7), -2.1400895626856567),
    ((0.3, 0.2), (0.1, 0.2), -45.129191766119949),
    ((3.0, 3.0), (0.001, 2.0), 1.9764550239085357),
    ((-20.0, -30.0), (1.0, 0.5), -2010.5448761885785),
    ((-1000.0, 1.0), (1.0, 1.0), -499020.00123462042),
    ((1.0, -1000.0), (0.1, 30.0), -562.31864636658059),
    ((5.0, 5.0), (0.01, 0.01), 3.2037621870581526),
    ((-8.0, -8.0), (100.0, 0.01), -281265.21280731808),
    ((1.0, 1.0), (30.0, 30.0), 5.0957840909566991),
]

MEANS = st.sampled_from([-1e6, -300.0, -5.0, -0.3, 0.0, 0.4, 1.0, 3.0, 1e3])
SDS = st.sampled_from([1e-6, 0.1, 1.0, 20.0])


def spread(n, m, seed=0):
    Y = np.abs(np.random.default_rng(seed).normal(size=(n, m)))
    return Y / np.linalg.norm(Y, axis=1, keepdims=True)


def value(mean, sd, boxes=BOXES):
    return log_hypervolume_improvement(np.atleast_2d(mean), np.atleast_2d(sd), boxes)[0]


@pytest.mark.parametrize(("mean", "sd", "expected"), REFERENCE)
def test_against_high_precision(mean, sd, expected):
    assert value(mean, sd) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("m", [2, 3, 4])
@pytest.mark.parametrize("n", [1, 7])
def test_against_monte_carlo(m, n):
    rng, front, reference = np.random.default_rng(n), spread(n, m), np.full(m, -0.2)
    boxes = nondominated_boxes(front, reference)
    volume = moocore.Hypervolume(reference, maximise=True)
    for _ in range(4):
        mean, sd = rng.uniform(0.0, 0.8, m), rng.uniform(0.1, 0.6, m)
        samples = rng.normal(mean, sd, size=(4000, m))
        volumes = np.array([volume(np.vstack([front, y])) for y in samples])
        gains = volumes - volume(front)
        error = gains.std() / np.sqrt(len(gains))
        assert abs(np.exp(value(mean, sd, boxes)) - gains.mean()) < 4.0 * error


def naive_of_two(mean, sd, front, reference):
    """The formula by strips, without logarithms; the front falls in the first."""
    first = [np.inf, *front[:, 0], reference[0]]
    second = [*front[:, 1], np.inf]

    def expected(j, level):
        z = (mean[j] - level) / sd[j]
        return sd[j] * (norm.pdf(z) + z * norm.cdf(z)) if np.isfinite(level) else 0.0

    # Between two neighbours in the first objective the one above is the bar.
    bars = [reference[1], *second[:-1]]
    return sum(
        (expected(0, low) - expected(0, high)) * expected(1, bar)
        for high, low, bar in zip(first, first[1:], bars, strict=False)
    )


@given(
    arrays(float, 2, elements=st.floats(-1.0, 3.0)),
    arrays(float, 2, elements=st.floats(0.2, 3.0)),
)
def test_two_objectives_are_strips(mean, sd):
    expected = naive_of_two(mean, sd, FRONT[::-1], [-1.0, -0.5])
    assert np.exp(value(mean, sd)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("m", [1, 2, 3, 5])
@pytest.mark.parametrize("far", [0.0, -100.0])
def test_without_a_front_the_objectives_are_factors(m, far):
    rng = np.random.default_rng(m)
    mean, sd, reference = rng.normal(far, 1.0, m), rng.uniform(0.1, 2.0, m), np.ones(m)
    expected = sum(log_improvement(mean, sd, 1.0))
    for front in (np.zeros((0, m)), reference[np.newaxis], np.zeros((3, m))):
        found = value(mean, sd, nondominated_boxes(front, reference))
        assert found == pytest.approx(expected, rel=1e-12)


def test_one_objective_is_the_improvement():
    boxes = nondominated_boxes([[0.3], [1.5], [1.0]], [0.0])
    mean, sd = np.linspace(-80.0, 5.0, 50)[:, np.newaxis], np.full((50, 1), 0.7)
    found = log_hypervolume_improvement_with_gradient(mean, sd, boxes)
    np.testing.assert_allclose(found[0], log_improvement(mean, sd, 1.5)[:, 0])


@pytest.mark.parametrize("known", [-0.2, 0.7, 1.0, 1.7, 4.0])
def test_an_objective_that_is_known(known):
    # What is left is an integral over the other objective.
    def gain(y, x=known):
        bars = np.array([-0.5, *FRONT[::-1, 1], np.inf])
        rights = np.array([*FRONT[::-1, 0], -1.0])
        lefts = np.minimum(np.maximum(x, rights), [np.inf, *rights[:-1]]) - rights
        heights = np.maximum(y - bars[:-1], 0.0)
        return lefts @ heights

    expected, _ = quad(
        lambda y: gain(y) * norm.pdf(y, 1.0, 0.8), -3.0, 8.0, points=FRONT[:, 1]
    )
    for sd in (1e-9, 1e-14):
        found = value([known, 1.0], [sd, 0.8])
        assert np.exp(found) == pytest.approx(expected, rel=1e-6)


def test_points_that_are_nearly_equal():
    doubled = np.vstack([FRONT, FRONT, FRONT + [1e-16, 0.0], FRONT + [1e-13, -1e-13]])
    boxes = nondominated_boxes(doubled, [-1.0, -0.5])
    assert len(boxes[0]) > len(BOXES[0])
    for mean, sd, expected in REFERENCE:
        assert value(mean, sd, boxes) == pytest.approx(expected, rel=1e-9)
    check_gradient(np.array([-30.0, 1.0]), np.array([1.0, 0.5]), boxes)


def test_dominated_points_do_not_matter():
    boxes = nondominated_boxes(np.vstack([FRONT, FRONT - 0.1]), [-1.0, -0.5])
    for mean, sd, expected in REFERENCE:
        assert value(mean, sd, boxes) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("mean", [0.5, -40.0])
def test_objectives_in_any_order(mean):
    front, rng = spread(9, 4), np.random.default_rng(0)
    means, sds = rng.normal(mean, 0.3, (5, 4)), rng.uniform(0.1, 1.0, (5, 4))
    expected = None
    for columns in itertools.permutations(range(4)):
        at = list(columns)
        boxes = nondominated_boxes(front[:, at], np.zeros(4))
        found = log_hypervolume_improvement_with_gradient(
            means[:, at], sds[:, at], boxes
        )
        back = np.argsort(at)
        found = [found[0][:, np.newaxis], found[1][:, back], found[2][:, back]]
        expected = expected or found
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9)


def test_units_are_factors():
    boxes = nondominated_boxes(FRONT * [1e3, 1e-6], [-1e3, -0.5e-6])
    for mean, sd, expected in REFERENCE:
        found = value(
            np.multiply(mean, [1e3, 1e-6]), np.multiply(sd, [1e3, 1e-6]), boxes
        )
        assert found == pytest.approx(expected + np.log(1e-3), rel=1e-12)


def check_gradient(mean, sd, boxes):
    found, by_mean, by_sd = log_hypervolume_improvement_with_gradient(
        mean[np.newaxis], sd[np.newaxis], boxes
    )
    assert found[0] == value(mean, sd, boxes)
    for j in range(len(mean)):
        step = np.zeros(len(mean))
        step[j] = 1e-6 * sd[j]
        scale = 2.0 * step[j]
        # In units of the step's own sd, so that one tolerance fits all.
        slope = (value(mean + step, sd, boxes) - value(mean - step, sd, boxes)) / scale
        accuracy = 1e-9 * abs(found[0]) / sd[j] + 1e-7 / sd[j]
        assert by_mean[0, j] == pytest.approx(slope, rel=1e-5, abs=accuracy)
        slope = (value(mean, sd + step, boxes) - value(mean, sd - step, boxes)) / scale
        assert by_sd[0, j] == pytest.approx(slope, rel=1e-5, abs=accuracy)


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("centre", [0.5, -4.0, -60.0])
def test_gradient(m, centre):
    rng, boxes = np.random.default_rng(m), nondominated_boxes(spread(6, m), np.zeros(m))
    for _ in range(5):
        check_gradient(rng.normal(centre, 0.5, m), rng.uniform(0.05, 1.0, m), boxes)


@given(arrays(float, 3, elements=MEANS), arrays(float, 3, elements=SDS))
def test_finite_and_rising_everywhere(mean, sd):
    boxes = nondominated_boxes(spread(12, 3, seed=1), np.zeros(3))
    found = log_hypervolume_improvement_with_gradient(mean[None], sd[None], boxes)
    assert all(np.isfinite(part).all() for part in found)
    assert np.all(found[1] >= 0.0)
    # A box can lose by a larger sd, the sum cannot: the shares have the log's accuracy.
    assert np.all(found[2] * sd >= -1e-9 - 1e-15 * np.abs(found[0]))
    assert np.all(found[1][0][mean < 0.0] > 0.0)


@pytest.mark.parametrize("hopeless", [-1e3, -1e6, -1e9])
def test_an_objective_without_hope_leaves_the_others_their_slopes(hopeless):
    # All that counts is the slice at the reference, which every point dominates.
    front = spread(12, 3, seed=1)
    mean, sd = np.array([[0.4, 0.7, hopeless]]), np.array([[0.3, 1.0, 1e-6]])
    found = log_hypervolume_improvement_with_gradient(
        mean, sd, nondominated_boxes(front, np.zeros(3))
    )
    sliced = log_hypervolume_improvement_with_gradient(
        mean[:, :2], sd[:, :2], nondominated_boxes(front[:, :2], np.zeros(2))
    )
    for one, other in zip(found[1:], sliced[1:], strict=True):
        np.testing.assert_allclose(one[:, :2], other, rtol=1e-9)


def test_finite_at_the_end_of_floats():
    for mean, sd in [(-1e150, 1e-3), (1e150, 1e-3), (-1e300, 1.0), (0.5, 1e-90)]:
        found = log_hypervolume_improvement_with_gradient(
            np.full((1, 2), mean), np.full((1, 2), sd), BOXES
        )
        assert all(np.isfinite(part).all() for part in found)


def test_climbing_reaches_the_front_from_afar():
    mean, sd = np.array([[-1e4, -3e5]]), np.ones((1, 2))
    for _ in range(200):
        # With sd 1 the log is about -|distance|^2 / 2, and its slope the distance.
        _, by_mean, _ = log_hypervolume_improvement_with_gradient(mean, sd, BOXES)
        mean = mean + 0.5 * by_mean
    assert value(mean, sd) > 0.0
