"""The candidate of which a model of all scores expects most."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.selection._table import check_objective, column, mean_name, rivals

__all__ = ["PosteriorMean"]


@dataclass(frozen=True)
class PosteriorMean:
    """Choose the candidate with the best score by the search's model.

    The best of many noisy means is in part the luckiest. A Gaussian process of all
    scores knows how noisy they are, and what the neighbours of a candidate say of it;
    its mean is the score without the luck, as far as luck differs between neighbours.
    Of the better half of the candidates by their means, the one with the largest
    posterior mean is chosen.

    Parameters
    ----------
    objective : str, default=None
        The name of the score by which candidates are good; None where there is one.

    Notes
    -----
    A search of this package adds the column ``posterior_mean_test_<score>`` to
    `cv_results_` when its `refit` reads it, as this rule does, and only then. It is NaN
    where the mean score is. Where candidates are trained on, it is what is expected at
    the highest resource. With fewer than ten complete candidates, or equal scores,
    there is no model, the column holds the means themselves, and a warning says so.

    The worse half counts by its order only in the model, and what is expected there is
    no score; where the model takes all for noise, it would be as good as any.

    Neighbours often are lucky on the same folds, and that luck the model does not see.
    Measured, the rule is better where folds are very noisy each by themselves, and not
    on folds of real data: see the page of benchmarks before you use it. Who competes is
    told at `OneStandardError`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.selection import PosteriorMean
    >>> search = BayesSearchCV(
    ...     DecisionTreeRegressor(random_state=0),
    ...     {"max_depth": (1, 10), "min_samples_leaf": (1, 50)},
    ...     n_iter=20,
    ...     refit=PosteriorMean(),
    ...     random_state=0,
    ... ).fit(*load_diabetes(return_X_y=True))
    >>> means = search.cv_results_["posterior_mean_test_score"]
    >>> bool(means.argmax() == search.best_index_)
    True
    """

    objective: str | None = None

    def __post_init__(self) -> None:
        check_objective("PosteriorMean", self.objective)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of scores that have to be there."""
        mean = mean_name(self.objective)
        return mean, f"posterior_{mean}"

    def __call__(self, cv_results: Mapping[str, Any]) -> int:
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
        """
        mean, posterior = self.reads
        known = column(cv_results, mean, self)
        if posterior not in cv_results:
            raise ValueError(
                f"{self} reads the column {posterior!r}, which cv_results_ lacks. It "
                "comes from the model of a search of sksearch to which this rule is "
                "passed as refit, such as BayesSearchCV. Other searches have no model: "
                "there, take refit=True or OneStandardError."
            )
        expected = column(cv_results, posterior, self)
        rows = rivals(cv_results, [known, expected], self)
        rows = rows[known[rows] >= np.median(known[rows])]
        return int(rows[np.argmax(expected[rows])])
