"""That cv_results_ and best_* say what GridSearchCV's would."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, recall_score
from sklearn.model_selection import (
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from sksearch.testing._factory import MakeSearch, by_params, grid_search, log_file
from sksearch.testing._toys import (
    TREES,
    RecordingClassifier,
    ToyClassifier,
    numbered_rows,
    read_events,
)


def check_nested_cv_on_sorted_labels(make_search: MakeSearch) -> None:
    """An outer cross-validation of sorted classes is stratified."""
    X, y = load_iris(return_X_y=True)
    space = {"var_smoothing": [1e-9, 1e-3, 1e-1]}
    scores = cross_val_score(make_search(GaussianNB(), space), X, y, cv=3)
    expected = cross_val_score(grid_search(GaussianNB(), space), X, y, cv=3)
    np.testing.assert_allclose(scores, expected, atol=0.05)


def check_cv_results_schema(make_search: MakeSearch) -> None:
    """Columns, types, masks, means and ranks are scikit-learn's."""
    X, y = numbered_rows()
    space: list[Any] = [{"quality": [1.0, 0.0, 1.0 + 1e-9]}, {"log": [None]}]
    params: dict[str, Any] = {"cv": 3, "return_train_score": True}
    search = make_search(ToyClassifier(), space, **params).fit(X, y)
    grid = grid_search(ToyClassifier(), space, **params).fit(X, y)
    missing = set(grid.cv_results_) - set(search.cv_results_)
    assert not missing, f"cv_results_ lacks {sorted(missing)}"
    for column, expected in grid.cv_results_.items():
        _assert_same_kind(column, search.cv_results_[column], expected)
    _assert_consistent(search, "score")


def _assert_same_kind(column: str, values: Any, expected: Any) -> None:
    assert type(values) is type(expected), f"{column} is a {type(values)}"
    assert len(values) == len(expected), f"{column} has {len(values)} entries"
    if column != "params":
        assert values.dtype == expected.dtype, f"{column} has dtype {values.dtype}"
    if isinstance(values, np.ma.MaskedArray):
        masked = np.sum(np.ma.getmaskarray(values))
        assert masked == np.sum(np.ma.getmaskarray(expected)), f"{column} is unmasked"


def _assert_consistent(search: Any, metric: str) -> None:
    """Assert that means, ranks and best_* follow from the scores of the splits."""
    results = search.cv_results_
    names = [f"split{k}_test_{metric}" for k in range(search.n_splits_)]
    splits = np.array([results[name] for name in names])
    means = results[f"mean_test_{metric}"]
    np.testing.assert_allclose(means, splits.mean(axis=0))
    np.testing.assert_allclose(results[f"std_test_{metric}"], splits.std(axis=0))
    ranks = results[f"rank_test_{metric}"]
    np.testing.assert_array_equal(ranks, rankdata(-means.round(15), method="min"))
    assert ranks[search.best_index_] == 1
    assert results["params"][search.best_index_] == search.best_params_
    assert search.best_score_ == means[search.best_index_]


def check_same_table_as_grid_search(make_search: MakeSearch) -> None:
    """On a grid, each point is scored once, and exactly as GridSearchCV scores it."""
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(random_state=0)
    search = make_search(tree, TREES, cv=3).fit(X, y)
    grid = grid_search(tree, TREES, cv=3).fit(X, y)
    assert len(search.cv_results_["params"]) == len(grid.cv_results_["params"])
    for column in ("split0_test_score", "split2_test_score", "rank_test_score"):
        assert by_params(search, column) == by_params(grid, column)
    assert search.best_score_ == grid.best_score_


def check_multimetric(make_search: MakeSearch) -> None:
    """With several scorers, refit names the one that decides."""
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(random_state=0)
    for scoring in (["accuracy", "recall_macro"], accuracy_and_recall):
        for metric in ("accuracy", "recall_macro"):
            search = make_search(tree, TREES, scoring=scoring, refit=metric, cv=3)
            search.fit(X, y)
            assert search.multimetric_
            _assert_consistent(search, metric)
            assert search.best_estimator_.get_params()["random_state"] == 0


def accuracy_and_recall(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    """Score by two metrics at once."""
    predicted = estimator.predict(X)
    return {
        "accuracy": accuracy_score(y, predicted),
        "recall_macro": recall_score(y, predicted, average="macro"),
    }


def check_refit_callable(make_search: MakeSearch) -> None:
    """A callable refit sees scikit-learn's table and decides alone."""
    X, y = load_iris(return_X_y=True)
    seen: list[set[str]] = []

    def worst(results: dict[str, Any]) -> int:
        seen.append(set(results))
        return int(np.argmin(results["mean_test_score"]))

    tree = DecisionTreeClassifier(random_state=0)
    search = make_search(tree, TREES, refit=worst, cv=3).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert scores[search.best_index_] == scores.min(), "refit=callable is not obeyed"
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]
    assert search.best_params_.items() <= search.best_estimator_.get_params().items()
    assert not hasattr(search, "best_score_")
    assert {"params", "rank_test_score", "split0_test_score"} <= seen[0]


def check_refit_false(make_search: MakeSearch) -> None:
    """Without a refit, best_params_ is there for one metric, and no estimator is."""
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(random_state=0)
    search = make_search(tree, TREES, refit=False, cv=3).fit(X, y)
    _assert_consistent(search, "score")
    assert not hasattr(search, "best_estimator_")
    assert not hasattr(search, "predict")
    scoring = {"a": "accuracy", "b": "recall_macro"}
    search = make_search(tree, TREES, scoring=scoring, refit=False, cv=3).fit(X, y)
    assert not hasattr(search, "best_index_")
    assert set(search.scorer_) == {"a", "b"}


def check_multimetric_refit_true(make_search: MakeSearch) -> None:
    """Several scorers and refit=True is an error: nobody said which one decides."""
    X, y = load_iris(return_X_y=True)
    scoring = ["accuracy", "recall_macro"]
    search = make_search(DecisionTreeClassifier(), TREES, scoring=scoring)
    try:
        search.fit(X, y)
    except ValueError as error:
        message = str(error)
    else:
        raise AssertionError("refit=True with several scorers is accepted")
    assert "refit" in message, f"the message does not name refit: {message}"


def check_lists_are_choices(make_search: MakeSearch) -> None:
    """A list holds choices, of any type, that reach the estimator unchanged."""
    X, y = numbered_rows()
    for choices in (
        [1, 10],
        [0.1, 0.9],
        [None, "text"],
        [True, False],
        [(1, 2), (3,), ()],
        [{"a": 1}, {"b": [2]}],
        [[1, 2], [3]],
        [None, 1, 2.5, "text", (1, 2)],
        [LogisticRegression(C=3), GaussianNB()],
        [np.mean, np.median],
    ):
        with log_file() as log:
            toy, space = RecordingClassifier(log=log), {"choice": choices}
            search = make_search(toy, space, cv=2, n_iter=10).fit(X, y)
            seen = {tuple(event["choice"]) for event in read_events(log)}
        tried = [params["choice"] for params in search.cv_results_["params"]]
        _assert_choices(choices, tried, seen)


def _assert_choices(choices: list[Any], tried: list[Any], seen: set[Any]) -> None:
    texts = sorted((type(choice).__name__, repr(choice)) for choice in choices)
    assert sorted(seen) == texts, f"the choices {choices} became {sorted(seen)}"
    assert sorted((type(value).__name__, repr(value)) for value in tried) == texts
    for value in tried:
        assert not (isinstance(value, BaseEstimator) and hasattr(value, "classes_"))
