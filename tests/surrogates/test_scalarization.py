import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kstest

from sksearch._pareto import is_nondominated
from sksearch.surrogates import augmented_chebyshev, simplex_weights

UNIT = st.floats(0.0, 1.0)


@given(arrays(float, (5, 3), elements=UNIT), arrays(float, 3, elements=UNIT))
def test_is_the_negative_of_knowles_function(Y, weights):
    losses = [[w * (1.0 - y) for w, y in zip(weights, row, strict=True)] for row in Y]
    expected = [-(max(row) + 0.05 * sum(row)) for row in losses]
    np.testing.assert_allclose(augmented_chebyshev(Y, weights), expected, atol=1e-15)


@given(arrays(float, (8, 2), elements=UNIT), arrays(float, 2, elements=UNIT))
def test_the_best_is_on_the_front(Y, weights):
    score = augmented_chebyshev(Y, weights + 0.01)
    # Rounding may let a dominated point tie with the one that dominates it.
    assert np.any(is_nondominated(Y) & (score >= score.max() - 1e-12))


def test_every_point_of_an_inward_front_is_best_for_some_weights():
    x = np.linspace(0.0, 1.0, 7)
    front = np.column_stack([x, (1.0 - x) ** 2])
    rng = np.random.default_rng(0)
    best = {
        int(np.argmax(augmented_chebyshev(front, simplex_weights(2, rng))))
        for _ in range(500)
    }
    assert best == set(range(7))


def test_of_points_equal_in_the_worst_objective_the_dominating_one_is_better():
    weak, strong = augmented_chebyshev([[0.2, 0.5], [0.2, 0.9]], [0.5, 0.5])
    assert strong > weak


@pytest.mark.parametrize("m", [1, 2, 4])
def test_weights_are_uniform_on_the_simplex(m):
    rng = np.random.default_rng(0)
    weights = np.array([simplex_weights(m, rng) for _ in range(2000)])
    assert np.all(weights >= 0.0)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    if m > 1:
        # Each is Beta(1, m - 1).
        for column in weights.T:
            assert kstest(column, "beta", args=(1, m - 1)).pvalue > 1e-3
