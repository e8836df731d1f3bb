"""A model with fewer members is the one that was fitted with fewer."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from sksearch.evaluation import AddedTrees, LastStep, Passes, WarmStart
from sksearch.evaluation._curves import curve_resources
from sksearch.metrics import neg_model_size, neg_n_parameters

X, Y = make_classification(200, 6, n_informative=4, n_classes=3, random_state=0)


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def lightgbm_model():
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra")
    return lightgbm.LGBMClassifier(random_state=0, verbose=-1, n_jobs=1)


CASES = {
    "forest": (RandomForestClassifier(random_state=0), WarmStart("n_estimators")),
    "extra": (ExtraTreesClassifier(random_state=0), WarmStart("n_estimators")),
    "bagging": (
        BaggingClassifier(random_state=0, max_features=0.5),
        WarmStart("n_estimators"),
    ),
    "boosting": (GradientBoostingClassifier(random_state=0), WarmStart("n_estimators")),
    "hist": (HistGradientBoostingClassifier(random_state=0), WarmStart("max_iter")),
    "lightgbm": (None, AddedTrees("n_estimators", "init_model")),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("piped", [False, True])
def test_a_beginning_is_what_was_trained_less(name, piped):
    model, training = CASES[name]
    model = lightgbm_model() if model is None else model
    if piped:
        model = Pipeline([("scale", StandardScaler()), ("m", model)])
        training = LastStep("m", training)
    long, short = clone(model), clone(model)
    training.advance(long, X, Y, 0, 12, {})
    training.advance(short, X, Y, 0, 5, {})
    before = long.predict_proba(X)
    shorter = training.shortened(long, 5)
    np.testing.assert_allclose(shorter.predict_proba(X), short.predict_proba(X))
    for scoring in ("accuracy", "neg_log_loss"):
        scorer = get_scorer(scoring)
        assert scorer(shorter, X, Y) == pytest.approx(scorer(short, X, Y))
    assert shorter.score(X, Y) == short.score(X, Y)
    assert neg_n_parameters(shorter) == neg_n_parameters(short)
    size, expected = neg_model_size(shorter), neg_model_size(short)
    assert size == pytest.approx(expected, rel=0.1)
    np.testing.assert_array_equal(long.predict_proba(X), before)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "scoring", ["accuracy", "neg_log_loss", "roc_auc", "average_precision"]
)
def test_every_scorer_sees_the_beginning(name, scoring):
    """Scorers ask for probabilities, decisions or labels, whichever there is."""
    model, training = CASES[name]
    model = lightgbm_model() if model is None else model
    labels = (Y > 0).astype(int)
    rows, other = slice(0, 100), slice(100, None)
    long, short = clone(model), clone(model)
    training.advance(long, X[rows], labels[rows], 0, 4, {})
    training.advance(long, X[rows], labels[rows], 4, 12, {})
    training.advance(short, X[rows], labels[rows], 0, 4, {})
    score = get_scorer(scoring)
    scores = [
        score(each, X[other], labels[other])
        for each in (training.shortened(long, 4), short, long)
    ]
    assert scores[0] == pytest.approx(scores[1])
    if scoring != "accuracy":
        assert scores[0] != scores[2]


def test_a_shortened_model_can_be_copied():
    model, training = lightgbm_model(), CASES["lightgbm"][1]
    training.advance(model, X, Y, 0, 12, {})
    shorter = training.shortened(model, 5)
    again = pickle.loads(pickle.dumps(shorter))
    np.testing.assert_array_equal(again.predict(X), shorter.predict(X))


def test_of_an_earlier_epoch_nothing_is_left():
    model = SGDClassifier().fit(X, Y)
    assert Passes().shortened(model, 1) is None
    assert LastStep("m", Passes()).shortened(Pipeline([("m", model)]), 1) is None


def test_points_of_a_curve_lie_between_its_bounds():
    for low, high in [(1, 1), (1, 2), (3, 3), (3, 500), (400, 500)]:
        points = curve_resources(low, high)
        assert points == sorted(set(points))
        assert all(low <= point < high for point in points)
        assert len(points) <= 5
