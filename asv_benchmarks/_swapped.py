"""Runs one script with the searches of scikit-learn replaced by those of sksearch.

Used by `sklearn_gallery.py`, which says what is asked.
"""

import runpy
import sys
from pathlib import Path
from typing import Any

import _stand_ins  # beside this file
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import ParameterGrid

from sksearch import BayesSearchCV, HyperbandSearchCV


def grid_search(estimator: Any, param_grid: Any, **options: Any) -> BayesSearchCV:
    """Take the arguments of GridSearchCV."""
    return BayesSearchCV(
        estimator, param_grid, n_iter=len(ParameterGrid(param_grid)), **options
    )


def random_search(
    estimator: Any, param_distributions: Any, *, n_iter: int = 10, **options: Any
) -> BayesSearchCV:
    """Take the arguments of RandomizedSearchCV, whose default of `n_iter` is 10."""
    return BayesSearchCV(estimator, param_distributions, n_iter=n_iter, **options)


def halving_grid(estimator: Any, param_grid: Any, **options: Any) -> HyperbandSearchCV:
    """Take the arguments of HalvingGridSearchCV."""
    n_candidates = len(ParameterGrid(param_grid))
    return halving_random(estimator, param_grid, n_candidates=n_candidates, **options)


def halving_random(
    estimator: Any,
    param_distributions: Any,
    *,
    n_candidates: Any = "exhaust",
    resource: str = "n_samples",
    min_resources: Any = "auto",
    aggressive_elimination: bool = False,
    **options: Any,
) -> HyperbandSearchCV:
    """Take the arguments of HalvingRandomSearchCV."""
    if min_resources in ("smallest", "exhaust"):
        min_resources = "auto"
    return HyperbandSearchCV(
        estimator,
        param_distributions,
        scheduler="halving",
        resource=resource,
        min_resources=min_resources,
        n_iter=None if n_candidates == "exhaust" else n_candidates,
        **options,
    )


SWAPPED = {
    "GridSearchCV": grid_search,
    "RandomizedSearchCV": random_search,
    "HalvingGridSearchCV": halving_grid,
    "HalvingRandomSearchCV": halving_random,
}


def main(script: str, swap: bool) -> None:
    """Run the script as if it were called."""
    if swap:
        for name, search in SWAPPED.items():
            setattr(sklearn.model_selection, name, search)
    _stand_ins.install()
    sys.argv, sys.path[0] = [script], str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], "--swap" in sys.argv)
