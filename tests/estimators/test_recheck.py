"""The best candidates are scored again, and only then is one of them chosen."""

import pickle
import signal

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    PredefinedSplit,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
    cross_validate,
)
from sklearn.tree import DecisionTreeClassifier

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
    nested_cross_validate,
)
from sksearch._pareto import is_nondominated
from sksearch.callbacks import Callback, TargetScore, TimeLimit
from sksearch.estimators._recheck_budgets import expected_seconds
from sksearch.exceptions import HistoryMismatchError, SearchInterruptedWarning
from sksearch.selection import OneStandardError

X, Y = load_breast_cancer(return_X_y=True)
X, Y = X[::5], Y[::5]
SPACE = {"max_depth": (1, 8), "ccp_alpha": (1e-4, 0.1, "log-uniform")}
AGAIN = StratifiedKFold(4, shuffle=True, random_state=5)


def make_search(kind=BayesSearchCV, **options):
    options = {"cv": 3, "random_state": 0, "n_recheck": 3, **options}
    if kind is HyperbandSearchCV:
        model = SGDClassifier(random_state=0)
        space = {"alpha": (1e-5, 1.0, "log-uniform")}
        return kind(model, space, max_resources=9, **options)
    if kind is PopulationSearchCV:
        options.pop("n_iter", None)
        model = SGDClassifier(learning_rate="constant", random_state=0)
        space = {
            "alpha": (1e-5, 1.0, "log-uniform"),
            "eta0": (1e-4, 1.0, "log-uniform"),
        }
        sizes = {"population_size": 5, "step": 2, "max_resources": 6}
        return kind(model, space, **sizes, **options)
    if kind is MultiObjectiveSearchCV:
        options = {"scoring": ["accuracy", "neg_log_loss"], **options}
    model = options.pop("estimator", DecisionTreeClassifier(random_state=0))
    return kind(model, options.pop("space", SPACE), **{"n_iter": 12, **options})


KINDS = [
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
]


def without_times(table):
    return {name: column for name, column in table.items() if "time" not in name}


def of_recheck(table):
    return [name for name in table if "recheck" in name]


def again(search, name="score"):
    return search.cv_results_[f"mean_recheck_{name}"]


# -- the table -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_itself_is_the_same(kind):
    fitted, plain = (make_search(kind, n_recheck=n).fit(X, Y) for n in (3, None))
    table = without_times(fitted.cv_results_)
    columns = {name: table.pop(name) for name in of_recheck(table)}
    assert_equal(table, without_times(plain.cv_results_))
    assert not of_recheck(plain.cv_results_)
    assert not hasattr(plain, "recheck_history_")
    for name, column in columns.items():
        assert np.isfinite(column).sum() == 3, name


@pytest.mark.parametrize("kind", [BayesSearchCV, HyperbandSearchCV, PopulationSearchCV])
def test_the_best_rows_are_scored_again(kind):
    fitted = make_search(kind, n_recheck=4).fit(X, Y)
    table, mean = fitted.cv_results_, again(fitted)
    chosen = np.isfinite(mean)
    ranks = table["rank_test_score"]
    assert ranks[chosen].max() <= ranks[~chosen].min()
    if kind is not BayesSearchCV:
        assert set(table["n_resources"][chosen]) == {fitted.max_resources_}
    splits = np.column_stack([table[f"split{k}_recheck_score"] for k in range(12)])
    np.testing.assert_allclose(splits.mean(axis=1), mean)
    np.testing.assert_allclose(splits.std(axis=1), table["std_recheck_score"])
    assert mean[fitted.best_index_] == np.nanmax(mean)
    assert fitted.best_score_ == table["mean_test_score"][fitted.best_index_]
    for name, value in fitted.best_params_.items():
        assert fitted.best_estimator_.get_params()[name] == value


def test_scores_are_those_of_cross_val_score():
    fitted = make_search(recheck_cv=AGAIN).fit(X, Y)
    for row in np.flatnonzero(np.isfinite(again(fitted))):
        params = fitted.cv_results_["params"][row]
        model = clone(fitted.estimator).set_params(**params)
        expected = cross_val_score(model, X, Y, cv=AGAIN)
        found = [fitted.cv_results_[f"split{k}_recheck_score"][row] for k in range(4)]
        np.testing.assert_array_equal(found, expected)


def test_by_default_the_folds_come_four_times_and_are_new():
    fitted = make_search(cv=KFold(3)).fit(X, Y)
    assert len([n for n in fitted.cv_results_ if n.startswith("split11_rech")]) == 1
    assert "split12_recheck_score" not in fitted.cv_results_
    assert fitted.recheck_history_.n_splits == 12
    assert fitted.cost_["fits"] == 12 * 3 + 3 * 12
    other = make_search(cv=KFold(3), recheck_cv=5).fit(X, Y)
    assert other.recheck_history_.n_splits == 5


def test_more_than_there_are_is_all_of_them():
    space = {"max_depth": [1, 2]}
    fitted = make_search(space=space, n_recheck=9).fit(X, Y)
    assert np.isfinite(again(fitted)).all()


def test_equal_rows_keep_their_order():
    """Where the re-check cannot tell, the search does."""

    def constant(estimator, X, y):
        return float(len(X) < 8) * estimator.max_depth  # the search has folds of 6 rows

    space = {"max_depth": [1, 3, 2]}
    fitted = make_search(space=space, scoring=constant, cv=19, recheck_cv=2).fit(X, Y)
    assert set(again(fitted)) == {0.0}
    assert fitted.best_params_ == {"max_depth": 3}


# -- independence --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_change_nothing(kind, backend):
    optimizer = "auto" if kind is BayesSearchCV else "random"
    alone = make_search(kind, optimizer=optimizer).fit(X, Y)
    with parallel_config(backend, n_jobs=2):
        together = make_search(kind, optimizer=optimizer).fit(X, Y)
    tables = (without_times(each.cv_results_) for each in (alone, together))
    assert_equal(*tables)
    assert alone.best_index_ == together.best_index_


def test_the_seed_draws_the_splits():
    first, same, other = (
        make_search(random_state=seed, initial_params=[], optimizer="random").fit(X, Y)
        for seed in (1, 1, 2)
    )
    assert_equal(again(first), again(same))
    assert np.nanmax(again(first)) != np.nanmax(again(other))


class Watching(KFold):
    """Remembers the splits that it has made."""

    made = []

    def split(self, X, y=None, groups=None):
        for pair in super().split(X, y, groups):
            self.made.append(pair)
            yield pair


def test_unseeded_splits_are_drawn_once_for_all_candidates():
    Watching.made = []
    cv = Watching(3, shuffle=True)
    np.random.seed(3)
    fitted = make_search(recheck_cv=cv).fit(X, Y)
    assert len(Watching.made) == 3
    splits = list(Watching.made)
    for row in np.flatnonzero(np.isfinite(again(fitted))):
        model = clone(fitted.estimator).set_params(**fitted.cv_results_["params"][row])
        expected = cross_val_score(model, X, Y, cv=splits).mean()
        assert again(fitted)[row] == pytest.approx(expected)
    np.random.seed(3)
    assert_equal(again(make_search(recheck_cv=cv).fit(X, Y)), again(fitted))


def test_groups_stay_together():
    groups = np.arange(len(X)) // 10
    seen = []

    class Groups(GroupKFold):
        def split(self, X, y=None, groups=None):
            for train, test in super().split(X, y, groups):
                seen.append(set(groups[train]) & set(groups[test]))
                yield train, test

    class Shuffling(Groups):
        def __init__(self, n_splits=5, *, shuffle=False, random_state=None):
            super().__init__(n_splits)
            self.shuffle, self.random_state = shuffle, random_state

    make_search(cv=Groups(3), recheck_cv=Groups(4)).fit(X, Y, groups=groups)
    assert len(seen) == 3 + 4
    make_search(cv=Shuffling(3)).fit(X, Y, groups=groups)
    assert len(seen) == 7 + 3 + 4 * 3
    assert not any(seen)


def test_weights_are_split_like_the_rows():
    weights = np.random.default_rng(0).exponential(size=len(Y))
    fitted = make_search(recheck_cv=AGAIN, n_iter=3).fit(X, Y, sample_weight=weights)
    for row, params in enumerate(fitted.cv_results_["params"]):
        grid = {name: [value] for name, value in params.items()}
        expected = GridSearchCV(fitted.estimator, grid, cv=AGAIN)
        expected.fit(X, Y, sample_weight=weights)
        assert again(fitted)[row] == expected.best_score_
    assert np.nanmax(again(fitted)) != np.nanmax(again(clone(fitted).fit(X, Y)))


# -- who is chosen -------------------------------------------------------------------


class Rows(ClassifierMixin, BaseEstimator):
    """Is as good as `C` says on few rows, and the other way round on many."""

    def __init__(self, C=1.0, fails=False):
        self.C = C
        self.fails = fails

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        self.n_rows_ = len(X)
        if self.fails and len(X) > 70:
            raise RuntimeError("it has failed")
        return self

    def score(self, X, y):
        return self.C if self.n_rows_ < 70 else 1.0 - self.C

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


CHOICES = {"C": [0.1, 0.2, 0.3, 0.4, 0.5]}


def test_the_winner_is_that_of_the_recheck():
    fitted = make_search(estimator=Rows(), space=CHOICES, cv=2, recheck_cv=10).fit(X, Y)
    # 0.5, 0.4 and 0.3 are best on half of the rows, and 0.3 of these on nine tenths.
    assert fitted.best_params_ == {"C": 0.3}
    assert fitted.best_score_ == pytest.approx(0.3)
    assert again(fitted)[fitted.best_index_] == pytest.approx(0.7)
    assert list(fitted.cv_results_["rank_test_score"]) == [5, 4, 3, 2, 1]


def test_a_callable_chooses_by_the_recheck():
    tables = []

    def rule(table):
        tables.append(table)
        return int(table["mean_test_score"].argmax())

    options = {"estimator": Rows(), "space": CHOICES, "cv": 2, "recheck_cv": 10}
    fitted = make_search(refit=rule, **options).fit(X, Y)
    assert fitted.best_params_ == {"C": 0.3}
    assert not hasattr(fitted, "best_score_")
    assert list(tables[0]["rank_test_score"]) == [4, 4, 1, 2, 3]
    assert np.isneginf(tables[0]["mean_test_score"][:2]).all()
    assert "split9_test_score" in tables[0]
    assert "split9_test_score" not in fitted.cv_results_
    simplest = OneStandardError(simplest=lambda params: -params["C"])
    # The re-check has no spread here: none but the best is within its standard error.
    assert make_search(refit=simplest, **options).fit(X, Y).best_params_ == {"C": 0.3}


def test_constraints_hold_for_the_scores_of_the_recheck():
    def scores(estimator, X, y):
        value = estimator.score(X, y)
        return {"good": value, "small": -abs(value - 0.6)}

    fitted = make_search(
        estimator=Rows(),
        space=CHOICES,
        cv=2,
        recheck_cv=10,
        scoring=scores,
        refit="good",
        score_constraints={"small": -0.45},
        n_recheck=4,
    ).fit(X, Y)
    assert fitted.best_params_ == {"C": 0.2}
    # In the search 0.5 alone meets this, and in the re-check all but 0.2.
    tight = clone(fitted).set_params(score_constraints={"small": -0.15}).fit(X, Y)
    assert tight.best_params_ == {"C": 0.3}


def test_the_front_is_that_of_the_recheck():
    options = {"n_recheck": 6, "n_iter": 20, "optimizer": "random"}
    fitted = make_search(MultiObjectiveSearchCV, **options).fit(X, Y)
    names = ["accuracy", "neg_log_loss"]
    rows = np.flatnonzero(np.isfinite(again(fitted, "accuracy")))
    Z = np.column_stack([again(fitted, name)[rows] for name in names])
    assert fitted.best_index_ in rows[is_nondominated(Z)]
    by_name = make_search(MultiObjectiveSearchCV, refit="accuracy", **options)
    by_name.fit(X, Y)
    best = again(by_name, "accuracy")[by_name.best_index_]
    assert best == np.nanmax(again(by_name, "accuracy"))


def test_without_a_refit_the_best_is_known_all_the_same():
    fitted = make_search(
        estimator=Rows(), space=CHOICES, cv=2, recheck_cv=10, refit=False
    )
    assert fitted.fit(X, Y).best_params_ == {"C": 0.3}


# -- what goes wrong -----------------------------------------------------------------


def test_a_candidate_that_fails_again_does_not_win():
    space = [{"C": [0.4, 0.5], "fails": [True]}, {"C": [0.3], "fails": [False]}]
    options = {"estimator": Rows(), "space": space, "cv": 2, "recheck_cv": 10}
    fitted = make_search(**options).fit(X, Y)
    assert fitted.best_params_ == {"C": 0.3, "fails": False}
    assert fitted.cost_["by_status"]["failed"] == 20
    with pytest.raises(RuntimeError, match="it has failed"):
        make_search(error_score="raise", **options).fit(X, Y)
    zero = make_search(error_score=0.0, **options).fit(X, Y)
    assert list(again(zero)) == pytest.approx([0.0, 0.0, 0.7])


def test_where_all_fail_again_the_search_chooses():
    space = {"C": [0.4, 0.5], "fails": [True]}
    search = make_search(estimator=Rows(), space=space, cv=2, recheck_cv=10)
    search.set_params(refit=False)  # which would fail too
    with pytest.warns(UserWarning, match="None of the 2 candidates has a score"):
        search.fit(X, Y)
    assert search.best_params_ == {"C": 0.5, "fails": True}


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"cv": TimeSeriesSplit(3)}, "has one set of them. Pass recheck_cv"),
        ({"cv": PredefinedSplit(np.arange(len(X)) % 3)}, "has one set of them"),
        ({"cv": list(KFold(3).split(X))}, "has one set of them"),
        ({"n_recheck": None, "recheck_cv": 3}, "n_recheck=None scores none"),
        ({"recheck_cv": StratifiedKFold(3)}, "nothing new would be learned"),
        ({"recheck_cv": []}, "gives no split"),
        ({"max_fits": 36}, "max_fits=36 leaves nothing to search with"),
        ({"n_recheck": 0}, "The 'n_recheck' parameter"),
        ({"recheck_cv": "often"}, "The 'recheck_cv' parameter"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_fitted(options, match):
    search = make_search(**options)
    with pytest.raises(ValueError, match=match):
        search.fit(X, Y)
    assert not hasattr(search, "history_")


def test_groups_that_would_be_parted_are_told():
    search = make_search(cv=GroupKFold(3), recheck_cv=KFold(3))
    with pytest.raises(ValueError, match=r"recheck_cv=KFold.* would part them"):
        search.fit(X, Y, groups=np.arange(len(X)) // 10)


# -- budgets, callbacks, journal -----------------------------------------------------


def test_max_fits_covers_both():
    fitted = make_search(max_fits=50, recheck_cv=5).fit(X, Y)
    assert fitted.cost_["fits"] == 50
    assert np.isfinite(again(fitted)).sum() == 3
    told = make_search(max_fits=50, recheck_cv=5).metadata(X, Y)
    assert told["n_fits"] + told["n_recheck_fits"] == 50
    assert fitted.metadata_["n_recheck_fits"] == 15


@pytest.mark.parametrize("kind", KINDS)
def test_metadata_foretells_it(kind):
    search = make_search(kind)
    told = search.metadata(X, Y)
    assert told["n_recheck_fits"] == search.fit(X, Y).metadata_["n_recheck_fits"] == 36


@pytest.mark.parametrize("budget", [{"max_time": 2.0}, {"max_cost": 0.5}])
def test_time_is_kept_back_for_it(budget):
    search = make_search(n_iter=10_000, optimizer="random", recheck_cv=AGAIN, **budget)
    search.fit(X, Y)
    assert 1 <= len(search.history_.observed()) < 10_000
    assert np.isfinite(again(search)).any()  # how many depends on the machine


@pytest.mark.parametrize("resource", ["epochs", "n_samples"])
def test_time_for_trainings_from_the_beginning_is_kept_back(resource):
    """Of whoever was trained on, the seconds of the last rung are those of a part."""
    search = make_search(HyperbandSearchCV, n_recheck=None, scheduler="halving")
    if resource == "n_samples":  # begins again on each rung
        search.set_params(resource=resource, max_resources="auto")
        search.set_params(estimator=DecisionTreeClassifier(random_state=0))
        search.set_params(param_distributions=SPACE)
    history = search.fit(X, Y).history_
    best, goes_on = history.incumbent(), resource == "epochs"
    rungs = history.resources(best)
    assert len(rungs) > 1
    assert search._fidelity.training.continues == goes_on
    done = rungs if goes_on else rungs[-1:]
    folds = [f for r in done for f in history.evaluations(best, r).values()]
    seconds = sum(fold.fit_time + fold.score_time for fold in folds)
    assert expected_seconds(history, 6, goes_on) == pytest.approx(6 * seconds / 3)


def test_a_budget_that_is_spent_leaves_it_out():
    # One candidate is complete whatever it takes, and then nothing is left.
    search = make_search(n_iter=4, max_time=1e-6)
    with pytest.warns(UserWarning, match="nothing of it is left for the re-check"):
        search.fit(X, Y)
    assert np.isnan(again(search)).all()
    assert search.best_index_ == np.nanargmax(search.cv_results_["mean_test_score"])


class Counting(Callback):
    def __init__(self):
        self.heard = []

    def on_search_begin(self, history):
        self.heard.append("begin")

    def on_evaluation(self, history, evaluation):
        self.heard.append(evaluation.fold)
        return history.n_splits == 4  # of the re-check

    def on_search_end(self, history):
        self.heard.append("end")


def test_callbacks_hear_of_it_and_do_not_end_it():
    counting = Counting()
    limits = [TimeLimit(3600), TargetScore(0.0)]
    fitted = make_search(callbacks=[counting], recheck_cv=AGAIN).fit(X, Y)
    ends = [i for i, each in enumerate(counting.heard) if each == "end"]
    assert counting.heard[0] == counting.heard[ends[0] + 1] == "begin"
    assert len(ends) == 2
    assert counting.heard[ends[0] + 2 : -1] == [0, 1, 2, 3] * 3
    fitted = make_search(callbacks=limits, n_recheck=1).fit(X, Y)
    assert np.isfinite(again(fitted)).sum() == 1


class Interrupting(Callback):
    """Presses Ctrl-C at a fit of the search, or of the re-check."""

    def __init__(self, n_splits, at):
        self.n_splits, self.left = n_splits, at

    def on_evaluation(self, history, evaluation):
        if history.n_splits == self.n_splits:
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)


@pytest.fixture
def default_sigint():
    """Of Python, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("default_sigint")
def test_ctrl_c_ends_either():
    options = {"recheck_cv": AGAIN, "optimizer": "random"}
    search = make_search(callbacks=[Interrupting(3, at=10)], **options)
    with pytest.warns(SearchInterruptedWarning, match="The search was interrupted"):
        search.fit(X, Y)
    assert np.isnan(again(search)).all()
    assert len(search.recheck_history_.records) == 0
    search = make_search(callbacks=[Interrupting(4, at=9)], **options)
    with pytest.warns(SearchInterruptedWarning, match="re-check was interrupted"):
        search.fit(X, Y)
    assert np.isfinite(again(search)).sum() == 2  # of three, on four splits each
    assert again(search)[search.best_index_] == np.nanmax(again(search))


class Dying(Callback):
    """Ends the process, as far as a search can tell."""

    def __init__(self, after):
        self.after = after

    def on_evaluation(self, history, evaluation):
        if history.n_splits == 4:  # of the re-check
            self.after -= 1
            if self.after == 0:
                raise KeyError("killed")


@pytest.mark.parametrize("after", [1, 5, 12])
def test_it_goes_on_from_a_journal(tmp_path, after):
    path = tmp_path / "search.jsonl"
    options = {"recheck_cv": AGAIN, "estimator": Rows(), "space": CHOICES, "cv": 2}
    whole = make_search(**options).fit(X, Y)
    with pytest.raises(KeyError):
        make_search(journal=path, callbacks=[Dying(after)], **options).fit(X, Y)
    counting = Counting()
    resumed = make_search(journal=path, callbacks=[counting], **options).fit(X, Y)
    fits = [each for each in counting.heard if isinstance(each, int)]
    assert len(fits) == 12 - after
    assert_equal(without_times(resumed.cv_results_), without_times(whole.cv_results_))
    assert resumed.best_index_ == whole.best_index_
    assert resumed.cost_["fits"] == whole.cost_["fits"]


def test_a_longer_search_scores_again_who_is_new(tmp_path):
    path = tmp_path / "search.jsonl"
    make_search(journal=path, recheck_cv=AGAIN, n_iter=6).fit(X, Y)
    counting = Counting()
    options = {"recheck_cv": AGAIN, "n_iter": 20}
    longer = make_search(journal=path, callbacks=[counting], **options).fit(X, Y)
    whole = make_search(**options).fit(X, Y)
    assert_equal(again(longer), again(whole))
    assert longer.best_index_ == whole.best_index_
    with pytest.raises(HistoryMismatchError, match="its splits is"):
        make_search(journal=path, recheck_cv=7, n_iter=20).fit(X, Y)


def test_a_journal_without_a_seed_keeps_its_splits(tmp_path):
    options = {"journal": tmp_path / "search.jsonl", "random_state": None}
    first, second = (make_search(**options).fit(X, Y) for _ in range(2))
    assert_equal(again(first), again(second))


# -- composition ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_it_nests_copies_and_pickles(kind):
    search = make_search(kind, n_recheck=2, optimizer="random", recheck_cv=2)
    plain = cross_validate(search, X, Y, cv=2)
    with parallel_config("threading"):
        nested = nested_cross_validate(search, X, Y, cv=2, n_jobs=2)
    assert_equal(nested.test_scores["score"], plain["test_score"])
    fitted = pickle.loads(pickle.dumps(search.fit(X, Y)))
    assert fitted.best_index_ == search.best_index_
    assert clone(search).get_params()["n_recheck"] == 2
    search.set_params(n_recheck=None, recheck_cv=None).fit(X, Y)
    assert not hasattr(search, "recheck_history_")


def test_the_report_says_who_was_chosen(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is an extra")
    fitted = make_search(estimator=Rows(), space=CHOICES, cv=2, recheck_cv=10).fit(X, Y)
    page = fitted.report(tmp_path / "report.html").read_text()
    assert "3 candidates on 10 other splits; candidate 2 was chosen" in page
    assert "Scored again" not in make_search(n_recheck=None).fit(X, Y).report(
        tmp_path / "report.html"
    ).read_text(encoding="utf-8")


def test_a_holdout_is_drawn_four_times():
    cv = ShuffleSplit(1, test_size=0.3, random_state=0)
    fitted = make_search(cv=cv).fit(X, Y)
    assert fitted.recheck_history_.n_splits == 4
    seen = next(cv.split(X, Y))[1]
    sizes = {each.n_test for each in fitted.recheck_history_.evaluations(0).values()}
    assert sizes == {len(seen)}
