"""What a user makes of fitted models is what is scored, and what comes out."""

import copy
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.metrics import neg_model_size, neg_n_parameters

X, Y = load_digits(return_X_y=True)
X, Y = (X[:300] / 16).astype(np.float32), Y[:300].astype(np.int64)
SCORING = {"accuracy": "accuracy", "size": neg_model_size}
FOREST = RandomForestClassifier(30, random_state=0)


def first_ten(forest):
    forest.estimators_ = forest.estimators_[:10]
    return forest


def searched(estimator, space, search=BayesSearchCV, **options):
    defaults = {"cv": 3, "scoring": SCORING, "refit": "accuracy", "random_state": 0}
    return search(estimator, space, **{**defaults, **options}).fit(X, Y)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_smaller_forest(n_jobs):
    n_trees = 10

    def cut(forest):  # which no worker can import
        forest.estimators_ = forest.estimators_[:n_trees]
        return forest

    space = {"max_depth": [2, 8]}
    options = {"scoring": {**SCORING, "n": neg_n_parameters}, "n_jobs": n_jobs}
    cut_down = searched(FOREST, space, finalize=cut, **options)
    whole = searched(FOREST, space, **options)
    small = searched(RandomForestClassifier(10, random_state=0), space, **options)
    assert len(cut_down.best_estimator_.estimators_) == 10
    # A forest draws the seeds of its trees in order: the first ten are the small one.
    for name in ("accuracy", "n"):
        column = f"mean_test_{name}"
        np.testing.assert_array_equal(
            cut_down.cv_results_[column], small.cv_results_[column]
        )
    ratio = cut_down.cv_results_["mean_test_size"] / whole.cv_results_["mean_test_size"]
    assert (ratio < 0.5).all()
    assert cut_down.predict(X).shape == Y.shape


def test_another_model_may_come_back():
    def last_step(pipeline):
        return copy.deepcopy(pipeline[-1])

    pipeline = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0))
    space = {"decisiontreeclassifier__max_depth": [3, 9]}
    found = searched(pipeline, space, finalize=last_step)
    assert isinstance(found.best_estimator_, DecisionTreeClassifier)


def test_a_finalize_that_raises_is_a_fit_that_failed():
    def picky(tree):
        if tree.get_depth() > 2:
            raise ZeroDivisionError("too deep")
        return tree

    tree = DecisionTreeClassifier(random_state=0)
    options = {"finalize": picky, "refit": False}
    with pytest.warns(FitFailedWarning, match="too deep"):
        table = searched(tree, {"max_depth": [2, 5]}, error_score=-9.0, **options)
    table = table.cv_results_
    assert table["status"].tolist() == ["complete", "failed"]
    assert table["mean_test_accuracy"][1] == table["mean_test_size"][1] == -9
    with pytest.raises(ZeroDivisionError, match="too deep"):
        searched(tree, {"max_depth": [5]}, error_score="raise", **options)


def test_a_finalize_that_forgets_to_return():
    with pytest.raises(TypeError, match=r"finalize=.*returned None"):
        searched(
            DecisionTreeClassifier(),
            {"max_depth": [2]},
            finalize=lambda tree: None,
            error_score="raise",
        )


def test_finalize_is_validated():
    with pytest.raises(ValueError, match="'finalize' parameter"):
        searched(FOREST, {"max_depth": [2]}, finalize="smaller")


def hyperband(estimator, space, **options):
    options = {"scheduler": "halving", "optimizer": "random", **options}
    return searched(estimator, space, HyperbandSearchCV, **options)


def test_training_goes_on_from_the_model_as_it_was():
    def run(finalize=None):
        seen = []

        def keep(model):
            seen.append((model.t_, model.coef_.copy()))
            return model if finalize is None else finalize(model)

        hyperband(
            SGDClassifier(random_state=0),
            {"alpha": [1e-4, 1e-3, 1e-2]},
            max_resources=9,
            n_iter=3,
            finalize=keep,
            scoring=neg_model_size,  # the same whatever the coefficients are
            refit=False,
        )
        return seen

    def zeros(model):
        model.coef_[:] = 0
        return model

    plain, spoiled = run(), run(zeros)
    assert len({steps for steps, _ in plain}) > 1  # rungs
    for (steps, coef), (same_steps, same_coef) in zip(plain, spoiled, strict=True):
        assert steps == same_steps
        np.testing.assert_array_equal(coef, same_coef)


def test_members_are_added_to_the_whole_forest():
    seen = []

    def cut(forest):
        seen.append(len(forest.estimators_))
        return first_ten(forest)

    found = hyperband(
        FOREST, {"max_depth": [3, 5, 8]}, finalize=cut, max_resources=27, factor=3
    )
    assert {9, 27} <= set(seen)
    assert len(found.best_estimator_.estimators_) == 10
    assert found.best_resource_ == 27
    assert found.best_curve_ == {}  # of models that were not finalized


# -- nets --------------------------------------------------------------------------


@pytest.fixture
def torch():
    torch = pytest.importorskip("torch", reason="torch is an extra")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(before)


def new_net(torch, skorch):
    class Net(torch.nn.Module):
        def __init__(self, hidden=32):
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Linear(64, hidden),
                torch.nn.ReLU(),
                torch.nn.Linear(hidden, 10),
            )

        def forward(self, x):
            return self.layers(x)

    return skorch.NeuralNetClassifier(
        Net,
        criterion=torch.nn.CrossEntropyLoss,
        lr=0.1,
        batch_size=32,
        train_split=None,
        verbose=0,
    )


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_quantized_net(n_jobs, torch):
    skorch = pytest.importorskip("skorch", reason="skorch is an extra")

    def quantized(net):
        with warnings.catch_warnings():  # torch sends to torchao, another package
            warnings.simplefilter("ignore")
            net.module_ = torch.ao.quantization.quantize_dynamic(
                net.module_.eval(), {torch.nn.Linear}
            )
        return net

    def search(**options):
        return hyperband(
            new_net(torch, skorch),
            {"module__hidden": [16, 64], "lr": [0.1, 0.3]},
            max_resources=9,
            n_iter=4,
            cv=2,
            seed_fits=True,
            n_jobs=n_jobs,
            **options,
        )

    small, plain = search(finalize=quantized), search()
    for net, n_bytes in ((small, 1), (plain, 4)):
        table = net.cv_results_
        for params, size in zip(table["params"], table["mean_test_size"], strict=True):
            h = params["module__hidden"]
            of_layers = 2 * 12 if n_bytes == 1 else 0  # a scale and a zero point
            assert -size == n_bytes * (64 * h + h * 10) + 4 * (h + 10) + of_layers
    # On the first rung stand the same candidates, on later ones they were trained on.
    first, last = small.cv_results_["iter"] == 0, small.cv_results_["iter"] == 2
    scores = [s.cv_results_["mean_test_accuracy"] for s in (small, plain)]
    np.testing.assert_allclose(scores[0][first], scores[1][first], atol=0.05)
    assert scores[0][last].min() > scores[0][first].max()
    assert small.predict(X).shape == Y.shape
