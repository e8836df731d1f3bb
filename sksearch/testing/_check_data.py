"""That data and metadata reach the inner estimator as they were given."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest import SkipTest

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_validate

from sksearch.testing._factory import MakeSearch, grid_search, log_file
from sksearch.testing._toys import (
    TWO,
    RecordingClassifier,
    ToyClassifier,
    WeighedClassifier,
    numbered_rows,
    read_events,
)


@config_context(enable_metadata_routing=True)
def check_routing_without_metadata(make_search: MakeSearch) -> None:
    """With routing on, a fit without any metadata is a fit."""
    X, y = numbered_rows()
    search = make_search(ToyClassifier(), TWO, cv=3).fit(X, y)
    assert search.get_metadata_routing() is not None
    assert np.isfinite(search.score(X, y))


@config_context(enable_metadata_routing=True)
def check_routing_groups(make_search: MakeSearch) -> None:
    """With routing on, groups reach the splitter that asks for them, and only it."""
    X, y = numbered_rows()
    search = make_search(ToyClassifier(), TWO, cv=GroupKFold(3), error_score="raise")
    search.fit(X, y, groups=X[:, 1])
    assert search.n_splits_ == 3


@config_context(enable_metadata_routing=True)
def check_routing_weights(make_search: MakeSearch) -> None:
    """With routing on, weights reach fits and scores that ask for them."""
    expected = _uses_of_weights(grid_search, _asking())
    assert _uses_of_weights(make_search, _asking()) == expected


@config_context(enable_metadata_routing=True)
def check_routing_refuses_unrequested(make_search: MakeSearch) -> None:
    """With routing on, weights that nobody asked for or declined are an error."""
    X, y = numbered_rows()
    search = make_search(WeighedClassifier(), TWO, cv=3)
    try:
        search.fit(X, y, sample_weight=X[:, 0])
    except UnsetMetadataPassedError:
        return
    raise AssertionError("weights that nobody requested are accepted")


@config_context(enable_metadata_routing=True)
def check_routing_nested(make_search: MakeSearch) -> None:
    """With routing on, an outer cross-validation hands groups and weights inside."""
    uses, expected = (_nested_uses(make) for make in (make_search, grid_search))
    # Three outer folds, each with two candidates on two inner folds and a refit.
    assert uses["fit", True] == 15, f"of 15 fits, {uses['fit', True]} are weighed"
    assert uses == expected, f"GridSearchCV weighs {expected}, the search {uses}"


def _nested_uses(make_search: MakeSearch) -> Counter[tuple[str, bool]]:
    X, y = numbered_rows()
    with log_file() as log:
        toy = _asking().set_params(log=log)
        search = make_search(toy, TWO, cv=GroupKFold(2), error_score="raise")
        metadata = {"groups": X[:, 1], "sample_weight": X[:, 0]}
        cv = GroupKFold(3)
        cross_validate(search, X, y, cv=cv, params=metadata, error_score="raise")
        return _weighed(log)


def _asking() -> WeighedClassifier:
    toy = WeighedClassifier().set_fit_request(sample_weight=True)
    return toy.set_score_request(sample_weight=True)


def check_weights_follow_rows(make_search: MakeSearch) -> None:
    """Without routing, weights are cut to each fold, and reach the scores too."""
    expected = _uses_of_weights(grid_search, WeighedClassifier())
    assert expected["fit", True] == 7  # two candidates, three folds, one refit
    uses = _uses_of_weights(make_search, WeighedClassifier())
    assert uses == expected, f"GridSearchCV weighs {expected}, the search {uses}"


def _uses_of_weights(
    make_search: MakeSearch, toy: WeighedClassifier
) -> Counter[tuple[str, bool]]:
    X, y = numbered_rows()
    with log_file() as log:
        toy = clone(toy).set_params(log=log)
        search = make_search(toy, TWO, cv=3, error_score="raise")
        search.fit(X, y, sample_weight=X[:, 0])
        return _weighed(log)


def _weighed(log: str) -> Counter[tuple[str, bool]]:
    return Counter((event["use"], event["weighed"]) for event in read_events(log))


def check_feature_names(make_search: MakeSearch) -> None:
    """The names of a data frame's columns are the search's feature_names_in_."""
    pandas = _pandas()
    X = pandas.DataFrame(numbered_rows()[0], columns=["first", "second"])
    y = pandas.Series(numbered_rows()[1])
    search = make_search(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3).fit(X, y)
    assert list(search.feature_names_in_) == ["first", "second"]
    assert search.n_features_in_ == 2


def check_dtypes(make_search: MakeSearch) -> None:
    """Nullable, categorical and text columns reach the inner fit as they are."""
    pandas = _pandas()
    columns = {
        "count": pandas.array([1, None, 3] * 8, dtype="Int64"),
        "flag": pandas.array([True, None] * 12, dtype="boolean"),
        "text": pandas.array(["a", None] * 12, dtype="string"),
        "kind": pandas.Categorical(["u", "v"] * 12),
    }
    X = pandas.DataFrame(columns)
    X.index = range(100, 124)  # labels that are no positions
    y = pandas.Series(numbered_rows()[1], index=X.index)
    events = _fit_events(make_search, X, y)
    for event in events:
        assert event["container"] == "DataFrame"
        assert event["y_container"] == "Series"
        assert event["columns"] == list(columns)
        assert event["dtypes"] == [str(dtype) for dtype in X.dtypes]


def check_sparse_data(make_search: MakeSearch) -> None:
    """Sparse data stay sparse, in the container that they came in."""
    X, y = numbered_rows()
    for container in (sparse.csr_matrix, sparse.csr_array):
        events = _fit_events(make_search, container(X), y)
        assert {event["container"] for event in events} == {container.__name__}


def _fit_events(make_search: MakeSearch, X: Any, y: Any) -> list[dict[str, Any]]:
    with log_file() as log:
        toy = RecordingClassifier(log=log)
        make_search(toy, TWO, cv=3, error_score="raise").fit(X, y)
        events = read_events(log)
    assert len(events) == 7  # two candidates, three folds, one refit
    return events


def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise SkipTest("pandas is not installed") from None
    return pandas
