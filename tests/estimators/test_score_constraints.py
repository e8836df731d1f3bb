"""Scores that must be high enough: in the order of candidates, and in proposals."""

import warnings

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.exceptions import InfeasibleWarning

X, y = load_iris(return_X_y=True)


def n_leaves(estimator, X, y=None):
    return -float(estimator.get_n_leaves())


SCORING = {"accuracy": "accuracy", "n_leaves": n_leaves}
SPACE = {"max_depth": range(1, 9), "min_samples_leaf": range(1, 21)}


def search_trees(bound, cls=BayesSearchCV, **options):
    search = cls(
        DecisionTreeClassifier(random_state=0),
        SPACE,
        scoring=SCORING,
        refit="accuracy",
        score_constraints={"n_leaves": bound},
        random_state=0,
        **options,
    )
    return search.fit(X, y)


SEARCHES = {
    "bayes": lambda bound: search_trees(bound, n_iter=20),
    "racing": lambda bound: search_trees(bound, n_iter=25, fold_stopping=True),
    "tpe": lambda bound: search_trees(bound, n_iter=20, optimizer="tpe"),
    "hyperband": lambda bound: search_trees(bound, HyperbandSearchCV, n_iter=20),
    "asha": lambda bound: search_trees(
        bound, HyperbandSearchCV, n_iter=20, scheduler="asha"
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_what_meets_the_constraints_ranks_before_what_does_not(name):
    search = SEARCHES[name](-3.0)
    results = search.cv_results_
    leaves, ranks = results["mean_test_n_leaves"], results["rank_test_accuracy"]
    known = results["status"] == "complete"
    resources = results.get("n_resources", np.ones(len(ranks)))
    top = known & (resources == resources.max())
    feasible = leaves >= -3.0
    assert (top & feasible).sum() > 0
    if (top & ~feasible).any():
        assert ranks[top & feasible].max() < ranks[top & ~feasible].min()
    np.testing.assert_array_equal(results["violation"][known] == 0.0, feasible[known])
    assert leaves[search.best_index_] >= -3.0
    best = results["mean_test_accuracy"][top & feasible].max()
    assert search.best_score_ == best
    assert search.history_.incumbent() is not None
    assert search.history_.violation(search.history_.incumbent()) == 0.0


def test_where_nothing_is_feasible_the_least_violating_is_named():
    with pytest.warns(InfeasibleWarning, match="None meets them all") as caught:
        search = search_trees(-1.5, n_iter=10)
    violation = search.cv_results_["violation"]
    assert violation[search.best_index_] == violation.min() > 0.0
    assert f"candidate {search.best_index_} " in str(caught[0].message)
    assert "n_leaves is -2 where -1.5 is asked" in str(caught[0].message)


def test_a_callable_refit_may_choose_otherwise_and_is_told():
    with pytest.warns(InfeasibleWarning, match="others meet them all"):
        BayesSearchCV(
            DecisionTreeClassifier(random_state=0),
            SPACE,
            scoring=SCORING,
            refit=lambda table: int(np.argmin(table["mean_test_n_leaves"])),
            score_constraints={"n_leaves": -3.0},
            random_state=0,
            n_iter=10,
        ).fit(X, y)


class Priced(BaseEstimator):
    """The better its score, the more it costs."""

    def __init__(self, a=0.0, b=0.0):
        self.a = a
        self.b = b

    def fit(self, X, y):
        return self

    def score(self, X, y):
        return self.a + 0.2 * self.b

    def cost(self):
        return self.a**2 + (self.b - 0.7) ** 2


def price(estimator, X, y):
    return -estimator.cost()


def quality(estimator, X, y):
    return estimator.score(X, y)


def regret_of(optimizer, n_iter, seed):
    """How much better the best feasible point is than the one found."""
    search = BayesSearchCV(
        Priced(),
        {"a": uniform(0, 1), "b": uniform(0, 1)},
        scoring={"quality": quality, "price": price},
        refit="quality",
        score_constraints={"price": -0.05},
        optimizer=optimizer,
        n_iter=n_iter,
        initial_design="sobol",
        cv=2,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfeasibleWarning)
        search.fit(X, y)
    # On the circle around (0, 0.7) of radius r, along (1, 0.2).
    optimum = 0.14 + np.sqrt(0.05) * np.sqrt(1.04)
    feasible = search.cv_results_["violation"][search.best_index_] == 0.0
    return optimum - search.best_score_ if feasible else 1.0


def test_the_model_learns_where_constraints_are_met():
    ours = np.mean([regret_of("gp", 25, seed) for seed in range(3)])
    others = np.mean([regret_of("random", 25, seed) for seed in range(3)])
    assert ours < 0.01 < others


def test_the_feasible_region_is_looked_for_when_nothing_is_feasible():
    search = BayesSearchCV(
        Priced(),
        {"a": uniform(0, 1), "b": uniform(0, 1)},
        scoring={"quality": quality, "price": price},
        refit="quality",
        score_constraints={"price": -1e-3},
        n_iter=25,
        initial_design="sobol",
        cv=2,
        random_state=1,
    ).fit(X, y)
    assert search.cv_results_["violation"][search.best_index_] == 0.0


def test_constraints_hold_for_a_single_score_too():
    search = BayesSearchCV(
        DecisionTreeClassifier(random_state=0),
        SPACE,
        score_constraints={"score": 0.9},
        n_iter=8,
        random_state=0,
    ).fit(X, y)
    met = search.cv_results_["mean_test_score"] >= 0.9
    np.testing.assert_array_equal(search.cv_results_["violation"] == 0.0, met)


def test_scores_of_a_callable_scoring_are_checked_at_the_first_fit():
    def scoring(estimator, X, y):
        return {"quality": 1.0, "price": 2.0}

    search = BayesSearchCV(
        Priced(),
        {"a": uniform(0, 1)},
        scoring=scoring,
        refit="quality",
        score_constraints={"prize": 0.0},
    )
    with pytest.raises(ValueError, match=r"'prize' is not among the scores"):
        search.fit(X, y)


@pytest.mark.parametrize("cls", [BayesSearchCV, HyperbandSearchCV])
@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({"latency": 0.0}, r"'latency' is not among the scores of scoring: \['acc"),
        ({"accuracy": "0.5"}, r"score_constraints\['accuracy'\]='0.5' is no finite"),
        ({"accuracy": float("nan")}, "is no finite number"),
        ({"accuracy": True}, "is no finite number"),
        (["accuracy"], "score_constraints"),
    ],
)
def test_wrong_constraints_are_refused(cls, constraints, message):
    search = cls(
        DecisionTreeClassifier(),
        SPACE,
        scoring=SCORING,
        refit="accuracy",
        score_constraints=constraints,
    )
    with pytest.raises(ValueError, match=message):
        search.fit(X, y)


def test_it_nests():
    search = BayesSearchCV(
        DecisionTreeClassifier(random_state=0),
        SPACE,
        scoring=SCORING,
        refit="accuracy",
        score_constraints={"n_leaves": -4.0},
        n_iter=6,
        cv=3,
        random_state=0,
    )
    scores = cross_val_score(search, X, y, cv=3, error_score="raise")
    assert (scores > 0.8).all()
