"""HyperbandSearchCV: what it trains, what it shows, and what it refuses."""

import os
import threading
import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import loguniform, randint
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits, load_iris, make_regression
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from sksearch import HyperbandSearchCV
from sksearch.exceptions import (
    CheckpointError,
    CheckpointSpaceError,
    CheckpointWarning,
)
from sksearch.optimizers import Bayesian
from sksearch.schedulers import Bracket

IRIS = load_iris(return_X_y=True)
ALPHA = {"alpha": loguniform(1e-6, 1e0)}
SGD = SGDClassifier(random_state=0)


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def new_search(estimator=SGD, space=ALPHA, **params):
    defaults = {"max_resources": 9, "cv": 2, "random_state": 0, "optimizer": "random"}
    return HyperbandSearchCV(estimator, space, **{**defaults, **params})


# -- which resource ------------------------------------------------------------------


class Counting(SGDClassifier):
    """Counts the epochs that all of its kind were trained, in this process."""

    passes = 0

    def partial_fit(self, X, y, **params):
        Counting.passes += 1
        return super().partial_fit(X, y, **params)


@pytest.mark.parametrize(
    ("estimator", "space", "resource", "continued"),
    [
        (SGD, ALPHA, "epochs", True),
        (MLPClassifier(4, random_state=0), ALPHA, "epochs", True),
        (MLPClassifier(4, solver="lbfgs"), ALPHA, "n_samples", False),
        (RandomForestClassifier(), {"max_depth": [1, 2, 3]}, "n_estimators", True),
        (
            HistGradientBoostingClassifier(),
            {"learning_rate": (0.01, 1.0)},
            "max_iter",
            True,
        ),
        (
            Pipeline([("s", StandardScaler()), ("m", SGD)]),
            {"m__alpha": (1e-4, 1.0)},
            "epochs",
            True,
        ),
        (
            make_pipeline(StandardScaler(), RandomForestClassifier()),
            {"randomforestclassifier__max_depth": [1, 2, 3]},
            "randomforestclassifier__n_estimators",
            True,
        ),
        (SVC(), {"C": (0.1, 10.0)}, "n_samples", False),
        (GaussianNB(), {"var_smoothing": (1e-9, 1e-3)}, "n_samples", False),
        # A step that is searched may be several things, all trained alike or not.
        (
            Pipeline([("m", SGD)]),
            [
                {"m": [SGD], "m__alpha": (1e-4, 1.0)},
                {"m": [MLPClassifier(4)], "m__alpha": (1e-4, 1.0)},
            ],
            "epochs",
            True,
        ),
        (
            Pipeline([("m", SGD)]),
            [
                {"m": [SGD], "m__alpha": (1e-4, 1.0)},
                {"m": [SVC()], "m__C": (1e-1, 1.0)},
            ],
            "n_samples",
            False,
        ),
        # What partial_fit refuses is settled: all rows are there.
        (
            SGDClassifier(class_weight="balanced", early_stopping=True),
            ALPHA,
            "epochs",
            True,
        ),
        # What is searched is no resource of its own.
        (
            RandomForestClassifier(),
            {"n_estimators": randint(2, 9)},
            "n_samples",
            False,
        ),
    ],
)
def test_auto_takes_what_the_estimator_is_made_for(
    estimator, space, resource, continued
):
    search = new_search(estimator, space, max_resources=27, n_iter=4, scheduler="asha")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(*IRIS)
    assert (search.resource_, search.continued_) == (resource, continued)
    assert np.isfinite(search.best_score_)


def test_lightgbm_is_trained_on():
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra")
    model = lightgbm.LGBMClassifier(n_jobs=1, verbose=-1, min_child_samples=2)
    search = new_search(model, {"learning_rate": (0.01, 1.0)}).fit(*IRIS)
    assert (search.resource_, search.continued_) == ("n_estimators", True)
    n_trees = search.best_resource_
    assert search.best_params_["n_estimators"] == n_trees <= 9
    assert search.best_estimator_.booster_.num_trees() == 3 * n_trees


def test_a_parameter_by_name():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    search = new_search(
        pipeline,
        {"logisticregression__C": (0.1, 10.0)},
        resource="logisticregression__max_iter",
        max_resources=90,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few iterations
        search.fit(*IRIS)
    assert not search.continued_
    assert search.n_resources_ == [1, 3, 10, 30, 90]
    assert search.best_estimator_[-1].max_iter == 90


def test_the_largest_resource_is_the_estimators_own():
    search = new_search(SGDClassifier(max_iter=12), max_resources="auto").fit(*IRIS)
    assert search.max_resources_ == 12
    assert search.n_resources_ == [1, 4, 12]
    forest = RandomForestClassifier(n_estimators=20)
    search = new_search(forest, {"max_depth": [1, 2, 3]}, max_resources="auto")
    assert search.fit(*IRIS).n_resources_ == [2, 6, 20]


# -- what is trained -----------------------------------------------------------------


def test_nothing_is_trained_twice():
    Counting.passes = 0
    search = new_search(Counting(random_state=0), refit=False).fit(*IRIS)
    assert Counting.passes == 2 * search.metadata_["total_resources"]
    again = sum(c * r for c, r in zip([9, 8, 5], [1, 3, 9], strict=True))
    assert Counting.passes < 2 * again


@pytest.mark.parametrize("scheduler", ["hyperband", "halving", "asha"])
def test_metadata_comes_true(scheduler):
    search = new_search(scheduler=scheduler, max_resources=27)
    foretold = search.metadata()
    done = search.fit(*IRIS).metadata_
    if scheduler == "asha":  # who is promoted early, and in vain, is not foretold
        assert done["n_candidates"] == foretold["n_candidates"]
        assert done["brackets"][0]["n_resources"] == [1, 3, 9, 27]
    else:
        assert done == foretold
    assert done["n_fits"] == 2 * len(search.cv_results_["params"])


@pytest.mark.parametrize(("high", "n_candidates"), [(27, 49), (81, 143)])
def test_how_many_start(high, n_candidates):
    assert new_search(max_resources=high).metadata()["n_candidates"] == n_candidates


def test_metadata_needs_to_know_how_many_rows_there_are():
    search = new_search(SVC(), {"C": (0.1, 10.0)}, max_resources="auto")
    with pytest.raises(ValueError, match="Pass X and y, or max_resources"):
        search.metadata()
    assert search.fit(*IRIS).metadata_["n_candidates"] > 1


class Spying(SGDClassifier):
    """Notes the rows it is trained on."""

    def fit(self, X, y):
        self.seen_ = set(X[:, 0].astype(int).tolist())
        return super().fit(X, y)

    def partial_fit(self, X, y, **params):
        self.seen_ = getattr(self, "seen_", set()) | set(X[:, 0].astype(int).tolist())
        return super().partial_fit(X, y, **params)

    def score(self, X, y):
        assert not self.seen_ & set(X[:, 0].astype(int).tolist())
        return super().score(X, y)


@pytest.mark.parametrize("resource", ["epochs", "n_samples"])
def test_no_row_is_scored_by_who_was_trained_on_it(resource):
    X = np.arange(60.0)[:, None]
    y = np.arange(60) % 2
    splitter = ShuffleSplit(3, test_size=0.3)  # unseeded: it draws when it is asked
    search = new_search(
        Spying(),
        cv=splitter,
        resource=resource,
        error_score="raise",
        refit=False,
        max_resources=9 if resource == "epochs" else "auto",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    assert len(search.cv_results_["params"]) > 3


def test_the_best_is_trained_as_far_as_it_was_searched():
    Counting.passes = 0
    search = new_search(Counting(random_state=0)).fit(*IRIS)
    assert search.best_resource_ == 9
    expected = SGDClassifier(random_state=0, **search.best_params_)
    for number in range(9):  # as many seeds: each pass shuffles anew
        expected.set_params(random_state=number)
        expected.partial_fit(*IRIS, classes=[0, 1, 2])
    np.testing.assert_array_equal(search.best_estimator_.coef_, expected.coef_)


def test_fewer_trees_win_where_the_curve_says_so():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 5))
    y = (X[:, 0] + 2 * rng.normal(size=150) > 0).astype(int)  # mostly noise
    model = HistGradientBoostingClassifier(min_samples_leaf=2)
    space = {"learning_rate": (0.3, 1.0)}
    search = new_search(model, space, max_resources=81, scoring="neg_log_loss")
    search.fit(X, y)
    curve, table = search.best_curve_, search.cv_results_
    assert search.best_resource_ == max(curve, key=curve.__getitem__) < 81
    assert search.best_params_["max_iter"] == search.best_resource_
    assert search.best_estimator_.n_iter_ == search.best_resource_
    # The rung keeps its score, and its row what it was trained to.
    assert curve[81] == pytest.approx(search.best_score_)
    assert search.best_score_ == table["mean_test_score"][search.best_index_]
    assert table["params"][search.best_index_]["max_iter"] == 81
    again = type(search.history_).from_json(
        search.history_.to_json(), search.history_.space
    )
    assert again.to_json() == search.history_.to_json()


def test_a_callable_refit_meets_a_curve_of_the_objective():
    model = HistGradientBoostingClassifier(min_samples_leaf=2)
    search = new_search(
        model,
        {"learning_rate": (0.1, 1.0)},
        n_iter=4,
        scoring=["accuracy", "neg_log_loss"],
        objective="neg_log_loss",
        refit=lambda table: int(np.argmin(table["rank_test_accuracy"])),
    ).fit(*IRIS)
    row = search.cv_results_["mean_test_neg_log_loss"][search.best_index_]
    assert search.best_curve_[9] == pytest.approx(row)
    assert search.best_resource_ == 9  # what refit chose is not cut


def test_epochs_have_no_curve():
    assert new_search().fit(*IRIS).best_curve_ == {}


# -- what is shown -------------------------------------------------------------------


def test_the_table_has_a_row_for_each_rung():
    search = new_search(max_resources=27).fit(*IRIS)
    table = search.cv_results_
    assert search.n_resources_ == [1, 3, 9, 27]
    assert search.n_candidates_ == np.bincount(table["iter"]).tolist()
    assert search.n_iterations_ == search.n_possible_iterations_ == 4
    assert search.n_required_iterations_ == 4
    assert (search.min_resources_, search.max_resources_) == (1, 27)
    assert search.n_remaining_candidates_ == -(-search.n_candidates_[-1] // 3)
    np.testing.assert_array_equal(
        table["n_resources"], np.array(search.n_resources_)[table["iter"]]
    )
    assert set(table["bracket"]) == {0, 1, 2, 3}


def test_ranks_are_by_resource_and_then_by_score():
    search = new_search().fit(*IRIS)
    table = search.cv_results_
    order = np.argsort(table["rank_test_score"], kind="stable")
    resources = table["n_resources"][order]
    assert (np.diff(resources) <= 0).all()
    for resource in set(resources):
        scores = table["mean_test_score"][order][resources == resource]
        assert (np.diff(scores) <= 0).all()
    assert table["rank_test_score"][search.best_index_] == 1
    assert table["n_resources"][search.best_index_] == 9


def test_who_failed_ranks_last_and_is_not_promoted():
    class Failing(SGDClassifier):
        def partial_fit(self, X, y, **params):
            if self.alpha > 1e-2:
                raise ValueError("too much")
            return super().partial_fit(X, y, **params)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = new_search(Failing(random_state=0)).fit(*IRIS)
    table = search.cv_results_
    failed = table["status"] == "failed"
    assert failed.any()
    assert not failed.all()
    assert (table["rank_test_score"][failed] == table["rank_test_score"].max()).all()
    assert {p["alpha"] > 1e-2 for p in np.array(table["params"])[failed]} == {True}


def test_multimetric_promotes_by_the_objective():
    search = new_search(
        scoring=["accuracy", "f1_macro"], refit="f1_macro", max_resources=3
    ).fit(*IRIS)
    table = search.cv_results_
    first = (table["bracket"] == 0) & (table["n_resources"] == 1)
    best = np.argmax(np.where(first, table["mean_test_f1_macro"], -1))
    promoted = np.array(table["params"])[table["n_resources"] == 3]
    assert table["params"][best] in promoted
    assert table["rank_test_f1_macro"][search.best_index_] == 1


def proposers(**params):
    """Return who proposed the candidates of the first bracket, and of the others."""
    search = new_search(**params).fit(*IRIS)
    assert search.best_score_ > 0.5  # a third by chance
    first = [t.tags["bracket"] == 0 for t in search.history_.trials]
    by = [t.tags.get("by", "given") for t in search.history_.trials]
    return tuple(
        [who for who, is_first in zip(by, first, strict=True) if is_first is wanted]
        for wanted in (True, False)
    )


@pytest.mark.parametrize("optimizer", ["auto", "gp", "tpe"])
def test_models_propose_from_the_second_bracket_on(optimizer):
    first, later = proposers(optimizer=optimizer, n_iter=40)
    assert first[:9] == ["given"] + ["sobol"] * 8
    assert {"auto": "gp"}.get(optimizer, optimizer) in later


def test_given_candidates_are_part_of_the_design():
    first, later = proposers(optimizer="auto", initial_params=[{"alpha": 1e-3}])
    assert first == ["given"] * 2 + ["sobol"] * 7
    assert set(later) == {"gp"}


@pytest.mark.parametrize(
    ("params", "has_model"),
    [
        ({"optimizer": "sobol"}, False),
        ({"optimizer": "auto", "scheduler": "halving", "n_iter": 18}, False),
        ({"optimizer": "gp", "scheduler": "asha", "n_iter": 18}, True),
        ({"optimizer": Bayesian(n_initial=4)}, True),
    ],
)
def test_who_proposes_in_the_first_bracket(params, has_model):
    first, _ = proposers(**params)
    assert ("gp" in first) is has_model


def test_a_small_space_is_a_grid_of_its_points():
    search = new_search(space={"alpha": [1e-4, 1e-3, 1e-2]}).fit(*IRIS)
    assert len(search.history_.trials) == 3
    assert search.best_resource_ == 9


# -- with everything else ------------------------------------------------------------


def test_the_number_of_workers_changes_nothing():
    searches = [
        new_search(optimizer="gp", n_jobs=n_jobs, seed_fits=True, max_pending=3)
        for n_jobs in (1, 2)
    ]
    tables = [search.fit(*IRIS).cv_results_ for search in searches]
    for name in tables[0]:
        if "time" not in name:
            np.testing.assert_array_equal(tables[0][name], tables[1][name])


def test_asynchronous_is_asha():
    search = new_search(asynchronous=True, scheduler="auto", n_jobs=2).fit(*IRIS)
    assert set(search.cv_results_["bracket"]) == {0}
    assert search.best_resource_ == 9


def test_in_cross_validate_and_with_groups():
    groups = np.arange(150) % 5
    search = new_search(cv=GroupKFold(3))
    search.fit(*IRIS, groups=groups)
    assert search.n_splits_ == 3
    scores = cross_validate(new_search(), *IRIS, cv=3, n_jobs=2)["test_score"]
    assert np.isfinite(scores).all()
    assert scores.min() > 0.3


def test_sparse_and_frames_and_weights():
    X, y = IRIS
    pandas = pytest.importorskip("pandas", reason="pandas is an extra")
    weights = np.where(y == 0, 1e-9, 1.0)
    frame = pandas.DataFrame(X, columns=list("abcd"))
    plain = new_search().fit(X, y, sample_weight=weights)
    framed = new_search().fit(frame, pandas.Series(y), sample_weight=weights)
    assert framed.best_params_ == plain.best_params_
    assert framed.feature_names_in_.tolist() == list("abcd")
    packed = new_search().fit(sparse.csr_matrix(X), y)
    assert packed.best_score_ > 0.5  # a third by chance
    # Who counts for nothing is not learned.
    assert (plain.best_estimator_.predict(X[y == 0]) != 0).mean() > 0.5


def test_time_series_take_the_newest_rows():
    X, y = make_regression(120, 3, random_state=0)
    search = new_search(
        Ridge(), {"alpha": (0.1, 9.0)}, cv=TimeSeriesSplit(3), max_resources="auto"
    ).fit(X, y)
    assert search._fidelity.training.how == "newest"
    assert search.max_resources_ == 30


def test_fold_stopping_acts_on_the_last_rung_only():
    X, y = load_digits(return_X_y=True)
    search = new_search(
        fold_stopping=True,
        cv=5,
        n_iter=60,
        scheduler="halving",
        max_resources=2,
        factor=1.3,
        space={"alpha": loguniform(1e-6, 1e3)},
    ).fit(X[:300] / 16, y[:300])
    table = search.cv_results_
    stopped = table["status"] == "stopped"
    assert stopped.any()
    assert set(table["n_resources"][stopped]) == {2}


# -- checkpoints ---------------------------------------------------------------------


def checkpoints_in(folder):
    return {
        str(p) for p in folder.glob("sksearch_*/*") if p.suffix in (".pkl", ".part")
    }


def test_checkpoints_go_when_nobody_needs_them(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    from sksearch.callbacks import Callback

    class Watch(Callback):
        def __init__(self):
            self.counts = []

        def on_evaluation(self, history, evaluation):
            self.counts.append(len(checkpoints_in(tmp_path)))

    watch = Watch()
    search = new_search(max_resources=27, callbacks=[watch]).fit(*IRIS)
    assert 0 < max(watch.counts) <= 2 * (27 + 16)
    assert watch.counts[-1] == 0
    assert list(tmp_path.iterdir()) == []
    assert search.checkpoint_bytes_ > 0


def test_too_many_bytes_end_the_search_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    search = new_search(max_checkpoint_bytes=90_000)
    with pytest.raises(CheckpointSpaceError, match="max_checkpoint_bytes=90,000"):
        search.fit(*IRIS)
    assert len(search.history_.observed()) > 0
    assert list(tmp_path.iterdir()) == []


def test_lost_checkpoints_change_nothing(tmp_path, monkeypatch):
    # A folder of its own: in the common one are the checkpoints of other searches.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    from sksearch.callbacks import Callback

    expected = new_search().fit(*IRIS).cv_results_

    class Losing(Callback):
        def on_evaluation(self, history, evaluation):
            for path in checkpoints_in(tmp_path):
                os.unlink(path)

    with pytest.warns(UserWarning, match="cannot be read"):
        found = new_search(callbacks=[Losing()]).fit(*IRIS).cv_results_
    np.testing.assert_array_equal(found["mean_test_score"], expected["mean_test_score"])


def test_a_full_disk_costs_no_result():
    limits = pytest.importorskip("resource", reason="only Unix limits what is written")
    expected = new_search().fit(*IRIS).cv_results_
    soft, hard = limits.getrlimit(limits.RLIMIT_FSIZE)
    # A file may have no more than 100 bytes: every checkpoint ends in an OSError.
    limits.setrlimit(limits.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.warns(CheckpointWarning) as warned:
            search = new_search(error_score="raise").fit(*IRIS)
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, (soft, hard))
    assert any("could not be written" in str(w.message) for w in warned)
    assert search.checkpoint_bytes_ == 0
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], expected["mean_test_score"]
    )


# -- bad input -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"min_resources": 10}, "max_resources=9 is smaller than min_resources=10"),
        ({"factor": 1}, "'factor' parameter of HyperbandSearchCV"),
        ({"factor": 0.5}, "'factor' parameter of HyperbandSearchCV"),
        ({"resource": "alpha"}, "resource='alpha' is no integer parameter"),
        ({"resource": "shuffle"}, "resource='shuffle' is no integer parameter"),
        ({"resource": "n_trees"}, "resource='n_trees' is no integer parameter"),
        ({"resource": "n_samples", "max_resources": 99}, "more than the 75 rows"),
        ({"scheduler": "hyper"}, "'scheduler' parameter of HyperbandSearchCV"),
        ({"n_iter": 0}, "'n_iter' parameter of HyperbandSearchCV"),
        (
            {"resource": "max_iter", "space": {"max_iter": randint(1, 9)}},
            "max_iter, which is searched too",
        ),
        ({"estimator": SVC(), "resource": "epochs"}, "needs an estimator with partial"),
        (
            {
                "estimator": RandomForestClassifier(n_estimators=None),
                "space": {"max_depth": [1, 2]},
                "resource": "n_estimators",
                "max_resources": "auto",
            },
            "it has none. Pass max_resources",
        ),
    ],
)
def test_bad_input_is_named(params, error):
    params = {"space": ALPHA, **params}
    if isinstance(params.get("estimator"), SVC):
        params["space"] = {"C": (0.1, 1.0)}
    with pytest.raises(ValueError, match=error):
        new_search(**params).fit(*IRIS)


def test_who_cannot_be_pickled_is_told_so():
    class Locked(SGDClassifier):
        def partial_fit(self, X, y, **params):
            self.lock_ = threading.Lock()
            return super().partial_fit(X, y, **params)

    for n_jobs in (1, 2):
        with pytest.raises(CheckpointError, match="pass resource='n_samples'"):
            new_search(Locked(), n_jobs=n_jobs).fit(*IRIS)


class Untagged(BaseEstimator):
    """Wants to know the classes, but does not say that it is a classifier."""

    def __init__(self, alpha=0.1):
        self.alpha = alpha

    def partial_fit(self, X, y, classes=None):
        self.model_ = SGDClassifier(alpha=self.alpha, random_state=0)
        self.model_.partial_fit(X, y, classes=classes)
        return self

    def fit(self, X, y):
        return self.partial_fit(X, y, np.unique(y))

    def score(self, X, y):
        return self.model_.score(X, y)


def test_who_is_not_told_the_classes_says_so():
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        new_search(Untagged()).fit(*IRIS)
    assert new_search(Untagged(), resource="n_samples", max_resources="auto").fit(*IRIS)


def test_the_classes_are_those_of_the_training_rows_as_in_fit():
    X, y = IRIS
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    search = new_search(cv=KFold(3)).fit(X, names)  # sorted: each fold lacks a class
    assert search.best_score_ == 0.0
    assert search.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert new_search().fit(X, names).best_score_ > 0.6


def test_verbose_says_what_was_chosen(capsys):
    new_search(verbose=1, n_iter=3).fit(*IRIS)
    said = capsys.readouterr().out
    assert "resource 'epochs' from 1 to 9: candidates are trained on" in said


def test_brackets_are_what_users_may_pass_on():
    assert Bracket((1, 3), (3, 1)).sizes == (3, 1)
