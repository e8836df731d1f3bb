"""Training that begins again each time: by a parameter, or on more rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from sksearch._sklearn_compat import check_method_params
from sksearch.evaluation._fitting import fit_rows
from sksearch.evaluation._row_order import row_order
from sksearch.evaluation._training import Counted, Params, Whole

__all__ = ["Redone", "Rows"]


@dataclass(frozen=True)
class Redone(Counted):
    """A parameter whose larger value needs a fit of its own.

    Parameters
    ----------
    parameter : str
        An integer parameter of the estimator.
    """

    continues = False

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Fit from the beginning."""
        estimator.set_params(**{self.parameter: stop})
        fit_rows(estimator, X, y, params)


@dataclass(frozen=True)
class Rows(Whole):
    """Training rows: fewer of them at first, each time with those of before.

    Parameters
    ----------
    most : int
        So many rows or more stand for all.
    how : {"stratified", "shuffled", "newest"}
        Which rows are first: an equal share of each class, any, or the last ones.
    seed : int
        Draws them.
    """

    most: int
    how: str
    seed: int = 0

    resource = "n_samples"
    parameter = None
    continues = False

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Fit some of the rows from the beginning."""
        n = len(y) if y is not None else X.shape[0]
        if stop >= min(self.most, n):
            fit_rows(estimator, X, y, params)
            return
        rows = np.sort(row_order(n, y, self.how, self.seed)[:stop])
        params = check_method_params(X, params=params, indices=rows)
        target = None if y is None else _safe_indexing(y, rows)
        fit_rows(estimator, _safe_indexing(X, rows), target, params)
