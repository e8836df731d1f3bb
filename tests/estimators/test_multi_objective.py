"""Laws of a front, and of the model that is chosen from it."""

import functools
import itertools
import json
import pickle
import warnings

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sksearch import MultiObjectiveSearchCV
from sksearch._pareto import hypervolume, is_nondominated
from sksearch.exceptions import InfeasibleWarning
from sksearch.history import History
from sksearch.metrics import neg_fit_time, neg_n_parameters, neg_peak_memory

X, y = load_iris(return_X_y=True)
SPACE = {"max_depth": range(1, 9), "min_samples_leaf": range(1, 21)}
OPTIMIZERS = ["auto", "ehvi", "parego", "nsga2", "tpe", "sobol", "random"]


def n_leaves(estimator, X, y=None):
    return -float(estimator.get_n_leaves())


def depth(estimator, X, y=None):
    return -float(estimator.get_depth())


SCORING = {"accuracy": "accuracy", "n_leaves": n_leaves, "depth": depth}


def search_trees(**options):
    options = {"scoring": SCORING, "n_iter": 16, "random_state": 0, **options}
    tree = DecisionTreeClassifier(random_state=0)
    return MultiObjectiveSearchCV(tree, SPACE, **options)


class Curve(ClassifierMixin, BaseEstimator):
    """Two scores that contradict each other between a = 0.2 and a = 0.6."""

    def __init__(self, a=0.0, b=0.0):
        self.a = a
        self.b = b

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        if self.b > 0.8:
            raise ValueError("b is too large")
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def low(estimator, X, y):
    return -((estimator.a - 0.2) ** 2) - 0.1 * (estimator.b - 0.5) ** 2


def high(estimator, X, y):
    return -((estimator.a - 0.6) ** 2) - 0.1 * (estimator.b - 0.5) ** 2


CURVES = {"low": low, "high": high}
UNIT = {"a": uniform(0, 1), "b": uniform(0, 1)}


def search_curves(**options):
    options = {"scoring": CURVES, "n_iter": 20, "cv": 2, "random_state": 0, **options}
    return MultiObjectiveSearchCV(Curve(), UNIT, **options)


def quietly(search):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fits that fail are part of the problem
        return search.fit(X, y)


# -- the front -------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("names", [["low", "high"], ["high", "low"]])
def test_no_candidate_dominates_one_of_the_front(optimizer, names):
    search = quietly(search_curves(optimizer=optimizer, objectives=names))
    table, front = search.cv_results_, search.pareto_index_
    Y = np.column_stack([table[f"mean_test_{name}"] for name in names])
    complete = table["status"] == "complete"
    assert not complete.all()  # some failed, and are on no front
    expected = np.flatnonzero(complete)[is_nondominated(Y[complete])]
    assert sorted(front) == expected.tolist()
    np.testing.assert_array_equal(table["pareto_rank"] == 1, np.isin(range(20), front))
    assert (table["pareto_rank"][~complete] == table["pareto_rank"].max()).all()
    assert search.hypervolume_ == pytest.approx(
        hypervolume(Y[front], search.reference_point_)
    )
    assert search.pareto_params_ == [table["params"][i] for i in front]
    for name in names:
        scores = search.pareto_scores_[name]
        np.testing.assert_array_equal(scores, table[f"mean_test_{name}"][front])
    assert (np.diff(search.pareto_scores_[names[0]]) >= 0).all()
    assert search.best_index_ in front


def test_the_model_finds_more_than_chance():
    point = [-0.2, -0.2]
    volume = {
        optimizer: np.mean(
            [
                quietly(
                    search_curves(
                        optimizer=optimizer,
                        random_state=seed,
                        reference_point=point,
                        initial_design="sobol",
                        n_iter=30,
                    )
                ).hypervolume_
                for seed in range(3)
            ]
        )
        for optimizer in ("ehvi", "parego", "random")
    }
    assert volume["random"] < volume["parego"] < volume["ehvi"]
    a = np.linspace(0.2, 0.6, 2000)
    best = hypervolume(np.column_stack([-((a - 0.2) ** 2), -((a - 0.6) ** 2)]), point)
    assert volume["ehvi"] > 0.95 * best


@pytest.mark.parametrize("optimizer", ["ehvi", "parego", "nsga2"])
def test_three_objectives_and_such_as_say_nothing_new(optimizer):
    scoring = {
        **CURVES,
        "again": low,
        "constant": lambda estimator, X, y: 1.0,
    }
    search = quietly(search_curves(scoring=scoring, optimizer=optimizer))
    assert search.objectives_ == list(scoring)
    both = quietly(search_curves(optimizer="random"))
    front = {(p["a"], p["b"]) for p in search.pareto_params_}
    Y = np.column_stack([search.cv_results_[f"mean_test_{n}"] for n in CURVES])
    complete = search.cv_results_["status"] == "complete"
    params = [
        p for p, c in zip(search.cv_results_["params"], complete, strict=True) if c
    ]
    best = is_nondominated(Y[complete])
    assert front == {
        (p["a"], p["b"]) for p, is_best in zip(params, best, strict=True) if is_best
    }
    assert len(both.pareto_index_) > 0


def test_a_list_or_a_tuple_of_names_is_a_scoring():
    names = ["accuracy", "balanced_accuracy"]
    searches = [
        search_trees(scoring=kind, n_iter=4).fit(X, y)
        for kind in (names, tuple(names), {name: name for name in names})
    ]
    for search in searches:
        assert search.objectives_ == list(search.pareto_scores_) == names
        assert search.pareto_params_ == searches[0].pareto_params_


@pytest.mark.parametrize("order", list(itertools.permutations(SCORING))[1:])
def test_permuted_objectives_are_the_same_results_permuted(order):
    """Of the same candidates: models and their draws go by the order."""
    options = {"optimizer": "random", "refit": {"depth": 1, "accuracy": 2}}
    search = search_trees(**options).fit(X, y)
    moved = search_trees(**options, objectives=list(order)).fit(X, y)
    at = [list(SCORING).index(name) for name in order]
    assert sorted(moved.pareto_index_) == sorted(search.pareto_index_)
    ranks = [s.cv_results_["pareto_rank"] for s in (search, moved)]
    np.testing.assert_array_equal(*ranks)
    np.testing.assert_allclose(moved.reference_point_, search.reference_point_[at])
    assert moved.hypervolume_ == pytest.approx(search.hypervolume_)
    assert moved.best_index_ == search.best_index_
    assert moved.select() == search.select()


def test_a_dominated_candidate_changes_neither_front_nor_volume():
    front = [{"a": a, "b": 0.5} for a in (0.2, 0.3, 0.45, 0.6)]
    alone, beside = (
        quietly(search_curves(initial_params=[*more, *front], n_iter=len(more) + 4))
        for more in ([], [{"a": 0.3, "b": 0.1}, {"a": 0.9, "b": 0.5}])
    )
    assert beside.pareto_index_.tolist() == [i + 2 for i in alone.pareto_index_]
    assert beside.pareto_params_ == alone.pareto_params_
    assert beside.hypervolume_ == alone.hypervolume_
    np.testing.assert_array_equal(beside.reference_point_, alone.reference_point_)


def test_other_scores_are_recorded_only():
    search = search_trees(objectives=["accuracy", "n_leaves"]).fit(X, y)
    assert search.objectives_ == ["accuracy", "n_leaves"]
    assert set(search.pareto_scores_) == {"accuracy", "n_leaves", "depth"}
    assert "rank_test_depth" in search.cv_results_
    assert len(search.reference_point_) == 2


def test_a_callable_scoring_says_what_the_objectives_are():
    def scoring(estimator, X, y):
        return {"low": low(estimator, X, y), "high": high(estimator, X, y)}

    search = quietly(search_curves(scoring=scoring))
    named = quietly(search_curves())
    assert search.objectives_ == ["low", "high"]
    assert search.pareto_params_ == named.pareto_params_
    subset = quietly(search_curves(scoring=scoring, objectives=["high", "low"]))
    assert subset.objectives_ == ["high", "low"]


def test_any_number_of_workers_finds_the_same_front():
    searches = [quietly(search_curves(n_jobs=n_jobs)) for n_jobs in (1, 2)]
    assert searches[0].history_.goals == ("low", "high")
    assert searches[0].pareto_params_ == searches[1].pareto_params_


def test_the_log_goes_through_json():
    search = quietly(search_curves(score_constraints={"low": -0.1}))
    history = search.history_
    again = History.from_json(history.to_json(), history.space)
    assert again.front() == history.front()
    assert again.ranked() == history.ranked()
    assert again.to_json() == history.to_json()
    header = json.loads(history.to_json().splitlines()[0])
    assert header["objectives"] == ["low", "high"]


# -- constraints -----------------------------------------------------------------------


def test_the_front_is_of_what_meets_the_constraints():
    search = search_trees(
        objectives=["accuracy", "n_leaves"], score_constraints={"depth": -2.0}
    ).fit(X, y)
    table = search.cv_results_
    assert (table["mean_test_depth"][search.pareto_index_] >= -2.0).all()
    feasible = table["violation"] == 0.0
    assert table["pareto_rank"][feasible].max() < table["pareto_rank"][~feasible].min()
    assert table["rank_test_accuracy"][feasible].max() < (
        table["rank_test_accuracy"][~feasible].min()
    )


def test_without_a_feasible_candidate_the_front_is_empty():
    search = search_trees(score_constraints={"n_leaves": -1.0})
    with pytest.warns(InfeasibleWarning, match="None meets them all"):
        search.fit(X, y)
    assert len(search.pareto_index_) == len(search.pareto_params_) == 0
    assert search.hypervolume_ == 0.0
    violation = search.cv_results_["violation"]
    assert violation[search.best_index_] == violation.min()
    assert search.predict(X).shape == y.shape
    with pytest.raises(ValueError, match="The front is empty"):
        search.select()


# -- rungs -----------------------------------------------------------------------------

RUNGS = {"scheduler": "hyperband", "n_iter": None, "max_resources": 9}


def search_forests(**options):
    options = {**RUNGS, "objectives": ["accuracy", "n_nodes"], **options}
    return MultiObjectiveSearchCV(
        RandomForestClassifier(random_state=0),
        {"max_depth": range(1, 9), "min_samples_leaf": range(1, 21)},
        scoring={"accuracy": "accuracy", "n_nodes": neg_n_parameters},
        cv=3,
        random_state=0,
        **options,
    )


@pytest.mark.parametrize("scheduler", ["hyperband", "asha", "halving"])
def test_candidates_are_promoted_by_rank_and_what_the_front_would_lose(scheduler):
    search = search_forests(scheduler=scheduler).fit(X, y)
    table, history = search.cv_results_, search.history_
    assert search.resource_ == "n_estimators"
    assert search.n_resources_ == [1, 3, 9]
    top = table["n_resources"] == 9
    assert top[search.pareto_index_].all()
    assert table["pareto_rank"][top].max() < table["pareto_rank"][~top].min()
    # On a full rung nobody who stayed behind comes before anybody who went on.
    for low, high in ((1, 3), (3, 9)):
        for bracket in set(table["bracket"]) if scheduler != "asha" else ():
            members = [t.id for t in history.trials if t.tags["bracket"] == bracket]
            order = history.ranked(low, members)
            went_on = [i for i in order if high in history.resources(i)]
            assert went_on == order[: len(went_on)]


@pytest.mark.parametrize("bound", [-4.0, -6.0])
def test_what_meets_the_constraints_goes_on_before_what_does_not(bound):
    search = search_forests(
        scheduler="halving",
        n_iter=9,
        optimizer="random",
        score_constraints={"n_nodes": bound},
    )
    # Of one tree some are small enough, of nine none is.
    with pytest.warns(InfeasibleWarning, match="None that was trained as far meets"):
        search.fit(X, y)
    table, history = search.cv_results_, search.history_
    first = table["n_resources"] == 1
    meets = table["violation"][first] == 0.0
    went_on = [len(history.resources(i)) > 1 for i in range(9)]
    assert 0 < meets.sum() < 9
    assert sum(went_on) == 3
    ranks = table["pareto_rank"][first]
    assert max(ranks[went_on]) <= min(ranks[np.invert(went_on)])
    assert meets[went_on].sum() == min(3, meets.sum())


def test_a_model_of_the_front_has_the_resource_of_its_row():
    search = search_forests().fit(X, y)
    assert search.best_resource_ == search.best_params_["n_estimators"] == 9
    index = search.select("accuracy")
    model = search.refit_for(index, X, y)
    assert len(model.estimators_) == 9
    assert search.predict(X).shape == y.shape


def test_with_rungs_any_number_of_workers_finds_the_same_front():
    searches = [search_forests(n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2)]
    assert searches[0].pareto_params_ == searches[1].pareto_params_


def test_full_training_needs_a_number_of_candidates():
    with pytest.raises(ValueError, match="n_iter=None is one round of Hyperband"):
        search_forests(scheduler="full").fit(X, y)


# -- the choice ------------------------------------------------------------------------


def test_refit_by_name_by_weights_by_knee_and_by_a_callable():
    search = search_trees(objectives=["accuracy", "n_leaves"]).fit(X, y)
    table, front = search.cv_results_, search.pareto_index_
    accuracy, leaves = table["mean_test_accuracy"], table["mean_test_n_leaves"]
    assert search.best_index_ == search.select() == search.select("knee")
    assert accuracy[search.select("accuracy")] == accuracy[front].max()
    assert leaves[search.select("n_leaves")] == leaves[front].max()
    assert search.select({"accuracy": 1.0}) == search.select("accuracy")
    assert search.select({"accuracy": 1e-9, "n_leaves": 1.0}) == search.select(
        "n_leaves"
    )
    assert search.select(lambda table: 3) == 3
    for refit in (True, np.True_):
        assert clone(search).set_params(refit=refit).fit(X, y).best_index_ == (
            search.best_index_
        )
    for refit in ("accuracy", {"n_leaves": 2, "accuracy": 1}, lambda table: 3):
        other = clone(search).set_params(refit=refit).fit(X, y)
        assert other.best_index_ == search.select(refit)
        assert other.best_params_ == table["params"][other.best_index_]
        assert hasattr(other, "best_score_") != callable(refit)


def test_score_is_that_of_the_first_objective_unless_refit_names_one():
    for refit, expected in (("knee", "accuracy"), ("n_leaves", "n_leaves")):
        search = search_trees(refit=refit).fit(X, y)
        model = search.best_estimator_
        scores = {"accuracy": model.score(X, y), "n_leaves": n_leaves(model, X)}
        assert search.score(X, y) == scores[expected]
        mean = search.cv_results_[f"mean_test_{expected}"][search.best_index_]
        assert search.best_score_ == mean
    assert search.refit == "n_leaves"


def test_refit_for_gives_another_model_and_changes_nothing():
    search = search_trees().fit(X, y)
    before = pickle.dumps(search.best_estimator_)
    index = search.select("n_leaves")
    model = search.refit_for(index, X, y)
    assert model.get_params()["max_depth"] == search.pareto_params_[0]["max_depth"] or (
        search.cv_results_["params"][index]["max_depth"] == model.max_depth
    )
    assert pickle.dumps(search.best_estimator_) == before
    for wrong in (99, -1):
        with pytest.raises(IndexError, match=f"index={wrong} is no row"):
            search.refit_for(wrong, X, y)
    for wrong in (1.5, "n_leaves", None, True):
        with pytest.raises(TypeError, match=f"index={wrong!r} must be a row's number"):
            search.refit_for(wrong, X, y)


def test_a_recorded_score_that_is_missing_is_never_the_best():
    def sometimes(estimator, X, y):
        return np.nan if estimator.a > 0.4 else -estimator.a

    search = quietly(
        search_curves(
            scoring={**CURVES, "sometimes": sometimes, "never": lambda *_: np.nan},
            objectives=["low", "high"],
        )
    )
    known = np.isfinite(search.pareto_scores_["sometimes"])
    assert 0 < known.sum() < len(known)
    best = np.nanargmax(search.pareto_scores_["sometimes"])
    for prefer in ("sometimes", {"sometimes": 1, "low": 1e-9}):
        assert search.select(prefer) == search.pareto_index_[best]
    with pytest.raises(ValueError, match=r"None of the front has \['never', 'low'\]"):
        search.select({"never": 1, "low": 1})


@pytest.mark.parametrize("prefer", [None, False, True, 3, ["accuracy"], []])
def test_what_says_nothing_about_the_front_is_refused(prefer):
    search = search_trees(n_iter=4, refit=False).fit(X, y)
    with pytest.raises(TypeError, match=r"prefer=.* must be 'knee', the name"):
        search.select(prefer)


def test_without_refit_there_is_a_front_and_no_model():
    search = search_trees(refit=False).fit(X, y)
    assert len(search.pareto_index_) > 0
    assert not hasattr(search, "best_index_")
    with pytest.raises(AttributeError):
        search.predict(X)


def test_what_finalize_makes_is_scored_refitted_and_chosen():
    def stump(forest):
        forest.estimators_ = forest.estimators_[:3]
        return forest

    search = MultiObjectiveSearchCV(
        RandomForestClassifier(9, random_state=0),
        {"max_depth": range(1, 9), "min_samples_leaf": range(1, 21)},
        scoring={"accuracy": "accuracy", "n_nodes": neg_n_parameters},
        finalize=stump,
        n_iter=5,
        cv=2,
        random_state=0,
    ).fit(X, y)
    small = clone(search).set_params(
        finalize=None, estimator=RandomForestClassifier(3, random_state=0)
    )
    small.fit(X, y)
    for name, scores in search.pareto_scores_.items():
        np.testing.assert_array_equal(scores, small.pareto_scores_[name])
    other = search.refit_for(search.select("n_nodes"), X, y)
    assert len(search.best_estimator_.estimators_) == len(other.estimators_) == 3


def test_what_fits_cost_is_an_objective_like_others():
    scoring = {"accuracy": "accuracy", "time": neg_fit_time, "memory": neg_peak_memory}
    search = search_trees(scoring=scoring, n_iter=4, cv=2).fit(X, y)
    table = search.cv_results_
    assert search.objectives_ == list(scoring)
    np.testing.assert_array_equal(table["mean_test_time"], -table["mean_fit_time"])
    assert (table["mean_test_memory"] <= 0.0).all()
    costs = table["mean_test_time"][search.pareto_index_]
    assert costs.max() == table["mean_test_time"].max()


# -- composition -----------------------------------------------------------------------


def test_it_nests_and_pickles():
    search = search_trees(n_iter=6, cv=3)
    scores = cross_val_score(make_pipeline(StandardScaler(), search), X, y, cv=3)
    assert (scores > 0.6).all()
    found = cross_validate(search, X, y, cv=3, return_estimator=True)
    for fitted in found["estimator"]:
        copy = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(copy.predict(X), fitted.predict(X))
        assert copy.pareto_params_ == fitted.pareto_params_


def test_folds_are_spared_of_what_is_dominated():
    search = search_trees(n_iter=60, cv=8, fold_stopping=True, optimizer="random")
    search.fit(X, y)
    full = search_trees(n_iter=60, cv=8, optimizer="random").fit(X, y)
    stopped = search.cv_results_["status"] == "stopped"
    assert stopped.any()
    lost = [i for i in full.pareto_index_ if stopped[i]]
    assert len(lost) <= 1
    assert not np.isin(search.pareto_index_, np.flatnonzero(stopped)).any()


# -- wrong arguments -------------------------------------------------------------------

WRONG = {
    "no scoring": ({"scoring": None}, "scoring=None is one score"),
    "one score": ({"scoring": "accuracy"}, "scoring='accuracy' is one score"),
    "one in a list": ({"scoring": ["accuracy"]}, "must be two or more different"),
    "one objective": ({"objectives": ["accuracy"]}, "For a single one use Bayes"),
    "twice": ({"objectives": ["depth", "depth"]}, "two or more different names"),
    "unknown": ({"objectives": ["depth", "speed"]}, r"\['speed'\] are not among"),
    "refit": ({"refit": "speed"}, r"refit='speed': \['speed'\] are not among"),
    "weights": ({"refit": {"speed": 1}}, r"\['speed'\] are not among"),
    "no weights": ({"refit": {}}, r"refit=\{\} must hold numbers"),
    "zero": ({"refit": {"depth": 0}}, "not all 0"),
    "negative": ({"refit": {"depth": -1, "accuracy": 2}}, "at least 0"),
    "constraint": ({"score_constraints": {"speed": 1}}, "'speed' is not among"),
    "point": ({"reference_point": [0.0]}, "must be 3 finite numbers"),
    "nan": ({"reference_point": [0.0, np.nan, 0.0]}, "must be 3 finite numbers"),
    "optimizer": ({"optimizer": "gp"}, "optimizer"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_refused_with_the_way_out(name):
    options, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        search_trees(**options).fit(X, y)


def test_a_callable_that_returns_one_score_is_refused_at_the_first_fit():
    search = search_trees(scoring=lambda estimator, X, y: {"accuracy": 1.0})
    with pytest.raises(ValueError, match="two or more different names"):
        search.fit(X, y)


def test_scorers_that_fail_cost_the_candidate_not_the_search():
    def broken(estimator, X, y):
        if estimator.a > 0.5:
            raise RuntimeError("no score")
        return 1.0 - estimator.a

    search = quietly(search_curves(scoring={"low": low, "broken": broken}))
    table = search.cv_results_
    bad = np.array([p["a"] > 0.5 for p in table["params"]])
    assert (table["status"][bad] == "failed").all()
    assert not bad[search.pareto_index_].any()


def test_nan_everywhere_is_an_error_that_says_so():
    def nothing(estimator, X, y):
        return np.nan

    search = search_curves(scoring={"low": low, "nothing": nothing})
    with pytest.raises(ValueError, match="nothing of 20"):
        quietly(search)


def test_a_partial_is_a_constructor_too():
    make = functools.partial(MultiObjectiveSearchCV, scoring=SCORING)
    search = make(DecisionTreeClassifier(random_state=0), SPACE, n_iter=4)
    assert search.fit(X, y).n_splits_ == 5
