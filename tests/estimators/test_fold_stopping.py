"""Fold stopping through the estimator: nothing shows but fewer fits."""

import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, ShuffleSplit, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV

X, Y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X[:240])
Y = Y[:240]
SPACE = {"C": loguniform(1e-4, 1e4), "gamma": loguniform(1e-6, 1e2)}


def search(estimator=None, space=SPACE, **options):
    options = {"n_iter": 30, "cv": 4, "random_state": 0, **options}
    options = {"optimizer": "random", "fold_stopping": True, **options}
    return BayesSearchCV(SVC() if estimator is None else estimator, space, **options)


def check_table(fitted, metric="score"):
    """What holds of every table, and that some fits were spared."""
    table, n_splits = fitted.cv_results_, fitted.n_splits_
    scores = np.column_stack(
        [table[f"split{k}_test_{metric}"] for k in range(n_splits)]
    )
    stopped = table["status"] == "stopped"
    assert 0 < stopped.sum() < len(stopped)
    assert np.array_equal(np.isfinite(scores).sum(axis=1), table["n_folds"])
    assert np.array_equal(table["n_folds"] == n_splits, ~stopped)
    assert np.array_equal(np.isnan(table[f"mean_test_{metric}"]), stopped)
    ranks = table[f"rank_test_{metric}"]
    assert ranks[stopped].min() > ranks[~stopped].max()
    means = scores[~stopped].mean(axis=1)
    np.testing.assert_array_equal(table[f"mean_test_{metric}"][~stopped], means)
    assert not stopped[fitted.best_index_]
    assert ranks[fitted.best_index_] == 1
    assert fitted.best_score_ == means.max()
    assert all(error is None for error in table["error"])


@pytest.mark.parametrize("optimizer", ["random", "sobol", "tpe", "gp"])
def test_tables_are_whole_and_nothing_warns(optimizer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = search(optimizer=optimizer, return_train_score=True).fit(X, Y)
    check_table(fitted)


def test_nobody_is_stopped_by_default():
    fitted = search(fold_stopping=False).fit(X, Y)
    assert set(fitted.cv_results_["status"]) == {"complete"}
    assert set(fitted.cv_results_["n_folds"]) == {4}


def test_random_candidates_are_the_same_and_so_is_the_best():
    every, fewer = (search(fold_stopping=f).fit(X, Y) for f in (False, True))
    assert every.cv_results_["params"] == fewer.cv_results_["params"]
    assert fewer.best_params_ == every.best_params_
    assert fewer.cv_results_["n_folds"].sum() < 0.8 * every.cv_results_["n_folds"].sum()


def test_workers_do_not_change_who_is_stopped():
    tables = [search(n_jobs=n, optimizer="gp").fit(X, Y).cv_results_ for n in (1, 2)]
    for name, column in tables[0].items():
        if "time" not in name:
            assert str(list(column)) == str(list(tables[1][name])), name


def test_conditional_steps_of_a_pipeline():
    pipeline = Pipeline([("reduce", "passthrough"), ("model", SVC())])
    space = [
        {"reduce": [PCA(), "passthrough"], "model__C": loguniform(1e-4, 1e4)},
        {
            "reduce": [PCA()],
            "reduce__n_components": (2, 20),
            "model": [DecisionTreeClassifier(random_state=0)],
            "model__max_depth": (1, 9),
        },
    ]
    check_table(search(pipeline, space, optimizer="gp", n_iter=40).fit(X, Y))


def test_the_objective_decides_of_several_metrics():
    scoring = ["accuracy", "roc_auc"]
    fitted = search(scoring=scoring, refit="roc_auc").fit(X, Y)
    check_table(fitted, "roc_auc")
    stopped = fitted.cv_results_["status"] == "stopped"
    assert np.isnan(fitted.cv_results_["mean_test_accuracy"][stopped]).all()


def test_groups_and_sample_weights():
    weights = np.random.default_rng(0).uniform(0.5, 1.5, len(Y))
    groups = np.arange(len(Y)) % 8
    fitted = search(cv=GroupKFold(4))
    check_table(fitted.fit(X, Y, groups=groups, sample_weight=weights))


def test_nested_in_a_cross_validation():
    inner = search(LogisticRegression(), {"C": loguniform(1e-6, 1e4)})
    found = cross_validate(inner, X, Y, cv=3, return_estimator=True)
    assert np.isfinite(found["test_score"]).all()
    for fitted in found["estimator"]:
        check_table(fitted)


def test_a_numeric_error_score_does_not_fill_the_gaps():
    check_table(search(error_score=0.0).fit(X, Y))


def test_one_split_cannot_be_stopped():
    one = search(cv=ShuffleSplit(1, random_state=0))
    with pytest.raises(ValueError, match="single split"):
        one.fit(X, Y)
    one.set_params(fold_stopping=False).fit(X, Y)


def test_progress_counts_spared_fits_as_done(capsys):
    search(verbose=1).fit(X, Y)
    assert "120/120 fits" in capsys.readouterr().out
