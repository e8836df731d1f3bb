"""From scores to portfolios: configurations that are good together, the best first."""

import json
import warnings
from collections.abc import Collection

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from asv_benchmarks.portfolio.families import FAMILIES, Family
from asv_benchmarks.portfolio.measure import Params, Scores
from asv_benchmarks.portfolio.scores import Measured
from asv_benchmarks.quality.interface import Array
from sksearch.space import SearchSpace

N_ENTRIES = 6


def greedy(regrets: Array, n: int = N_ENTRIES) -> list[int]:
    """Return the configurations of a portfolio.

    Each one is that with which the best of all so far has the lowest mean regret over
    the tasks.

    Parameters
    ----------
    regrets : ndarray of shape (n_configurations, n_tasks)
        From 0 to 1.
    n : int, default=6
        How many to choose.

    Returns
    -------
    rows : list of int
        The best one first.
    """
    best, found = np.ones(regrets.shape[1]), list[int]()
    for _ in range(n):
        means = np.minimum(regrets, best).mean(axis=1)
        means[found] = np.inf
        found.append(int(means.argmin()))
        best = np.minimum(best, regrets[found[-1]])
    return found


def smooth(name: str, points: list[Params], scores: Scores) -> Array:
    """Return the smoothed regrets of a family, (n_configurations, n_tasks).

    Of 64 noisy scores the best is often the luckiest.
    """
    X = SearchSpace(FAMILIES[name].space).encode(points)
    return np.column_stack([smooth_regrets(X, np.array(s)) for s in scores.values()])


def smooth_regrets(X: Array, scores: Array) -> Array:
    """Return 0 for the best, 1 for the median and all that are worse, or failed.

    Parameters
    ----------
    X : ndarray of shape (n, n_columns)
        The configurations.
    scores : ndarray of shape (n,)
        Theirs in one task, greater is better.

    Returns
    -------
    regrets : ndarray of shape (n,)
        Of what a Gaussian process makes of the scores.
    """
    # What is far below the median counts alike: it would bend the process.
    y = np.maximum(-_regrets(scores), -2.5)
    scales = np.ones(X.shape[1])
    kernel = ConstantKernel() * Matern(scales, (0.1, 20.0), nu=2.5) + WhiteKernel(0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of lengthscales at the end of their range
        process = GaussianProcessRegressor(kernel, normalize_y=True).fit(X, y)
        smooth = process.predict(X)
    return np.clip(_regrets(smooth), 0.0, 1.0)


def raw_regrets(scores: Array) -> Array:
    """Return the same of the scores as they are."""
    return np.clip(_regrets(scores), 0.0, 1.0)


def _regrets(scores: Array) -> Array:
    scores = np.nan_to_num(scores, nan=np.nanmin(scores))
    best, median = scores.max(), np.median(scores)
    regrets: Array = (best - scores) / max(best - median, 1e-12)
    return regrets


def portfolios(measured: Measured) -> dict[str, list[Params]]:
    """Return the entries of each family, what all of it has among them."""
    found = {}
    for name, (points, scores) in sorted(measured.items()):
        rows = greedy(smooth(name, points, scores))
        found[name] = [_entry(FAMILIES[name], points[row]) for row in rows]
    return found


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
