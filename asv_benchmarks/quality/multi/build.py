"""Compute the grids of the real problems that are missing.

Run from the root of the repository::

    python -m asv_benchmarks.quality.multi.build

A score is the mean over three folds, the cost that of a model fitted on all rows.
"""

import csv
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_score
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.multi.estimators import DEFINITIONS, SPACES, Definition
from asv_benchmarks.quality.multi.grids import GRIDS, REAL, read
from asv_benchmarks.quality.real.grid import points

_COLUMNS = ("task", "score", "cost")


def compute(name: str) -> Iterator[tuple[str, float, float]]:
    """Yield the score and the cost of every point of a grid."""
    definition = DEFINITIONS[name]
    X, y = _rows(definition)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that training has not converged is the point
        measured(definition, X, y, next(points(SPACES[name])))  # imports, caches
        for params in points(SPACES[name]):
            yield name, *measured(definition, X, y, params)


def measured(
    definition: Definition, X: Any, y: Any, params: dict[str, Any]
) -> tuple[float, float]:
    """Return the score and the cost of a point."""
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    model = definition.make(params)
    scores = cross_val_score(model, X, y, cv=folds, scoring=definition.scoring)
    cost = definition.cost(model.fit(X, y), X)
    return round(float(scores.mean()), 5), float(f"{cost:.4g}")


def _rows(definition: Definition) -> tuple[Any, Any]:
    X, y = definition.data()
    rows = np.random.default_rng(0).permutation(len(y))[: definition.n_rows]
    return X[rows], y[rows]


def missing() -> list[str]:
    """Return the problems of which not every point is there."""
    known = read(GRIDS)
    sizes = {name: math.prod(map(len, SPACES[name].values())) for name in REAL}
    return [name for name in REAL if len(known.get(name, ())) != sizes[name]]


def write(path: Path, rows: list[tuple[str, float, float]]) -> None:
    """Add a problem to the file."""
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([_COLUMNS, *rows] if is_new else rows)


def main() -> None:
    """Compute what is missing; a problem is written once it is whole."""
    for name in missing():
        write(GRIDS, list(compute(name)))
        print(f"{name}: done", flush=True)


if __name__ == "__main__":
    main()
