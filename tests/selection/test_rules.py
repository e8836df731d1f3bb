"""Rules of selection: what they choose, on tables and in searches."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.metrics import check_scoring
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

import sksearch
from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch._sklearn_compat import BaseSearchCV
from sksearch.metrics import neg_n_parameters
from sksearch.selection import FastestWithin, Knee, OneStandardError, PosteriorMean

TREE = DecisionTreeClassifier(random_state=0)
LEAVES = {"max_leaf_nodes": [2, 3, 4, 8, 16]}
OURS = [
    each
    for each in (getattr(sksearch, name) for name in sksearch.__all__)
    if inspect.isclass(each) and issubclass(each, BaseSearchCV)
]
RULES = [
    OneStandardError("max_leaf_nodes", objective="score"),
    FastestWithin(0.01, by=["max_leaf_nodes"]),
    PosteriorMean(),
    Knee(),
]


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def table_of(folds, score="score", **columns):
    """Return the columns that `cv_results_` would have, from scores (n_rows, K)."""
    folds = np.asarray(folds, dtype=float)
    splits = {f"split{k}_test_{score}": folds[:, k] for k in range(folds.shape[1])}
    means = {f"mean_test_{score}": folds.mean(axis=1)}
    params = {"params": [{"size": size} for size in range(len(folds))]}
    return {**splits, **means, "param_size": np.arange(len(folds)), **params, **columns}


# -- one standard error ----------------------------------------------------------------


def test_by_hand():
    # The best mean is 0.8, its standard error 0.1 / sqrt(3) = 0.058: 0.75 is close.
    folds = [[0.7, 0.7, 0.7], [0.75, 0.75, 0.75], [0.76, 0.76, 0.76], [0.7, 0.8, 0.9]]
    assert OneStandardError("size")(table_of(folds)) == 1
    assert OneStandardError("-size")(table_of(folds)) == 3


scores = st.integers(-20, 20).map(lambda number: number / 8)
tables = st.integers(2, 5).flatmap(
    lambda K: st.lists(
        st.lists(scores, min_size=K, max_size=K), min_size=1, max_size=12
    )
)


@given(tables, st.data())
def test_one_standard_error_is_what_it_says(folds, data):
    n, K = len(folds), len(folds[0])
    sizes = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    table = table_of(folds, size=np.array(sizes))
    row = OneStandardError("size")(table)
    means = table["mean_test_score"]
    best = int(means.argmax())
    error = np.std(folds[best], ddof=1) / np.sqrt(K)
    close = [i for i in range(n) if means[i] >= means[best] - error]
    assert row == min(close, key=lambda i: (sizes[i], -means[i], i))


@given(tables, st.floats(0.0, 3.0))
def test_a_larger_tolerance_is_never_slower(folds, tolerance):
    times = np.arange(len(folds))[::-1] % 5
    table = table_of(folds, mean_score_time=times)
    means = table["mean_test_score"]
    chosen = [FastestWithin(t)(table) for t in (0.0, tolerance, 2.0 * tolerance)]
    assert means[chosen[0]] == means.max()
    assert all(means[row] >= means.max() - 2.0 * tolerance for row in chosen)
    assert sorted(times[chosen], reverse=True) == times[chosen].tolist()


def test_scores_are_simple_when_they_are_great():
    table = table_of([[1.0, 1.0], [1.0, 1.0]], mean_test_cost=np.array([-9.0, -1.0]))
    for name in ("cost", "mean_test_cost"):
        assert OneStandardError(name, objective="score")(table) == 1
        assert OneStandardError(f"-{name}", objective="score")(table) == 0


def test_the_next_name_counts_among_equals():
    equal = [[1.0, 1.0]] * 3
    table = table_of(equal, depth=[1, 1, 2], mean_fit_time=[3.0, 2.0, 1.0])
    assert OneStandardError(["depth", "mean_fit_time"])(table) == 1
    assert OneStandardError(("mean_fit_time", "depth"))(table) == 2


def test_a_callable_sees_parameters():
    table = table_of([[1.0, 1.0]] * 4)
    assert OneStandardError(lambda params: abs(params["size"] - 2))(table) == 2


def test_unknown_costs_come_last():
    table = table_of([[1.0, 1.0]] * 3, mean_fit_time=[np.nan, 2.0, 1.0])
    assert OneStandardError("mean_fit_time")(table) == 2
    assert FastestWithin(0.0, by="-mean_fit_time")(table) == 1


# -- who competes ----------------------------------------------------------------------


def three(**columns):
    """Three equal rows, of which each rule takes the last unless it is out."""
    posterior = {"posterior_mean_test_score": np.array([1.0, 2.0, 3.0])}
    other = {"mean_test_other": np.array([0.0, 1.0, 2.0])}
    return table_of([[1.0, 1.0]] * 3, **{**posterior, **other, **columns})


COMPETING = [
    OneStandardError("-size"),
    FastestWithin(0.1, by="-size"),
    PosteriorMean(),
    Knee(),
]


@pytest.mark.parametrize("rule", COMPETING, ids=repr)
def test_only_rivals_compete(rule):
    assert rule(three()) == 2
    assert rule(three(mean_test_score=np.array([1.0, 1.0, np.nan]))) == 1
    assert rule(three(n_resources=np.array([9, 9, 3]))) == 1
    assert rule(three(violation=np.array([0.0, 0.0, 0.1]))) == 1
    assert rule(three(violation=np.array([0.2, 0.3, 0.1]))) == 2
    # A row that is out for its score sets no resource.
    gone = np.array([1.0, 1.0, np.nan])
    assert rule(three(mean_test_score=gone, n_resources=np.array([3, 3, 9]))) == 1
    with pytest.raises(ValueError, match="no candidate whose scores are all finite"):
        rule(three(mean_test_score=np.full(3, np.nan)))


def test_the_posterior_mean_does_not_choose_the_worse_half():
    folds = [[0.0, 0.0], [0.1, 0.1], [0.9, 0.9], [1.0, 1.0]]
    expected = np.array([5.0, 4.0, 0.9, 0.8])
    assert PosteriorMean()(table_of(folds, posterior_mean_test_score=expected)) == 2


# -- what is wrong is told -------------------------------------------------------------

NOTHING = table_of([[1.0, 1.0], [1.0, 1.0]])
TWO_SCORES = table_of([[1.0], [1.0]], score="a") | {"mean_test_b": np.zeros(2)}


@pytest.mark.parametrize(
    ("rule", "table", "error", "words"),
    [
        (OneStandardError("depth"), NOTHING, ValueError, "'depth' names nothing"),
        (FastestWithin(0.1), NOTHING, ValueError, "'mean_score_time' names nothing"),
        (PosteriorMean(), NOTHING, ValueError, "'posterior_mean_test_score', which"),
        (Knee(), NOTHING, ValueError, "two scores or more"),
        (Knee(["a", "c"]), TWO_SCORES, ValueError, "'mean_test_c', which"),
        (OneStandardError("size"), TWO_SCORES, ValueError, r"scores are \['a', 'b'\]"),
        (OneStandardError("size", "a"), TWO_SCORES, ValueError, "has 1: the mean of"),
        (OneStandardError("size", "x"), NOTHING, ValueError, "leave objective=None"),
        (OneStandardError(str), NOTHING, TypeError, "must return a number"),
    ],
)
def test_errors_of_tables(rule, table, error, words):
    with pytest.raises(error, match=words):
        rule(table)


def test_parameters_that_are_no_numbers_are_told():
    mixed = np.array([3, None], dtype=object)
    with pytest.raises(TypeError, match="'param_depth', which has None in row 1"):
        OneStandardError("depth")({**NOTHING, "param_depth": mixed})
    absent = np.ma.array([3, 4], mask=[True, False])
    with pytest.raises(TypeError, match="has nothing in row 0"):
        OneStandardError("depth")({**NOTHING, "param_depth": absent})


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: OneStandardError(3), TypeError, "simplest=3 must be the name"),
        (lambda: OneStandardError([]), ValueError, "names nothing"),
        (lambda: OneStandardError("-"), ValueError, "names nothing"),
        (lambda: OneStandardError("a", 1), TypeError, "objective=1"),
        (lambda: FastestWithin(-0.1), ValueError, "tolerance=-0.1"),
        (lambda: FastestWithin(float("nan")), ValueError, "tolerance=nan"),
        (lambda: FastestWithin(True), ValueError, "tolerance=True"),
        (lambda: PosteriorMean(["a"]), TypeError, "objective="),
        (lambda: Knee("auc"), TypeError, "must be a list"),
        (lambda: Knee(["auc"]), ValueError, "two or more different"),
        (lambda: Knee(["auc", "auc"]), ValueError, "two or more different"),
    ],
)
def test_errors_of_arguments(make, error, words):
    with pytest.raises(error, match=words):
        make()


# -- in searches -----------------------------------------------------------------------


def build(cls, refit, **params):
    scorer = check_scoring(TREE)
    accepted = inspect.signature(cls).parameters
    scoring = {"score": scorer, "size": neg_n_parameters}
    wanted = {
        "n_iter": 5,
        "step": 1.0,  # trees cannot be trained on: one generation
        "random_state": 0,
        "cv": 3,
        "scoring": scoring,
        "refit": refit,
        **params,
    }
    return cls(TREE, LEAVES, **{n: v for n, v in wanted.items() if n in accepted})


@pytest.mark.filterwarnings("ignore:No model of")  # of five candidates
@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("cls", OURS, ids=lambda cls: cls.__name__)
def test_every_search_takes_every_rule(cls, rule, iris):
    search = build(cls, rule).fit(*iris)
    assert search.best_index_ == rule(search.cv_results_)
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]
    assert search.best_estimator_.max_leaf_nodes in LEAVES["max_leaf_nodes"]
    resources = search.cv_results_.get("n_resources", np.ones(99))
    assert resources[search.best_index_] == resources.max()


@pytest.mark.parametrize("rule", [r for r in RULES if r != PosteriorMean()], ids=repr)
@pytest.mark.parametrize("cls", [GridSearchCV, RandomizedSearchCV])
def test_searches_of_scikit_learn_take_what_they_have_columns_for(cls, rule, iris):
    search = build(cls, rule).fit(*iris)
    ours = build(BayesSearchCV, rule).fit(*iris)
    chosen = search.best_params_
    assert chosen == search.cv_results_["params"][rule(search.cv_results_)]
    assert chosen == ours.best_params_  # the whole grid, in both


def test_a_grid_has_no_posterior(iris):
    with pytest.raises(ValueError, match="'posterior_mean_test_score', which cv_res"):
        build(GridSearchCV, PosteriorMean()).fit(*iris)


def test_the_knee_is_that_of_the_search(iris):
    by_name = build(MultiObjectiveSearchCV, "knee").fit(*iris)
    by_rule = build(MultiObjectiveSearchCV, Knee()).fit(*iris)
    assert by_rule.best_index_ == by_name.best_index_
    bounded = {"score_constraints": {"size": -8.0}}
    by_name = build(MultiObjectiveSearchCV, "knee", **bounded).fit(*iris)
    by_rule = build(MultiObjectiveSearchCV, Knee(), **bounded).fit(*iris)
    assert by_rule.best_index_ == by_name.best_index_


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=12))
def test_the_knee_is_on_the_front(points):
    Y = np.array(points)
    row = Knee()({"mean_test_a": Y[:, 0], "mean_test_b": Y[:, 1]})
    ahead = Y - Y[row]
    beats = (ahead >= 0.0).all(axis=1) & (ahead > 0.0).any(axis=1)
    assert not beats.any()


# -- the column of the model -----------------------------------------------------------

SPACE = {"min_impurity_decrease": (1e-4, 0.5, "log-uniform")}


def bayes(refit=True, cls=BayesSearchCV, **params):
    return cls(TREE, SPACE, n_iter=12, cv=3, random_state=0, refit=refit, **params)


def test_the_column_is_there_only_when_it_is_read(iris):
    plain, asked = bayes().fit(*iris), bayes(PosteriorMean()).fit(*iris)
    more = asked.cv_results_.keys() - plain.cv_results_.keys()
    assert more == {"posterior_mean_test_score"}
    # It changes nothing else: the candidates are the same.
    assert asked.cv_results_["params"] == plain.cv_results_["params"]
    column = asked.cv_results_["posterior_mean_test_score"]
    assert np.isfinite(column).all()
    means = asked.cv_results_["mean_test_score"]
    good = means >= np.median(means)
    assert np.abs(column - means)[good].max() < 0.05  # in the unit of the score


def test_any_rule_may_read_it(iris):
    class Worst:
        reads = ("posterior_mean_test_accuracy",)

        def __call__(self, cv_results):
            return int(cv_results["posterior_mean_test_accuracy"].argmin())

    scoring = ["accuracy", "f1_macro"]
    search = bayes(Worst(), scoring=scoring, objective="accuracy").fit(*iris)
    means = search.cv_results_["mean_test_accuracy"]
    assert means[search.best_index_] < np.median(means)


def test_rows_without_a_score_have_no_posterior(iris):
    def score(model, X, y):
        return np.nan if model.min_impurity_decrease < 0.01 else model.score(X, y)

    with pytest.warns(UserWarning, match="non-finite"):
        search = (
            bayes(
                PosteriorMean(),
                scoring=score,
            )
            .set_params(n_iter=25)
            .fit(*iris)
        )
    table = search.cv_results_
    failed = np.isnan(table["mean_test_score"])
    assert failed.any()
    np.testing.assert_array_equal(np.isnan(table["posterior_mean_test_score"]), failed)


def test_without_a_model_the_means_count(iris):
    search = bayes(PosteriorMean()).set_params(n_iter=5)
    with pytest.warns(UserWarning, match="needs 10 complete candidates"):
        search.fit(*iris)
    table = search.cv_results_
    np.testing.assert_array_equal(
        table["posterior_mean_test_score"], table["mean_test_score"]
    )
    assert search.best_index_ == np.argmax(table["mean_test_score"])


def test_hyperband_has_the_column(iris):
    search = bayes(PosteriorMean(), HyperbandSearchCV).fit(*iris)
    table = search.cv_results_
    assert table["n_resources"][search.best_index_] == table["n_resources"].max()


@pytest.mark.parametrize("scoring", [["accuracy", "f1_macro"], "callable"])
def test_a_rule_without_its_score_is_refused_at_once(iris, scoring):
    fits = []

    def both(model, X, y):
        fits.append(model)
        return {"accuracy": model.score(X, y), "f1_macro": 0.0}

    chosen = both if scoring == "callable" else scoring
    with pytest.raises(ValueError, match=r"reads 'mean_test_score', and the scores"):
        bayes(PosteriorMean(), scoring=chosen).fit(*iris)
    assert len(fits) <= 1


# -- as arguments ----------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_rules_copy_pickle_and_compare(rule):
    assert copy.deepcopy(rule) == rule
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert type(rule).__name__ in repr(rule)
