"""Every search inside scikit-learn's own compositions, beside RandomizedSearchCV there.

The searches are those that `sksearch` exports, so that a new one is tested as it comes.
A composition is built twice, from the same estimator, choices and splits, once around
each search; both have to give results of the same kind.
"""

import inspect
import pickle

import numpy as np
import pytest
import sklearn
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, check_scoring, make_scorer
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.fixes import parse_version
from sklearn.utils.validation import check_is_fitted

import sksearch
from sksearch._sklearn_compat import BaseSearchCV

C = {"C": [0.01, 0.1, 1.0, 10.0]}
ALPHA = {"alpha": [0.01, 1.0, 100.0]}
INNER = StratifiedKFold(2)


def exported_searches():
    exported = (getattr(sksearch, name) for name in sksearch.__all__)
    return [e for e in exported if inspect.isclass(e) and issubclass(e, BaseSearchCV)]


def build(cls, estimator, space, cv=INNER, scorer=None, **params):
    """Make a search of any class by the arguments that it knows."""
    scorer = check_scoring(estimator) if scorer is None else scorer
    several = {"score": scorer, "again": scorer}
    accepted = inspect.signature(cls).parameters
    wanted = {
        "n_iter": 3,
        "step": 1.0,  # a population of what cannot be trained on: one generation
        "random_state": 0,
        "cv": cv,
        "error_score": "raise",
        # A search of several objectives needs several scores; the others, one.
        "scoring": several if "objectives" in accepted else scorer,
        "refit": "score" if "objectives" in accepted else True,
        **params,
    }
    return cls(estimator, space, **{n: v for n, v in wanted.items() if n in accepted})


@pytest.fixture(params=exported_searches(), ids=lambda cls: cls.__name__)
def pair(request):
    """Two factories with the same arguments: of a search of ours, and of the oracle."""

    def ours(*args, **params):
        return build(request.param, *args, **params)

    def theirs(*args, **params):
        return build(RandomizedSearchCV, *args, **params)

    return ours, theirs


def labelled(y):
    """Give classes names whose order is not that of their first appearance."""
    return np.array(["zebra", "ape", "mole"])[y]


@pytest.fixture(scope="module")
def binary():
    X, y = make_classification(90, 5, class_sep=0.8, random_state=0)
    return X, labelled(y)


@pytest.fixture(scope="module")
def three_classes():
    X, y = make_classification(
        120, 6, n_informative=4, n_classes=3, class_sep=1.5, random_state=1
    )
    return X, labelled(y)


@pytest.fixture(scope="module")
def numbers():
    return make_regression(60, 4, noise=5.0, random_state=0)


def logistic(make, **params):
    return make(LogisticRegression(max_iter=500), C, **params)


# -- cross-validation ------------------------------------------------------------------


def test_cross_validate(pair, three_classes):
    results = [
        cross_validate(
            logistic(make),
            *three_classes,
            cv=StratifiedKFold(3),
            return_train_score=True,
            return_estimator=True,
            return_indices=True,
            error_score="raise",
        )
        for make in pair
    ]
    ours, theirs = results
    assert ours.keys() == theirs.keys()
    for part in ("train", "test"):
        for mine, other in zip(
            ours["indices"][part], theirs["indices"][part], strict=True
        ):
            np.testing.assert_array_equal(mine, other)
    for name in ("test_score", "train_score"):
        assert_alike(ours[name], theirs[name])
    for search in ours["estimator"]:
        assert search.best_params_["C"] in C["C"]
        assert list(search.classes_) == ["ape", "mole", "zebra"]


@pytest.mark.parametrize("scoring", [None, "accuracy", "neg_log_loss"])
def test_cross_val_score(pair, three_classes, scoring):
    ours, theirs = (
        cross_val_score(
            logistic(make), *three_classes, cv=3, scoring=scoring, error_score="raise"
        )
        for make in pair
    )
    assert_alike(ours, theirs)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)
def test_cross_val_predict(pair, three_classes, method):
    X, y = three_classes
    ours, theirs = (
        cross_val_predict(logistic(make), X, y, cv=3, method=method) for make in pair
    )
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    if method == "predict":
        assert list(np.unique(ours)) == ["ape", "mole", "zebra"]
        assert np.mean(ours == theirs) > 0.8
    else:  # the columns are those of the sorted labels
        labels = np.unique(y)
        assert np.isfinite(ours).all()
        assert np.mean(labels[ours.argmax(axis=1)] == y) > 0.6
    if method == "predict_proba":
        np.testing.assert_allclose(ours.sum(axis=1), 1.0)


def assert_alike(ours, theirs):
    """Finite, and no worse than the noise of three folds can make it."""
    assert ours.shape == theirs.shape
    assert np.isfinite(ours).all()
    width = max(0.15 * max(1.0, np.abs(theirs).max()), 3.0 * theirs.std())
    assert abs(ours.mean() - theirs.mean()) < width


# -- composite classifiers -------------------------------------------------------------

CLASSIFIERS = {
    "last step of a pipeline": lambda make: make_pipeline(
        StandardScaler(), logistic(make)
    ),
    "around a pipeline": lambda make: make(
        Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression())]),
        {"clf__C": C["C"], "scale__with_mean": [True, False]},
    ),
    "hard voting": lambda make: VotingClassifier(
        [("a", logistic(make)), ("b", LogisticRegression()), ("c", logistic(make))]
    ),
    "soft voting": lambda make: VotingClassifier(
        [("a", logistic(make)), ("b", LogisticRegression())], voting="soft"
    ),
    "stacking": lambda make: StackingClassifier(
        [("a", logistic(make))], LogisticRegression(), cv=2
    ),
    "calibrated, an ensemble": lambda make: CalibratedClassifierCV(
        logistic(make), cv=2, ensemble=True
    ),
    "calibrated, one model": lambda make: CalibratedClassifierCV(
        logistic(make), cv=2, ensemble=False
    ),
    "one versus the rest": lambda make: OneVsRestClassifier(logistic(make)),
    "a search in a search": lambda make: make(
        logistic(make), {"estimator__max_iter": [300, 400, 500]}
    ),
}


@pytest.mark.parametrize("composition", CLASSIFIERS)
def test_classifiers(pair, three_classes, composition):
    X, y = three_classes
    ours, theirs = (CLASSIFIERS[composition](make).fit(X, y) for make in pair)
    assert list(ours.classes_) == list(theirs.classes_) == ["ape", "mole", "zebra"]
    assert set(ours.predict(X)) <= set(ours.classes_)
    assert np.mean(ours.predict(X) == theirs.predict(X)) > 0.8
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=0.15)
    assert hasattr(ours, "predict_proba") == hasattr(theirs, "predict_proba")
    if hasattr(ours, "predict_proba"):
        shares = ours.predict_proba(X)
        assert shares.shape == (len(X), 3)
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)
        assert np.mean(ours.classes_[shares.argmax(axis=1)] == y) > 0.6
    cross_validated = cross_val_score(clone(ours), X, y, cv=2, error_score="raise")
    assert np.isfinite(cross_validated).all()


@pytest.mark.parametrize("response_method", ["auto", "decision_function"])
def test_tuned_threshold(pair, binary, response_method):
    X, y = binary
    ours, theirs = (
        TunedThresholdClassifierCV(
            logistic(make),
            cv=3,
            response_method=response_method,
            store_cv_results=True,
            random_state=0,
        ).fit(X, y)
        for make in pair
    )
    assert list(ours.classes_) == ["ape", "zebra"]
    assert np.isfinite(ours.best_threshold_)
    thresholds = ours.cv_results_["thresholds"]
    assert thresholds.min() <= ours.best_threshold_ <= thresholds.max()
    assert ours.best_score_ == pytest.approx(theirs.best_score_, abs=0.15)
    assert np.mean(ours.predict(X) == theirs.predict(X)) > 0.8


def test_threshold_of_a_fitted_search(pair, binary):
    X, y = binary
    search = logistic(pair[0]).fit(X, y)
    tuned = TunedThresholdClassifierCV(search, cv="prefit", refit=False).fit(X, y)
    assert list(tuned.classes_) == ["ape", "zebra"]


# -- several outputs -------------------------------------------------------------------


def test_several_numbers(pair, numbers):
    X, y = numbers
    Y = np.column_stack([y, -2.0 * y, y**2])
    ours, theirs = (
        MultiOutputRegressor(make(Ridge(), ALPHA, cv=KFold(3))).fit(X, Y)
        for make in pair
    )
    assert ours.predict(X).shape == (len(X), 3)
    assert np.isfinite(ours.predict(X)).all()
    assert len({id(search) for search in ours.estimators_}) == 3
    assert ours.score(X, Y) == pytest.approx(theirs.score(X, Y), abs=0.1)
    assert_alike(*(cross_val_score(clone(m), X, Y, cv=3) for m in (ours, theirs)))


def test_several_labels(pair, binary):
    X, y = binary
    Y = np.column_stack([y, y[::-1]])
    ours, theirs = (MultiOutputClassifier(logistic(make)).fit(X, Y) for make in pair)
    assert [list(labels) for labels in ours.classes_] == [["ape", "zebra"]] * 2
    assert ours.predict(X).shape == theirs.predict(X).shape == (len(X), 2)
    assert [p.shape for p in ours.predict_proba(X)] == [(len(X), 2)] * 2


# -- copies ----------------------------------------------------------------------------


def test_clone_is_unfitted_and_the_same(pair, binary):
    search = logistic(pair[0]).fit(*binary)
    copy = clone(search)
    assert not [name for name in vars(copy) if name.endswith("_") and name[0] != "_"]
    assert repr(copy) == repr(search)
    again = copy.fit(*binary)
    assert again.best_params_ == search.best_params_
    np.testing.assert_array_equal(again.predict(binary[0]), search.predict(binary[0]))


def test_a_composition_survives_pickle(pair, binary):
    X, y = binary
    model = make_pipeline(StandardScaler(), logistic(pair[0])).fit(X, y)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_parameters_are_set_through_compositions(pair, binary):
    model = make_pipeline(StandardScaler(), logistic(pair[0]))
    [name] = [name for name in model.get_params() if name.endswith("estimator__C")]
    assert model.set_params(**{name: 7.0}).get_params()[name] == 7.0
    with pytest.raises(Exception, match="not fitted"):
        check_is_fitted(model[-1])
    model.fit(*binary)
    check_is_fitted(model[-1])


# -- groups and weights, by metadata routing -------------------------------------------


# Checked with 1.6 and 1.9; those of scikit-learn itself get none there either.
weights_reach_scorers = pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="this scikit-learn hands no weights to the scorers of a search",
)


class Weighed:
    """Has to get for each row the weight that stands in the first column of X."""

    def fit(self, X, y, sample_weight=None):
        assert_weighed(X, sample_weight)
        return super().fit(X, y, sample_weight=sample_weight)

    def score(self, X, y, sample_weight=None):
        assert_weighed(X, sample_weight)
        return super().score(X, y, sample_weight=sample_weight)


class WeighedClassifier(Weighed, LogisticRegression):
    """Of labels."""


class WeighedRegressor(Weighed, Ridge):
    """Of numbers."""


def assert_weighed(X, sample_weight):
    assert sample_weight is not None, "no weights came"
    np.testing.assert_array_equal(X[:, 0], sample_weight)


class SplitByGroup(GroupKFold):
    """Has to get for each row the group that stands in the second column of X."""

    def split(self, X, y=None, groups=None):
        assert groups is not None, "no groups came"
        np.testing.assert_array_equal(X[:, 1], groups)
        return super().split(X, y, groups)


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


@pytest.fixture(scope="module")
def told():
    """X that tells weights and groups, labels, and both as metadata."""
    X, y = make_classification(96, 4, class_sep=0.8, random_state=0)
    rng = np.random.default_rng(0)
    X[:, 0] = rng.uniform(0.5, 2.0, len(X))
    X[:, 1] = rng.permutation(len(X)) % 12
    return X, labelled(y), {"sample_weight": X[:, 0], "groups": X[:, 1]}


def weighed(make, estimator=None, space=C, **params):
    estimator = WeighedClassifier() if estimator is None else estimator
    estimator.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    return make(estimator, space, cv=SplitByGroup(2), **params)


@weights_reach_scorers
def test_groups_and_weights_reach_a_search_in_cross_validate(pair, told, routing):
    X, y, metadata = told
    ours, theirs = (
        cross_validate(
            weighed(make),
            X,
            y,
            cv=SplitByGroup(3),
            params=metadata,
            return_indices=True,
            error_score="raise",
        )
        for make in pair
    )
    assert_alike(ours["test_score"], theirs["test_score"])
    for mine, other in zip(
        ours["indices"]["test"], theirs["indices"]["test"], strict=True
    ):
        np.testing.assert_array_equal(mine, other)


@weights_reach_scorers
def test_groups_and_weights_reach_a_search_in_other_cross_validations(
    pair, told, routing
):
    X, y, metadata = told
    options = {"cv": SplitByGroup(3), "params": metadata}
    ours, theirs = (
        cross_val_score(weighed(make), X, y, error_score="raise", **options)
        for make in pair
    )
    assert_alike(ours, theirs)
    ours, theirs = (
        cross_val_predict(weighed(make), X, y, method="predict_proba", **options)
        for make in pair
    )
    assert ours.shape == theirs.shape == (len(X), 2)
    assert np.mean(ours.argmax(axis=1) == theirs.argmax(axis=1)) > 0.8


def unweighed_accuracy():
    return make_scorer(accuracy_score).set_score_request(sample_weight=False)


ROUTED = {
    "pipeline": lambda make: make_pipeline(FunctionTransformer(), weighed(make)),
    "around a pipeline": lambda make: make(
        make_pipeline(
            FunctionTransformer(),
            WeighedClassifier()
            .set_fit_request(sample_weight=True)
            .set_score_request(sample_weight=True),
        ),
        {"weighedclassifier__C": C["C"]},
        cv=SplitByGroup(2),
    ),
    "voting": lambda make: VotingClassifier(
        [("a", weighed(make)), ("b", weighed(make))], voting="soft"
    ),
    "calibrated, an ensemble": lambda make: CalibratedClassifierCV(
        weighed(make), cv=SplitByGroup(2)
    ),
    "calibrated, one model": lambda make: CalibratedClassifierCV(
        weighed(make), cv=SplitByGroup(2), ensemble=False
    ),
    "threshold": lambda make: TunedThresholdClassifierCV(
        weighed(make), cv=SplitByGroup(2), scoring=unweighed_accuracy()
    ),
}


@pytest.mark.parametrize(
    "composition",
    [
        pytest.param(name, marks=weights_reach_scorers if "around" in name else ())
        for name in ROUTED
    ],
)
def test_groups_and_weights_reach_a_search_in(pair, told, routing, composition):
    X, y, metadata = told
    ours, theirs = (ROUTED[composition](make).fit(X, y, **metadata) for make in pair)
    assert list(ours.classes_) == ["ape", "zebra"]
    assert np.mean(ours.predict(X) == theirs.predict(X)) > 0.8


def test_groups_and_weights_reach_searches_of_several_outputs(pair, told, routing):
    X, _, metadata = told
    Y = X[:, 2:] @ [[1.0, 2.0], [-1.0, 0.5]]
    ours, theirs = (
        MultiOutputRegressor(weighed(make, WeighedRegressor(), ALPHA)).fit(
            X, Y, **metadata
        )
        for make in pair
    )
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=0.2)


WITHOUT_ROUTING = {
    "pipeline": (
        lambda make: Pipeline([("search", make(WeighedClassifier(), C))]),
        "search__sample_weight",
    ),
    "voting": (
        lambda make: VotingClassifier([("a", make(WeighedClassifier(), C))]),
        "sample_weight",
    ),
}


# Without routing, CalibratedClassifierCV and TunedThresholdClassifierCV hand weights to
# no search, scikit-learn's included.
@weights_reach_scorers
@pytest.mark.parametrize("composition", WITHOUT_ROUTING)
def test_weights_reach_a_search_without_routing(pair, told, composition):
    compose, name = WITHOUT_ROUTING[composition]
    X, y, metadata = told
    weights = {name: metadata["sample_weight"]}
    ours, theirs = (compose(make).fit(X, y, **weights) for make in pair)
    assert list(ours.classes_) == ["ape", "zebra"]
    assert np.mean(ours.predict(X) == theirs.predict(X)) > 0.8
