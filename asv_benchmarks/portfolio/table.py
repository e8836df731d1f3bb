"""From scores to portfolios: configurations that are good together, the best first."""

import json
from collections.abc import Collection

import numpy as np

from asv_benchmarks.portfolio.families import FAMILIES, Family
from asv_benchmarks.portfolio.measure import Params, Scores
from asv_benchmarks.portfolio.scores import Measured
from asv_benchmarks.quality.interface import Array

N_ENTRIES = 8


def chosen(scores: Scores, n: int = N_ENTRIES) -> list[int]:
    """Return the configurations of a greedy portfolio.

    Each one is that with which the best of all so far has the lowest mean regret over
    the tasks.
    """
    regrets = np.column_stack([_regrets(np.array(s)) for s in scores.values()])
    best, found = np.ones(regrets.shape[1]), list[int]()
    for _ in range(n):
        means = np.minimum(regrets, best).mean(axis=1)
        means[found] = np.inf
        found.append(int(means.argmin()))
        best = np.minimum(best, regrets[found[-1]])
    return found


def _regrets(scores: Array) -> Array:
    """Return 0 for the best, 1 for the median and all that are worse, or failed."""
    scores = np.nan_to_num(scores, nan=-np.inf)
    best, median = scores.max(), np.median(scores)
    regrets: Array = np.clip((best - scores) / max(best - median, 1e-12), 0.0, 1.0)
    return regrets


def portfolios(measured: Measured) -> dict[str, list[Params]]:
    """Return the entries of each family, what all of it has among them."""
    return {
        name: [_entry(FAMILIES[name], points[i]) for i in chosen(scores)]
        for name, (points, scores) in sorted(measured.items())
    }


def _entry(family: Family, point: Params) -> Params:
    shared = {
        name: {"over_columns": value} if name == family.over_columns else value
        for name, value in point.items()
    }
    return {**family.fixed, **shared}


def classes(names: Collection[str]) -> dict[str, str]:
    """Return the portfolio of each class."""
    found = {
        class_name: name for name in names for class_name in FAMILIES[name].classes
    }
    return dict(sorted(found.items()))


def as_json(measured: Measured) -> str:
    """Return the table as a text, an entry a line."""
    parts = []
    for name, entries in portfolios(measured).items():
        lines = ",\n".join(f"      {json.dumps(entry)}" for entry in entries)
        parts.append(f"    {json.dumps(name)}: [\n{lines}\n    ]")
    joined = ",\n".join(parts)
    listed = json.dumps(classes(measured), indent=2).replace("\n", "\n  ")
    return f'{{\n  "classes": {listed},\n  "portfolios": {{\n{joined}\n  }}\n}}\n'
