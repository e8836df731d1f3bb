"""What candidates predicted for rows that they were not trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch import _sklearn_compat as compat

__all__ = ["OutOfFold", "at_their_rows"]


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Out-of-fold predictions of the candidates of a search.

    Parameters
    ----------
    candidates : dict of int to sequence of dict
        By the row in `cv_results_`, for each fold the predictions of its test rows by
        the name of the method. A row that is missing was not complete, or lower than
        the highest rung.
    tests : sequence of ndarray of int
        The test rows of each fold.
    n_samples : int
        How many rows there are.
    y : array-like
        Their target, None where there is none.
    classes : ndarray of shape (n_classes,) or None
        All classes, sorted; those of the columns of probabilities.
    groups : array-like of shape (n_samples,) or None
        What kept rows together in the splits.
    score_params : dict
        What the scorers were given; what has one entry per row is split like X.
    scorers : dict of str to callable or None
        By name; None for one that looks at more than predictions.
    objective : str or None
        The score by which the best candidate was chosen, None where a callable chose.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(), {"n_neighbors": [1, 5, 15]}, return_oof=True
    ... ).fit(*load_wine(return_X_y=True))
    >>> search.oof_.predictions(index=0).shape
    (178,)
    """

    candidates: Mapping[int, Sequence[Mapping[str, Any]]]
    tests: Sequence[Any]
    n_samples: int
    y: Any
    classes: Any
    groups: Any
    score_params: Mapping[str, Any]
    scorers: Mapping[str, Any]
    objective: str | None

    def predictions(self, index: int, method: str | None = None) -> Any:
        """Return the predictions of a candidate, each where its row is.

        Parameters
        ----------
        index : int
            Its row in `cv_results_`.
        method : str or None, default=None
            Such as "predict_proba"; None is the one that the objective's scorer takes.

        Returns
        -------
        predictions : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            With an axis before that counts the times where the splits test rows more
            than once, as those of `RepeatedKFold`. Where they leave out rows it is a
            masked array that hides them.

        Raises
        ------
        KeyError
            If there are none.
        """
        if index not in self.candidates:
            raise KeyError(
                f"Row {index} of cv_results_ has no out-of-fold predictions: it "
                "failed, was stopped, or is not on the highest rung. These have them: "
                f"{sorted(self.candidates)}."
            )
        folds = self.candidates[index]
        name = self._method(folds) if method is None else method
        if any(name not in fold for fold in folds):
            raise KeyError(
                f"method={name!r} is not among what was kept: {sorted(folds[0])}."
            )
        parts = [fold[name] for fold in folds]
        return at_their_rows(parts, self.tests, self.n_samples)

    def _method(self, folds: Sequence[Mapping[str, Any]]) -> str:
        first = next(iter(self.scorers)) if self.objective is None else self.objective
        names = compat.response_methods(self.scorers[first])
        return next(name for name in (*names, *folds[0]) if name in folds[0])

    def __repr__(self) -> str:
        return (
            f"Out-of-fold predictions of {len(self.candidates)} candidates in "
            f"{len(self.tests)} folds"
        )


def at_their_rows(parts: Sequence[Any], tests: Sequence[Any], n_samples: int) -> Any:
    """Put what was predicted on each fold where its rows are.

    Parameters
    ----------
    parts : sequence of ndarray
        For each fold the predictions of its rows.
    tests : sequence of ndarray of int
        The rows.
    n_samples : int
        How many rows there are.

    Returns
    -------
    table : ndarray or masked array
        The j-th prediction of a row, in the order of the folds, is in the j-th plane;
        without that axis where no row has two.

    Examples
    --------
    >>> at_their_rows([np.array([1.5]), np.array([2.5])], [[1], [0]], 2)
    array([2.5, 1.5])
    """
    counts = np.zeros(n_samples, dtype=int)
    planes = []
    for rows in tests:
        planes.append(counts[rows])
        counts[rows] += 1
    kind = np.result_type(*parts)
    table = np.zeros((counts.max(), n_samples, *parts[0].shape[1:]), dtype=kind)
    known = np.zeros(table.shape, dtype=bool)
    for rows, plane, values in zip(tests, planes, parts, strict=True):
        table[plane, rows] = values
        known[plane, rows] = True
    if len(table) == 1:
        table, known = table[0], known[0]
    return table if known.all() else np.ma.masked_array(table, ~known)
