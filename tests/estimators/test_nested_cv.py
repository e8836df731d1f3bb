"""Nested cross-validation: the scores of cross_validate, and what follows from them."""

import warnings

import numpy as np
import pytest
from joblib import parallel_config
from scipy import stats
from sklearn import config_context
from sklearn.datasets import load_breast_cancer, load_iris, make_regression
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import (
    BaseCrossValidator,
    GridSearchCV,
    GroupKFold,
    KFold,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_info

import sksearch
from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    NestedScores,
    PopulationSearchCV,
    nested_cross_validate,
)
from sksearch.estimators._nested_scores import agreement
from sksearch.evaluation import share_of_cores
from sksearch.space import SearchSpace

X, Y = load_breast_cancer(return_X_y=True)
X, Y = X[::4], Y[::4]
SPACE = {"max_depth": (1, 8), "ccp_alpha": (1e-4, 0.1, "log-uniform")}


def make_search(kind=BayesSearchCV, **options):
    options = {"cv": 3, "random_state": 0, **options}
    if kind is HyperbandSearchCV:
        model = SGDClassifier(random_state=0)
        space = {"alpha": (1e-5, 1.0, "log-uniform")}
        return kind(model, space, max_resources=9, **options)
    if kind is PopulationSearchCV:
        model = SGDClassifier(random_state=0)
        space = {"alpha": (1e-5, 1.0, "log-uniform")}
        options |= {"population_size": 4, "step": 3, "max_resources": 9}
        return kind(model, space, **options)
    if kind is MultiObjectiveSearchCV:
        options |= {"scoring": ["accuracy", "neg_log_loss"]}
    model = DecisionTreeClassifier(random_state=0)
    return kind(model, SPACE, **{"n_iter": 10, **options})


KINDS = [BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV, PopulationSearchCV]


@pytest.mark.parametrize(
    "other", [LogisticRegression(), GridSearchCV(LogisticRegression(), {"C": [1, 2]})]
)
def test_what_is_no_search_of_ours_is_refused(other):
    with pytest.raises(TypeError, match=r"search=.*cross_validate"):
        nested_cross_validate(other, *load_iris(return_X_y=True))


@pytest.mark.parametrize("method", ["proba", 1.5, ["predict"]])
def test_predictions_by_a_method_that_is_none_are_refused_before_a_fit(method):
    def scorer(estimator, X, y):
        pytest.fail("fitted")

    search = BayesSearchCV(LogisticRegression(), {"C": [1, 2]}, scoring=scorer)
    with pytest.raises(ValueError, match=r"return_predictions=.*'predict_proba'"):
        nested_cross_validate(
            search, *load_iris(return_X_y=True), return_predictions=method
        )


def test_all_searches_are_here():
    named = [getattr(sksearch, n) for n in sksearch.__all__ if n.endswith("SearchCV")]
    assert named == KINDS


# -- the same numbers --------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["loky", "threading", "sequential"])
def test_scores_are_those_of_cross_validate(kind, backend):
    search = make_search(kind)
    plain = cross_validate(search, X, Y, cv=3, return_estimator=True)
    with parallel_config(backend, n_jobs=1 if backend == "sequential" else 2):
        nested = nested_cross_validate(search, X, Y, cv=3, return_estimator=True)
    np.testing.assert_array_equal(nested.test_scores["score"], plain["test_score"])
    for one, other in zip(nested.estimators, plain["estimator"], strict=True):
        assert one.best_params_ == other.best_params_
        for key, column in other.cv_results_.items():
            if "time" not in key:
                assert np.array_equal(one.cv_results_[key], column), key
    assert not hasattr(search, "best_params_")


def test_several_scorers_and_another_inner_cv():
    scoring = {"mae": make_scorer(mean_absolute_error, greater_is_better=False),
               "r2": "r2"}  # fmt: skip
    data = make_regression(80, 4, noise=5.0, random_state=0)
    space = {"alpha": (1e-3, 1e3, "log-uniform")}
    search = BayesSearchCV(Ridge(), space, n_iter=6, cv=5, random_state=1)
    nested = nested_cross_validate(search, *data, cv=4, inner_cv=2, scoring=scoring)
    plain = cross_validate(search.set_params(cv=2), *data, cv=4, scoring=scoring)
    for name in scoring:
        np.testing.assert_array_equal(nested.test_scores[name], plain[f"test_{name}"])
    assert "split2_test_score" not in nested.cv_results[0]


def test_groups_are_on_one_side_of_every_split():
    groups = np.arange(len(X)) // 12
    seen = []

    class Watching(GroupKFold):
        def split(self, X, y=None, groups=None):
            for train, test in super().split(X, y, groups):
                seen.append(set(groups[train]) & set(groups[test]))
                yield train, test

    search = make_search(cv=Watching(2))
    scores = nested_cross_validate(search, X, Y, cv=Watching(3), groups=groups)
    assert len(seen) == 3 + 3 * 2
    assert not any(seen)
    assert len(scores.best_params) == 3


def test_weights_are_sliced_and_routed():
    weights = np.where(Y == 1, 1.0, 0.0)  # a tree that has them knows one class only

    def predicted(search, **params):
        options = {"params": params, "return_predictions": True}
        return set(nested_cross_validate(search, X, Y, cv=2, **options).predictions)

    search = make_search().set_params(n_iter=2)
    assert predicted(search) == {0, 1}
    assert predicted(search, sample_weight=weights) == {1}
    with config_context(enable_metadata_routing=True):
        model = DecisionTreeClassifier(random_state=0)
        model.set_fit_request(sample_weight=True)
        search.set_params(estimator=model.set_score_request(sample_weight=False))
        assert predicted(search, sample_weight=weights) == {1}


def minus_threads(estimator, X, y):
    return -float(max(pool["num_threads"] for pool in threadpool_info()))


def test_fits_have_their_share_of_the_cores():
    search = make_search(scoring=minus_threads, n_iter=2)
    nested = nested_cross_validate(search, X, Y, cv=2, n_jobs=2)
    assert (nested.inner_scores >= -share_of_cores(2)).all()


# -- predictions -------------------------------------------------------------------


def test_each_row_is_predicted_by_a_search_that_has_not_seen_it():
    search = BayesSearchCV(KNeighborsClassifier(), {"n_neighbors": [1]}, cv=2)
    noise = np.random.default_rng(0).integers(0, 2, len(X))
    cv = KFold(5, shuffle=True, random_state=3)
    nested = nested_cross_validate(search, X, noise, cv=cv, return_predictions=True)
    assert nested.predictions.shape == (len(X),)
    assert (nested.predictions == noise).mean() < 0.75  # 1.0 for rows that were seen
    scores = [
        (nested.predictions[test] == noise[test]).mean() for _, test in cv.split(X)
    ]
    np.testing.assert_allclose(scores, nested.test_scores["score"])


def test_probabilities_and_repeats():
    search = make_search().set_params(n_iter=3)
    nested = nested_cross_validate(
        search, X, Y, cv=3, repeats=2, return_predictions="predict_proba"
    )
    assert nested.predictions.shape == (2, len(X), 2)
    np.testing.assert_allclose(nested.predictions.sum(axis=2), 1.0)
    assert len(nested.inner_scores) == 6
    assert not np.array_equal(*nested.predictions)


# -- statistics --------------------------------------------------------------------


def scores_of(values, share=0.25):
    values = np.asarray(values, dtype=float)
    params = [{"a": 1}] * len(values)
    shares = np.full(len(values), share)
    return NestedScores({"score": values}, values + 0.1, params, {}, [], None, None,
                        shares)  # fmt: skip


def test_the_standard_error_is_that_of_nadeau_and_bengio():
    values = [0.7, 0.8, 0.75, 0.9, 0.6]
    nested = scores_of(values)
    variance = np.var(values, ddof=1)
    assert nested.standard_error["score"] == pytest.approx(
        np.sqrt((1 / 5 + 0.25) * variance)
    )
    low, high = nested.confidence_interval(0.9)["score"]
    half = stats.t.ppf(0.95, 4) * np.sqrt(0.45 * variance)
    assert (low, high) == pytest.approx((0.75 - half, 0.75 + half))
    assert nested.optimism == pytest.approx(0.1)
    with pytest.raises(ValueError, match="level=95"):
        nested.confidence_interval(95)


def test_on_labels_of_chance_the_search_is_optimistic_and_the_outer_score_is_not():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 5)), np.arange(60) % 2
    space = {"n_neighbors": (1, 25), "p": (1.0, 3.0)}
    search = BayesSearchCV(KNeighborsClassifier(), space, n_iter=25, cv=3,
                           optimizer="random", random_state=0)  # fmt: skip
    cv = KFold(5, shuffle=True, random_state=0)
    nested = nested_cross_validate(search, X, y, cv=cv, repeats=4)
    assert nested.optimism > 0.05
    low, high = nested.confidence_interval()["score"]
    assert low < 0.5 < high


def test_agreement_is_one_for_equal_choices_and_none_for_chance():
    space = SearchSpace({"a": (1e-4, 1.0, "log-uniform"), "b": list("xyz"), "c": [1]})
    same = [{"a": 0.1, "b": "x", "c": 1}] * 4
    assert agreement(same, space) == {"a": 1.0, "b": 1.0, "c": 1.0}
    rng = np.random.default_rng(1)
    chance = [space.sample(rng) for _ in range(60)]
    found = agreement(chance, space)
    assert abs(found["a"]) < 0.15
    assert abs(found["b"]) < 0.15
    near = [{"a": a, "b": "x", "c": 1} for a in (1e-2, 1.2e-2, 0.9e-2)]
    assert 0.9 < agreement(near, space)["a"] < 1.0


def test_it_can_be_read():
    pytest.importorskip("pandas", reason="pandas is an extra")
    nested = nested_cross_validate(make_search(), X, Y, cv=3)
    table = nested.to_frame()
    assert list(table)[:2] == ["inner_score", "test_score"]
    assert set(table.columns[2:]) == {"param_max_depth", "param_ccp_alpha"}
    assert list(table["param_max_depth"]) == [
        p["max_depth"] for p in nested.best_params
    ]
    text = repr(nested)
    assert "3 outer folds" in text
    assert f"{nested.mean['score']:.4f}" in text
    assert "max_depth" in nested._repr_html_()


# -- journals and limits -----------------------------------------------------------


def test_each_outer_fold_has_a_journal(tmp_path):
    search = make_search(journal=tmp_path / "s.jsonl")
    first = nested_cross_validate(search, X, Y, cv=2, n_jobs=2)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["s-fold0.jsonl", "s-fold1.jsonl"]
    sizes = [path.stat().st_size for path in sorted(tmp_path.iterdir())]
    again = nested_cross_validate(search, X, Y, cv=2, n_jobs=2)
    assert [path.stat().st_size for path in sorted(tmp_path.iterdir())] == sizes
    assert again.best_params == first.best_params


def test_a_search_with_limits_keeps_them():
    search = make_search(fit_timeout=60.0).set_params(n_iter=3)
    nested = nested_cross_validate(search, X, Y, cv=2, n_jobs=2)
    plain = cross_validate(search, X, Y, cv=2)
    np.testing.assert_array_equal(nested.test_scores["score"], plain["test_score"])


# -- bad input ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeats": 2, "cv": KFold(3)}, None),
        (
            {"repeats": 2, "cv": [(np.arange(90), np.arange(90, 143))]},
            "one set of them",
        ),
        (
            {"cv": GroupKFold(3), "groups": np.arange(143)},
            "inner cv=3 ignores",
        ),
        (
            {"inner_cv": GroupKFold(3), "groups": np.arange(143)},
            "outer cv=None",
        ),
        (
            {"cv": [(np.arange(90), np.arange(90, 143))], "return_predictions": True},
            "test each row once",
        ),
        ({"scoring": "no such score"}, "no such score"),
        ({"groups": np.arange(3)}, "inconsistent numbers"),
        ({"n_jobs": 0}, "n_jobs == 0"),
    ],
)
def test_bad_input(options, message):
    search = make_search().set_params(n_iter=2)
    if message is None:
        assert len(nested_cross_validate(search, X, Y, **options).inner_scores) == 6
        return
    with pytest.raises(ValueError, match=message):
        nested_cross_validate(search, X, Y, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cv": GroupKFold(3)}, "outer cv=GroupKFold.* groups=None tells none"),
        ({"inner_cv": GroupKFold(3)}, "inner cv=GroupKFold.* groups=None tells none"),
        ({"repeats": 2, "cv": TimeSeriesSplit(3)}, "has one set of them"),
        ({"cv": 2, "inner_cv": KFold(90)}, "Outer fold 0 leaves 71 rows .*cv=KFold"),
        ({"cv": 2, "inner_cv": 60}, "Outer fold 0 leaves 71 rows .* inner cv=60"),
        (
            {"cv": 2, "inner_cv": list(KFold(3).split(X))},
            "row 142 is not among the 71 rows that outer fold 0 leaves",
        ),
    ],
)
def test_folds_that_cannot_be_made_are_told_before_anything_is_fitted(options, message):
    class Untouched(DecisionTreeClassifier):
        def fit(self, X, y):
            raise AssertionError("it was fitted")

    search = BayesSearchCV(Untouched(), SPACE, n_iter=2, error_score="raise")
    with pytest.raises(ValueError, match=message):
        nested_cross_validate(search, X, Y, **options)


def test_looking_at_inner_folds_draws_nothing():
    search = make_search(cv=KFold(3, shuffle=True)).set_params(n_iter=2)
    tables = []
    for call in (cross_validate, nested_cross_validate):
        np.random.seed(0)
        found = call(search, X, Y, cv=KFold(2))
        scores = found["test_score"] if call is cross_validate else found.inner_scores
        tables.append(np.random.random())
        assert len(scores) == 2
    assert tables[0] == tables[1]


def test_groups_that_do_not_arrive_are_told():
    class Mine(BaseCrossValidator):
        def get_n_splits(self, X=None, y=None, groups=None):
            return 3

        def split(self, X, y=None, groups=None):
            return GroupKFold(3).split(X, y, groups)

    groups = np.arange(len(X)) // 12
    options = {"cv": GroupKFold(3), "groups": groups}
    with config_context(enable_metadata_routing=True):
        for splitter in (Mine(), GroupKFold(3).set_split_request(groups=False)):
            search = make_search(cv=splitter).set_params(n_iter=2)
            with pytest.raises(ValueError, match="groups are not routed to the inner"):
                nested_cross_validate(search, X, Y, **options)

        class Asking(Mine):
            __metadata_request__split = {"groups": True}

        search.set_params(cv=Asking())
        assert len(nested_cross_validate(search, X, Y, **options).inner_scores) == 3


def test_scores_of_another_kind_of_target_are_told():
    space = {"alpha": (1e-3, 1e3, "log-uniform")}
    data = make_regression(60, 4, random_state=0)
    regression = BayesSearchCV(Ridge(), space, n_iter=2, cv=3)
    with pytest.raises(ValueError, match=r"'score', .* counts classes, and the target"):
        nested_cross_validate(regression, *data, scoring="accuracy")
    with pytest.raises(ValueError, match=r"'f1', .* counts classes, and the target"):
        nested_cross_validate(regression, *data, scoring=["r2", "f1"])
    with pytest.raises(ValueError, match="counts classes, and the target"):
        nested_cross_validate(regression.set_params(scoring="f1"), *data)
    with pytest.raises(ValueError, match="subtracts numbers, and the target has"):
        nested_cross_validate(make_search(), X, np.array(["a", "b"])[Y], scoring="r2")


@pytest.mark.parametrize(
    ("inner", "refit", "outer", "compares"),
    [
        (None, True, None, True),
        (None, True, "accuracy", True),
        ("accuracy", True, None, True),
        ("neg_log_loss", True, "accuracy", False),
        (["accuracy", "neg_log_loss"], "neg_log_loss", ["neg_log_loss"], True),
        (["accuracy", "neg_log_loss"], "neg_log_loss", ["accuracy"], False),
        ({"a": "accuracy", "b": "f1"}, "b", {"first": "f1"}, True),
        ({"a": "accuracy", "b": "f1"}, "b", "accuracy", False),
    ],
)
def test_optimism_compares_like_with_like(inner, refit, outer, compares):
    search = make_search(scoring=inner, refit=refit, n_iter=2)
    nested = nested_cross_validate(search, X, Y, cv=2, scoring=outer)
    assert np.isfinite(nested.optimism) == compares
    assert ("own best scores" in repr(nested)) == compares


def test_a_search_without_refit_is_refused():
    with pytest.raises(ValueError, match="refit=False leaves no model"):
        nested_cross_validate(make_search(refit=False), X, Y)


def test_what_a_fit_raises_arrives_and_nothing_hangs():
    class Failing(DecisionTreeClassifier):
        def fit(self, X, y):
            raise ZeroDivisionError("on purpose")

    search = BayesSearchCV(Failing(), SPACE, n_iter=3, error_score="raise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ZeroDivisionError, match="on purpose"):
            nested_cross_validate(search, X, Y, cv=3, n_jobs=2)
