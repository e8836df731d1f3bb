import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch.surrogates import fold_means
from sksearch.surrogates._folds import fold_effects

ANY = st.floats(allow_nan=False, allow_infinity=False)


def make_scores(n=40, n_folds=5, noise=0.01, seed=0):
    """Candidates of different quality, on folds of very different difficulty."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=(n, 1))
    difficulty = rng.normal(0, 3, size=n_folds)
    return quality + difficulty + noise * rng.normal(size=(n, n_folds))


def cut(scores, seed=1):
    """Take away folds, never the first one, of two candidates in three."""
    rng = np.random.default_rng(seed)
    partial = scores.copy()
    partial[:, 1:][rng.random(partial[:, 1:].shape) < 0.4] = np.nan
    partial[::3] = scores[::3]
    return partial


def test_complete_rows_have_their_plain_mean():
    scores = make_scores()
    means, variances = fold_means(scores)
    np.testing.assert_allclose(means, scores.mean(axis=1))
    assert not variances.any()
    means, variances = fold_means(cut(scores))
    np.testing.assert_allclose(means[::3], scores[::3].mean(axis=1))
    assert not variances[::3].any()


def test_a_partial_row_is_as_good_as_its_folds_say():
    scores = make_scores()
    partial = cut(scores)
    means, variances = fold_means(partial)
    error = np.abs(means - scores.mean(axis=1))
    naive = np.abs(np.nanmean(partial, axis=1) - scores.mean(axis=1))
    assert error.max() < 0.05 < naive.max()
    assert ((variances > 0) == np.isnan(partial).any(axis=1)).all()


def test_variances_are_those_of_the_errors():
    errors, predicted = [], []
    for seed in range(200):
        scores = make_scores(20, noise=0.5, seed=seed)
        partial = cut(scores, seed)
        means, variances = fold_means(partial)
        rows = np.isnan(partial).sum(axis=1) == 3
        errors += ((means - scores.mean(axis=1))[rows] ** 2).tolist()
        predicted += variances[rows].tolist()
    # The effects of the folds are estimated too, which the variances leave out.
    assert np.mean(errors) == pytest.approx(np.mean(predicted), rel=0.25)


def test_effects_are_found_whoever_diverges():
    scores = make_scores(noise=0.0)
    expected = (scores - scores.mean(axis=1, keepdims=True))[0]
    np.testing.assert_allclose(fold_effects(scores), expected, atol=1e-9)
    scores[3] = [0.1, 0.2, -1e9, 0.3, 0.1]
    np.testing.assert_allclose(fold_effects(scores), expected, atol=1e-9)


def test_stopped_candidates_do_not_outvote_the_complete_ones():
    scores = make_scores(60, noise=0.0)
    partial = scores.copy()
    partial[6:, 1:] = np.nan  # nine in ten were stopped after the first fold
    np.testing.assert_allclose(fold_means(partial)[0], scores.mean(axis=1))


def test_a_fold_that_nobody_has_seen():
    scores = make_scores()
    scores[:, 3:] = np.nan
    scores[0, 4] = np.nan
    effects = fold_effects(scores)
    assert effects[3] == effects[4] == 0
    means, variances = fold_means(scores)
    assert np.isfinite(means).all()
    assert (variances > 0).all()


def test_single_folds_have_no_variance_to_learn_from():
    means, variances = fold_means(np.array([[0.3, np.nan], [0.4, np.nan]]))
    np.testing.assert_allclose(means, [0.3, 0.4])
    assert np.isfinite(variances).all()


@given(
    st.integers(1, 6).flatmap(
        lambda k: st.lists(
            st.lists(st.one_of(ANY, st.none()), min_size=k, max_size=k).filter(
                lambda row: any(value is not None for value in row)
            ),
            min_size=1,
            max_size=8,
        )
    )
)
@settings(max_examples=200, deadline=None)
def test_nothing_raises(rows):
    scores = np.array([[np.nan if v is None else v for v in row] for row in rows])
    with np.errstate(all="ignore"):
        means, variances = fold_means(scores)
    assert means.shape == variances.shape == (len(rows),)
    assert not np.isnan(variances).any() or np.abs(np.nan_to_num(scores)).max() > 1e150
