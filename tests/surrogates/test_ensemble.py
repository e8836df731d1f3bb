"""Processes that begin from what earlier tasks say, and what that is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch.surrogates import Ensemble, GaussianProcess, stack


def make_process(n=12, seed=0, sign=1.0):
    rng = np.random.default_rng(seed)
    X = rng.random((n, 2))
    y = sign * (np.sin(4.0 * X[:, 0]) + X[:, 1]) + 0.05 * rng.standard_normal(n)
    return X, 100.0 + 7.0 * y, GaussianProcess.fit(X, 100.0 + 7.0 * y, [0, 1])


def make_ensemble():
    others = [make_process(40, seed=1)[2], make_process(40, seed=2)[2]]
    rest, weights = stack(make_process()[2], others)
    assert weights.all()
    return Ensemble(rest, rest.unit, others, weights.tolist())


def standardised(process, X):
    return (process.predict(X)[0] - process.offset) / process.unit


def test_the_mean_is_that_of_one_process_with_all_of_it_in_its_kernel():
    """f = c + g b + r is one Gaussian process of kernel 1 + g V g' + k, mean g m."""
    X, y, own = make_process()
    others = [make_process(40, seed=seed)[2] for seed in (1, 2)]
    rest, weights = stack(own, others)
    queries = np.random.default_rng(9).random((7, 2))
    found, _ = Ensemble(rest, rest.unit, others, weights.tolist()).predict(queries)

    z, unit = (y - y.mean()) / y.std(), y.std()
    G, g = (np.column_stack([standardised(o, A) for o in others]) for A in (X, queries))

    def kernel(A, B, left, right):
        covered = own._covariance(A * own.rates, B * own.rates)
        return covered + 1.0 + 0.25 * left @ right.T

    C = kernel(X, X, G, G) + own.hyperparameters.noise * np.eye(len(X))
    beyond = np.linalg.solve(C, z - 0.4 * G.sum(axis=1))
    expected = 0.4 * g.sum(axis=1) + kernel(queries, X, g, G) @ beyond
    np.testing.assert_allclose(found, y.mean() + unit * expected, rtol=1e-8)


def test_a_process_in_which_nothing_counts_is_left_as_it_is():
    own = make_process()[2]
    noise = [
        GaussianProcess.fit(
            np.random.default_rng(seed).random((30, 2)),
            np.random.default_rng(100 + seed).standard_normal(30),
            [0, 1],
        )
        for seed in range(30)
    ]
    found = [stack(own, [other]) for other in noise]
    assert sum(weights.any() for _, weights in found) < 10
    assert all(rest is own for rest, weights in found if not weights.any())


def test_what_is_alike_counts_fully_and_what_is_upside_down_below_zero():
    """As soon as there is enough to see it by."""
    own = make_process(20)[2]
    [[alike], [turned]] = (
        stack(own, [make_process(60, seed=1, sign=sign)[2]])[1] for sign in (1.0, -1.0)
    )
    assert 0.7 < alike < 1.3
    assert -1.3 < turned <= 0.0


def test_of_several_those_count_that_agree():
    others = [
        make_process(60, seed=1)[2],
        make_process(60, seed=2, sign=-1.0)[2],
    ]
    weights = stack(make_process(20)[2], others)[1]
    assert weights[0] > 0.2 > weights[1]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_the_unit_of_an_earlier_task_does_not_matter(seed, unit, offset):
    X, y, own = make_process(seed=seed)
    others = [
        GaussianProcess.fixed(X, values, [0, 1], own.hyperparameters)
        for values in (y, unit * y + offset)
    ]
    weights = [stack(own, [other])[1] for other in others]
    np.testing.assert_allclose(*weights, rtol=1e-4, atol=1e-6)


def test_columns_after_those_of_the_others_are_of_this_task_alone():
    X, y, _ = make_process(20)
    further = np.column_stack([X, np.linspace(0.0, 1.0, len(X))])
    own = GaussianProcess.fit(further, y, [0, 1, 2])
    [weight] = stack(own, [make_process(60, seed=1)[2]])[1]
    assert weight > 0.5


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


def test_pending_points_leave_the_mean_and_lower_the_deviation():
    ensemble, X = make_ensemble(), np.array([[0.5, 0.5]])
    before, after = ensemble.predict(X), ensemble.condition(X).predict(X)
    np.testing.assert_allclose(after[0], before[0])
    assert after[1] < before[1]


def test_a_task_alone_is_an_ensemble_of_itself():
    X, _, process = make_process()
    alone = Ensemble(process, process.unit, [], [])
    for found, expected in zip(alone.predict(X), process.predict(X), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_no_earlier_task_counts_nothing():
    process = make_process()[2]
    rest, weights = stack(process, [])
    assert rest is process
    assert weights.shape == (0,)


@pytest.mark.parametrize("n", [3, 5, 40])
def test_the_process_of_what_is_left_explains_what_was_observed(n):
    """With its part and those of the others each observation is met up to noise."""
    X, y, own = make_process(n)
    others = [make_process(40, seed=1)[2]]
    rest, weights = stack(own, others)
    mean, _ = Ensemble(rest, rest.unit, others, weights.tolist()).predict(X)
    assert np.abs(mean - y).max() < 4.0 * np.sqrt(own.noise) + 0.1
