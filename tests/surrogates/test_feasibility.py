import numpy as np
from scipy.optimize import approx_fprime

from sksearch.surrogates import Feasibility


def make_feasibility():
    rng = np.random.default_rng(0)
    points = rng.random((12, 3))
    rates = np.array([5.0, 1.0, 2.0])
    return Feasibility(points * rates, points[:, 0] > 0.6, rates), points


def test_low_where_fits_failed():
    feasibility, points = make_feasibility()
    log_p, _ = feasibility.log_probability(points)
    assert np.all(log_p < 0.0)
    assert log_p[feasibility.failed].max() < log_p[~feasibility.failed].min()


def test_far_away_nothing_is_known():
    feasibility, points = make_feasibility()
    log_p, gradient = feasibility.log_probability(points + 1e3)
    np.testing.assert_allclose(np.exp(log_p), 0.5)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-12)


def test_gradient():
    feasibility, points = make_feasibility()
    _, gradient = feasibility.log_probability(points + 0.05)
    for point, found in zip(points + 0.05, gradient, strict=True):
        expected = approx_fprime(
            point, lambda x: feasibility.log_probability(x[None])[0][0], 1e-7
        )
        np.testing.assert_allclose(found, expected, atol=1e-5)
