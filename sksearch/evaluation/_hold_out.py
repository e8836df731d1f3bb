"""Which training rows of a fold a model stops by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from sksearch._sklearn_compat import check_method_params
from sksearch.evaluation._fitting import HeldOut
from sksearch.evaluation._row_order import row_order

__all__ = ["HoldOut"]

_FRACTION = 0.1  # that of scikit-learn's own early stopping


@dataclass(frozen=True)
class HoldOut:
    """Holds out a tenth of the training rows of a fold, the same for all candidates.

    Parameters
    ----------
    how : {"stratified", "shuffled", "newest"}
        An equal share of each class, any rows, or the last ones.
    classes : bool
        Whether targets are classes, of which each has to stay among the fitted rows.
    seed : int
        Draws them.
    groups : array-like of shape (n_samples,) or None, default=None
        Of all rows; whole groups are held out then, where there are two or more.
    """

    how: str
    classes: bool
    seed: int
    groups: Any = None

    def __call__(self, fold: int, train: Any, y: Any) -> tuple[Any, Any]:
        """Return which training rows are fitted, and which are held out.

        Parameters
        ----------
        fold : int
            Its number.
        train : array
            The numbers of its training rows, or a mask.
        y : array-like
            Their target.

        Returns
        -------
        fitted, held_out : ndarray of int
            Positions among the training rows, in their order.

        Raises
        ------
        ValueError
            If there are too few rows of each class.
        """
        seed = [self.seed, fold]
        groups = None if self.groups is None else np.asarray(self.groups)[train]
        held = np.zeros(len(y), dtype=bool)
        held[self._chosen(len(y), y, groups, seed)] = True
        if self.classes:
            held &= ~_last_of_their_class(y, held)
        if not held.any() or held.all():
            raise ValueError(
                f"Early stopping needs training rows to hold out, but of {len(y)} rows "
                f"in fold {fold} none can be spared. Pass an eval_set to fit, fewer "
                "folds, or switch early stopping off."
            )
        return np.flatnonzero(~held), np.flatnonzero(held)

    def apart(
        self, fold: int, train: Any, X: Any, y: Any, params: Mapping[str, Any]
    ) -> tuple[Any, Any, dict[str, Any]]:
        """Return the rows to fit, and parameters that have those held out.

        Parameters
        ----------
        fold : int
            Its number.
        train : array
            The numbers of its training rows, or a mask.
        X, y : array-like
            These rows.
        params : dict
            Parameters of `fit` for them.

        Returns
        -------
        X, y : array-like
            The rows that are fitted.
        params : dict
            For these; with the others as ``eval_set``.
        """
        rows, held = (
            HeldOut(
                _safe_indexing(X, part),
                _safe_indexing(y, part),
                check_method_params(X, params=params, indices=part),
            )
            for part in self(fold, train, y)
        )
        return rows.X, rows.y, {**rows.params, "eval_set": held}

    def _chosen(self, n: int, y: Any, groups: Any, seed: Any) -> Any:
        wanted = max(1, round(_FRACTION * n))
        if groups is None or len(np.unique(groups)) == 1:
            return row_order(n, y, self.how, seed)[:wanted]
        _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        order = np.random.default_rng(seed).permutation(len(sizes))
        chosen = order[np.cumsum(sizes[order]) <= wanted]
        if len(chosen) == 0:  # all that come first are larger
            chosen = np.array([np.argmin(sizes)])
        return np.flatnonzero(np.isin(codes, chosen))


def _last_of_their_class(y: Any, held: Any) -> Any:
    """Return the rows whose class no other row would tell the model."""
    labels = np.ravel(np.asarray(y))
    return ~np.isin(labels, labels[~held])
