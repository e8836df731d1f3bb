import math

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from sksearch.surrogates import (
    ConstantOutputError,
    GaussianProcess,
    Hyperparameters,
    NotPositiveDefiniteError,
)
from sksearch.surrogates._cholesky import append_rows, cholesky
from sksearch.surrogates._hyperparameters import (
    find_hyperparameters,
    log_likelihood,
    log_prior,
)
from sksearch.surrogates._matern import group_distances
from sksearch.surrogates._standardize import standardize

GROUPS = np.array([0, 1, 1, 1, 2])
KNOWN = Hyperparameters((0.4, 0.9, 2.0), 1.7, 0.03)


def make_data(n=25, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.random((n, 5))
    return X, np.sin(5 * X[:, 0]) + X[:, 1] * X[:, 4] + 0.1 * rng.normal(size=n)


def make_reference(X, y, unknown_mean=False):
    kernel = ConstantKernel(KNOWN.scale) * Matern(
        np.array(KNOWN.lengthscales)[GROUPS], nu=2.5
    )
    if unknown_mean:  # ~ N(0, 1)
        kernel += ConstantKernel(1.0)
    reference = GaussianProcessRegressor(kernel, alpha=KNOWN.noise, optimizer=None)
    return reference.fit(X, y)


def test_posterior_is_scikit_learns():
    X, y = make_data()
    z, offset, unit = standardize(y)
    queries = np.random.default_rng(1).random((10, 5))
    mean, sd = GaussianProcess.fixed(X, y, GROUPS, KNOWN).predict(queries)
    expected = make_reference(X, z, unknown_mean=True).predict(queries)
    np.testing.assert_allclose(mean, offset + unit * expected, rtol=1e-9)
    _, expected = make_reference(X, z).predict(queries, return_std=True)
    np.testing.assert_allclose(sd, unit * expected, rtol=1e-9)


def test_likelihood_is_scikit_learns():
    X, y = make_data()
    value, _ = log_likelihood(
        KNOWN.theta, group_distances(X, GROUPS, 3), y, np.triu_indices(len(X), 1)
    )
    covariance = make_reference(X, y, unknown_mean=True).L_
    ones = np.linalg.solve(covariance, np.ones(len(X)))
    mean = float(ones @ np.linalg.solve(covariance, y))  # E[m | y] = 1^T K^-1 y
    reference = make_reference(X, y - mean)
    expected = reference.log_marginal_likelihood_value_ - mean**2 / 2
    assert value == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_gradient_of_likelihood(seed):
    X, y = make_data()
    distances, pairs = group_distances(X, GROUPS, 3), np.triu_indices(len(X), 1)
    theta = np.random.default_rng(seed).normal(size=5) - [0, 0, 0, 0, 3]
    _, found = log_likelihood(theta, distances, y, pairs)
    expected = approx_fprime(
        theta, lambda t: log_likelihood(t, distances, y, pairs)[0], 1e-7
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_prior_is_lognormal():
    theta = np.array([0.3, -1.0, 0.2, 0.5, -3.0])
    means = [math.log(0.5 * math.sqrt(3))] * 3 + [0.0, -4.0]
    value, gradient = log_prior(theta)
    assert value - log_prior(np.array(means))[0] == pytest.approx(
        norm.logpdf(theta, means).sum() - norm.logpdf(0.0) * 5
    )
    np.testing.assert_allclose(gradient, means - theta)


def test_gradient_of_prediction():
    X, y = make_data()
    process = GaussianProcess.fixed(X, y, GROUPS, KNOWN).condition(X[:3] + 0.1)
    queries = np.random.default_rng(1).random((6, 5))
    found = process.predict_with_gradient(queries)
    np.testing.assert_allclose(found[:2], process.predict(queries), rtol=1e-9)
    for i, query in enumerate(queries):
        for part in (0, 1):
            expected = approx_fprime(
                query, lambda x, part=part: process.predict(x[None])[part][0], 1e-7
            )
            np.testing.assert_allclose(found[2 + part][i], expected, atol=1e-5)


def test_gradient_is_finite_at_an_observation():
    X, y = make_data()
    found = GaussianProcess.fixed(X, y, GROUPS, KNOWN).predict_with_gradient(X)
    assert all(np.all(np.isfinite(part)) for part in found)


def test_pending_points_are_believed():
    X, y = make_data()
    pending, queries = np.random.default_rng(1).random((2, 4, 5))
    process = GaussianProcess.fixed(X, y, GROUPS, KNOWN)
    both = process.condition(pending)
    # The same as observing the posterior means, in the unit of the first fit.
    z = (y - process.offset) / process.unit
    believed = (process.predict(pending)[0] - process.offset) / process.unit
    refit = make_reference(np.concatenate([X, pending]), np.concatenate([z, believed]))
    mean, sd = refit.predict(queries, return_std=True)
    np.testing.assert_allclose(both.predict(queries)[0], process.predict(queries)[0])
    expected = process.offset + process.unit * mean
    np.testing.assert_allclose(both.predict(queries)[0], expected, rtol=1e-9)
    np.testing.assert_allclose(both.predict(queries)[1], process.unit * sd, rtol=1e-9)
    twice = process.condition(pending[:1]).condition(pending[1:])
    np.testing.assert_allclose(twice.predict(queries), both.predict(queries), rtol=1e-9)


def test_appended_rows_are_those_of_a_new_factor():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(9, 9))
    C = A @ A.T + np.eye(9)
    found = append_rows(cholesky(C[:6, :6]), C[:6, 6:], C[6:, 6:])
    np.testing.assert_allclose(np.tril(found), np.linalg.cholesky(C), atol=1e-12)


def test_jitter_saves_a_singular_matrix():
    factor = np.tril(cholesky(np.ones((4, 4)) - 1e-9 * np.eye(4)))
    np.testing.assert_allclose(factor @ factor.T, np.ones((4, 4)), atol=1e-3)


@pytest.mark.parametrize("matrix", [-np.eye(3), np.full((3, 3), np.nan)])
def test_no_factor(matrix):
    with pytest.raises(NotPositiveDefiniteError, match="no Cholesky factor"):
        cholesky(matrix)


def test_fit_finds_what_matters_and_the_noise():
    rng = np.random.default_rng(0)
    X = rng.random((80, 2))
    y = np.sin(6 * X[:, 0]) + 0.3 * rng.normal(size=80)
    found = GaussianProcess.fit(X, y, [0, 1])
    relevant, irrelevant = found.hyperparameters.lengthscales
    assert 3 * relevant < irrelevant
    noise = math.sqrt(found.hyperparameters.noise) * found.unit
    assert noise == pytest.approx(0.3, rel=0.25)


def test_fit_improves_on_every_start():
    X, y = make_data()
    z, *_ = standardize(y)
    distances, pairs = group_distances(X, GROUPS, 3), np.triu_indices(len(X), 1)
    starts = [KNOWN, Hyperparameters.default(3)]
    found = find_hyperparameters(distances, z, starts, 50)

    def density(theta):
        return log_likelihood(theta, distances, z, pairs)[0] + log_prior(theta)[0]

    assert density(found.theta) > max(density(start.theta) for start in starts)


def test_fit_does_not_depend_on_the_unit():
    X, y = make_data()
    queries = np.random.default_rng(1).random((5, 5))
    mean, sd = GaussianProcess.fit(X, y, GROUPS).predict(queries)
    for unit in (1e-290, 1e290):
        scaled = GaussianProcess.fit(X, y * unit, GROUPS).predict(queries)
        np.testing.assert_allclose(scaled, (mean * unit, sd * unit), rtol=1e-6)


def test_groups_may_have_any_numbers():
    X, y = make_data()
    names = np.array([7, 9, 9, 9, 30])
    np.testing.assert_array_equal(
        GaussianProcess.fit(X, y, names).predict(X),
        GaussianProcess.fit(X, y, GROUPS).predict(X),
    )


@pytest.mark.parametrize("value", [0.0, 3.0, -1e308, 1e-310])
def test_constant_outputs(value):
    X, _ = make_data()
    with pytest.raises(ConstantOutputError, match="observations"):
        GaussianProcess.fit(X, np.full(len(X), value), GROUPS)


def test_standardize_raises_the_bad_side_only():
    y = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 100.0, -1e9])
    z, offset, unit = standardize(y)
    assert z.mean() == pytest.approx(0.0, abs=1e-12)
    assert z.std() == pytest.approx(1.0)
    np.testing.assert_allclose(z[:-1] * unit + offset, y[:-1])
    assert z[-1] * unit + offset == pytest.approx(2.0 - 3.0 * 98.0)


def test_standardize_with_ties_for_the_best():
    z, *_ = standardize(np.array([1.0] * 9 + [0.5, 0.2]))
    assert len(np.unique(z)) > 1
    z, *_ = standardize(np.array([1.0, 1.0, 1.0, 1.0, 0.5, 0.2, 0.9]))
    assert np.all(np.isfinite(z))
