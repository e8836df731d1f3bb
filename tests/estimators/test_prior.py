"""`prior` of the search classes."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import cross_val_score

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.optimizers import Random

X, Y = make_classification(90, random_state=0)
SPACE = {"alpha": (1e-7, 10.0, "log-uniform"), "penalty": ["l1", "l2", "elasticnet"]}
PRIOR = {"alpha": (1e-3, 3.0), "penalty": ("l1", 0.8)}


def make(kind, **more):
    model = SGDClassifier(random_state=0, max_iter=9, tol=None)
    if kind is HyperbandSearchCV:
        settings = {"max_resources": 9, "n_iter": 9}
    elif kind is MultiObjectiveSearchCV:
        settings = {
            "scoring": ["accuracy", "roc_auc"],
            "refit": "accuracy",
            "n_iter": 9,
        }
    else:
        settings = {"n_iter": 9}
    settings = {"prior": PRIOR, "cv": 2, "random_state": 0, **settings, **more}
    return kind(model, SPACE, **settings)


KINDS = [BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV]


@pytest.mark.parametrize("kind", KINDS)
def test_the_likeliest_candidate_comes_first_and_more_are_drawn(kind):
    search = make(kind).fit(X, Y)
    trials = search.history_.trials
    assert trials[0].params == pytest.approx({"alpha": 1e-3, "penalty": "l1"})
    assert "prior" in [trial.tags.get("by") for trial in trials]


@pytest.mark.parametrize("kind", KINDS)
def test_it_leans_towards_what_is_believed(kind):
    def mean_density(search):
        space = search.history_.space
        believing = type(space)(SPACE, prior=PRIOR)
        points = [trial.params for trial in search.history_.trials]
        return believing.prior.log_density(believing.encode(points)).mean()

    plain = make(kind, prior=None).fit(X, Y)
    assert mean_density(make(kind).fit(X, Y)) > mean_density(plain)


def test_own_candidates_come_before_it():
    point = {"alpha": 1.0, "penalty": "l2"}
    search = make(BayesSearchCV, initial_params=[point]).fit(X, Y)
    assert search.history_.trials[0].params == point
    assert search.history_.trials[1].params["penalty"] == "l1"


def test_parameters_without_a_belief_have_the_value_of_the_estimator():
    search = make(BayesSearchCV, prior={"alpha": (1e-2, 2.0)}).fit(X, Y)
    first = search.history_.trials[0].params
    assert first == pytest.approx({"alpha": 1e-2, "penalty": "l2"})


@pytest.mark.parametrize("optimizer", ["sobol", "random", Random()])
def test_optimizers_without_a_model_refuse_it(optimizer):
    with pytest.raises(ValueError, match=r"prior was given.*optimizer='auto'"):
        make(BayesSearchCV, optimizer=optimizer).fit(X, Y)


def test_a_space_that_is_tried_in_full_needs_no_belief():
    search = BayesSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, prior={"C": (10.0, 0.9)}, cv=2
    ).fit(X, Y)
    assert search.cv_results_["param_C"].tolist() == [0.1, 1.0, 10.0]


def test_a_mistake_is_told_when_fitting():
    with pytest.raises(ValueError, match=r"prior has 'alpha_'.*Did you mean 'alpha'"):
        make(BayesSearchCV, prior={"alpha_": (1e-3, 3.0)}).fit(X, Y)
    with pytest.raises(ValueError, match="'prior' parameter"):
        make(BayesSearchCV, prior=[1]).fit(X, Y)


def test_it_clones_and_nests():
    search = make(BayesSearchCV)
    assert clone(search).prior == PRIOR
    assert np.isfinite(cross_val_score(search, X, Y, cv=2)).all()


def test_it_goes_on_from_a_journal_as_if_nothing_had_been(tmp_path):
    whole, journal = make(BayesSearchCV).fit(X, Y), tmp_path / "a.jsonl"
    make(BayesSearchCV, journal=journal, max_fits=13).fit(X, Y)
    again = make(BayesSearchCV, journal=journal).fit(X, Y)
    assert again.cv_results_["params"] == whole.cv_results_["params"]
