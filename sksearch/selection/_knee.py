"""The candidate at the knee of the front of several scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch._pareto import knee
from sksearch.selection._table import column, mean_name, objectives_of, rivals

__all__ = ["Knee"]


@dataclass(frozen=True)
class Knee:
    """Choose the candidate at the knee of the Pareto front.

    Of the candidates that no other one beats in all scores, the one with the largest
    sum of scores, each running from 0 at the front's worst value to 1 at its best:
    beyond it, a little more of one score costs much of the others. It is what
    ``refit="knee"`` of `MultiObjectiveSearchCV` means, for any search of several
    scores [1]_.

    Parameters
    ----------
    objectives : sequence of str, default=None
        The names of two or more scores; None is all of them.

    See Also
    --------
    sksearch.MultiObjectiveSearchCV : Searches for the whole front.

    Notes
    -----
    Who competes is told at `OneStandardError`.

    References
    ----------
    .. [1] I. Das, "On characterizing the 'knee' of the Pareto curve based on
       normal-boundary intersection", Structural Optimization 18, 1999.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch.metrics import neg_model_size
    >>> from sksearch.selection import Knee
    >>> search = GridSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_leaf_nodes": [2, 3, 4, 8, 16, 32]},
    ...     scoring={"auc": "roc_auc", "size": neg_model_size},
    ...     refit=Knee(),
    ... ).fit(*load_breast_cancer(return_X_y=True))
    >>> search.best_params_
    {'max_leaf_nodes': 3}
    """

    objectives: tuple[str, ...] | list[str] | None = None

    def __post_init__(self) -> None:
        given = self.objectives
        is_sequence = isinstance(given, list | tuple | None)
        if not is_sequence or not all(isinstance(name, str) for name in given or ()):
            raise TypeError(
                f"Knee(objectives={given!r}) must be a list of the names of scores, or "
                "None for all."
            )
        if given is not None and len(set(given)) < max(2, len(given)):
            raise ValueError(
                f"Knee(objectives={given!r}) must be two or more different names: a "
                "single score has no knee. For one, leave refit=True."
            )

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of scores that have to be there."""
        return tuple(map(mean_name, self.objectives or ()))

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
            If a column is missing, there is a single score, or no candidate has all.
        """
        names = self.reads or tuple(map(mean_name, objectives_of(cv_results)))
        if len(names) < 2:
            raise ValueError(
                f"{self} needs two scores or more, and cv_results_ has {list(names)}. "
                "Pass several to scoring, or leave refit=True."
            )
        columns = [column(cv_results, name, self) for name in names]
        rows = rivals(cv_results, columns, self)
        return int(rows[knee(np.column_stack(columns)[rows])])
