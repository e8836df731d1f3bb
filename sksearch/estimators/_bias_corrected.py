"""An honest score of a search from the predictions that it has made anyway."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sksearch._numbers import check_count
from sksearch.estimators._bootstrap_pool import Pool, weights_of_draws
from sksearch.estimators._out_of_fold import OutOfFold

__all__ = ["BiasCorrectedScore", "bootstrap_bias_corrected_score"]


@dataclass(frozen=True, eq=False)
class BiasCorrectedScore:
    """What the best candidate of a search scores, without the luck of being the best.

    Parameters
    ----------
    score : float
        The mean of `bootstrap_scores`.
    bootstrap_scores : ndarray of shape (n_draws,)
        For each draw the score of the candidate that was best on the rows drawn, on
        the rows that were not.
    best_score : float
        What the search itself reports of its best candidate.
    chosen : ndarray of int of shape (n_draws,)
        The row in `cv_results_` that each draw chose.
    best_index : int
        The one that the search chose.
    n_candidates : int
        How many there were to choose from.
    objective : str
        The name of the score.
    unit : {"rows", "groups"}
        What was drawn.
    n_units : int
        Of how many.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV, bootstrap_bias_corrected_score
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(), {"n_neighbors": [1, 5, 15]}, return_oof=True
    ... ).fit(*load_wine(return_X_y=True))
    >>> corrected = bootstrap_bias_corrected_score(search, random_state=0)
    >>> corrected.n_candidates, corrected.unit, corrected.n_units
    (3, 'rows', 178)
    """

    score: float
    bootstrap_scores: Any
    best_score: float
    chosen: Any
    best_index: int
    n_candidates: int
    objective: str
    unit: str
    n_units: int

    @property
    def standard_error(self) -> float:
        """The standard deviation of the scores of the draws.

        A draw leaves out a little more than a third of the rows, so that its score
        varies more than one on all of them would: by a factor of 1.3, if candidates
        were given and their rows independent. This is left as it is, since what it
        adds is about what comes from candidates being fitted on these very rows.
        """
        return float(np.std(self.bootstrap_scores, ddof=1))

    @property
    def optimism(self) -> float:
        """How much better the search thought its best candidate was."""
        return self.best_score - self.score

    @property
    def agreement(self) -> float:
        """The share of draws that chose the candidate that the search chose."""
        return float(np.mean(self.chosen == self.best_index))

    def confidence_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return where the score on new data lies.

        Parameters
        ----------
        level : float, default=0.95
            How likely.

        Returns
        -------
        low, high : float
            Percentiles of the scores of the draws.

        Raises
        ------
        ValueError
            If `level` is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ValueError(f"level={level} must lie between 0 and 1, as 0.95 does.")
        tails = 100 * np.array([(1 - level) / 2, (1 + level) / 2])
        low, high = np.percentile(self.bootstrap_scores, tails)
        return float(low), float(high)

    def __repr__(self) -> str:
        low, high = self.confidence_interval()
        return (
            f"Bias-corrected score of the best of {self.n_candidates} candidates\n"
            f"  {self.objective}: {self.score:.4f} +- {self.standard_error:.4f} (95 %: "
            f"{low:.4f} to {high:.4f})\n"
            f"  the search's own best score: {self.optimism:+.4f} on it\n"
            f"  {len(self.bootstrap_scores)} draws of {self.n_units} {self.unit}; "
            f"{self.agreement:.0%} chose the same candidate"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def bootstrap_bias_corrected_score(
    search: Any,
    *,
    objective: str | None = None,
    n_bootstraps: int = 1000,
    by_fold: bool | str = "auto",
    random_state: Any = None,
) -> BiasCorrectedScore:
    """Score a search without the luck of the best candidate, and without more fits.

    Rows are drawn with replacement, again and again. The candidate with the best
    out-of-fold predictions for the rows that were drawn is scored on the others: it was
    not chosen by them. Where groups kept rows together in the splits, groups are drawn.

    Parameters
    ----------
    search : BayesSearchCV, HyperbandSearchCV or MultiObjectiveSearchCV
        Fitted with ``return_oof=True``.
    objective : str, default=None
        By which score candidates are chosen, and which is reported; None is the one by
        which the search chose.
    n_bootstraps : int, default=1000
        How many draws.
    by_fold : bool or "auto", default="auto"
        Whether the rows of each fold are scored by themselves, and the mean is taken,
        as the search does; else all are scored together. It makes no difference where
        a score is a mean over rows. "auto" does so where a score ranks rows by
        probabilities or decisions, such as "roc_auc": those of different models have no
        scale in common.
    random_state : int, RandomState instance or None, default=None
        Draws.

    Returns
    -------
    score : BiasCorrectedScore
        With its standard error and interval; print it.

    Raises
    ------
    NotFittedError
        If there was no search yet.
    ValueError
        If the search has kept no predictions, if a callable `refit` or several scores
        leave open by what candidates are chosen, if the score looks at more than
        predictions, if draws cannot be scored, or if candidates took over from others.

    See Also
    --------
    nested_cross_validate : Searches again on each outer fold: at many times the cost,
        with no assumption.

    Notes
    -----
    The score is that of models fitted on the training part of a fold, and of a choice
    by two thirds of the rows: a little less than what the refitted model will have.
    Rows that are left out of a draw have still trained the candidates that the others
    choose among. Where candidates learn nothing but noise, a part of the optimism
    remains for this; nested cross-validation has none.

    A mean over rows (accuracy, squared and absolute error, log loss, Brier score) and
    the area under the ROC curve of two classes take a second; any other score calls its
    scorer once for each draw and candidate. Candidates that miss `score_constraints`
    are left out where others meet them.

    References
    ----------
    I. Tsamardinos, E. Greasidou, G. Borboudakis, "Bootstrapping the out-of-sample
    predictions for efficient and accurate cross-validation", Machine Learning 107,
    2018.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV, bootstrap_bias_corrected_score
    >>> X, y = load_wine(return_X_y=True)
    >>> space = {"n_neighbors": (1, 40), "weights": ["uniform", "distance"]}
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(), space, n_iter=20, random_state=0, return_oof=True
    ... ).fit(X, y)
    >>> honest = bootstrap_bias_corrected_score(search, random_state=0)
    >>> bool(honest.score < search.best_score_)
    True
    >>> low, high = honest.confidence_interval()
    >>> low < honest.score < high
    True
    """
    _check_arguments(n_bootstraps, by_fold)
    kept, name = _checked(search, objective)
    rows = _candidates(search.cv_results_, kept)
    pool = Pool(kept, rows, name, by_fold)
    rng = check_random_state(random_state)
    draws = [
        pool.draw(weights) for weights in weights_of_draws(pool, n_bootstraps, rng)
    ]
    scores, chosen = (np.concatenate(each) for each in zip(*draws, strict=True))
    _check_scored(scores, name, by_fold)
    best = int(search.best_index_)
    return BiasCorrectedScore(
        score=float(np.nanmean(scores)),
        bootstrap_scores=scores[np.isfinite(scores)],
        best_score=float(search.cv_results_[f"mean_test_{name}"][best]),
        chosen=np.asarray(rows)[chosen[np.isfinite(scores)]],
        best_index=best,
        n_candidates=len(rows),
        objective=name,
        unit="rows" if kept.groups is None else "groups",
        n_units=pool.n_units,
    )


# -- before ------------------------------------------------------------------------


def _check_arguments(n_bootstraps: Any, by_fold: Any) -> None:
    check_count(n_bootstraps, "n_bootstraps", least=2)
    if by_fold not in (True, False, "auto"):
        raise ValueError(f"by_fold={by_fold!r} must be True, False or 'auto'.")


def _checked(search: Any, objective: str | None) -> tuple[OutOfFold, str]:
    check_is_fitted(search, "cv_results_")
    if not hasattr(search, "oof_"):
        raise ValueError(
            "The search has kept no predictions to draw from. Fit it with "
            "return_oof=True, or use nested_cross_validate."
        )
    if hasattr(search, "best_schedule_"):
        raise ValueError(
            "The scores of a population decide in every step who goes on, which draws "
            "of the last predictions cannot repeat. Use nested_cross_validate."
        )
    kept: OutOfFold = search.oof_
    name = kept.objective if objective is None else objective
    known = list(kept.scorers)
    if name is None:
        raise ValueError(
            f"refit={search.refit!r} does not choose by one score, as each draw has "
            f"to. Pass objective, one of {known}."
        )
    if name not in known:
        raise ValueError(f"objective={name!r} is not among the scores {known}.")
    if kept.scorers[name] is None:
        raise ValueError(
            f"The score {name!r} looks at the estimator itself, or is a function of "
            "which only its author knows what it looks at: it cannot be computed from "
            "predictions. Pass scoring by name or by make_scorer, another objective "
            f"of {known}, or use nested_cross_validate."
        )
    return kept, name


def _candidates(table: Mapping[str, Any], kept: OutOfFold) -> list[int]:
    """Return the rows to choose from."""
    rows = list(kept.candidates)
    feasible = [i for i in rows if table.get("violation", {i: 0.0})[i] == 0.0]
    if not rows:
        raise ValueError(
            "No candidate has all its out-of-fold predictions: each has failed on a "
            "fold. cv_results_['error'] says why."
        )
    return feasible or rows


def _check_scored(scores: Any, name: str, by_fold: Any) -> None:
    share = float(np.mean(np.isfinite(scores)))
    if share < 0.5:
        raise ValueError(
            f"Only {share:.0%} of the draws can be scored by {name!r}: there are too "
            f"few rows, or groups, of each class. Pass by_fold=False (it is {by_fold!r}"
            "), another objective, or use nested_cross_validate."
        )
