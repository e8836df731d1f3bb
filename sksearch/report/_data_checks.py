"""What in the data may mislead a search: classes, constant columns, equal rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DataFindings", "check_data"]

Indices = NDArray[np.intp]
Split = tuple[Indices, Indices]

_MOST_NAMED = 10
_FEW = 5  # rows of a class in a test fold


@dataclass(frozen=True)
class DataFindings:
    """Warnings about data and splits.

    Parameters
    ----------
    warnings : list of str
        A sentence for each.
    class_counts : dict of str to list of int
        By class, the rows in the test part of each split; empty without classes.
    """

    warnings: list[str]
    class_counts: dict[str, list[int]] = field(default_factory=dict)


def check_data(
    X: Any, y: Any, splits: Sequence[Split], *, has_classes: bool
) -> DataFindings:
    """Look at the data of a search.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The data; of other shapes only the classes are looked at.
    y : array-like of shape (n_samples,) or None
        The target.
    splits : sequence of (train, test)
        Row numbers; may be empty.
    has_classes : bool
        Whether `y` holds classes.

    Returns
    -------
    findings : DataFindings
        What there is to say.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0, 5.0], [2.0, 5.0], [1.0, 5.0]])
    >>> splits = [(np.array([0, 1]), np.array([2]))]
    >>> findings = check_data(X, None, splits, has_classes=False)
    >>> findings.warnings[0]
    'Constant columns: 1. They tell a model nothing.'
    >>> findings.warnings[1][:56]
    '1 of 1 test rows (100.0%) is also among the training row'
    """
    warnings, counts = [], {}
    if has_classes and y is not None and np.ndim(y) == 1:
        counts = _class_counts(np.asarray(y), splits)
        warnings += _about_classes(counts, np.asarray(y), splits)
    columns = _columns(X)
    if columns is not None:
        warnings += _about_constants(columns)
        warnings += _about_repeats(_row_numbers(X), splits)
    return DataFindings(warnings, counts)


def _class_counts(y: NDArray[Any], splits: Sequence[Split]) -> dict[str, list[int]]:
    return {
        str(label): [int((y[test] == label).sum()) for _, test in splits]
        for label in np.unique(y)
    }


def _about_classes(
    counts: dict[str, list[int]], y: NDArray[Any], splits: Sequence[Split]
) -> list[str]:
    """Say where folds lack a class, or have next to none of it."""
    found = []
    for label, of_splits in counts.items():
        few = [k for k, n in enumerate(of_splits) if n < _FEW]
        if few:
            least = min(of_splits)
            found.append(
                f"Class {label} has few rows in the test part of {_numbered(few)} (the "
                f"least: {least}): scores that depend on it vary by chance there."
            )
    for k, (train, _) in enumerate(splits):
        missing = sorted(set(map(str, np.unique(y))) - set(map(str, y[train])))
        if missing:
            names = ", ".join(missing[:_MOST_NAMED])
            found.append(f"Classes without a training row in split {k}: {names}.")
    return found


def _numbered(splits: Sequence[int]) -> str:
    shown = ", ".join(map(str, splits[:_MOST_NAMED]))
    more = ", ..." if len(splits) > _MOST_NAMED else ""
    return f"split{'s' if len(splits) > 1 else ''} {shown}{more}"


def _columns(X: Any) -> list[tuple[str, NDArray[Any]]] | None:
    """Return the columns of a table with their names; None of what is no table."""
    if hasattr(X, "tocsc"):
        X = X.tocsc()
        return [(str(j), X[:, [j]].toarray().ravel()) for j in range(X.shape[1])]
    if hasattr(X, "columns") and hasattr(X, "iloc"):
        names = enumerate(map(str, X.columns))
        return [(name, np.asarray(X.iloc[:, j])) for j, name in names]
    table = _table(X)
    if table is None:
        return None
    return [(str(j), table[:, j]) for j in range(table.shape[1])]


def _table(X: Any) -> NDArray[Any] | None:
    table = np.asarray(X, dtype=None if hasattr(X, "dtype") else object)
    return table if table.ndim == 2 else None


def _about_constants(columns: Sequence[tuple[str, NDArray[Any]]]) -> list[str]:
    constant = [name for name, values in columns if _is_constant(values)]
    if not constant:
        return []
    shown = ", ".join(constant[:_MOST_NAMED])
    more = f" and {len(constant) - _MOST_NAMED} more" * (len(constant) > _MOST_NAMED)
    return [f"Constant columns: {shown}{more}. They tell a model nothing."]


def _is_constant(values: NDArray[Any]) -> bool:
    if not len(values):
        return False
    first = values[0]
    if values.dtype.kind in "fc" and np.isnan(first):
        return bool(np.isnan(values).all())
    if values.dtype.kind == "O":  # None, NaN and texts beside each other
        return len(set(map(str, values))) == 1
    return bool((values == first).all())


def _row_numbers(X: Any) -> Indices:
    """Return a number for each row; equal rows have equal ones."""
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in _row_keys(X)])


def _row_keys(X: Any) -> list[Any]:
    if hasattr(X, "tocsr"):
        X = X.tocsr().sorted_indices()
        X.eliminate_zeros()
        bounds = zip(X.indptr[:-1], X.indptr[1:], strict=True)
        return [(X.indices[a:b].tobytes(), X.data[a:b].tobytes()) for a, b in bounds]
    table = np.asarray(X) if hasattr(X, "iloc") else _table(X)
    assert table is not None
    if table.dtype.kind in "fiub":
        table = np.ascontiguousarray(table) + table.dtype.type(0)  # -0.0 is 0.0
        return [row.tobytes() for row in table]
    return [tuple(map(str, row)) for row in table]


def _about_repeats(rows: Indices, splits: Sequence[Split]) -> list[str]:
    """Say how many test rows are training rows too."""
    repeated = [int(np.isin(rows[test], rows[train]).sum()) for train, test in splits]
    n_test = sum(len(test) for _, test in splits)
    total = sum(repeated)
    if not total:
        return []
    worst = int(np.argmax(repeated))
    verb, unit = ("is", "row") if total == 1 else ("are", "rows")
    most = f"{repeated[worst]} {'row' if repeated[worst] == 1 else unit}"
    return [
        f"{total} of {n_test} test rows ({total / n_test:.1%}) {verb} also "
        "among the training rows of the same split, with equal values: scores may be "
        f"too good. The most are in split {worst} ({most})."
    ]
