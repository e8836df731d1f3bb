"""That folds, workers and backends do not show in the results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from joblib import parallel_config
from sklearn.datasets import load_iris
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold

from sksearch.testing._factory import MakeSearch, by_params, log_file
from sksearch.testing._toys import (
    FOUR,
    TREES,
    TWO,
    DelayedTree,
    FoldRecordingClassifier,
    ToyClassifier,
    numbered_rows,
    read_events,
)


def check_same_results_for_any_n_jobs(make_search: MakeSearch) -> None:
    """cv_results_ does not depend on the number of jobs, nor on the backend."""
    X, y = load_iris(return_X_y=True)
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    tree = DelayedTree(random_state=0)

    def results(n_jobs: int | None) -> dict[str, Any]:
        search = make_search(tree, TREES, cv=cv, n_jobs=n_jobs, n_iter=9)
        table = search.fit(X, y).cv_results_
        return {key: table[key] for key in table if not key.endswith("_time")}

    expected = results(1)
    np.testing.assert_equal(results(2), expected, "n_jobs=2")
    for backend in ("threading", "loky"):
        with parallel_config(backend, n_jobs=2):
            np.testing.assert_equal(results(None), expected, f"two jobs with {backend}")


def check_folds_are_the_same_for_all(make_search: MakeSearch) -> None:
    """An unseeded shuffling splitter is asked once; no fold trains on its test rows."""
    X, y = numbered_rows()
    for cv in (ShuffleSplit(3), KFold(3, shuffle=True)):
        for n_jobs in (1, 2):
            with log_file() as log, parallel_config("threading"):
                toy = FoldRecordingClassifier(log=log)
                make_search(toy, FOUR, cv=cv, n_jobs=n_jobs, n_iter=3).fit(X, y)
                _assert_folds(read_events(log), n_splits=3)


def check_splits_of_any_kind(make_search: MakeSearch) -> None:
    """A generator, a list and a splitter that splits only once are all a cv."""
    X, y = numbered_rows()
    folds = KFold(3, shuffle=True, random_state=0)
    expected = make_search(ToyClassifier(), TWO, cv=folds).fit(X, y)
    for cv in (folds.split(X), list(folds.split(X)), SplitsOnce(folds)):
        search = make_search(ToyClassifier(), TWO, cv=cv).fit(X, y)
        for column in ("split0_test_score", "split2_test_score"):
            assert by_params(search, column) == by_params(expected, column)


class SplitsOnce:
    """A splitter whose splits are spent once somebody has seen them."""

    def __init__(self, cv: KFold) -> None:
        self.cv = cv
        self.spent = False

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits."""
        return int(self.cv.get_n_splits())

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:
        """Return the splits, the first time."""
        assert not self.spent, "a splitter that can split only once is asked again"
        self.spent = True
        return iter(self.cv.split(X))


def _assert_folds(events: list[dict[str, Any]], n_splits: int) -> None:
    folds: dict[float, list[tuple[float, ...]]] = {}
    for event in events:
        shared = set(event["train"]) & set(event["test"])
        assert not shared, f"rows {sorted(shared)} are trained and validated on"
        folds.setdefault(event["quality"], []).append(tuple(event["test"]))
    first = sorted(next(iter(folds.values())))
    assert len(set(first)) == n_splits
    for quality, tests in folds.items():
        assert sorted(tests) == first, f"candidate {quality} has folds of its own"
