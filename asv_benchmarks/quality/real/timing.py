"""Measure how long the fits of the real problems take: what is missing of them.

Run from the root of the repository, on a machine that does nothing else::

    python -m asv_benchmarks.quality.real.timing

It says first how long it will take. A problem is written once it is whole.
"""

import argparse
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import get_scorer
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import Array
from asv_benchmarks.quality.real.build import fingerprint, six_splits, versions
from asv_benchmarks.quality.real.definitions import DEFINITIONS
from asv_benchmarks.quality.real.grid import points
from asv_benchmarks.quality.real.seconds import SECONDS
from asv_benchmarks.quality.real.spaces import SPACES
from asv_benchmarks.quality.real.tables import REAL_TASKS

N_SAMPLE = 20  # points of each problem by which the whole is estimated
N_AGAIN = 30  # points of each problem that are measured twice, to know the noise

Params = dict[str, Any]


def timer(name: str) -> Callable[[Params], float]:
    """Return what measures the CPU seconds of a point of a problem."""
    definition = DEFINITIONS[name]
    X, y = definition.data()
    train, test = six_splits(y)[0]
    parts = X[train], y[train], X[test], y[test]
    estimator, scorer = definition.estimator(), get_scorer(definition.scoring)
    return lambda params: fit_seconds(estimator, params, scorer, parts)


def fit_seconds(
    estimator: Any, params: Params, scorer: Any, parts: tuple[Any, Any, Any, Any]
) -> float:
    """Return the CPU seconds of a clone, its fit and its score, on one thread.

    Parameters
    ----------
    estimator : estimator object
        Cloned.
    params : dict
        Set on the clone.
    scorer : callable
        As of `sklearn.metrics.get_scorer`.
    parts : tuple of array-like
        Training features and labels, test features and labels.
    """
    X, y, X_test, y_test = parts
    with threadpool_limits(1), warnings.catch_warnings(), suppress(ValueError):
        warnings.simplefilter("ignore")
        start = process_time()
        try:
            model = clone(estimator).set_params(**clone(params, safe=False))
            scorer(model.fit(X, y), X_test, y_test)
        finally:
            seconds = process_time() - start
    return seconds


def measure(name: str) -> tuple[Array, NDArray[np.int_], Array]:
    """Return the seconds of all points, and the rows and seconds of those again."""
    seconds_of, listed = timer(name), list(points(SPACES[name]))
    _ = [seconds_of(params) for params in _some(listed, N_SAMPLE)]  # imports, caches
    seconds = np.array([seconds_of(params) for params in listed])
    rows = np.random.default_rng(0).choice(len(listed), N_AGAIN, replace=False)
    return seconds, rows, np.array([seconds_of(listed[row]) for row in rows])


def estimate(names: Iterable[str]) -> float:
    """Return how many seconds measuring some problems will take, by a sample."""
    total = 0.0
    for name in names:
        seconds_of, listed = timer(name), list(points(SPACES[name]))
        found = [seconds_of(params) for params in _some(listed, N_SAMPLE)]
        expected = float(np.mean(found)) * len(listed)
        print(f"{name}: {len(listed)} points, {expected:.0f} s", flush=True)
        total += expected
    return total


def _some(listed: list[Params], n: int) -> list[Params]:
    rows = np.random.default_rng(1).choice(len(listed), n, replace=False)
    return [listed[row] for row in rows]


# -- the file ------------------------------------------------------------------------


def missing(names: Iterable[str]) -> list[str]:
    """Return the problems whose seconds are not there, or are of another space."""
    known = read()
    return [
        name
        for name in names
        if int(known.get(f"{name}/fingerprint", -1)) != fingerprint(name)
    ]


def read() -> dict[str, NDArray[Any]]:
    """Return all that the file of seconds holds."""
    if not SECONDS.exists():
        return {}
    with np.load(SECONDS, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def write(
    name: str, seconds: Array, rows_again: NDArray[np.int_], seconds_again: Array
) -> None:
    """Add a problem's seconds to the file, and the versions that they are of."""
    kept = read()
    new: dict[str, NDArray[Any]] = {
        "seconds": seconds.astype(np.float32),
        "rows_again": rows_again.astype(np.int16),
        "seconds_again": seconds_again.astype(np.float32),
        "fingerprint": np.array(fingerprint(name)),
        "versions": np.array(versions()),
    }
    kept |= {f"{name}/{key}": value for key, value in new.items()}
    np.savez_compressed(SECONDS, **{key: kept[key] for key in sorted(kept)})  # type: ignore[arg-type]


def main() -> None:
    """Measure what is missing; each problem is written once it is whole."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.quality.real.timing",
        description="Measure the seconds of the real problems that are missing.",
    )
    parser.add_argument(
        "--problems", nargs="+", choices=REAL_TASKS, default=REAL_TASKS, metavar="NAME"
    )
    names = missing(parser.parse_args().problems)
    print(f"about {estimate(names):.0f} s in all", flush=True)
    for name in names:
        write(name, *measure(name))
        print(f"{name}: done", flush=True)


if __name__ == "__main__":
    main()
