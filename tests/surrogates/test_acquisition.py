import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import log_ndtr
from scipy.stats import norm

from sksearch.surrogates import log_improvement, log_improvement_with_gradient

# log(phi(z) + z Phi(z)), computed with 80 digits by mpmath
REFERENCE = {
    1e10: 23.025850929940457,
    30.0: 3.4011973816621555,
    1.0: 0.08002621884930694,
    0.0: -0.9189385332046728,
    -0.999: -2.4832171154475855,
    -1.001: -2.4870256579553893,
    -2.0: -4.768783523917114,
    -10.0: -55.55312203612235,
    -25.0: -319.86146358149597,
    -49.9: -1253.7451836641035,
    -50.1: -1263.7531741014686,
}


@pytest.mark.parametrize("z", REFERENCE)
def test_against_high_precision(z):
    found = log_improvement(np.array([z]), np.ones(1), 0.0)
    np.testing.assert_allclose(found, REFERENCE[z], rtol=1e-13)


@pytest.mark.parametrize("z", [-1e2, -1e4, -1e6, -1e10, -1e50, -1e100])
def test_tail_is_its_expansion(z):
    # h -> phi / z^2
    value, by_mean, by_sd = log_improvement_with_gradient(
        np.array([z]), np.ones(1), 0.0
    )
    np.testing.assert_allclose(
        value, norm.logpdf(z) - 2.0 * np.log(-z) + np.log1p(-3.0 / z**2), rtol=1e-7
    )
    np.testing.assert_allclose(by_mean, -z, rtol=1e-3)
    np.testing.assert_allclose(by_sd, z**2, rtol=1e-3)


@pytest.mark.parametrize(("mean", "sd", "best"), [(0.3, 0.5, 0.9), (2.0, 3.0, 1.0)])
def test_is_the_expected_improvement(mean, sd, best):
    integral, _ = quad(
        lambda f: (f - best) * norm.pdf(f, mean, sd), best, mean + 9 * sd
    )
    found = log_improvement(np.array([mean]), np.array([sd]), best)
    np.testing.assert_allclose(np.exp(found), integral, rtol=1e-7)


def test_rises_with_mean_and_sd():
    z = np.concatenate([-np.logspace(10, -3, 4000), np.logspace(-3, 3, 1000)])
    by_mean = log_improvement(z, np.ones_like(z), 0.0)
    assert np.all(np.diff(by_mean) > 0)
    sd = np.logspace(-8, 3, 1000)
    assert np.all(np.diff(log_improvement(np.full_like(sd, -1.0), sd, 0.0)) > 0)


def test_no_step_where_the_formulae_meet():
    for seam in (-1.0, -50.0):
        z = seam + np.array([-1e-9, 1e-9])
        value, by_mean, by_sd = log_improvement_with_gradient(z, np.ones(2), 0.0)
        np.testing.assert_allclose(np.diff(value), 2e-9 * by_mean[0], rtol=0.05)
        np.testing.assert_allclose(*by_mean, rtol=1e-8)
        np.testing.assert_allclose(*by_sd, rtol=1e-8)


@pytest.mark.parametrize("z", [-300.0, -40.0, -3.0, -0.5, 0.5, 4.0])
@pytest.mark.parametrize("sd", [1e-3, 1.0, 50.0])
def test_gradient(z, sd):
    mean, step = z * sd, 1e-6 * sd

    def value(mean, sd):
        return log_improvement(np.array([mean]), np.array([sd]), 0.0)[0]

    _, by_mean, by_sd = log_improvement_with_gradient(
        np.array([mean]), np.array([sd]), 0.0
    )
    slope = (value(mean + step, sd) - value(mean - step, sd)) / (2 * step)
    np.testing.assert_allclose(by_mean, slope, rtol=1e-5)
    slope = (value(mean, sd + step) - value(mean, sd - step)) / (2 * step)
    np.testing.assert_allclose(by_sd, slope, rtol=1e-5, atol=1e-6 / sd)


def test_gradient_is_finite_everywhere():
    z = np.concatenate([-np.logspace(-300, 150, 500), np.logspace(-300, 150, 500)])
    found = log_improvement_with_gradient(z, np.ones_like(z), 0.0)
    assert np.all(np.isfinite(found))
    assert np.all(np.array(found[1:]) >= 0.0)


def test_ratio_to_the_normal_tail():
    # h = phi + z Phi, so that d log h / dz = Phi / h
    z = np.array([-30.0, -5.0, -1.5])
    value, by_mean, _ = log_improvement_with_gradient(z, np.ones(3), 0.0)
    np.testing.assert_allclose(np.log(by_mean), log_ndtr(z) - value, rtol=1e-9)
