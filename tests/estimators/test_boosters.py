"""LightGBM and XGBoost in both searches: early stopping, categories, queries."""

import warnings

import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import make_scorer, ndcg_score
from sklearn.model_selection import (
    GroupKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.history import History

lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra")
pd = pytest.importorskip("pandas", reason="pandas is an extra")

X, Y = make_classification(300, 6, flip_y=0.2, random_state=0)
RATE = {"learning_rate": (0.05, 0.5, "log-uniform")}
PATIENCE = ["early_stopping_round", "early_stopping_rounds", "early_stopping"]
PATIENCE += ["n_iter_no_change"]


def new_model(cls=lightgbm.LGBMClassifier, **params):
    defaults = {"verbose": -1, "n_jobs": 1, "n_estimators": 200, "random_state": 0}
    few_rows = {"min_child_samples": 5, "min_data_per_group": 5, "cat_smooth": 1}
    return cls(**{**defaults, **few_rows, **params})


def xgboost_model(**params):
    xgboost = pytest.importorskip("xgboost", reason="no extra holds XGBoost")
    return xgboost.XGBClassifier(n_estimators=200, n_jobs=1, random_state=0, **params)


def piped(model):
    return Pipeline([("scale", StandardScaler()), ("m", model)])


def of_step(params):
    return {f"m__{name}": values for name, values in params.items()}


def bayes(estimator, space=RATE, **params):
    params = {"n_iter": 3, "cv": 3, "random_state": 0, **params}
    return BayesSearchCV(estimator, space, **params)


def hyperband(estimator, space=RATE, **params):
    params = {"n_iter": 4, "max_resources": 9, "cv": 3, "random_state": 0, **params}
    return HyperbandSearchCV(estimator, space, **params)


def on_rows(estimator, space=RATE, **params):
    params = {"resource": "n_samples", "max_resources": "auto", **params}
    return hyperband(estimator, space, min_resources=40, **params)


def expect_consistent(search, rows=X, labels=Y):
    """What is best by `best_params_` is what a user's own `fit` makes of them."""
    again = clone(search.estimator).set_params(**search.best_params_)
    again.fit(rows, labels)
    np.testing.assert_array_equal(again.predict_proba(rows), search.predict_proba(rows))
    params = search.best_estimator_.get_params()
    assert {name: params[name] for name in search.best_params_} == search.best_params_


# -- early stopping ------------------------------------------------------------------


@pytest.mark.parametrize("name", PATIENCE)
def test_early_stopping_simply_works_under_every_name(name):
    search = bayes(new_model(**{name: 5})).fit(X, Y)
    table, best = search.cv_results_, search.best_index_
    by_fold = [int(table[f"split{k}_best_iteration"][best]) for k in range(3)]
    assert all(1 <= rounds < 200 for rounds in by_fold)
    assert int(table["best_iteration"][best]) == sorted(by_fold)[1]
    assert search.best_params_["n_estimators"] == sorted(by_fold)[1]
    assert search.best_params_[name] is None
    assert search.best_estimator_.booster_.num_trees() == sorted(by_fold)[1]
    expect_consistent(search)


@pytest.mark.parametrize("new_search", [bayes, on_rows])
@pytest.mark.parametrize("wrap", [lambda model: model, piped])
def test_as_a_searched_parameter(new_search, wrap):
    model = wrap(new_model())
    space = {**RATE, "early_stopping_rounds": [3, 20], "n_estimators": (50, 150)}
    space = of_step(space) if wrap is piped else space
    search = new_search(model, space).fit(X, Y)
    rounds = search.cv_results_["best_iteration"]
    assert np.all((rounds >= 1) & (rounds <= 150))
    expect_consistent(search)


def test_some_candidates_stop_and_others_do_not():
    search = bayes(
        new_model(n_estimators=30), {"early_stopping_round": [0, 5]}, n_iter=2
    ).fit(X, Y)
    rounds = search.cv_results_["best_iteration"]
    stops = [p["early_stopping_round"] > 0 for p in search.cv_results_["params"]]
    assert np.ma.getmaskarray(rounds).tolist() == [not each for each in stops]
    assert search.history_.records == again(search.history_).records
    frame = pd.DataFrame(search.cv_results_)
    assert frame["best_iteration"].isna().sum() == 1
    expect_consistent(search)


def again(history):
    return History.from_json(history.to_json(), history.space)


def test_without_early_stopping_nothing_is_new():
    search = bayes(new_model(n_estimators=5)).fit(X, Y)
    assert not any("best_iteration" in name for name in search.cv_results_)
    assert all(
        e.best_iteration is None for e in search.history_.evaluations(0).values()
    )
    assert "n_estimators" not in search.best_params_


class Recording(lightgbm.LGBMClassifier):
    """Notes the numbers of the rows that it meets; they stand in the last column."""

    seen: list = []

    def fit(self, X, y, **params):
        [(held, _)] = params.get("eval_set") or [(np.empty((0, 1)), None)]
        weights = params.get("sample_weight")
        of_held = params.get("eval_sample_weight")
        parts = ((X, weights), (held, None if of_held is None else of_held[0]))
        for rows, weight in parts if weights is not None else ():
            np.testing.assert_array_equal(numbers(rows), weight)
        Recording.seen.append(("fit", numbers(X), numbers(held)))
        return super().fit(X, y, **params)

    def predict_proba(self, X, **params):
        Recording.seen.append(("score", numbers(X)))
        return super().predict_proba(X, **params)


class RecordingScaler(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        Recording.seen.append(("head", numbers(X)))
        return self

    def transform(self, X):
        return X


def numbers(X):
    return np.asarray(X)[:, -1].astype(int).tolist()


@settings(deadline=None, max_examples=10)
@given(
    n=st.integers(40, 120),
    seed=st.integers(0, 99),
    cv=st.sampled_from(
        [ShuffleSplit(2), StratifiedKFold(2, shuffle=True), TimeSeriesSplit(2)]
    ),
    is_piped=st.booleans(),
)
def test_no_row_is_scored_by_who_was_fitted_or_stopped_by_it(n, seed, cv, is_piped):
    rows = np.column_stack([np.random.default_rng(seed).normal(size=(n, 2)), range(n)])
    labels = np.arange(n) % 2
    model = new_model(Recording, n_estimators=20, early_stopping_round=2)
    name = "sample_weight"
    if is_piped:
        model, name = Pipeline([("s", RecordingScaler()), ("m", model)]), "m__" + name
    Recording.seen = []
    space = of_step(RATE) if is_piped else RATE
    search = bayes(model, space, n_iter=2, cv=cv, random_state=seed)
    search.fit(rows, labels, **{name: np.arange(n)})
    *folds, refit = split_by_fit(Recording.seen)
    assert len(folds) == 4
    for head, fitted, held, scored in folds:
        assert not set(fitted) & set(held)
        assert not set(scored) & {*fitted, *held}
        if not isinstance(cv, TimeSeriesSplit):
            assert {*scored, *fitted, *held} == set(range(n))
        assert len(held) == max(1, round(0.1 * len([*fitted, *held])))
        assert head == (fitted if is_piped else [])
    by_fold = {}
    for _, _, held, scored in folds:  # all candidates stop by the same rows
        assert by_fold.setdefault(tuple(scored), held) == held
    assert refit[1] == list(range(n))
    assert refit[2] == []


def split_by_fit(seen):
    """Return (rows of the head, fitted, held out, scored) of each fit, in order."""
    fits, head = [], []
    for kind, *rows in seen:
        if kind == "head":
            [head] = rows
        elif kind == "fit":
            fits.append([head, *rows, []])
            head = []
        else:
            fits[-1][3] = rows[0]
    return fits


def test_the_newest_rows_of_a_series_are_what_it_stops_by():
    rows = np.column_stack([X[:120, :2], range(120)])
    Recording.seen = []
    model = new_model(Recording, n_estimators=20, early_stopping_round=2)
    bayes(model, n_iter=1, cv=TimeSeriesSplit(3), refit=False).fit(rows, Y[:120])
    for _, fitted, held, scored in split_by_fit(Recording.seen):
        assert max(fitted) < min(held) <= max(held) < min(scored)


def test_groups_are_held_out_as_a_whole():
    rows = np.column_stack([X[:, :2], range(300)])
    groups = np.arange(300) % 30
    Recording.seen = []
    model = new_model(Recording, n_estimators=20, early_stopping_round=2)
    search = bayes(model, n_iter=1, cv=GroupKFold(3), refit=False)
    search.fit(rows, Y, groups=groups)
    for _, fitted, held, _ in split_by_fit(Recording.seen):
        assert not set(groups[fitted]) & set(groups[held])
        assert len(set(groups[held])) == 2


@pytest.mark.parametrize("new_search", [bayes, on_rows])
@pytest.mark.parametrize(
    "backend", [pytest.param("loky", marks=pytest.mark.slow), "threading"]
)
def test_the_number_of_workers_changes_nothing(new_search, backend):
    params = {"callbacks": [lightgbm.early_stopping(5, verbose=False)]}
    one = new_search(new_model()).fit(X, Y, **params)
    with parallel_config(backend=backend, n_jobs=2):
        two = new_search(new_model()).fit(X, Y, **params)
    for name in ("mean_test_score", "best_iteration"):
        np.testing.assert_array_equal(one.cv_results_[name], two.cv_results_[name])
    assert one.best_params_ == two.best_params_
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))
    expect_consistent(two)


def test_an_eval_set_of_the_user_is_left_alone():
    rest, held = train_test_split(np.arange(300), random_state=0)
    fixed = {"eval_set": [(X[held], Y[held])], "eval_metric": "auc"}
    search = bayes(new_model(early_stopping_round=5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of eval_set, from 4.7 on
        search.fit(X[rest], Y[rest], **fixed)
    assert "best_iteration" not in search.cv_results_
    assert "n_estimators" not in search.best_params_
    assert search.best_estimator_.best_iteration_ < 200
    assert search.best_estimator_.early_stopping_round == 5


def test_equal_heads_are_fitted_once_with_rows_held_out_too():
    Recording.seen = []
    model = Pipeline(
        [("s", RecordingScaler()), ("m", new_model(early_stopping_round=5))]
    )
    for new_search in (bayes, hyperband):
        Recording.seen = []
        new_search(model, of_step(RATE), reuse_transformers=True).fit(X, Y)
        assert len(Recording.seen) == 3 + 1


def test_regression_and_multimetric_and_callable_refit():
    target = X[:, 0] + 0.3 * np.random.default_rng(0).normal(size=300)
    model = new_model(lightgbm.LGBMRegressor, early_stopping_round=5)
    search = bayes(
        model,
        scoring=["r2", "neg_mean_absolute_error"],
        refit=lambda table: int(np.argmin(table["mean_fit_time"])),
    ).fit(X, target)
    best = search.cv_results_["best_iteration"][search.best_index_]
    assert search.best_params_["n_estimators"] == best
    assert search.best_estimator_.booster_.num_trees() == best


def test_failed_folds_have_no_best_iteration():
    search = bayes(new_model(early_stopping_round=5), {"num_leaves": [-3, 7]}, n_iter=2)
    with (
        pytest.warns(FitFailedWarning, match="3 fits failed"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search.fit(X, Y)
    rounds = search.cv_results_["best_iteration"]
    assert np.ma.getmaskarray(rounds).tolist() == [True, False]
    search.set_params(
        refit=lambda table: int(np.argmax(np.isnan(table["mean_test_score"])))
    )
    with (
        pytest.warns(FitFailedWarning, match="3 fits failed"),
        pytest.warns(UserWarning, match="non-finite"),
        pytest.raises(lightgbm.basic.LightGBMError, match="num_leaves"),
    ):
        search.fit(X, Y)  # whom the callable picks is fitted, and fails
    assert search.best_params_ == {"num_leaves": -3, "early_stopping_round": None}


# -- in HyperbandSearchCV ------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda model: model, piped])
def test_trees_are_the_searchs_to_count(wrap):
    """Nothing stops by itself, and no row is held out."""
    space = of_step(RATE) if wrap is piped else RATE
    plain = hyperband(wrap(new_model()), space).fit(X, Y)
    search = hyperband(wrap(new_model(n_iter_no_change=2)), space).fit(X, Y)
    np.testing.assert_array_equal(
        plain.cv_results_["mean_test_score"], search.cv_results_["mean_test_score"]
    )
    assert "best_iteration" not in search.cv_results_
    prefix = "m__" if wrap is piped else ""
    stop = {prefix + "n_iter_no_change": None}
    assert search.best_params_ == {**plain.best_params_, **stop}
    expect_consistent(search)
    callbacks = {prefix + "callbacks": [lightgbm.early_stopping(2, verbose=False)]}
    called = hyperband(wrap(new_model()), space).fit(X, Y, **callbacks)
    assert called.best_params_ == plain.best_params_
    expect_consistent(called)


def test_other_resources_stop_at_each_rung():
    model = new_model(early_stopping_round=5)
    by_rows = on_rows(model).fit(X, Y)
    by_leaves = hyperband(model, resource="num_leaves", min_resources=3).fit(X, Y)
    for search in (by_rows, by_leaves):
        assert not search.continued_
        rounds = search.cv_results_["best_iteration"]
        assert not np.ma.getmaskarray(rounds).any()
        assert search.best_params_["n_estimators"] == rounds[search.best_index_]
        expect_consistent(search)
        assert search.history_.records == again(search.history_).records


# -- XGBoost -------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda model: model, piped])
@pytest.mark.parametrize("new_search", [bayes, hyperband, on_rows])
def test_xgboost_stops_early_too(new_search, wrap, capfd):
    space = of_step(RATE) if wrap is piped else RATE
    labels = np.random.default_rng(0).permuted(Y)
    labels = np.where(np.arange(300) % 3 > 0, Y, labels)
    model = wrap(xgboost_model(early_stopping_rounds=5))
    search = new_search(model, space).fit(X, labels)
    if new_search is not hyperband:
        assert np.all(search.cv_results_["best_iteration"] < 200)
    expect_consistent(search, X, labels)
    assert "logloss" not in "".join(capfd.readouterr())


# -- categories ----------------------------------------------------------------------


def new_frame(seed=0, n=300):
    """Categories in no order, of which the target knows no more than their names."""
    rng = np.random.default_rng(seed)
    colour = rng.choice(list("abcdefgh"), size=n)
    frame = pd.DataFrame({"x": rng.normal(size=n), "colour": pd.Categorical(colour)})
    return frame, np.isin(colour, list("adfg")).astype(int)


@pytest.mark.parametrize("stop", [{}, {"early_stopping_round": 5}])
@pytest.mark.parametrize("new_search", [bayes, hyperband, on_rows])
def test_frames_with_categories(new_search, stop):
    frame, labels = new_frame()
    search = new_search(new_model(**stop)).fit(frame, labels)
    assert search.best_score_ > 0.95
    assert search.best_estimator_.booster_.pandas_categorical == [list("abcdefgh")]
    assert search.feature_names_in_.tolist() == ["x", "colour"]
    assert search.score(*new_frame(1)) > 0.95
    expect_consistent(search, frame, labels)


@pytest.mark.parametrize("stop", [{}, {"early_stopping_round": 5}])
@pytest.mark.parametrize("new_search", [bayes, hyperband, on_rows])
def test_categories_that_are_named_to_fit(new_search, stop):
    frame, labels = new_frame()
    coded = frame.assign(colour=frame.colour.cat.codes).to_numpy()
    search = new_search(new_model(**stop))
    search.fit(coded, labels, categorical_feature=[1])
    trees = search.best_estimator_.booster_.trees_to_dataframe()
    assert "==" in set(trees.decision_type)
    encode = make_column_transformer(
        (OrdinalEncoder(), ["colour"]), remainder="passthrough"
    )
    model = Pipeline([("encode", encode), ("m", new_model(**stop))])
    search = new_search(model, of_step(RATE))
    search.fit(frame, labels, m__categorical_feature=[0])
    trees = search.best_estimator_[-1].booster_.trees_to_dataframe()
    assert "==" in set(trees.decision_type)
    assert search.best_score_ > 0.95


# -- queries -------------------------------------------------------------------------


def new_queries(seed=0, n_queries=40):
    """Documents of many queries, in no order; the first column is what matters."""
    rng = np.random.default_rng(seed)
    queries = rng.permutation(
        np.repeat(np.arange(n_queries), rng.integers(4, 12, n_queries))
    )
    rows = rng.normal(size=(len(queries), 4))
    relevance = np.digitize(
        rows[:, 0] + 0.3 * rng.normal(size=len(rows)), [-0.5, 0.5, 1]
    )
    return rows, relevance, np.array([f"q{k}" for k in queries])


def mean_ndcg(y, scores, groups):
    """NDCG of each query, their mean."""
    y, scores = np.asarray(y), np.asarray(scores)
    each = [groups == query for query in np.unique(groups)]
    return np.mean([ndcg_score([y[rows]], [scores[rows]]) for rows in each])


def new_ranker(library, **params):
    if library == "lightgbm":
        return new_model(lightgbm.LGBMRanker, n_estimators=40, **params)
    xgboost = pytest.importorskip("xgboost", reason="no extra holds XGBoost")
    if "early_stopping_round" in params:
        params = {"early_stopping_rounds": params["early_stopping_round"]}
    return xgboost.XGBRanker(n_estimators=40, n_jobs=1, random_state=0, **params)


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
@pytest.mark.parametrize("stop", [{}, {"early_stopping_round": 5}])
@pytest.mark.parametrize("new_search", [bayes, hyperband, on_rows])
def test_rankers_get_their_queries(new_search, stop, library):
    rows, relevance, queries = new_queries()
    with sklearn.config_context(enable_metadata_routing=True):
        scorer = make_scorer(mean_ndcg).set_score_request(groups=True)
        ranker = new_ranker(library, **stop)
        search = new_search(ranker, scoring=scorer, cv=GroupKFold(3))
        search.fit(rows, relevance, groups=queries)
    assert search.best_score_ > 0.9
    order = np.argsort(queries, kind="stable")
    _, sizes = np.unique(queries, return_counts=True)
    expected = clone(ranker).set_params(**search.best_params_)
    expected.fit(rows[order], relevance[order], group=sizes)
    np.testing.assert_array_equal(expected.predict(rows), search.predict(rows))


@pytest.mark.parametrize("new_search", [bayes, hyperband])
@pytest.mark.parametrize("stop", [{}, {"early_stopping_round": 5}])
def test_rankers_in_pipelines_without_routing(new_search, stop):
    rows, relevance, queries = new_queries()

    def first_is_best(estimator, X, y):
        return np.corrcoef(estimator.predict(X), X[:, 0])[0, 1]

    search = new_search(
        piped(new_ranker("lightgbm", **stop)),
        of_step(RATE),
        scoring=first_is_best,
        cv=GroupKFold(3),
        n_jobs=2,
    )
    search.fit(rows, relevance, groups=queries)
    assert search.best_score_ > 0.8


class RecordingRanker(lightgbm.LGBMRanker):
    seen: list = []

    def fit(self, X, y, group=None, **params):
        [(held, _)], [of_held] = params["eval_set"], params["eval_group"]
        RecordingRanker.seen.append((X[:, -1], group, held[:, -1], of_held))
        return super().fit(X, y, group=group, **params)


@pytest.mark.parametrize("name", ["groups", "group"])
def test_queries_are_whole_and_apart(name):
    rows, relevance, queries = new_queries()
    folds = list(GroupKFold(3).split(rows, groups=queries))
    rows = np.column_stack([rows, np.arange(len(rows))])
    RecordingRanker.seen = []
    search = bayes(
        new_model(RecordingRanker, early_stopping_round=3, n_estimators=10),
        scoring=lambda estimator, X, y: 0.0,
        cv=GroupKFold(3) if name == "groups" else folds,
        refit=False,
        n_iter=1,
    ).fit(rows, relevance, **{name: queries})
    assert search.best_score_ == 0.0
    for fitted, sizes, held, of_held in RecordingRanker.seen:
        names = [set(), set()]
        for k, (part, lengths) in enumerate([(fitted, sizes), (held, of_held)]):
            of_rows = queries[part.astype(int)]
            for rows_of_query in np.split(of_rows, np.cumsum(lengths)[:-1]):
                assert len(set(rows_of_query)) == 1
                assert rows_of_query[0] not in names[k]
                names[k].add(rows_of_query[0])
        assert not names[0] & names[1]


def test_a_ranker_that_asks_for_its_queries():
    """With routing a pipeline hands on what was asked for, one entry per row."""
    rows, relevance, queries = new_queries()
    with sklearn.config_context(enable_metadata_routing=True):
        ranker = new_ranker("lightgbm").set_fit_request(group=True)
        search = bayes(
            make_pipeline(StandardScaler(), ranker),
            {"lgbmranker__learning_rate": (0.05, 0.5)},
            scoring=make_scorer(mean_ndcg).set_score_request(groups=True),
            cv=GroupKFold(3),
        ).fit(rows, relevance, groups=queries, group=queries)
    assert search.best_score_ > 0.9
