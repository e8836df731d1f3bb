"""What the scores of single folds say about a candidate's mean over all of them.

The score of candidate i on fold k is y_ik = m_i + b_k + e_ik: its own mean, how easy
the fold is for everyone, and the rest. Candidates that were not evaluated on every fold
can be compared only after b_k is taken away.

Shapes: n candidates, K folds.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["PRIOR_DEGREES", "fold_effects", "fold_means"]

Array = NDArray[np.float64]

_N_ROUNDS = 4
_FAR = 5.0  # times the usual residual
PRIOR_DEGREES = 6.0  # how many degrees of freedom the pooled variance counts for


def fold_means(scores: Array) -> tuple[Array, Array]:
    """Return the mean of each candidate over all folds, and how uncertain it is.

    Parameters
    ----------
    scores : ndarray of shape (n, K)
        Fold scores, NaN where a candidate was not evaluated; one at least in each row.

    Returns
    -------
    means : ndarray of shape (n,)
        The mean of what is known, after the effects of the folds are removed. Of a
        complete row it is the plain mean.
    variances : ndarray of shape (n,)
        s_i^2 (1 / r_i - 1 / K) with r_i the number of known folds: the variance of the
        mean of r_i of K numbers around that of all. 0 for complete rows. The s_i^2 of a
        row is shrunk towards that of all rows: from five folds alone it would have a
        relative standard deviation of 0.7.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([[0.5, 0.9], [0.6, 1.0], [0.7, np.nan]])
    >>> means, variances = fold_means(scores)
    >>> means.round(2).tolist()
    [0.7, 0.8, 0.9]
    """
    n_folds = scores.shape[1]
    known = np.isfinite(scores)
    counts = known.sum(axis=1)
    if (counts == n_folds).all():
        return scores.sum(axis=1) / n_folds, np.zeros(len(scores))
    largest = float(np.max(np.abs(scores), where=known, initial=0.0)) or 1.0
    scaled = np.where(known, scores / largest, np.nan)  # 1e300 has no square
    residuals = scaled - fold_effects(scaled)
    means = np.nanmean(residuals, axis=1)
    squares = np.nansum((residuals - means[:, None]) ** 2, axis=1)
    variances = _shrunk(squares, counts) * (1.0 / counts - 1.0 / n_folds)
    return means * largest, variances * largest * largest


def fold_effects(scores: Array) -> Array:
    """Return by how much each fold is easier than the average fold.

    The least squares fit of m_i + b_k to what is known; candidates that diverged, whose
    residuals are several times the usual ones, have no say.

    Parameters
    ----------
    scores : ndarray of shape (n, K)
        Fold scores, NaN where a candidate was not evaluated; one at least in each row.

    Returns
    -------
    effects : ndarray of shape (K,)
        The b_k, of mean 0 over the folds that can be compared.
    """
    known = np.isfinite(scores)
    rows = known.sum(axis=1) > 1  # a single score compares no folds
    effects = np.zeros(scores.shape[1])
    for _ in range(_N_ROUNDS):
        if not rows.any():
            break
        effects = _least_squares(scores[rows], known[rows])
        rest = scores - effects
        spread = np.nanstd(rest, axis=1)
        usual = float(np.median(spread[rows]))
        rows &= spread <= _FAR * usual
    return effects


def _least_squares(scores: Array, known: NDArray[np.bool_]) -> Array:
    """Solve the normal equations of the b_k, the m_i being eliminated."""
    here = known.astype(float)
    counts = here.sum(axis=1, keepdims=True)
    filled = np.where(known, scores, 0.0)
    centred = here * (filled - filled.sum(axis=1, keepdims=True) / counts)
    normal = np.diag(here.sum(axis=0)) - here.T @ (here / counts)
    # Singular: the b_k are known up to a constant; the shortest solution has mean 0.
    return np.asarray(np.linalg.pinv(normal, hermitian=True) @ centred.sum(axis=0))


def _shrunk(squares: Array, counts: NDArray[np.intp]) -> Array:
    """Return the variances of the rows, each drawn to what is typical of all."""
    degrees = counts - 1.0
    several = degrees > 0
    # Medians, for the candidates that diverged. That of chi^2 with r degrees of freedom
    # is r (1 - 2 / (9 r))^3 (Wilson and Hilferty, 1931).
    centres = degrees[several] * (1.0 - 2.0 / (9.0 * degrees[several])) ** 3
    typical = float(np.median(squares[several] / centres)) if several.any() else 0.0
    return np.asarray((PRIOR_DEGREES * typical + squares) / (PRIOR_DEGREES + degrees))
