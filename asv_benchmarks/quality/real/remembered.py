"""The public searches on real problems, at the speed of a table."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from asv_benchmarks.quality.interface import Space
from asv_benchmarks.quality.real.definitions import DEFINITIONS, N_COLUMNS
from asv_benchmarks.quality.real.grid import branches
from asv_benchmarks.quality.real.tables import load_real

Rows = NDArray[np.int_]


class Remembered(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """An estimator whose fits were all done before.

    Parameters
    ----------
    problem : str
        Which problem.
    estimator : estimator object
        The one that the problem tunes. It is never fitted; its parameters say which
        point of the table is meant.

    Attributes
    ----------
    row_ : int
        The row of that point.

    Notes
    -----
    X has row numbers, in as many columns as the data of the problem has. The rows of a
    fold have its score; whatever lies beyond the rows of all folds has the score on the
    held-out rows.
    """

    def __init__(self, problem: str, estimator: Any) -> None:
        self.problem = problem
        self.estimator = estimator

    def fit(self, X: Rows, y: Any = None) -> Self:
        """Find the row of the parameters, whatever the data.

        Parameters
        ----------
        X : ndarray of shape (n, n_columns)
            Row numbers.
        y : object, default=None
            Ignored.

        Raises
        ------
        ValueError
            If the parameters are those of no point, or of one that failed.
        """
        problem = load_real(self.problem)
        self.row_ = problem.locate(self.estimator)
        if np.isnan(problem.scores[self.row_]).all():
            raise ValueError(f"These fits failed when {problem.name} was computed.")
        return self

    def score(self, X: Rows, y: Any = None) -> float:
        """Return the table's score of some rows.

        Parameters
        ----------
        X : ndarray of shape (n, n_columns)
            Row numbers: those of a fold, or all beyond the rows of the folds.
        y : object, default=None
            Ignored.

        Raises
        ------
        ValueError
            If the rows are those of no fold.
        """
        problem, numbers = load_real(self.problem), X[:, 0]
        if (numbers >= len(problem.folds)).all():
            return float(problem.held_out[self.row_])
        return float(problem.scores[self.row_, _fold(problem.folds, numbers)])


def _fold(folds: NDArray[np.int8], numbers: Rows) -> int:
    is_in = np.isin(np.arange(len(folds)), numbers)
    for k in np.unique(folds):
        if np.array_equal(is_in, folds == k):
            return int(k)
    raise ValueError(
        f"The {len(numbers)} rows to score are those of no fold. Search with the "
        "arguments of `search_arguments`."
    )


def search_arguments(name: str) -> dict[str, Any]:
    """Return what a search of a problem and its fit take.

    Returns
    -------
    dict
        ``estimator``, ``param_distributions`` and ``cv`` for the search, ``X`` and
        ``y`` for its ``fit``.

    Raises
    ------
    ModuleNotFoundError
        If the problem tunes an estimator of lightgbm, which is not installed.
    """
    folds = load_real(name).folds
    rows = np.arange(len(folds))
    return {
        "estimator": Remembered(name, DEFINITIONS[name].estimator()),
        "param_distributions": _prefixed(load_real(name).space),
        "cv": [(rows[folds != k], rows[folds == k]) for k in np.unique(folds)],
        "X": np.repeat(rows[:, None], N_COLUMNS[name], axis=1),
        "y": np.zeros(len(rows)),
    }


def _prefixed(space: Space | list[Space]) -> Space | list[Space]:
    prefixed = [
        {f"estimator__{name}": choices for name, choices in branch.items()}
        for branch in branches(space)
    ]
    return prefixed if isinstance(space, list) else prefixed[0]
