"""The simplest of those candidates that are nearly as good as the best."""

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.selection._simplicity import Simplest, check_simplest, simplest_of
from sksearch.selection._table import check_objective, column, mean_name, rivals

__all__ = ["FastestWithin", "OneStandardError"]

Array = NDArray[np.float64]
Table = Mapping[str, Any]


@dataclass(frozen=True)
class OneStandardError:
    """Choose the simplest candidate within one standard error of the best.

    The best mean is known only up to its standard error over the folds, so what is less
    than that below it may be as good; of those the simplest is taken [1]_.

    Parameters
    ----------
    simplest : str, sequence of str or callable
        What makes a candidate simple. The name of a column of `cv_results_`, such as
        "mean_fit_time": the smallest value is the simplest. The name of a score, such
        as one by `sksearch.metrics.neg_model_size`: the greatest is. The name of a
        parameter, such as "max_depth": the smallest is. A minus before a name turns the
        order round: "-alpha" is for a penalty. Of several names, the next one counts
        where those before it are equal. A callable takes a dict of parameters and
        returns a number, the smaller, the simpler.
    objective : str, default=None
        The name of the score by which candidates are good; None where there is one.

    See Also
    --------
    FastestWithin : With a tolerance of your own in place of the standard error.

    Notes
    -----
    The standard error is the standard deviation of the best candidate's fold scores,
    with K - 1 in the denominator, over the root of the number K of folds. Folds share
    training rows, so it is too small rather than too large; and as the candidates share
    folds, their differences vary less than each of them. The rule is a habit that
    serves well, not a test.

    Of equally simple candidates the better is taken, and of equals the first. Only
    candidates compete that are complete, at the highest resource where there are
    several, and that meet `score_constraints` where any does.

    References
    ----------
    .. [1] L. Breiman, J. H. Friedman, R. A. Olshen and C. J. Stone, "Classification and
       Regression Trees", 1984, section 3.4.3.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch.selection import OneStandardError
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"max_leaf_nodes": [2, 4, 8]}
    >>> GridSearchCV(tree, grid).fit(X, y).best_params_
    {'max_leaf_nodes': 8}
    >>> rule = OneStandardError(simplest="max_leaf_nodes")
    >>> GridSearchCV(tree, grid, refit=rule).fit(X, y).best_params_
    {'max_leaf_nodes': 4}
    """

    simplest: Simplest
    objective: str | None = None

    def __post_init__(self) -> None:
        check_simplest("OneStandardError(simplest", self.simplest)
        check_objective("OneStandardError", self.objective)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of scores that have to be there."""
        return (mean_name(self.objective),)

    def __call__(self, cv_results: Table) -> int:
        """Choose a row.

        Parameters
        ----------
        cv_results : dict of str to array
            `cv_results_` of a search.

        Returns
        -------
        row : int
            The number of the candidate.

        Raises
        ------
        ValueError
            If a column is missing, no candidate has a score, or there is one split.
        TypeError
            If what makes a candidate simple is no number.
        """
        means = column(cv_results, self.reads[0], self)
        rows = rivals(cv_results, [means], self)
        best = rows[np.argmax(means[rows])]
        least = means[best] - self._standard_error(cv_results, best)
        close = rows[means[rows] >= least]
        return simplest_of(cv_results, close, means, self.simplest, self)

    def _standard_error(self, table: Table, row: int) -> float:
        """Return that of a row's mean, from its scores on the splits."""
        end = f"_test_{self.objective or 'score'}"
        names = [n for n in table if n.startswith("split") and n.endswith(end)]
        scores = [float(table[n][row]) for n in names if n[5 : -len(end)].isdigit()]
        if len(scores) < 2:
            raise ValueError(
                f"{self} needs the scores of two splits at least, in columns "
                f"'split0{end}' and so on, and cv_results_ has {len(scores)}: the mean "
                "of one has no standard error. Pass more folds, or FastestWithin with "
                "a tolerance."
            )
        return float(np.std(scores, ddof=1)) / math.sqrt(len(scores))


@dataclass(frozen=True)
class FastestWithin:
    """Choose the fastest candidate whose score is at most so much below the best.

    Parameters
    ----------
    tolerance : float
        How much worse the mean score may be than the best one, in its own unit; at
        least 0.
    by : str, sequence of str or callable, default="mean_score_time"
        What makes a candidate fast; as `simplest` of `OneStandardError`. The default is
        how long scoring a fold took, most of which is prediction. "mean_fit_time" is
        for models that are fitted again and again; a score by
        `sksearch.metrics.neg_latency` is a better measurement of prediction.
    objective : str, default=None
        The name of the score by which candidates are good; None where there is one.

    See Also
    --------
    OneStandardError : Where the noise of the best score is the tolerance.

    Notes
    -----
    Times vary from run to run, and so may the choice. Of equally fast candidates the
    better is taken. Who competes is told at `OneStandardError`.

    Examples
    --------
    Trees of a forest predict one after the other, so that their number tells the time,
    and tells it alike on every run:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.selection import FastestWithin
    >>> search = BayesSearchCV(
    ...     RandomForestClassifier(random_state=0),
    ...     {"n_estimators": [2, 5, 10, 20, 40]},
    ...     refit=FastestWithin(tolerance=0.01, by="n_estimators"),
    ... ).fit(*load_iris(return_X_y=True))
    >>> search.best_params_
    {'n_estimators': 2}
    """

    tolerance: float
    by: Simplest = "mean_score_time"
    objective: str | None = None

    def __post_init__(self) -> None:
        given: Any = self.tolerance
        is_number = isinstance(given, numbers.Real) and not isinstance(given, bool)
        if not is_number or not 0.0 <= given < math.inf:
            raise ValueError(
                f"FastestWithin(tolerance={given!r}) must be a finite number of at "
                "least 0: how much score may be given up, in the unit of the score."
            )
        check_simplest("FastestWithin(by", self.by)
        check_objective("FastestWithin", self.objective)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of scores that have to be there."""
        return (mean_name(self.objective),)

    def __call__(self, cv_results: Table) -> int:
        """Choose a row.

        Parameters
        ----------
        cv_results : dict of str to array
            `cv_results_` of a search.

        Returns
        -------
        row : int
            The number of the candidate.

        Raises
        ------
        ValueError
            If a column is missing, or no candidate has a score.
        TypeError
            If what makes a candidate fast is no number.
        """
        means = column(cv_results, self.reads[0], self)
        rows = rivals(cv_results, [means], self)
        close = rows[means[rows] >= means[rows].max() - self.tolerance]
        return simplest_of(cv_results, close, means, self.by, self)
