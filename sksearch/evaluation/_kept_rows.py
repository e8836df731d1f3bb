"""Rows that a net keeps on its device from one candidate to the next.

`sksearch.torch.DeviceLoader` puts an array on the device once, as long as it is the
same array and nobody can write to it.
"""

import dataclasses
from typing import Any

import numpy as np

from sksearch.evaluation._fold_rows import FoldRows
from sksearch.evaluation._nets import is_net

__all__ = ["ITERATORS", "is_kept_by", "keeps_data", "unchangeable"]

ITERATORS = "iterator_train", "iterator_valid"


def is_kept_by(iterator: Any) -> bool:
    """Return whether an iterator of a net slices batches on a device."""
    return bool(getattr(iterator, "keeps_data_on_device", False))


def keeps_data(estimator: Any) -> tuple[bool, bool]:
    """Return whether a net keeps the rows that train it, and those that score it."""
    if not is_net(estimator):
        return False, False
    train, valid = (is_kept_by(getattr(estimator, name)) for name in ITERATORS)
    return train, valid


def unchangeable(rows: FoldRows, train: bool, test: bool) -> FoldRows:
    """Return the rows of a fold with an X that cannot be written to.

    Parameters
    ----------
    rows : FoldRows
        Copies of the user's.
    train, test : bool
        Which X.

    Returns
    -------
    rows : FoldRows
        The same ones.
    """
    return dataclasses.replace(
        rows,
        X=_locked(rows.X) if train else rows.X,
        X_test=_locked(rows.X_test) if test else rows.X_test,
    )


def _locked(X: Any) -> Any:
    if isinstance(X, np.ndarray):
        X = X if X.base is None else X.copy()  # nor may what it is a view of change
        X.flags.writeable = False
    return X
