"""What scikit-learn asks of any estimator, and of one that wraps another."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import get_tags

from sksearch.testing._factory import MakeSearch, grid_search, name_of_space
from sksearch.testing._toys import ToyClassifier, numbered_rows

try:
    from joblib.externals import cloudpickle
except ImportError:  # since joblib 1.6 a package of its own
    import cloudpickle

DELEGATED = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "inverse_transform",
    "score_samples",
)


def check_tags_follow_estimator(make_search: MakeSearch) -> None:
    """Tags and type are those of the inner estimator, also through two searches."""
    estimators = {
        "C": [LogisticRegression(), SVC(kernel="precomputed")],
        "alpha": [Ridge()],
        "n_components": [PCA()],
        "n_clusters": [KMeans()],
    }
    for name, inners in estimators.items():
        for inner in inners:
            search = make_search(inner, {name: [1, 2]})
            twice = make_search(search, {"refit": [True]})
            _assert_same_tags(search, inner)
            _assert_same_tags(twice, inner)


def _assert_same_tags(search: Any, inner: Any) -> None:
    tags, expected = get_tags(search), get_tags(inner)
    assert is_classifier(search) == is_classifier(inner)
    assert is_regressor(search) == is_regressor(inner)
    assert tags.estimator_type == expected.estimator_type
    assert tags.classifier_tags == expected.classifier_tags
    assert tags.regressor_tags == expected.regressor_tags
    assert tags.input_tags.pairwise == expected.input_tags.pairwise
    assert tags.input_tags.sparse == expected.input_tags.sparse


def check_constructor_arguments_stay(make_search: MakeSearch) -> None:
    """Each constructor argument is stored as it is, and fit leaves it alone."""
    X, y = numbered_rows()
    space, cv = {"quality": [0.0, 1.0]}, KFold(3)
    search = make_search(ToyClassifier(), space, cv=cv)
    params = search.get_params(deep=False)
    for value in (object(), None):
        other = type(search)(**dict.fromkeys(params, value))
        for name in params:
            assert getattr(other, name) is value, f"the constructor changes {name}"
    search.fit(X, y)
    for name, value in search.get_params(deep=False).items():
        assert value is params[name], f"fit changes {name}"


def check_clone(make_search: MakeSearch) -> None:
    """A clone has the same arguments and nothing of a fit."""
    X, y = numbered_rows()
    search = make_search(ToyClassifier(), {"quality": [0.0, 1.0]}, cv=3)
    assert repr(clone(search)) == repr(search)
    search.fit(X, y)
    copy = clone(search)
    assert repr(copy) == repr(search)
    fitted = [name for name in vars(copy) if name.endswith("_") and name[0] != "_"]
    assert not fitted, f"a clone has the fitted attributes {fitted}"
    assert copy.fit(X, y).best_params_ == search.best_params_


def check_pickle(make_search: MakeSearch) -> None:
    """Pickle and cloudpickle keep a fitted search, without the data."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 20)), rng.normal(size=300)
    search = make_search(Ridge(), {"alpha": [0.1, 1.0]}, cv=3)
    pickle.loads(pickle.dumps(search)).fit(X, y)
    search.fit(X, y)
    for module in (pickle, cloudpickle):
        content = module.dumps(search)
        copy = pickle.loads(content)
        np.testing.assert_array_equal(copy.predict(X), search.predict(X))
        assert copy.best_params_ == search.best_params_
        assert set(copy.cv_results_) == set(search.cv_results_)
        _assert_holds_none_of(content, X, y)


def _assert_holds_none_of(content: bytes, X: Any, y: Any) -> None:
    pieces = [X[100].tobytes(), X[100:108, 0].tobytes(), y[100:108].tobytes()]
    for piece, what in zip(pieces, ["X", "X", "y"], strict=True):
        assert piece not in content, f"the pickle of a fitted search holds {what}"


def check_estimator_is_untouched(make_search: MakeSearch) -> None:
    """The estimator passed, and estimators among the choices, stay as they were."""
    X, y = load_iris(return_X_y=True)
    choices = [GaussianNB(), LogisticRegression(max_iter=500)]
    pipeline = make_pipeline(StandardScaler(), SGDClassifier())
    given = [pipeline, pipeline[0], pipeline[1], *choices]
    before = [_state(estimator) for estimator in given]
    space = {"sgdclassifier": choices, "standardscaler__with_mean": [True, False]}
    text = repr(space)
    make_search(pipeline, space, cv=3).fit(X, y)
    assert [_state(estimator) for estimator in given] == before
    assert repr(space) == text


def _state(estimator: BaseEstimator) -> tuple[list[str], str]:
    return sorted(vars(estimator)), repr(estimator.get_params())


def check_sklearn_estimator_checks(make_search: MakeSearch) -> None:
    """scikit-learn's check_estimator finds nothing that it does not in GridSearchCV."""
    for name in _CHECKED:
        failed, known = _failed_checks(make_search, name), _known_failures(name)
        assert failed <= known, f"check_estimator fails in {sorted(failed - known)}"


_CHECKED: dict[str, tuple[BaseEstimator, dict[str, list[float]]]] = {
    "classifier": (GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}),
    "regressor": (Ridge(), {"alpha": [0.1, 1.0]}),
}


@functools.cache  # the same for all searches that are checked
def _known_failures(name: str) -> set[str]:
    return _failed_checks(grid_search, name)


def _failed_checks(make_search: MakeSearch, name: str) -> set[str]:
    estimator, space = _CHECKED[name]
    search = make_search(estimator, space, cv=2, error_score="raise")
    # Older versions of that module import pytest.
    from sklearn.utils.estimator_checks import check_estimator

    results = check_estimator(search, on_fail=None, on_skip=None)
    return {r["check_name"] for r in results if r["status"] == "failed"}


def check_methods_follow_estimator(make_search: MakeSearch) -> None:
    """A method exists exactly where the (best) inner estimator has it."""
    X, y = load_iris(return_X_y=True)
    sgd = SGDClassifier(loss="hinge", random_state=0)
    for inner, space in (
        (sgd, {"loss": ["log_loss"]}),
        (sgd, {"alpha": [1e-4, 1e-3]}),
        (Ridge(), {"alpha": [0.1, 1.0]}),
        (PCA(), {"n_components": [1, 2]}),
        (LocalOutlierFactor(novelty=True), {"n_neighbors": [5, 10]}),
        (KMeans(random_state=0), {"n_clusters": [2, 3]}),
    ):
        search = make_search(inner, space, cv=3, scoring=constant_score)
        _assert_same_methods(search, inner)
        _assert_same_methods(search.fit(X, y), search.best_estimator_)


def _assert_same_methods(search: Any, inner: Any) -> None:
    for method in DELEGATED:
        assert hasattr(search, method) == hasattr(inner, method), (
            f"hasattr(search, {method!r}) is {hasattr(search, method)} over {inner}"
        )


def constant_score(estimator: Any, X: Any, y: Any = None) -> float:
    """Score everything alike."""
    return 0.5


def check_fit_again(make_search: MakeSearch) -> None:
    """`fit` returns self, and a second one knows nothing of the first."""
    X, y = numbered_rows()
    space = {"quality": [0.0, 1.0, 2.0]}
    search = make_search(ToyClassifier(), space, cv=3)
    assert search.fit(X, y) is search
    assert len(search.fit(X, y).cv_results_["params"]) == 3
    search.set_params(**{name_of_space(search, space): {"quality": [-1.0, -2.0]}}, cv=2)
    search.fit(X, y)
    qualities = [params["quality"] for params in search.cv_results_["params"]]
    assert sorted(qualities) == [-2.0, -1.0], f"second fit tried {qualities}"
    assert search.n_splits_ == 2
    assert search.best_estimator_.quality == -1.0
