import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import Matern

from sksearch.surrogates._kernel import (
    covariance,
    covariance_with_gradient,
    group_distances,
    matern52,
    matern52_slope,
    pair_terms,
    slopes_of_pairs,
    squared_distances,
)

GROUPS, SCALES = np.array([0, 1, 1, 2]), (0.7, 1.9)


def naive(a, b):
    """The kernel as its docstring says it."""
    r2 = [float(np.sum((a - b)[group == GROUPS] ** 2)) for group in range(3)]
    alone = np.mean([1 / (1 + each) for each in r2])
    return SCALES[0] * float(matern52(np.array(sum(r2)))) + SCALES[1] * alone


def test_covariance_is_the_naive_one():
    A, B = np.random.default_rng(0).normal(size=(2, 6, 4))
    expected = [[naive(a, b) for b in B] for a in A]
    np.testing.assert_allclose(covariance(A, B, GROUPS, SCALES), expected)
    found, _ = covariance_with_gradient(A, B, GROUPS, SCALES)
    np.testing.assert_allclose(found, expected)


def test_gradient_of_covariance():
    A, B = np.random.default_rng(0).normal(size=(2, 5, 4))
    _, gradient = covariance_with_gradient(A, B, GROUPS, SCALES)
    for i, j, d in np.ndindex(gradient.shape):
        step = 1e-6 * np.eye(4)[d]
        expected = (naive(A[i] + step, B[j]) - naive(A[i] - step, B[j])) / 2e-6
        assert abs(gradient[i, j, d] - expected) < 1e-7


def test_pairs_are_those_of_the_matrix():
    X = np.random.default_rng(0).normal(size=(7, 4))
    terms = pair_terms(group_distances(X, GROUPS, 3))
    expected = covariance(X, X, GROUPS, SCALES)[np.triu_indices(7, 1)]
    np.testing.assert_allclose(
        SCALES[0] * terms.together + SCALES[1] * terms.alone, expected
    )


def test_slopes_of_pairs():
    rng = np.random.default_rng(0)
    distances, c = rng.random((3, 10)), rng.normal(size=10)

    def total(log_rates):
        parts = pair_terms(np.exp(log_rates)[:, None] * distances)
        return float(c @ (SCALES[0] * parts.together + SCALES[1] * parts.alone))

    around = [total(1e-6 * e) - total(-1e-6 * e) for e in np.eye(3)]
    found = slopes_of_pairs(distances, pair_terms(distances), SCALES, c)
    np.testing.assert_allclose(found, np.array(around) / 2e-6, rtol=1e-6)


def test_covariances_are_positive_definite():
    X = np.random.default_rng(0).normal(size=(40, 4))
    matrix = covariance(X, X, GROUPS, SCALES)
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_no_columns_are_one_point():
    nothing, groups = np.empty((3, 0)), np.empty(0, dtype=int)
    found, gradient = covariance_with_gradient(nothing, nothing, groups, SCALES)
    np.testing.assert_array_equal(found, np.full((3, 3), SCALES[0]))
    assert gradient.shape == (3, 3, 0)


def test_is_scikit_learns_kernel():
    rng = np.random.default_rng(0)
    X, Y, lengthscales = (
        rng.random((6, 3)),
        rng.random((5, 3)),
        np.array([0.2, 1.0, 3.0]),
    )
    kernel = Matern(lengthscales, nu=2.5)
    found = matern52(squared_distances(X / lengthscales, Y / lengthscales))
    np.testing.assert_allclose(found, kernel(X, Y), rtol=1e-10)


@given(st.floats(1e-6, 1e3))
@settings(max_examples=50, deadline=None)
def test_slope(r2):
    step = 1e-4 * r2
    around = matern52(np.array([r2 - step, r2 + step]))
    np.testing.assert_allclose(
        matern52_slope(np.array([r2])),
        np.diff(around) / (2 * step),
        rtol=1e-5,
        atol=1e-12,
    )


def test_slope_is_finite_at_zero():
    assert matern52_slope(np.zeros(1)) == -5.0 / 6.0


def test_group_distances_add_up():
    rng = np.random.default_rng(0)
    X, groups = rng.random((7, 5)), np.array([0, 1, 1, 2, 1])
    found = group_distances(X, groups, 3)
    pairs = np.triu_indices(7, 1)
    np.testing.assert_allclose(found.sum(axis=0), squared_distances(X, X)[pairs])
    np.testing.assert_allclose(found[2], ((X[pairs[0]] - X[pairs[1]])[:, 3]) ** 2)


def test_scaled_one_hot_distance_is_hamming():
    rng = np.random.default_rng(0)
    choices = rng.integers(4, size=(20, 3))
    X = (np.eye(4)[choices] * np.sqrt(0.5)).reshape(20, 12)
    hamming = (choices[:, None] != choices[None]).sum(axis=2)
    np.testing.assert_allclose(squared_distances(X, X), hamming, atol=1e-12)
