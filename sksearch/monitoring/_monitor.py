"""Whether the model in production is as good as it was in cross-validation."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._numbers import is_finite_number
from sksearch._sklearn_compat import num_samples
from sksearch._whole_files import check_folder
from sksearch.monitoring._columns import check_columns
from sksearch.monitoring._drift_test import Drift, drift
from sksearch.monitoring._reference import known_of, reference_of
from sksearch.monitoring._state import Batch, State, read_state, write_state

__all__ = ["ScoreMonitor", "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """What a monitor says after a batch, and by which numbers.

    Parameters
    ----------
    status : {"ok", "watch", "retune"}
        "retune" stays once it was said.
    e_value : float
        Evidence for a drop, now: below 1 there is none. Without a drop it ever exceeds
        1/a with a probability of a at most.
    score : float
        Of the newest batch.
    expected : float
        The mean of the folds.
    interval : tuple of float
        Where the mean score lay with 95 % confidence, by cross-validation.
    n_batches : int
        How many were seen.
    since : int
        From which batch on a drop is the most likely, the first being 1.
    recent : float
        The mean score of the rows since then.
    drop : float
        How much lower the score is since then, shrunken towards 0.
    retune_at : int or None
        The batch at which "retune" was said first.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.monitoring import ScoreMonitor
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = BayesSearchCV(tree, {"max_depth": [2, 4]}, random_state=0)
    >>> monitor = ScoreMonitor(search.fit(*load_wine(return_X_y=True)))
    >>> verdict = monitor.update_score(0.9, n_samples=40)
    >>> type(verdict).__name__, verdict.n_batches, verdict.score
    ('Verdict', 1, 0.9)
    """

    status: str
    e_value: float
    score: float
    expected: float
    interval: tuple[float, float]
    n_batches: int
    since: int
    recent: float
    drop: float
    retune_at: int | None

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.status}: batch {self.n_batches} has {self.score:.4g}, expected "
            f"{self.expected:.4g} ({low:.4g} to {high:.4g}); {self.recent:.4g} since "
            f"batch {self.since}, evidence for a drop {self.e_value:.3g}"
        )


class ScoreMonitor:
    """Compare the score of a model in production with that of cross-validation.

    Batch after batch a sequential test asks whether the score has dropped, at once or
    from some batch on, below what folds and earlier batches have shown. It may be
    looked at after every batch, for ever: a model that stays as it was is told to be
    tuned again with a probability of `alpha` at most.

    Parameters
    ----------
    search : search or SearchMetadata
        The fitted search whose `best_estimator_` is in production, or what
        `sksearch.load_metadata` returns; then scores go to `update_score`.
    path : str or path-like, default=None
        A JSON file in which the batches are kept, so that the next process goes on;
        None keeps them in memory.
    score : str, default=None
        The name of a score; None is the one that was maximised.
    alpha : float, default=0.05
        The probability of ever saying "retune" without a drop.
    watch : float, default=0.2
        The same for "watch", which is taken back when evidence falls.
    spread : float, default=None
        How far the score of a fold's rows varies by chance, as a standard deviation;
        None takes that of the folds, or of a share of so many rows if that is more.
    fold_rows : tuple of int, default=None
        Rows trained on and tested on in each fold; for scikit-learn's searches, which
        do not tell.

    Raises
    ------
    NotFittedError
        If the search has no best candidate.
    FileNotFoundError
        If the folder of the file is not there.
    HistoryMismatchError
        If the file is about another search, or was begun with another `alpha`.
    MetadataError
        If the file is damaged.
    ValueError
        If there is no such score, the folds do not tell how far scores vary, `alpha`
        and `watch` are not in order, or an argument is no number.

    Notes
    -----
    Assumed is that the score of a batch is about normal, with a variance that falls
    with one over its number of rows, as it does for means over independent rows, and
    that a fold's score varies for the same reason. Neither mean nor variance need be
    known: the test is a Bayes factor that is the same for all of them, a mixture over
    sizes and beginnings of a drop [1]_ [2]_. Shares of rows, such as accuracy, are
    taken to vary by p (1 - p) / m on m rows at least: stratified folds may be more
    alike than days. Days that differ by more than their rows
    say break the assumption; larger batches, or a larger `spread`, mend it.

    References
    ----------
    .. [1] M. F. Perez-Ortiz, T. Lardy, R. de Heide and P. D. Gruenwald, "E-statistics,
       group invariance and anytime-valid testing", Annals of Statistics, 2024.
    .. [2] C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine
       Learning, 2003.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.monitoring import ScoreMonitor
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = BayesSearchCV(tree, {"max_depth": [2, 4]}, random_state=0)
    >>> search = search.fit(X[:400], y[:400])
    >>> monitor = ScoreMonitor(search)
    >>> monitor.update(X[400:], y[400:]).status
    'ok'
    >>> for _ in range(10):
    ...     verdict = monitor.update_score(0.7, n_samples=80)
    >>> verdict.status, verdict.since
    ('retune', 2)
    """

    def __init__(
        self,
        search: Any,
        *,
        path: str | os.PathLike[str] | None = None,
        score: str | None = None,
        alpha: float = 0.05,
        watch: float = 0.2,
        spread: float | None = None,
        fold_rows: tuple[float, float] | None = None,
    ) -> None:
        are_numbers = is_finite_number(alpha) and is_finite_number(watch)
        if not are_numbers or not 0.0 < alpha <= watch < 1.0:
            raise ValueError(
                f"alpha={alpha!r} and watch={watch!r} must be probabilities, and watch "
                "not the smaller one, as in alpha=0.05, watch=0.2."
            )
        self.alpha = alpha
        self.watch = watch
        self._search = search
        self._known = known_of(search, score, fold_rows)
        self._reference = reference_of(self._known, spread)
        self._path = None if path is None else Path(path)
        if self._path is not None:  # the first batch would be too late to hear of it
            check_folder(self._path)
        self._state = State(alpha)
        if self._path is not None:
            self._state = read_state(self._path, self._known, alpha)

    @property
    def batches(self) -> list[Batch]:
        """Score and number of rows of each batch."""
        return list(self._state.batches)

    def update(self, X: Any, y: Any = None) -> Verdict:
        """Score the search's model on a batch.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows of production, with the columns of the search.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            What came true for them.

        Returns
        -------
        verdict : Verdict
            Whether the score has dropped.

        Raises
        ------
        ValueError
            If the columns are not those of the search, or the batch has no score.
        NotFittedError
            If there is no model: the search had refit=False, or a file is watched.
        """
        model = check_columns(self._search, X)
        return self.update_score(self._score(model, X, y), num_samples(X))

    def update_score(self, score: float, n_samples: float | None = None) -> Verdict:
        """Take the score of a batch that was computed elsewhere.

        Parameters
        ----------
        score : float
            By the scorer of the search: greater is better.
        n_samples : int, default=None
            How many rows it is of; None is as many as a fold was tested on.

        Returns
        -------
        verdict : Verdict
            Whether the score has dropped.

        Raises
        ------
        ValueError
            If the score is not finite, or the number of rows not positive.
        """
        if not is_finite_number(score):
            raise ValueError(
                f"The batch has the score {score!r}. Batches must be large enough for "
                f"{self._known.name!r}, with all classes in each."
            )
        rows = self._reference.rows if n_samples is None else n_samples
        if not is_finite_number(rows) or rows <= 0:
            raise ValueError(f"n_samples={n_samples!r} must be positive.")
        found = self._add(Batch(float(score), float(rows)))
        if self._path is not None:
            write_state(self._path, self._known, self._state)
        return self._verdict(found)

    @property
    def verdict(self) -> Verdict | None:
        """What was said after the newest batch; None before the first one."""
        return self._verdict(self._drift()) if self._state.batches else None

    def _score(self, model: Any, X: Any, y: Any) -> float:
        scorer, name = self._search.scorer_, self._known.name
        scorer = scorer[name] if isinstance(scorer, dict) else scorer
        found = scorer(model, X) if y is None else scorer(model, X, y)
        return float(found[name] if isinstance(found, dict) else found)

    def _add(self, batch: Batch) -> Drift:
        state = self._state
        state.batches.append(batch)
        found = self._drift()
        if state.retune_at is None and found.log_e >= -math.log(self.alpha):
            state.retune_at = len(state.batches)
        return found

    def _drift(self) -> Drift:
        return drift(*self._arrays(), self._reference)

    def _arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        scores = np.array([batch.score for batch in self._state.batches])
        return scores, np.array([batch.rows for batch in self._state.batches])

    def _verdict(self, found: Drift) -> Verdict:
        scores, rows = self._arrays()
        is_odd = found.log_e >= -math.log(self.watch)
        status = "watch" if is_odd else "ok"
        recent = np.average(scores[found.since :], weights=rows[found.since :])
        return Verdict(
            status="retune" if self._state.retune_at is not None else status,
            e_value=math.exp(min(found.log_e, 700.0)),
            score=float(scores[-1]),
            expected=self._reference.mean,
            interval=self._reference.interval(),
            n_batches=len(scores),
            since=found.since + 1,
            recent=float(recent),
            drop=found.drop,
            retune_at=self._state.retune_at,
        )
