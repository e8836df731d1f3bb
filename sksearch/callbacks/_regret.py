"""Stopping where cross-validation could no longer tell a better candidate apart.

Shapes: n complete trials, K folds, m points, d columns of the space.
"""

import contextlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._blas import blas_limited_to
from sksearch._numbers import is_count, is_finite_number
from sksearch.callbacks._base import Callback
from sksearch.history import Evaluation, History
from sksearch.surrogates import (
    ConstantOutputError,
    GaussianProcess,
    NotPositiveDefiniteError,
    compress,
)

__all__ = ["RegretBelowNoise"]

Array = NDArray[np.float64]

_N_POINTS = (
    2000  # at which the upper bound is looked at, and half as many near the best
)
_LISTABLE = 1000  # a space with fewer points is looked at in full
_MOST = 500  # trials that the model sees: the newest, and the best one


class RegretBelowNoise(Callback):
    """Ends a search when what may still be gained is less than the noise of a score.

    After Makarova et al. [1]_: a Gaussian process of the scores bounds what the best
    point of the space could be better than the best candidate, with high probability,
    by the largest upper confidence bound anywhere less the largest lower one of a
    candidate. The search ends where this is below the standard error of a mean score,
    for then a better one could not be told from chance. Unlike there the effects of the
    folds, which all candidates share, are no part of the error.

    Parameters
    ----------
    n_initial : int, default=20
        How many candidates are complete before the first look.
    delta : float, default=0.1
        The probability with which the bounds may be wrong; smaller stops later.

    Attributes
    ----------
    regret : float
        What may still be gained, at the last look; infinite before.
    standard_error : float
        The noise that it was compared with; 0 before.

    Notes
    -----
    The confidence bounds are sqrt(beta) standard deviations wide, with beta =
    2 log(d n^2 pi^2 / (6 delta)) / 5 for n candidates and d columns. The standard error
    is s sqrt(1/K + 1/(K-1)), where the second term is for training sets that overlap in
    K-fold cross-validation [2]_, and s the residual standard deviation of the fold
    scores of the better half, once candidates and folds have had their means removed.
    The upper bound is looked at in some thousand points, in a small finite space in
    all. Constraints are not looked at. With several objectives or a single split a
    search raises ValueError. From 100 candidates on not every new one is followed by
    a look, which takes a fit of the model.

    References
    ----------
    .. [1] A. Makarova, H. Shen, V. Perrone, A. Klein, J. B. Faddoul, A. Krause,
       M. Seeger and C. Archambeau, "Automatic Termination for Hyperparameter
       Optimization", AutoML 2022.
    .. [2] C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine
       Learning, 2003.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import RegretBelowNoise
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": range(1, 60)},
    ...     callbacks=[RegretBelowNoise()],
    ...     random_state=0,
    ... )
    >>> len(search.fit(*load_iris(return_X_y=True)).history_.trials) < 50
    True
    """

    follows_recheck = False

    def __init__(self, n_initial: int = 20, delta: float = 0.1) -> None:
        self.n_initial = n_initial
        self.delta = delta
        self.regret = math.inf
        self.standard_error = 0.0

    def on_search_begin(self, history: History) -> None:
        """Refuse a search in which nothing can be told.

        Parameters
        ----------
        history : History
            The log.

        Raises
        ------
        ValueError
            If an argument has no meaning, or the search has several objectives or a
            single split.
        """
        self.regret, self.standard_error = math.inf, 0.0
        self._n_seen = 0
        is_share = is_finite_number(self.delta) and 0.0 < self.delta < 1.0
        if not is_count(self.n_initial, least=3) or not is_share:
            raise ValueError(
                f"RegretBelowNoise(n_initial={self.n_initial!r}, delta={self.delta!r}) "
                "needs n_initial of at least 3, and delta between 0 and 1."
            )
        if len(history.goals) > 1 or history.objectives == "all":
            raise ValueError(
                "RegretBelowNoise looks at one objective, and this search has several. "
                "Take NoImprovement."
            )
        if history.n_splits == 1:
            raise ValueError(
                "RegretBelowNoise compares with the noise between folds, and cv gives "
                "a single split. Pass more folds, or take NoImprovement."
            )

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        """Look at a trial that is complete.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.

        Returns
        -------
        stop : bool
            Whether the regret is below the noise.
        """
        resource = history.highest()
        if resource is None or not self._is_time(history, evaluation, resource):
            return False
        with contextlib.suppress(ConstantOutputError, NotPositiveDefiniteError):
            self._look(history, resource)
            return self.regret < self.standard_error
        return False  # nothing can be learned yet

    def _is_time(self, history: History, evaluation: Evaluation, resource: int) -> bool:
        """Whether a trial has become complete, and it is worth a fit of the model."""
        if evaluation.resource != resource:
            return False
        if not math.isfinite(history.score(evaluation.trial_id, resource)):
            return False
        self._n_seen = len(history.observed(resource))
        is_turn = self._n_seen % max(1, self._n_seen // 50) == 0
        return self._n_seen >= self.n_initial and is_turn

    def _look(self, history: History, resource: int) -> None:
        ids = _modelled(history, resource)
        scores = np.array([history.fold_scores(i, resource) for i in ids])
        space, means = history.space, scores.mean(axis=1)
        X = space.encode([history.trials[i].params for i in ids])
        self.standard_error = standard_error(scores)
        # BLAS on one thread: the decision must not depend on the number of cores.
        with blas_limited_to(1):
            process = GaussianProcess.fit(X, compress(means), space.groups)
            best = history.trials[ids[int(np.argmax(means))]].params
            rng = np.random.default_rng([history.seed, len(ids)])
            points = np.concatenate([X, _everywhere(history, best, rng)])
            width = _width(X.shape[1], len(history.observed(resource)), self.delta)
            self.regret = regret_bound(process, X, points, width)


def standard_error(scores: Array) -> float:
    """Return the standard error of a mean over folds, without the folds' effects.

    Parameters
    ----------
    scores : ndarray of shape (n, K)
        Of all candidates on all folds.

    Returns
    -------
    error : float
        From the better half of the candidates; those that diverged have no say.
    """
    means = scores.mean(axis=1)
    better = scores[means >= np.median(means)]
    n, k = better.shape
    rest = better - better.mean(axis=1, keepdims=True) - better.mean(axis=0)
    rest += better.mean()
    variance = float(np.sum(rest**2)) / ((n - 1) * (k - 1))
    return math.sqrt(variance * (1.0 / k + 1.0 / (k - 1)))


def regret_bound(
    process: GaussianProcess, X: Array, points: Array, width: float
) -> float:
    """Return what the best of some points may be better than the best candidate.

    Parameters
    ----------
    process : GaussianProcess
        Of the scores.
    X : ndarray of shape (n, d)
        The candidates.
    points : ndarray of shape (m, d)
        The points, the candidates among them.
    width : float
        Of the confidence bounds, in standard deviations.

    Returns
    -------
    regret : float
        At least 0.
    """
    mean, sd = process.predict(points)
    upper = float(np.max(mean + width * sd))
    mean, sd = process.predict(X)
    return upper - float(np.max(mean - width * sd))


def _width(n_columns: int, n: int, delta: float) -> float:
    beta = 2.0 * math.log(max(n_columns, 1) * n**2 * math.pi**2 / (6.0 * delta))
    return math.sqrt(beta / 5.0)


def _modelled(history: History, resource: int) -> list[int]:
    """The newest complete trials, and the best one."""
    ids = [trial.id for trial in history.observed(resource)]
    best = max(ids, key=lambda i: history.score(i, resource))
    return sorted({*ids[-_MOST:], best})


def _everywhere(
    history: History, best: Mapping[str, Any], rng: np.random.Generator
) -> Array:
    """Points of the space, encoded: all of a small one, else drawn."""
    space = history.space
    if space.size <= _LISTABLE:
        return space.encode(list(space.grid()))
    drawn = space.encode(
        [space.from_unit(u) for u in rng.random((_N_POINTS, space.n_coordinates))]
    )
    near = [
        space.neighbours([best], rng, scale, _N_POINTS // 4) for scale in (0.1, 0.02)
    ]
    return np.concatenate([drawn, *near])
