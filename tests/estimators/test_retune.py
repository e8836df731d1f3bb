"""Champion against challenger: rows, interval, rule, and what is refused."""

import copy
import json
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import get_scorer, log_loss, make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

import sksearch
from sksearch import BayesSearchCV, load_metadata, retune
from sksearch.callbacks import Callback
from sksearch.estimators._held_out import split_off
from sksearch.estimators._paired_gain import Draws, HeldOut, expanded_interval
from sksearch.estimators._retune_scores import gains_of, scored
from sksearch.exceptions import (
    ChallengerError,
    HistoryMismatchError,
    MetadataError,
)

X, Y = make_classification(900, n_informative=6, flip_y=0.1, random_state=0)
OLD, NEW = (X[:400], Y[:400]), (X[400:], Y[400:])
TURNED = -NEW[0], NEW[1]
SPACE = {"C": (1e-3, 1e2, "log-uniform")}
OPTIONS = {"n_iter": 3, "cv": 2, "random_state": 0, "optimizer": "random"}
SLOW = pytest.mark.slow
FEW = {"n_bootstraps": 200}  # where a scorer is asked for each


def logistic(**options):
    return BayesSearchCV(LogisticRegression(), SPACE, **{**OPTIONS, **options})


@pytest.fixture(scope="module")
def search():
    return logistic().fit(*OLD)


@pytest.fixture(scope="module")
def turned(search):
    return retune(search, *TURNED)


# -- the verdict ---------------------------------------------------------------------


def test_a_world_that_has_changed_promotes(search, turned):
    assert turned.verdict == "promote"
    assert turned.model is turned.challenger is turned.search.best_estimator_
    assert turned.champion is search.best_estimator_
    assert 0 < turned.interval[0] < turned.gain < turned.interval[1]
    assert "promote: score" in repr(turned)
    assert "is above min_gain=0" in turned.reason
    assert json.loads(json.dumps(turned.summary()))["gain"] == turned.gain


def test_a_world_that_has_not_keeps(search):
    retuned = retune(search, *NEW)
    assert retuned.verdict == "keep"
    assert retuned.model is retuned.champion is search.best_estimator_
    assert retuned.interval[0] <= 0
    assert "is not above min_gain=0" in retuned.reason


@pytest.mark.slow
def test_few_of_many_are_promoted_if_nothing_changes(search):
    big = make_classification(6400, n_informative=6, flip_y=0.1, random_state=0)
    first = logistic().fit(big[0][:400], big[1][:400])
    parts = np.split(np.arange(400, 6400), 30)
    found = [retune(first, big[0][p], big[1][p], test_size=0.75) for p in parts]
    assert sum(each.verdict == "promote" for each in found) <= 3


@pytest.mark.slow
def test_the_gain_has_to_be_above_what_is_asked(search, turned):
    low, _ = turned.interval
    assert retune(search, *TURNED, min_gain=low - 1e-6).verdict == "promote"
    assert retune(search, *TURNED, min_gain=low).verdict == "keep"
    assert retune(search, *NEW, min_gain=-0.5).verdict == "promote"


def test_of_two_that_predict_the_same_the_champion_stays(search):
    same = logistic(initial_params=[search.best_params_], n_iter=1)
    twin = clone(search.best_estimator_).fit(*NEW)
    held = X[:200], Y[:200]
    retuned = retune(same, *NEW, champion=twin, eval_set=held)
    assert retuned.interval == (0.0, 0.0)
    assert retuned.verdict == "keep"


# -- the numbers ---------------------------------------------------------------------


def plain_function(estimator, X, y):
    return float(np.mean(estimator.predict(X) == y))


SCORES = ["accuracy", "roc_auc", "average_precision", "neg_log_loss", "f1", "r2"]


@pytest.mark.parametrize(
    "scoring",
    [
        *("average_precision", plain_function, None),
        *(pytest.param(s, marks=SLOW) for s in ("accuracy", "roc_auc", "f1")),
    ],
)
def test_scores_are_those_of_the_scorer(search, scoring):
    retuned = retune(search, *TURNED, scoring=scoring, **FEW)
    rows = retuned.held_out
    scorer = scoring if callable(scoring) else get_scorer(scoring or "accuracy")
    for model, score in (
        (retuned.champion, retuned.champion_score),
        (retuned.challenger, retuned.challenger_score),
    ):
        assert score == pytest.approx(scorer(model, TURNED[0][rows], TURNED[1][rows]))
    expected = {plain_function: "plain_function", None: "score"}.get(scoring, scoring)
    assert retuned.score == expected


@pytest.mark.parametrize("scoring", [*SCORES, plain_function])
def test_gains_are_those_of_drawn_rows(scoring):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    a, b = (LogisticRegression(C=c).fit(X[rng.permutation(40)], y) for c in (1e-3, 1.0))
    scorer = scoring if callable(scoring) else get_scorer(scoring)
    held, draws = (
        HeldOut(X, y, scorer, "s", np.arange(2), {}),
        Draws(np.arange(40), 20, 3),
    )
    found = gains_of(scored(held, draws, a), scored(held, draws, b))
    [weights] = draws
    rows = [np.repeat(np.arange(40), w.astype(int)) for w in weights]
    wanted = [scorer(b, X[r], y[r]) - scorer(a, X[r], y[r]) for r in rows]
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    again = gains_of(scored(held, draws, b), scored(held, draws, a))
    np.testing.assert_array_equal(again, -found)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-10, 10), min_size=50, max_size=80),
    st.floats(0.5, 0.99),
    st.integers(2, 500),
)
def test_the_interval_of_the_other_model_is_the_mirrored_one(gains, level, n_units):
    low, high = expanded_interval(np.array(gains), level, n_units)
    mirrored = expanded_interval(-np.array(gains), level, n_units)
    np.testing.assert_allclose(mirrored, (-high, -low), atol=1e-9)
    assert low <= np.median(gains) + 1e-9
    assert high >= np.median(gains) - 1e-9
    plain = np.percentile(gains, [50 * (1 - level), 50 * (1 + level)])
    assert low <= plain[0] + 1e-9
    assert high >= plain[1] - 1e-9


def test_of_many_rows_the_interval_has_the_plain_percentiles():
    gains = np.random.default_rng(0).normal(size=1000)
    found = expanded_interval(gains, 0.9, 10**6)
    np.testing.assert_allclose(found, np.percentile(gains, [5, 95]), atol=1e-3)


def test_rows_that_come_in_pairs_are_no_news():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
    model = LogisticRegression().fit(X, y)
    scorer, once, twice = (
        get_scorer("roc_auc"),
        np.arange(60),
        np.repeat(np.arange(60), 2),
    )
    single = scored(
        HeldOut(X, y, scorer, "s", np.arange(2), {}), Draws(once, 30, 0), model
    )
    paired = scored(
        HeldOut(X[twice], y[twice], scorer, "s", np.arange(2), {}),
        Draws(twice, 30, 0),
        model,
    )
    np.testing.assert_allclose(single.drawn, paired.drawn)
    assert Draws(twice, 30, 0).n_units == 60


def test_the_interval_covers_as_often_as_it_says():
    rng, n = np.random.default_rng(0), 60
    missed = 0
    for _ in range(400):
        gains = rng.choice([-1.0, 0.0, 1.0], n, p=[0.1, 0.7, 0.2])
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=400) @ gains / n
        low, high = expanded_interval(drawn, 0.9, n)
        missed += not low <= 0.1 <= high
    assert 20 <= missed <= 60  # 40 are expected, with a standard deviation of 6


# -- the same again ------------------------------------------------------------------


def told(retuned):
    table = retuned.search.cv_results_["mean_test_score"]
    return retuned.summary(), list(retuned.gains), list(retuned.held_out), list(table)


@pytest.mark.slow
def test_the_same_call_says_the_same_whatever_n_jobs(search, turned):
    assert told(retune(search, *TURNED)) == told(turned)
    assert told(retune(search, *TURNED, n_jobs=2)) == told(turned)
    other = retune(search, *TURNED, random_state=1)
    assert list(other.held_out) != list(turned.held_out)


def test_the_search_stays_as_it_is(search):
    params = search.get_params()
    before = search.history_.to_json(), pickle.dumps(search.best_estimator_)
    retune(search, *TURNED, n_jobs=1, random_state=3)
    assert (search.history_.to_json(), pickle.dumps(search.best_estimator_)) == before
    assert search.get_params().keys() == params.keys()
    assert search.warm_start_from == ()


def test_the_new_search_begins_with_the_best_of_the_old_one(search, turned):
    best = search.history_.trials[search.history_.incumbent()].params
    first = [trial.params for trial in turned.search.history_.trials[:2]]
    assert best in first
    assert turned.search.warm_start_from == [search.history_]
    cold = retune(search, *TURNED, warm_start_from=[])
    assert cold.search.warm_start_from == []


@pytest.mark.slow
def test_night_after_night_there_is_no_chain_of_searches(search, turned):
    again = retune(turned.search, *TURNED)
    [source] = again.search.warm_start_from
    assert source is turned.search.history_
    assert not hasattr(source, "warm_start_from")


def test_the_result_and_its_search_survive_pickling(turned):
    again = pickle.loads(pickle.dumps(turned))
    assert again.summary() == turned.summary()
    np.testing.assert_array_equal(again.model.coef_, turned.model.coef_)


# -- the rows ------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_rows_are_parted_and_groups_are_not(data):
    n = data.draw(st.integers(4, 60))
    labels = data.draw(
        st.none() | st.lists(st.integers(0, 3), min_size=n, max_size=n).map(np.array)
    )
    groups = data.draw(
        st.none() | st.lists(st.integers(0, 9), min_size=n, max_size=n).map(np.array)
    )
    how = {
        "test_size": data.draw(st.floats(0.2, 0.8) | st.integers(1, n - 1)),
        "shuffle": data.draw(st.booleans()),
        "seed": data.draw(st.integers(0, 5)),
    }
    try:
        train, test = split_off(n, labels, groups, **how)
    except ValueError:
        has_groups = groups is not None
        assert has_groups or max(np.bincount(labels)) == 1
        return
    assert sorted([*train, *test]) == list(range(n))
    assert min(len(train), len(test)) > 0
    if groups is not None:
        assert not set(groups[train]) & set(groups[test])
    if not how["shuffle"]:
        assert max(train) < min(test)
    elif groups is None and labels is not None:
        for label in set(labels):
            size = int(np.sum(labels == label))
            assert label in labels[train]
            assert size == 1 or label in labels[test]
            share = np.sum(labels[test] == label) / size
            asked = how["test_size"] if how["test_size"] < 1 else how["test_size"] / n
            assert abs(share - asked) <= 1.5 / size + 1e-9


def test_the_last_rows_are_held_out(search):
    retuned = retune(search, *TURNED, shuffle=False, test_size=120)
    assert list(retuned.held_out) == list(range(380, 500))


def test_groups_are_on_one_side_and_drawn_together():
    groups = np.repeat(np.arange(50), 10)
    search = logistic(cv=GroupKFold(3)).fit(*OLD, groups=np.arange(400) // 8)
    with pytest.warns(UserWarning, match="Only 12 groups are held out"):
        retuned = retune(search, *TURNED, groups=groups)
    held = set(groups[retuned.held_out])
    assert (len(held), retuned.unit, retuned.n_units) == (12, "groups", 12)
    assert retuned.n_rows == 120
    days = np.arange(500) // 7
    with pytest.warns(UserWarning, match="groups are held out"):
        retuned = retune(search, *TURNED, groups=days, shuffle=False)
    assert retuned.held_out[0] == 371  # the first row of a day
    with pytest.raises(ValueError, match="run through all of them"):
        retune(search, *TURNED, groups=np.arange(500) % 7, shuffle=False)


def test_other_rows_may_be_compared_on(search):
    retuned = retune(search, *TURNED, eval_set=(-OLD[0], OLD[1]))
    assert retuned.held_out is None
    assert retuned.n_rows == 400
    assert retuned.champion_score == search.best_estimator_.score(-OLD[0], OLD[1])
    by_hand = logistic(warm_start_from=[search]).fit(*TURNED)
    assert by_hand.best_params_ == retuned.search.best_params_
    groups = np.arange(400) // 10
    grouped = retune(search, *TURNED, eval_set=(-OLD[0], OLD[1], groups))
    assert (grouped.unit, grouped.n_units) == ("groups", 40)


def test_a_winner_may_see_all_rows_in_the_end():
    nearest = BayesSearchCV(
        KNeighborsClassifier(), {"n_neighbors": [3, 9]}, cv=3, random_state=0
    ).fit(*OLD)
    retuned = retune(nearest, *TURNED, refit_on_all=True)
    assert retuned.refitted_on_all
    assert retuned.challenger.n_samples_fit_ == 375
    assert retuned.model.n_samples_fit_ == 500
    assert retuned.model is retuned.search.best_estimator_
    kept = retune(nearest, *NEW, refit_on_all=True)
    assert not kept.refitted_on_all
    assert kept.search.best_estimator_.n_samples_fit_ == 375


@pytest.mark.slow
def test_few_rows_are_told():
    search = logistic().fit(*OLD)
    few = TURNED[0][:60], TURNED[1][:60]
    with pytest.warns(UserWarning, match="Only 15 rows are held out"):
        retune(search, *few)
    with pytest.raises(ValueError, match="1 of rows is held out"):
        retune(search, *few, test_size=1, shuffle=False)


@pytest.mark.slow
def test_frames_keep_their_columns():
    names = [f"c{i}" for i in range(X.shape[1])]
    old, new = pd.DataFrame(OLD[0], columns=names), pd.DataFrame(NEW[0], columns=names)
    labels = np.array(["no", "yes"])
    search = logistic().fit(old, pd.Series(labels[OLD[1]]))
    retuned = retune(search, -new, pd.Series(labels[NEW[1]], index=new.index + 7))
    assert retuned.verdict == "promote"
    assert list(retuned.model.feature_names_in_) == names
    for changed, says in (
        (new.drop(columns="c3"), r"lacks \['c3'\]"),
        (new[names[::-1]], "in another order"),
        (new.to_numpy()[:, :5], "has 5 columns"),
    ):
        with pytest.raises(ValueError, match=says):
            retune(search, changed, labels[NEW[1]])


# -- other champions -----------------------------------------------------------------


@pytest.mark.slow
def test_any_fitted_model_may_be_the_champion(search):
    grid = GridSearchCV(LogisticRegression(), {"C": [1e-3, 1.0]}).fit(*OLD)
    for champion in (grid, SVC().fit(*OLD)):
        retuned = retune(logistic(), *TURNED, champion=champion, warm_start_from=[grid])
        assert retuned.verdict == "promote"
        assert retuned.champion in (champion, grid.best_estimator_)
    with pytest.raises(MetadataError, match="how it was found is not known"):
        retune(logistic(), *NEW, champion=grid).export_metadata("metadata.json")


def test_a_champion_from_a_file_is_trained_on_the_new_rows(search, tmp_path):
    path = search.export_metadata(tmp_path / "champion.json")
    retuned = retune(logistic(), *TURNED, champion=load_metadata(path))
    assert retuned.verdict == "keep"  # it is as good, once it is trained again
    rows = np.setdiff1d(np.arange(500), retuned.held_out)
    again = clone(search.best_estimator_).fit(TURNED[0][rows], TURNED[1][rows])
    np.testing.assert_array_equal(retuned.champion.coef_, again.coef_)
    written = load_metadata(retuned.export_metadata(tmp_path / "winner.json"))
    assert written.best_params == search.best_params_
    assert written.scores["retune"]["verdict"] == "keep"


def test_the_file_is_about_the_winner(search, turned, tmp_path):
    metadata = load_metadata(turned.export_metadata(tmp_path / "a.json"))
    assert metadata.best_params == turned.search.best_params_
    assert metadata.scores["retune"] == turned.summary()
    kept = retune(search, *NEW)
    metadata = load_metadata(kept.export_metadata(tmp_path / "b.json"))
    assert metadata.best_params == search.best_params_
    assert metadata.scores["retune"]["verdict"] == "keep"


def three_classes():
    return make_classification(
        600, n_informative=6, n_classes=3, class_sep=2.0, random_state=0
    )


@pytest.mark.parametrize(
    "scoring",
    [
        "neg_log_loss",
        *(pytest.param(s, marks=SLOW) for s in ("accuracy", "roc_auc_ovr", "f1_macro")),
    ],
)
def test_classes_that_the_champion_has_never_seen_are_told(scoring):
    X, y = three_classes()
    known = y < 2
    search = logistic(scoring=None).fit(X[known], y[known])
    with pytest.warns(UserWarning, match=r"has never seen the classes \[2\]"):
        retuned = retune(search, X, y, scoring=scoring, **FEW)
    assert retuned.verdict == "promote"
    if scoring == "neg_log_loss":
        rows = retuned.held_out
        columns = retuned.champion.predict_proba(X[rows])
        wider = np.column_stack([columns, np.zeros(len(rows))])
        assert retuned.champion_score == pytest.approx(-log_loss(y[rows], wider))


@pytest.mark.slow
def test_a_class_that_is_gone_is_no_error():
    X, y = three_classes()
    search = logistic().fit(X, y)
    left = y < 2
    retuned = retune(search, X[left] * 1.01, y[left], scoring="accuracy")
    assert retuned.verdict == "keep"


def test_other_classes_are_refused(search):
    with pytest.raises(ValueError, match="none in common"):
        retune(search, NEW[0], NEW[1] + 2)
    with pytest.raises(ValueError, match="none in common"):
        retune(search, NEW[0], np.array(["no", "yes"])[NEW[1]])


@pytest.mark.slow
def test_regression_and_what_has_no_target():
    X, y = make_regression(500, 5, noise=5.0, random_state=0)
    ridge = BayesSearchCV(Ridge(), {"alpha": (1e-3, 1e3, "log-uniform")}, **OPTIONS)
    ridge.fit(X[:200], y[:200])
    assert retune(ridge, X[200:], -y[200:], **FEW).verdict == "promote"
    means = BayesSearchCV(KMeans(random_state=0), {"n_clusters": [2, 3]}, cv=3)
    means.fit(X[:200])
    assert retune(means, X[200:] + 50, **FEW).verdict == "promote"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [n for n in sksearch.__all__ if n.endswith("SearchCV")]
)
def test_all_searches_can_be_run_again(name):
    sgd = SGDClassifier(loss="log_loss", random_state=0)
    space = {"alpha": (1e-6, 1e-1, "log-uniform")}
    options = {
        "BayesSearchCV": {"n_iter": 3},
        "HyperbandSearchCV": {"min_resources": 1, "max_resources": 3},
        "PopulationSearchCV": {"population_size": 2, "step": 1, "max_resources": 2},
        "MultiObjectiveSearchCV": {"n_iter": 3, "scoring": ["accuracy", "roc_auc"]},
    }[name]
    search = getattr(sksearch, name)(sgd, space, cv=2, random_state=0, **options)
    search.fit(*OLD)
    if name == "MultiObjectiveSearchCV":
        with pytest.raises(ValueError, match="Pass its name as scoring"):
            retune(search, *TURNED)
    retuned = retune(search, *TURNED, scoring="roc_auc")
    assert type(retuned.search) is type(search)
    assert retuned.verdict == "promote"
    assert retuned.score == "roc_auc"


# -- scores of the search ------------------------------------------------------------


@pytest.mark.slow
def test_the_score_is_the_one_by_which_the_search_chooses():
    several = {"scoring": ["accuracy", "roc_auc"]}
    by_name = logistic(**several, refit="roc_auc").fit(*OLD)
    assert retune(by_name, *TURNED).score == "roc_auc"
    assert retune(by_name, *TURNED, scoring="accuracy").score == "accuracy"
    rule = logistic(**several, refit=lambda table: 0, objective="roc_auc").fit(*OLD)
    assert retune(rule, *TURNED).score == "roc_auc"
    assert retune(logistic(scoring="f1").fit(*OLD), *TURNED, **FEW).score == "f1"


def both(estimator, X, y):
    right = estimator.predict(X) == y
    return {"right": float(np.mean(right)), "wrong": -float(np.mean(~right))}


def test_a_function_may_return_several_scores():
    search = logistic(scoring=both, refit="wrong").fit(*OLD)
    retuned = retune(search, *TURNED, **FEW)
    assert retuned.score == "wrong"
    assert retuned.challenger_score < 0


@pytest.mark.slow
def test_weights_are_routed_to_the_scorer():
    weights = np.where(np.arange(500) % 2, 3.0, 0.5)
    with sklearn.config_context(enable_metadata_routing=True):
        weighted = make_scorer(get_scorer("accuracy")._score_func).set_score_request(
            sample_weight=True
        )
        model = LogisticRegression().set_fit_request(sample_weight=True)
        search = BayesSearchCV(model, SPACE, scoring=weighted, **OPTIONS)
        search.fit(*OLD, sample_weight=np.ones(400))
        retuned = retune(search, *TURNED, params={"sample_weight": weights}, **FEW)
        with pytest.raises(ValueError, match="Hold rows of X_new out"):
            retune(search, *TURNED, params={"sample_weight": weights}, eval_set=OLD)
    rows = retuned.held_out
    right = retuned.challenger.predict(TURNED[0][rows]) == TURNED[1][rows]
    wanted = np.average(right, weights=weights[rows])
    assert retuned.challenger_score == pytest.approx(wanted)


# -- what fails ----------------------------------------------------------------------


class Counted(ClassifierMixin, BaseEstimator):
    """Counts its fits in a file; fails where the first column is large."""

    def __init__(self, C=1.0, path=None):
        self.C = C
        self.path = path

    def fit(self, X, y):
        with open(self.path, "a") as file:
            file.write("x")
        if np.abs(X).max() > 100:
            raise ValueError("too large")
        self.classes_, self.n_features_in_ = np.unique(y), X.shape[1]
        return self

    def predict(self, X):
        if np.abs(X).max() > 1000:
            raise ValueError("cannot predict this")
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def counted(tmp_path):
    estimator = Counted(path=str(tmp_path / "fits"))
    return BayesSearchCV(estimator, {"C": [0.1, 1.0]}, cv=2, random_state=0).fit(*OLD)


def test_a_champion_that_cannot_predict_is_known_before_anything_is_fitted(
    counted, tmp_path
):
    before = (tmp_path / "fits").stat().st_size
    with pytest.raises(ValueError, match=r"The champion has no score .*cannot predict"):
        retune(counted, NEW[0] * 1e4, NEW[1])
    with pytest.raises(ValueError, match="has other columns"):
        retune(counted, NEW[0][:, :4], NEW[1])
    one_class = np.r_[np.zeros(499, int), 1]
    with pytest.raises(ValueError, match="The champion has no score 'roc_auc'"):
        retune(logistic().fit(*OLD), NEW[0], one_class, shuffle=True, scoring="roc_auc")
    assert (tmp_path / "fits").stat().st_size == before


@pytest.mark.filterwarnings("ignore:Some fits failed")
def test_a_challenger_that_fails_leaves_all_as_it_was(counted):
    before = pickle.dumps(counted.best_estimator_)
    with pytest.raises(ChallengerError, match="The new search failed: ValueError") as e:
        retune(counted, NEW[0] * 100, NEW[1])
    assert len(e.value.search.history_.trials) == 2
    assert isinstance(e.value.__cause__, ValueError)
    assert pickle.dumps(counted.best_estimator_) == before
    again = pickle.loads(pickle.dumps(e.value))
    assert len(again.search.history_.trials) == 2


class Breaks(DummyClassifier):
    """Predicts what it was fitted with, and after new rows nothing."""

    def fit(self, X, y):
        self.is_new_ = X[0, 0] > 50
        return super().fit(X, y)

    def predict(self, X):
        if self.is_new_ and len(X) > 200:
            raise ValueError("no memory")
        return super().predict(X)


def test_a_challenger_that_cannot_be_scored_is_not_lost():
    search = BayesSearchCV(Breaks(), {"constant": [0, 1]}, cv=5, random_state=0)
    search.fit(*OLD)
    with pytest.raises(ChallengerError, match="The challenger has no score") as e:
        retune(search, NEW[0] + 60, NEW[1], test_size=300)
    assert e.value.search.best_estimator_.is_new_


class PowerCut(Callback):
    """Raises after some results."""

    def __init__(self, after):
        self.left = after

    def on_evaluation(self, history, evaluation):
        self.left -= 1
        if self.left == 0:
            raise OSError("no power")


def test_a_journal_goes_on_with_the_same_rows(search, turned, tmp_path):
    path = tmp_path / "new.jsonl"
    cut = copy.copy(search).set_params(callbacks=[PowerCut(after=5)])
    with pytest.raises(
        ChallengerError, match=r"no power.*Its journal is '.*new\.jsonl'"
    ):
        retune(cut, *TURNED, journal=path)
    assert path.read_bytes().count(b"\n") > 5
    assert told(retune(search, *TURNED, journal=path)) == told(turned)


@pytest.mark.slow
def test_the_journal_of_the_old_search_is_not_written_to(tmp_path):
    path = tmp_path / "old.jsonl"
    search = logistic(journal=path).fit(*OLD)
    before = path.read_bytes()
    assert retune(search, *TURNED).search.journal is None
    with pytest.raises(HistoryMismatchError):
        retune(search, *TURNED, journal=path)
    assert path.read_bytes() == before
    sources = retune(logistic(), *TURNED, champion=search, warm_start_from=[path])
    assert sources.verdict == "promote"


def test_the_rows_of_the_old_search_are_no_test_of_it(search):
    with pytest.warns(UserWarning, match="very rows on which the champion was fitted"):
        retune(search, *OLD)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"test_size": 0.0}, "test_size=0.0 must leave rows"),
        ({"test_size": 500}, "test_size=500 must leave rows"),
        ({"test_size": True}, "test_size=True"),
        ({"min_gain": np.nan}, "min_gain=nan is no finite number"),
        ({"level": 1.0}, "level=1.0 must lie between"),
        ({"n_bootstraps": 100}, "at least ten draws"),
        ({"eval_set": X}, r"eval_set must be a tuple"),
        ({"eval_set": OLD, "refit_on_all": True}, "Pass one of them"),
        ({"groups": np.arange(500)}, "ignores them"),
        ({"scoring": "no score"}, "no score"),
        ({"journal": "j", "random_state": np.random.RandomState(0)}, "Pass an integer"),
        ({"champion": LogisticRegression()}, "is not a fitted model"),
        (
            {"champion": Ridge().fit(*OLD), "scoring": "accuracy"},
            "not both classifiers",
        ),
        ({"champion": Counted()}, "is not a fitted model"),
        ({"champion": KMeans().fit(OLD[0])}, "score by methods of their own"),
    ],
)
def test_arguments_that_cannot_be_are_refused(search, options, says):
    with pytest.raises((ValueError, NotFittedError), match=says):
        retune(search, *NEW, **options)


@pytest.mark.parametrize(
    ("search", "kind", "says"),
    [
        (GridSearchCV(SVC(), {"C": [1.0]}), TypeError, "cannot begin from an earlier"),
        (SVC(), TypeError, "cannot begin from an earlier"),
        (logistic(), NotFittedError, "has no model to compare with"),
        (logistic(refit=False), ValueError, "leaves no model"),
        (
            logistic(cv=list(KFold(3).split(X))),
            ValueError,
            "splits, which are those of",
        ),
        (logistic(cv=GroupKFold(3)), ValueError, "keeps groups together"),
        (
            BayesSearchCV(SVC(kernel="precomputed"), {"C": [1.0]}),
            ValueError,
            "takes kernels or distances",
        ),
    ],
)
def test_searches_that_cannot_be_run_again_are_refused(search, kind, says):
    with pytest.raises(kind, match=says):
        retune(search, *NEW)
