import numpy as np
from scipy.optimize import approx_fprime

from sksearch.surrogates import Feasibility


def make_feasibility(n=20):
    X = np.random.default_rng(0).random((n, 3))
    succeeded = X[:, 0] < 0.6
    return Feasibility.fit(X, succeeded, range(3)), X, succeeded


def test_low_where_fits_failed():
    feasibility, X, succeeded = make_feasibility()
    probability = np.exp(feasibility.value_and_gradient(X)[0])
    assert np.all(probability[succeeded] > 0.5)
    assert np.all(probability[~succeeded] < 0.5)


def test_learns_what_matters():
    feasibility, _, _ = make_feasibility(n=60)
    log_p, _ = feasibility.value_and_gradient([[0.1, 0.9, 0.9], [0.9, 0.1, 0.1]])
    assert log_p[0] > np.log(0.9)
    assert log_p[1] < np.log(0.1)


def test_failures_everywhere_are_noise():
    rng = np.random.default_rng(0)
    X, succeeded = rng.random((60, 2)), rng.random(60) < 0.8
    log_p, _ = Feasibility.fit(X, succeeded, range(2)).value_and_gradient(
        rng.random((9, 2))
    )
    assert np.all(np.exp(log_p) > 0.5)


def test_gradient():
    feasibility, X, _ = make_feasibility()
    log_p, gradient = feasibility.value_and_gradient(X + 0.05)
    assert np.all(log_p < 0.0)
    for point, found in zip(X + 0.05, gradient, strict=True):
        expected = approx_fprime(
            point, lambda x: feasibility.value_and_gradient(x[None])[0][0], 1e-7
        )
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
