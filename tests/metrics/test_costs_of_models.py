"""Size and number of parameters: what counts, and the same wherever it is counted."""

import copy
import pickle
import threading

import numpy as np
import pytest
from scipy import sparse
from sklearn import ensemble, linear_model, naive_bayes, neighbors, neural_network, svm
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV
from sksearch.metrics import neg_model_size, neg_n_parameters

X, Y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(max_leaf_nodes=5, random_state=0)
MODELS = [
    svm.SVC(),
    linear_model.SGDClassifier(random_state=0),
    naive_bayes.GaussianNB(),
    neighbors.KNeighborsClassifier(),
    TREE,
    ensemble.RandomForestClassifier(20, random_state=0),
    ensemble.GradientBoostingClassifier(n_estimators=10, random_state=0),
    ensemble.HistGradientBoostingClassifier(max_iter=10),
    ensemble.BaggingClassifier(svm.SVC(), 3, random_state=0),
    make_pipeline(StandardScaler(), svm.SVC()),
]


def n_parameters(estimator, X=X):
    return -neg_n_parameters(estimator.fit(X, Y), X, Y)


def size(model):
    return -neg_model_size(model, X, Y)


# -- bytes -------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_the_size_is_that_of_the_pickle_wherever_the_model_comes_from(model):
    model = clone(model).fit(X, Y)
    assert size(model) == pytest.approx(len(pickle.dumps(model, 5)), rel=0.06)
    there = pickle.loads(pickle.dumps(model))  # texts and types are other objects now
    assert size(there) == size(model)


def test_large_arrays_are_counted_to_the_byte():
    class Holder(BaseEstimator):
        pass

    small, large = Holder(), Holder()
    small.data_, large.data_ = np.ones(1000), np.ones(101_000)
    assert size(large) - size(small) == pytest.approx(800_000, abs=16)
    large.same_ = large.data_
    assert size(large) < 900_000


def test_functions_and_classes_need_not_be_importable():
    class Local(FunctionTransformer):
        pass

    assert 0 < size(Local(lambda X: X).fit(X)) < 2000


def test_what_cannot_be_pickled_is_an_error():
    model = FunctionTransformer().fit(X)
    model.lock_ = threading.Lock()
    with pytest.raises(TypeError, match=r"neg_model_size: FunctionTransformer.*scorer"):
        neg_model_size(model)


def test_workers_change_no_size():
    def search(n_jobs):
        scoring = {"size": neg_model_size, "n": neg_n_parameters}
        space = {"max_depth": [2, 4], "n_estimators": [3, 9]}
        forest = ensemble.RandomForestClassifier(random_state=0)
        options = {"n_iter": 4, "cv": 3, "refit": "size", "random_state": 0}
        return BayesSearchCV(forest, space, scoring=scoring, n_jobs=n_jobs, **options)

    alone, together = (search(n_jobs).fit(X, Y).cv_results_ for n_jobs in (1, 2))
    for name in ("size", "n"):
        column = f"mean_test_{name}"
        np.testing.assert_array_equal(alone[column], together[column])
    assert alone["params"][np.argmax(alone["mean_test_size"])] == {
        "max_depth": 2,
        "n_estimators": 3,
    }


# -- numbers -----------------------------------------------------------------------


def test_weights_and_intercepts():
    assert n_parameters(linear_model.LogisticRegression(max_iter=500)) == 3 * 4 + 3
    assert n_parameters(linear_model.Ridge(fit_intercept=False)) == 4 + 1
    net = neural_network.MLPClassifier((7, 2), max_iter=500, tol=1.0, random_state=0)
    assert n_parameters(net) == 4 * 7 + 7 + 7 * 2 + 2 + 2 * 3 + 3


def test_a_sparse_coefficient_counts_what_it_stores():
    model = linear_model.SGDClassifier(penalty="l1", alpha=0.1, random_state=0)
    stored = np.count_nonzero(model.fit(X, Y).coef_)
    assert stored < 12
    assert -neg_n_parameters(model.sparsify()) == stored + 3


def test_nodes_of_trees():
    assert n_parameters(TREE) == 9  # five leaves, four splits
    forest = ensemble.RandomForestClassifier(7, max_leaf_nodes=5, random_state=0)
    nodes = sum(tree.tree_.node_count for tree in forest.fit(X, Y).estimators_)
    assert -neg_n_parameters(forest) == nodes
    boosted = ensemble.GradientBoostingClassifier(n_estimators=4, max_leaf_nodes=2)
    assert n_parameters(boosted) == 4 * 3 * 3  # rounds, classes, nodes of a stump
    boosted = ensemble.HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=2)
    assert n_parameters(boosted) == 4 * 3 * 3


def test_nodes_of_lightgbm():
    lightgbm = pytest.importorskip("lightgbm", reason="the lightgbm extra is missing")
    model = lightgbm.LGBMClassifier(n_estimators=4, num_leaves=2, verbose=-1)
    assert n_parameters(model) == 4 * 3 * 3


def test_nodes_of_xgboost():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is no extra of ours")
    model = xgboost.XGBClassifier(n_estimators=4, max_depth=1)
    assert n_parameters(model) == 4 * 3 * 3


def test_support_vectors():
    model = svm.SVC().fit(X, Y)
    n = len(model.support_)
    assert -neg_n_parameters(model) == n * 4 + 2 * n + 3
    linear = svm.SVC(kernel="linear").fit(X, Y)
    assert -neg_n_parameters(linear) == len(linear.support_) * (4 + 2) + 3


def test_stored_data():
    assert n_parameters(neighbors.KNeighborsClassifier()) == 150 * 5
    assert n_parameters(KernelRidge()) == 150 * 5
    assert n_parameters(GaussianProcessRegressor(alpha=1.0)) == 150 * 5
    assert n_parameters(KMeans(3, n_init=1, random_state=0)) == 3 * 4
    few = sparse.csr_matrix(np.where(X > 5, X, 0))
    nearest = neighbors.KNeighborsClassifier(algorithm="brute")
    assert n_parameters(nearest, few) == few.nnz + 150


def test_naive_bayes():
    assert n_parameters(naive_bayes.GaussianNB()) == 3 * 4 + 3 * 4 + 3
    assert n_parameters(naive_bayes.MultinomialNB()) == 3 * 4 + 3


def test_models_made_of_others():
    bayes = naive_bayes.GaussianNB()
    one = n_parameters(bayes)
    voting = ensemble.VotingClassifier([("a", bayes), ("b", bayes), ("c", "drop")])
    assert n_parameters(voting) == 2 * one
    assert n_parameters(CalibratedClassifierCV(bayes, cv=3)) == 3 * one
    assert n_parameters(ensemble.BaggingClassifier(bayes, 4)) == 4 * one
    assert n_parameters(GridSearchCV(bayes, {}, cv=3)) == one
    assert n_parameters(make_pipeline(StandardScaler(), bayes)) == one
    stack = ensemble.StackingClassifier([("a", bayes)], naive_bayes.GaussianNB(), cv=3)
    assert n_parameters(stack) == one + 3 * 3 + 3 * 3 + 3


def test_a_model_that_nobody_knows():
    with pytest.raises(TypeError, match=r"DummyClassifier.*neg_model_size"):
        n_parameters(DummyClassifier())


def test_a_model_that_is_not_fitted():
    with pytest.raises(NotFittedError):
        neg_n_parameters(svm.SVC())


@pytest.mark.parametrize("scorer", [neg_model_size, neg_n_parameters], ids=repr)
def test_scorers_are_one_object_wherever_they_go(scorer):
    assert pickle.loads(pickle.dumps(scorer)) is scorer
    assert copy.deepcopy(scorer) is scorer
    assert clone(scorer, safe=False) is scorer
    assert repr(scorer) == scorer.__name__
