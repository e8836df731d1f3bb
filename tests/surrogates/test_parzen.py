import numpy as np
from scipy.stats import multivariate_normal

from sksearch.surrogates import DensityRatio


def test_ratio_is_the_naive_one():
    rng = np.random.default_rng(0)
    X, queries = rng.random((30, 3)), rng.random((7, 3))
    y = rng.normal(size=30)
    ratio = DensityRatio.fit(X, y)
    order = np.argsort(-y)

    def density(points):
        n, d = points.shape
        width = np.maximum(points.std(axis=0) * n ** (-1 / (d + 4)), 0.1)
        peaks = [multivariate_normal(p, np.diag(width**2)).pdf(queries) for p in points]
        return 0.1 + 0.9 * np.mean(peaks, axis=0)

    expected = np.log(density(X[order[:5]]) / density(X[order[5:]]))
    np.testing.assert_allclose(ratio.log_ratio(queries), expected)


def test_the_ratio_is_one_far_away():
    ratio = DensityRatio.fit(0.1 * np.random.default_rng(0).random((50, 3)), range(50))
    np.testing.assert_allclose(ratio.log_ratio([[1.0, 1.0, 1.0]]), 0.0, atol=1e-6)


def test_the_best_tenth_is_good_within_bounds():
    X = np.random.default_rng(0).random((1000, 2))
    for n, n_good in ((2, 1), (10, 5), (80, 8), (1000, 25)):
        ratio = DensityRatio.fit(X[:n], X[:n, 0])
        assert ratio.good.shape == (n_good, 2)
        assert ratio.good[:, 0].min() >= ratio.others[:, 0].max()


def test_one_point_many_times():
    ratio = DensityRatio.fit(np.full((50, 4), 0.5), np.zeros(50))
    assert np.isfinite(ratio.log_ratio(np.random.default_rng(0).random((9, 4)))).all()
