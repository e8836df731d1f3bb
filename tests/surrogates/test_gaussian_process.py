import math

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal, norm

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
from sksearch.surrogates._kernel import covariance, group_distances
from sksearch.surrogates._outputs import compress, standardize

GROUPS = np.array([0, 1, 1, 1, 2])
KNOWN = Hyperparameters((0.4, 0.9, 2.0), 1.2, 0.5, 0.03)


def make_data(n=25, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.random((n, 5))
    return X, np.sin(5 * X[:, 0]) + X[:, 1] * X[:, 4] + 0.1 * rng.normal(size=n)


def known_covariance(A, B):
    rates = 1 / np.array(KNOWN.lengthscales)[GROUPS]
    return covariance(A * rates, B * rates, GROUPS, KNOWN.scales)


def reference(X, y, queries, noise=KNOWN.noise, mean_variance=0.0):
    """The posterior mean and standard deviation, by the textbook."""
    cross = known_covariance(queries, X)
    inverse = np.linalg.inv(
        known_covariance(X, X) + noise * np.eye(len(X)) + mean_variance
    )
    mean = (cross + mean_variance) @ inverse @ y
    variance = sum(KNOWN.scales) - np.einsum("ij,jk,ik->i", cross, inverse, cross)
    return mean, np.sqrt(variance)


def test_posterior_is_the_textbooks():
    X, y = make_data()
    z, offset, unit = standardize(y)
    queries = np.random.default_rng(1).random((10, 5))
    mean, sd = GaussianProcess.fixed(X, y, GROUPS, KNOWN).predict(queries)
    expected, _ = reference(X, z, queries, mean_variance=1.0)  # the mean is ~ N(0, 1)
    np.testing.assert_allclose(mean, offset + unit * expected, rtol=1e-9)
    _, expected = reference(X, z, queries)
    np.testing.assert_allclose(sd, unit * expected, rtol=1e-9)


def test_known_variances_are_noise_of_single_observations():
    X, y = make_data()
    z, offset, unit = standardize(y)
    variances = np.random.default_rng(2).random(len(X))
    queries = np.random.default_rng(1).random((10, 5))
    process = GaussianProcess.fixed(X, y, GROUPS, KNOWN, variances)
    noise = KNOWN.noise + variances / unit**2
    expected, _ = reference(X, z, queries, noise, mean_variance=1.0)
    mean, sd = process.predict(queries)
    np.testing.assert_allclose(mean, offset + unit * expected, rtol=1e-9)
    np.testing.assert_allclose(sd, unit * reference(X, z, queries, noise)[1], rtol=1e-9)


def test_an_uncertain_observation_is_believed_less():
    X = np.linspace(0, 1, 12)[:, None]
    y = np.sin(6 * X[:, 0])
    y[5] += 2.0
    variances = np.where(np.arange(12) == 5, 100.0, 0.0)
    doubted = GaussianProcess.fit(X, y, [0], variances=variances)
    believed = GaussianProcess.fit(X, y, [0])
    error = [abs(p.predict(X[[5]])[0][0] - y[5] + 2.0) for p in (doubted, believed)]
    assert error[0] < 0.3 < error[1]


@pytest.mark.parametrize("known", [0.0, 0.2])
def test_likelihood_is_scipys(known):
    X, y = make_data()
    value, _ = log_likelihood(
        KNOWN.theta, group_distances(X, GROUPS, 3), y, np.triu_indices(len(X), 1), known
    )
    noisy = known_covariance(X, X) + (KNOWN.noise + known) * np.eye(len(X))
    ones = np.linalg.solve(noisy + 1.0, np.ones(len(X)))
    mean = float(ones @ y)  # E[m | y] = 1^T K^-1 y
    expected = multivariate_normal(np.full(len(X), mean), noisy).logpdf(y)
    assert value == pytest.approx(expected - mean**2 / 2)


@pytest.mark.parametrize("seed", range(5))
def test_gradient_of_likelihood(seed):
    X, y = make_data()
    distances, pairs = group_distances(X, GROUPS, 3), np.triu_indices(len(X), 1)
    theta = np.random.default_rng(seed).normal(size=6) - [0, 0, 0, 0, 0, 3]
    known = np.random.default_rng(seed).random(len(X))
    _, found = log_likelihood(theta, distances, y, pairs, known)
    expected = approx_fprime(
        theta, lambda t: log_likelihood(t, distances, y, pairs, known)[0], 1e-7
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_prior_is_lognormal():
    theta = np.array([0.3, -1.0, 0.2, 0.5, -0.1, -3.0])
    means = [math.log(0.5 * math.sqrt(3))] * 3 + [math.log(0.5)] * 2 + [-4.0]
    value, gradient = log_prior(theta)
    assert value - log_prior(np.array(means))[0] == pytest.approx(
        norm.logpdf(theta, means).sum() - norm.logpdf(0.0) * 6
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
    everything = np.concatenate([X, pending]), np.concatenate([z, believed])
    mean, sd = reference(*everything, queries)
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


def test_compress_keeps_the_better_half():
    y = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 100.0, -1e9])
    found = compress(y)
    np.testing.assert_array_equal(found[y >= 2.0], y[y >= 2.0])
    assert (np.argsort(found) == np.argsort(y)).all()
    width = np.sqrt(np.mean((y[y >= 2.0] - 2.0) ** 2))
    np.testing.assert_allclose(
        found[[6, 0, 1]], 2.0 + width * norm.ppf([1 / 12, 3 / 12, 5 / 12])
    )


def test_compress_where_most_are_equal_and_none_is_worse():
    y = np.array([0.5] * 9 + [0.7, 0.9])
    np.testing.assert_array_equal(compress(y), y)


def test_compress_with_ties_for_the_best():
    found = compress(np.array([1.0] * 9 + [0.5, 0.2]))
    assert len(np.unique(found)) == 3
    assert np.isfinite(compress(np.array([1.0, 1.0, 1.0, 1.0, 0.5, 0.2, 0.9]))).all()


@pytest.mark.parametrize("unit", [1e-290, 1e290])
def test_compress_does_not_depend_on_the_unit(unit):
    _, y = make_data()
    np.testing.assert_allclose(compress(y * unit) / unit, compress(y), rtol=1e-12)


@pytest.mark.parametrize("y", [[0.0, 0.0], [np.inf, 1.0], [np.nan]])
def test_nothing_to_compress(y):
    with pytest.raises(ConstantOutputError, match="observation"):
        compress(np.array(y))
