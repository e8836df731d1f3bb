"""A Gaussian process of a function that changes with time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad
from scipy.spatial.distance import pdist
from scipy.stats import multivariate_normal

from sksearch._blas import blas_limited_to
from sksearch.surrogates._kernel import group_distances
from sksearch.surrogates._time_varying import TimeVaryingProcess, log_likelihood


@pytest.fixture(autouse=True)
def one_thread():
    with blas_limited_to(1):
        yield


GROUPS = np.array([0, 0, 1])
THETAS = st.lists(st.floats(-2.0, 2.0), min_size=5, max_size=5).map(np.array)


def observed(seed, n=9):
    rng = np.random.default_rng(seed)
    times = rng.integers(0, 5, n).astype(float)
    return times, rng.random((n, 3)), rng.normal(size=n)


def naive_covariance(theta, t, A, u, B):
    """Write the kernel down as the paper has it, one pair after the other."""
    lengthscales = np.exp(theta[:2])[GROUPS]
    forgotten = 1.0 - math.exp(-2.0 * math.exp(theta[2]))
    found = np.empty((len(A), len(B)))
    for i, j in np.ndindex(found.shape):
        a = math.sqrt(5.0) * np.linalg.norm((A[i] - B[j]) / lengthscales)
        faded = (1.0 - forgotten) ** (abs(t[i] - u[j]) / 2.0)
        found[i, j] = math.exp(theta[3]) * faded * (1 + a + a * a / 3) * math.exp(-a)
    return found


def noisy(theta, t, A):
    return naive_covariance(theta, t, A, t, A) + math.exp(theta[4]) * np.eye(len(A))


@settings(deadline=None, max_examples=30)
@given(theta=THETAS, seed=st.integers(0, 99))
def test_the_likelihood_is_that_of_the_kernel(theta, seed):
    times, X, y = observed(seed)
    arguments = (
        group_distances(X, GROUPS, 2),
        pdist(times[:, None], "cityblock"),
        y,
        np.triu_indices(len(y), 1),
    )
    value, gradient = log_likelihood(theta, *arguments)
    expected = multivariate_normal(cov=noisy(theta, times, X)).logpdf(y)
    assert value == pytest.approx(expected, rel=1e-6, abs=1e-6)
    error = check_grad(
        lambda theta: log_likelihood(theta, *arguments)[0],
        lambda theta: log_likelihood(theta, *arguments)[1],
        theta,
    )
    assert error < 1e-3 * (1.0 + np.abs(gradient).max())


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99))
def test_predictions_are_those_of_the_kernel(seed):
    times, X, y = observed(seed)
    process = TimeVaryingProcess.fit(times, X, y, GROUPS)
    queries = np.random.default_rng(seed + 100).random((4, 3))
    when = np.full(4, 5.5)
    k = naive_covariance(process.theta, when, queries, times, X)
    solved = np.linalg.solve(noisy(process.theta, times, X), k.T)
    mean, sd = process.predict(5.5, queries)
    np.testing.assert_allclose(mean, solved.T @ y, rtol=1e-6, atol=1e-8)
    variance = math.exp(process.theta[3]) - np.sum(k.T * solved, axis=0)
    np.testing.assert_allclose(sd**2, variance, rtol=1e-5, atol=1e-8)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99))
def test_what_is_pending_narrows_and_moves_nothing(seed):
    times, X, y = observed(seed)
    process = TimeVaryingProcess.fit(times, X, y, GROUPS)
    queries = np.random.default_rng(seed + 100).random((4, 3))
    waiting = process.condition([5.0, 5.0], queries[:2])
    before, after = process.predict(5.0, queries), waiting.predict(5.0, queries)
    np.testing.assert_allclose(after[0], before[0], atol=1e-9)
    assert (after[1] <= before[1] + 1e-9).all()
    assert (after[1][:2] < before[1][:2]).all()
    assert process.condition([], np.empty((0, 3))) is process


def test_what_was_seen_is_forgotten():
    times, X, y = observed(0)
    process = TimeVaryingProcess.fit(times, X, y, GROUPS)
    mean, sd = process.predict(1e6, X)
    np.testing.assert_allclose(mean, 0.0, atol=1e-9)
    np.testing.assert_allclose(sd, math.exp(process.theta[3] / 2))


def test_what_changes_fast_is_forgotten_sooner():
    rng = np.random.default_rng(0)
    times, X = np.repeat(np.arange(12.0), 6), rng.random((72, 1))
    still = np.sin(6.0 * X[:, 0])
    moving = np.sin(6.0 * X[:, 0] + times)
    rates = [
        TimeVaryingProcess.fit(times, X, y + 0.05 * rng.normal(size=72), [0]).theta[1]
        for y in (still, moving)
    ]
    assert rates[0] < rates[1] - 1.0
