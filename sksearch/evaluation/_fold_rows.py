"""The rows of a fold: those that train a candidate, and those that score it."""

from dataclasses import dataclass
from typing import Any

from sksearch._sklearn_compat import safe_split

__all__ = ["FoldRows", "rows_of"]


@dataclass(frozen=True)
class FoldRows:
    """Training and test rows, and where they stand among all.

    Parameters
    ----------
    train, test : array
        Their numbers, or masks.
    X, y : array-like
        The training rows; `y` may be None.
    X_test, y_test : array-like
        The test rows.
    """

    train: Any
    test: Any
    X: Any
    y: Any
    X_test: Any
    y_test: Any


def rows_of(split: tuple[Any, Any], estimator: Any, X: Any, y: Any) -> FoldRows:
    """Return the rows of a fold, as scikit-learn takes them for an estimator.

    Parameters
    ----------
    split : tuple of two arrays
        The numbers of the training and of the test rows.
    estimator : estimator
        What is fitted: some take a square of the rows that train.
    X, y : array-like
        All rows; `y` may be None.
    """
    train, test = split
    return FoldRows(
        train,
        test,
        *safe_split(estimator, X, y, train),
        *safe_split(estimator, X, y, test, train),
    )
