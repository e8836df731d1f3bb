"""Orders of the training rows: whichever come first stand for all of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier

__all__ = ["has_classes", "row_order", "row_order_of"]


def row_order_of(estimator: Any, y: Any, splits: Sequence[tuple[Any, Any]]) -> str:
    """Return how training rows are sampled, for `row_order`.

    Parameters
    ----------
    estimator : estimator
        A classifier wants its share of each class.
    y : array-like or None
        The target of all rows.
    splits : sequence of (train, test) index arrays
        Where all of them ask for what comes after their training rows, the last of
        these are a sample.

    Returns
    -------
    how : {"stratified", "shuffled", "newest"}
        As `row_order` takes it.
    """
    if _is_time_ordered(splits):
        return "newest"
    return "stratified" if has_classes(estimator, y) else "shuffled"


def has_classes(estimator: Any, y: Any) -> bool:
    """Whether each row has one class.

    Parameters
    ----------
    estimator : estimator
        Others than classifiers know no classes.
    y : array-like or None
        The target of all rows.

    Returns
    -------
    has_classes : bool
        False with several targets.
    """
    return is_classifier(estimator) and y is not None and np.size(y) == len(y)


def _is_time_ordered(splits: Sequence[tuple[Any, Any]]) -> bool:
    """Whether the training rows of every split come first; a single one may by chance.

    >>> rows = np.arange(6)
    >>> _is_time_ordered([(rows[:2], rows[2:4]), (rows[:4], rows[4:])])
    True
    >>> _is_time_ordered([(rows[:3], rows[3:]), (rows[3:], rows[:3])])
    False
    """
    return len(splits) > 1 and all(
        np.max(_positions(train), initial=-1) < np.min(_positions(test), initial=2**62)
        for train, test in splits
    )


def _positions(rows: Any) -> Any:
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def row_order(n: int, y: Any, how: str, seed: Any) -> Any:
    """Return the rows in an order of which every beginning is a sample.

    Parameters
    ----------
    n : int
        How many rows there are.
    y : array-like or None
        Their target.
    how : {"stratified", "shuffled", "newest"}
        Which rows are first: an equal share of each class, any, or the last ones.
    seed : int or sequence of int
        Draws them.

    Returns
    -------
    order : ndarray of shape (n,)
        Row numbers.
    """
    if how == "newest":
        return np.arange(n)[::-1]
    order = np.random.default_rng(seed).permutation(n)
    if how == "shuffled" or y is None:
        return order
    return order[_spread(np.ravel(y)[order])]


def _spread(labels: Any) -> Any:
    """Return an order in which every beginning has its share of every class.

    >>> labels = np.array(["a", "a", "a", "a", "b", "b"])
    >>> labels[_spread(labels)].tolist()
    ['a', 'b', 'a', 'a', 'b', 'a']
    """
    _, classes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    seen = np.zeros(len(sizes), dtype=int)
    share = np.empty(len(labels))
    for row, label in enumerate(classes):
        share[row] = (seen[label] + 0.5) / sizes[label]
        seen[label] += 1
    return np.argsort(share, kind="stable")
