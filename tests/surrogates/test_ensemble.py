"""Ensembles of processes, and the weights that rankings earn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sksearch.surrogates import (
    Ensemble,
    GaussianProcess,
    leave_one_out,
    ranking_weights,
)


def make_process(n=12, seed=0, sign=1.0):
    rng = np.random.default_rng(seed)
    X = rng.random((n, 2))
    y = sign * (np.sin(4.0 * X[:, 0]) + X[:, 1]) + 0.05 * rng.standard_normal(n)
    return X, 100.0 + 7.0 * y, GaussianProcess.fit(X, 100.0 + 7.0 * y, [0, 1])


def make_ensemble(weight=0.4):
    first, second = make_process(seed=1)[2], make_process(seed=2, sign=-1.0)[2]
    own = make_process()[2]
    rest = (1.0 - weight) / 2.0
    return Ensemble(own, own.offset, own.unit, weight, [first, second], [rest, rest])


def test_leaving_one_out_is_what_a_process_without_it_says():
    X, y, process = make_process()
    mean, sd = leave_one_out(process)
    C = process._covariance(process.points, process.points)
    noise = process.hyperparameters.noise
    z = (y - process.offset) / process.unit
    for i in range(len(X)):
        rest = np.arange(len(X)) != i
        inside = C[np.ix_(rest, rest)] + noise * np.eye(rest.sum())
        k = C[i, rest]
        expected = process.offset + process.unit * (
            k @ np.linalg.solve(inside, z[rest])
        )
        variance = C[i, i] - k @ np.linalg.solve(inside, k)
        assert mean[i] == pytest.approx(expected, rel=1e-6)
        assert sd[i] == pytest.approx(process.unit * np.sqrt(variance), rel=1e-4)


def test_one_member_is_an_ensemble_of_itself():
    X, _, process = make_process()
    alone = Ensemble(process, process.offset, process.unit, 1.0, [], [])
    for found, expected in zip(alone.predict(X), process.predict(X), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_gradients_are_those_of_the_predictions():
    ensemble, step = make_ensemble(), 1e-6
    X = np.random.default_rng(3).random((5, 2))
    found = ensemble.predict_with_gradient(X)
    for j in range(2):
        up, down = X.copy(), X.copy()
        up[:, j] += step
        down[:, j] -= step
        for k, gradient in enumerate((found.mean_gradient, found.sd_gradient)):
            slope = (ensemble.predict(up)[k] - ensemble.predict(down)[k]) / (2 * step)
            np.testing.assert_allclose(gradient[:, j], slope, rtol=1e-3, atol=1e-3)


def test_the_unit_of_an_earlier_task_does_not_matter():
    X, y, own = make_process()
    scaled = GaussianProcess.fixed(X, 1e6 * y - 3.0, [0, 1], own.hyperparameters)
    plain = GaussianProcess.fixed(X, y, [0, 1], own.hyperparameters)
    means = [
        Ensemble(own, own.offset, own.unit, 0.5, [other], [0.5]).predict(X)[0]
        for other in (scaled, plain)
    ]
    np.testing.assert_allclose(*means, rtol=1e-9)


def test_pending_points_leave_the_mean_and_lower_the_deviation():
    ensemble, X = make_ensemble(), np.array([[0.5, 0.5]])
    before, after = ensemble.predict(X), ensemble.condition(X).predict(X)
    np.testing.assert_allclose(after[0], before[0])
    assert after[1] < before[1]


@given(st.integers(5, 20), st.integers(0, 1000))
def test_weights_add_up_to_one_and_order_alone_counts(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.permutation(n).astype(float)
    means = rng.standard_normal((4, n))
    sds = rng.uniform(0.01, 1.0, (4, n))
    weights = ranking_weights(means, sds, y, np.random.default_rng(0))
    warped = ranking_weights(means, sds, np.exp(y / n), np.random.default_rng(0))
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0.0).all()
    np.testing.assert_array_equal(weights, warped)


def test_a_source_that_misleads_has_no_weight():
    y = np.arange(10.0)
    means, sds = [-y, y, np.zeros(10)], np.full((3, 10), 0.3)
    weights = ranking_weights(means, sds, y, np.random.default_rng(0))
    assert weights[0] == 0.0
    assert weights[1] > 0.9
