import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import Matern

from sksearch.surrogates._matern import (
    group_distances,
    matern52,
    matern52_slope,
    squared_distances,
)


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
