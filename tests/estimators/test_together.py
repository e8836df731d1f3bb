"""Options that were built apart, in one search."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
    bootstrap_bias_corrected_score,
    load_metadata,
    nested_cross_validate,
)

X, Y = load_iris(return_X_y=True)
CV = StratifiedKFold(3, shuffle=True, random_state=0)
SPACE = {"C": (1e-3, 1e3, "log-uniform")}


def new_search(**options):
    options = {"n_iter": 8, "cv": CV, "random_state": 0, **options}
    return BayesSearchCV(LogisticRegression(max_iter=2000), SPACE, **options)


def test_predictions_are_of_who_the_re_check_chose():
    search = new_search(return_oof=True, return_estimator=True, n_recheck=3).fit(X, Y)
    chosen = LogisticRegression(max_iter=2000, **search.best_params_)
    expected = cross_val_predict(chosen, X, Y, cv=CV)
    np.testing.assert_array_equal(search.oof_predictions_, expected)
    assert len(search.oof_.candidates) == 8  # and none of the re-check
    assert len(search.fold_estimators_) == 3


def test_who_draws_rows_of_its_own_keeps_no_predictions():
    with pytest.raises(ValueError, match="return_oof=True compares candidates"):
        new_search(return_oof=True, reshuffle=True).fit(X, Y)


@pytest.mark.parametrize("more", [{"n_recheck": 2}, {"reshuffle": True}])
def test_a_journal_of_it_all_goes_on(tmp_path, more):
    earlier = new_search(random_state=5).fit(X, Y)
    options = {"warm_start_from": [earlier], **more}
    whole = new_search(**options).fit(X, Y)
    journal = {"journal": tmp_path / "search.jsonl"}
    n_again = 0 if "reshuffle" in more else 2 * 4 * 3  # kept back for the re-check
    new_search(max_fits=9 + n_again, **options, **journal).fit(X, Y)
    rest = new_search(**options, **journal).fit(X, Y)
    assert rest.best_params_ == whole.best_params_
    np.testing.assert_array_equal(
        rest.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"]
    )


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_leases_change_nothing_of_it(n_jobs):
    options = {"return_oof": True, "n_recheck": 2, "n_jobs": n_jobs}
    plain = new_search(**options).fit(X, Y)
    leased = new_search(devices={"cpu": 1}, **options).fit(X, Y)
    assert leased.best_params_ == plain.best_params_
    for index in plain.oof_.candidates:
        np.testing.assert_array_equal(
            leased.oof_.predictions(index), plain.oof_.predictions(index)
        )


def test_a_correction_follows_a_warm_start():
    earlier = new_search(random_state=5).fit(X, Y)
    search = new_search(warm_start_from=[earlier], return_oof=True).fit(X, Y)
    found = bootstrap_bias_corrected_score(search, n_bootstraps=50, random_state=0)
    assert found.n_candidates == 8
    assert 0.8 < found.score <= 1.0


SGD = SGDClassifier(learning_rate="constant", eta0=0.01, random_state=0)
ALPHA = {"alpha": (1e-6, 1e-1, "log-uniform")}


@pytest.mark.parametrize(
    "search",
    [
        new_search(n_recheck=2),
        HyperbandSearchCV(SGD, ALPHA, max_resources=9, cv=CV, n_recheck=2),
        MultiObjectiveSearchCV(
            SGD, ALPHA, n_iter=6, scoring=["accuracy", "f1_macro"], cv=CV, n_recheck=2
        ),
        PopulationSearchCV(
            SGD, ALPHA, population_size=4, step=2, max_resources=6, cv=CV
        ),
    ],
    ids=lambda search: type(search).__name__,
)
def test_every_class_is_exported_nested_and_begun_from(search, tmp_path):
    search = clone(search).set_params(random_state=0)
    fitted = clone(search).fit(X, Y)
    fitted.export_metadata(tmp_path / "metadata.json")
    again = load_metadata(tmp_path / "metadata.json").estimator
    assert again.get_params()["random_state"] == fitted.best_estimator_.random_state
    warm = clone(search).set_params(warm_start_from=[fitted])
    scores = nested_cross_validate(warm, X, Y, cv=3, n_jobs=2)
    assert np.isfinite(scores.test_scores["score"]).all()
