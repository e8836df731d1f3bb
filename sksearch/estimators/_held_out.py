"""Which rows are held out to compare two models on."""

import numbers
from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit

__all__ = ["split_off"]

_N_DRAWS = 32  # of groups, of which the one that is most like all rows is taken


def split_off(
    n_rows: int,
    labels: Any,
    groups: Any,
    *,
    test_size: float | int,
    shuffle: bool,
    seed: int,
) -> tuple[Any, Any]:
    """Part rows into such as are searched on and such as are held out.

    Parameters
    ----------
    n_rows : int
        How many there are.
    labels : ndarray of shape (n_rows,) or None
        Classes whose shares are kept; None where there are none.
    groups : ndarray of shape (n_rows,) or None
        Rows of one group stay on one side.
    test_size : float or int
        The share of rows that is held out, or their number.
    shuffle : bool
        Whether rows are drawn; else they are the last ones, from the first row of a
        group on.
    seed : int
        Draws.

    Returns
    -------
    train, test : ndarray of int
        In ascending order.

    Raises
    ------
    ValueError
        If a side has no rows, or too few for the classes or groups.
    """
    n_test = _n_test(n_rows, test_size)
    if not shuffle:
        cut = _cut(groups, n_rows - n_test)
        return np.arange(cut), np.arange(cut, n_rows)
    if groups is not None:
        return _by_group(n_rows, labels, groups, n_test, seed)
    if labels is not None:
        return _by_class(labels, n_test, seed)
    [(train, test)] = ShuffleSplit(1, test_size=n_test, random_state=seed).split(
        np.empty((n_rows, 1))
    )
    return np.sort(train), np.sort(test)


def _n_test(n_rows: int, test_size: Any) -> int:
    is_number = isinstance(test_size, numbers.Real) and not isinstance(test_size, bool)
    is_share = is_number and not isinstance(test_size, numbers.Integral)
    n_test = round(n_rows * test_size) if is_share else test_size
    if not is_number or (is_share and not 0 < test_size < 1) or not 0 < n_test < n_rows:
        raise ValueError(
            f"test_size={test_size!r} must leave rows on both sides of {n_rows}. Pass "
            "a share such as 0.25, or a number of rows."
        )
    return int(n_test)


def _cut(groups: Any, cut: int) -> int:
    """Return the first of the last rows; a group is not parted."""
    if groups is None:
        return cut
    _, codes, first = _coded(groups)
    while cut and (begin := int(first[codes[cut:]].min())) < cut:
        cut = begin
    if not cut:
        raise ValueError(
            "shuffle=False holds out the last rows, and the groups run through all of "
            "them, so that none can be cut off. Pass shuffle=True, or eval_set."
        )
    return cut


def _coded(groups: Any) -> tuple[Any, Any, Any]:
    known, first, codes = np.unique(groups, return_index=True, return_inverse=True)
    return known, codes.ravel(), first


def _by_group(
    n_rows: int, labels: Any, groups: Any, n_test: int, seed: int
) -> tuple[Any, Any]:
    """Draw groups; of some draws take the one with the most usual shares of rows."""
    known, codes, _ = _coded(groups)
    if len(known) < 2:
        raise ValueError(
            f"groups has {len(known)} group, and one is needed on each side. Pass "
            "eval_set, or groups=None."
        )
    n_held = min(max(1, round(len(known) * n_test / n_rows)), len(known) - 1)
    splitter = GroupShuffleSplit(_N_DRAWS, test_size=n_held, random_state=seed)
    kinds = np.zeros(n_rows, int) if labels is None else _coded(labels)[1]
    usual = np.bincount(kinds) * (n_test / n_rows)

    def distance(pair: tuple[Any, Any]) -> float:
        found = np.bincount(kinds[pair[1]], minlength=len(usual))
        return float(np.abs(found - usual).sum())

    return min(splitter.split(kinds, groups=codes), key=distance)


def _by_class(labels: Any, n_test: int, seed: int) -> tuple[Any, Any]:
    """Draw from each class its share; a class of one row is searched on.

    Which classes have the rows that are left over by rounding is drawn too.
    """
    rng = np.random.default_rng(seed)
    _, codes, _ = _coded(labels)
    sizes = np.bincount(codes)
    exact = sizes * (n_test / len(labels))
    counts = np.floor(exact).astype(int)
    rest = exact - counts + 1e-9 * rng.random(len(counts))
    counts[np.argsort(-rest)[: n_test - counts.sum()]] += 1
    counts = np.clip(counts, sizes >= 2, sizes - 1)
    rows = [np.flatnonzero(codes == k) for k in range(len(sizes))]
    test = np.sort(
        np.concatenate(
            [rng.choice(r, n, replace=False) for r, n in zip(rows, counts, strict=True)]
        )
    )
    if not len(test):
        raise ValueError("Each class has one row only, so that none can be held out.")
    return np.setdiff1d(np.arange(len(labels)), test), test
