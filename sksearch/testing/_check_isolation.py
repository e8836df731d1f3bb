"""That searches keep to themselves."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sksearch.testing._factory import MakeSearch
from sksearch.testing._toys import TREES, DelayedTree


def check_two_fits_in_threads(make_search: MakeSearch) -> None:
    """Two fits at once find what each of them finds alone."""
    X, y = load_iris(return_X_y=True)
    spaces = [TREES, {"max_depth": [5, 6], "min_samples_leaf": [2, 3, 4]}]

    def results(space: Any) -> dict[str, Any]:
        search = make_search(DelayedTree(random_state=0), space, cv=3)
        table = search.fit(X, y).cv_results_
        return {key: table[key] for key in table if not key.endswith("_time")}

    alone = [results(space) for space in spaces]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(results, spaces))
    np.testing.assert_equal(together, alone)


def check_global_random_state(make_search: MakeSearch) -> None:
    """A seeded search draws nothing from the generators of the process."""
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(random_state=0)
    for n_jobs in (None, 2):
        before = _global_states()
        make_search(tree, TREES, cv=3, n_iter=6, n_jobs=n_jobs).fit(X, y)
        np.testing.assert_equal(_global_states(), before)


def _global_states() -> tuple[Any, ...]:
    return np.random.get_state(), random.getstate()  # noqa: NPY002 - the subject
