"""Predictions that a search keeps, and the models of its winner's folds."""

import os
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_validate,
)
from sklearn.neighbors import KernelDensity
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.estimators._out_of_fold import at_their_rows
from sksearch.evaluation import _futures
from sksearch.exceptions import JournalWarning
from sksearch.history import History
from sksearch.testing._toys import FailingClassifier, numbered_rows

X, Y = load_iris(return_X_y=True)
MIXED = np.random.default_rng(0).permutation(len(X))[:90]
X, Y = X[MIXED], Y[MIXED]
SPACE = {"max_depth": (1, 6), "ccp_alpha": (1e-3, 0.1, "log-uniform")}
CV = StratifiedKFold(3, shuffle=True, random_state=0)


def make_search(kind=BayesSearchCV, **options):
    kept = {"return_oof": True, "return_estimator": True}
    options = {"cv": CV, "random_state": 0, **kept, **options}
    if kind is HyperbandSearchCV:
        model = SGDClassifier(loss="log_loss", random_state=0)
        space = {"alpha": (1e-5, 1.0, "log-uniform")}
        return kind(model, space, max_resources=9, **options)
    if kind is MultiObjectiveSearchCV:
        options = {
            "scoring": ["accuracy", "neg_log_loss"],
            "refit": "accuracy",
        } | options
    model = DecisionTreeClassifier(random_state=0)
    return kind(model, SPACE, **{"n_iter": 6, **options})


KINDS = [BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV]


def split_scores(search, metric="score"):
    names = [f"split{k}_test_{metric}" for k in range(search.n_splits_)]
    return [search.cv_results_[name][search.best_index_] for name in names]


# -- the winner --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_what_the_scores_were_made_of(kind):
    search = make_search(kind).fit(X, Y)
    metric = "accuracy" if kind is MultiObjectiveSearchCV else "score"
    tests = [test for _, test in CV.split(X, Y)]
    told = [accuracy_score(Y[t], search.oof_predictions_[t]) for t in tests]
    assert told == split_scores(search, metric)
    for model, test in zip(search.fold_estimators_, tests, strict=True):
        np.testing.assert_array_equal(
            model.predict(X[test]), search.oof_predictions_[test]
        )


@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc_ovr", "accuracy", None])
@pytest.mark.parametrize("labels", [np.arange(3), np.array(["b", "a", "c"], object)])
def test_they_are_those_of_cross_val_predict(scoring, labels):
    y = labels[Y]
    search = make_search(scoring=scoring).fit(X, y)
    proba = scoring in ("neg_log_loss", "roc_auc_ovr")
    method = "predict_proba" if proba else "predict"
    model = clone(search.estimator).set_params(**search.best_params_)
    expected = cross_val_predict(model, X, y, cv=CV, method=method)
    np.testing.assert_array_equal(search.oof_predictions_, expected)


def test_numbers_of_several_targets():
    data = make_regression(60, 4, n_targets=2, noise=5.0, random_state=0)
    space = {"alpha": (1e-3, 1e3, "log-uniform")}
    search = BayesSearchCV(Ridge(), space, n_iter=4, return_oof=True, random_state=0)
    search.fit(*data)
    model = Ridge(**search.best_params_)
    expected = cross_val_predict(model, *data, cv=5)
    np.testing.assert_array_equal(search.oof_predictions_, expected)


def test_fold_models_are_those_of_cross_validate():
    search = make_search(return_oof=False).fit(X, Y)
    assert not hasattr(search, "oof_")
    model = clone(search.estimator).set_params(**search.best_params_)
    plain = cross_validate(model, X, Y, cv=CV, return_estimator=True)
    for one, other in zip(search.fold_estimators_, plain["estimator"], strict=True):
        np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_a_random_model_is_the_one_that_was_scored_where_fits_are_seeded():
    model, space = RandomForestClassifier(3), {"max_depth": (1, 4)}
    search = BayesSearchCV(
        model, space, n_iter=4, cv=CV, random_state=0, seed_fits=True,
        return_oof=True, return_estimator=True,
    ).fit(X, Y)  # fmt: skip
    for fitted, (_, test) in zip(search.fold_estimators_, CV.split(X, Y), strict=True):
        np.testing.assert_array_equal(
            fitted.predict(X[test]), search.oof_predictions_[test]
        )


def test_members_are_trained_on_in_the_same_segments():
    model, space = RandomForestClassifier(random_state=0), {"max_depth": (1, 6)}
    search = HyperbandSearchCV(
        model, space, resource="n_estimators", max_resources=9, cv=CV,
        random_state=0, return_oof=True, return_estimator=True,
    ).fit(X, Y)  # fmt: skip
    tests = [test for _, test in CV.split(X, Y)]
    for k, fitted in enumerate(search.fold_estimators_):
        assert fitted.score(X[tests[k]], Y[tests[k]]) == split_scores(search)[k]


def test_a_class_that_a_fold_lacks_has_a_column():
    y = np.sort(Y)
    search = BayesSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, cv=KFold(3), scoring="accuracy",
        return_oof=True,
    )  # fmt: skip
    search.set_params(scoring={"a": "accuracy", "p": "roc_auc_ovr"}, refit="a")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the class
        search.fit(X[np.argsort(Y)], y)
        expected = cross_val_predict(
            LogisticRegression(**search.best_params_), X[np.argsort(Y)], y,
            cv=KFold(3), method="predict_proba",
        )  # fmt: skip
    best = search.oof_.predictions(search.best_index_, "predict_proba")
    np.testing.assert_array_equal(best, expected)


# -- rows that are tested more than once, or never ---------------------------------


def test_repeats_have_an_axis():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    search = make_search(cv=cv).fit(X, Y)
    assert search.oof_predictions_.shape == (2, len(X))
    splits = list(cv.split(X, Y))
    model = clone(search.estimator).set_params(**search.best_params_)
    for repeat in range(2):
        expected = cross_val_predict(model, X, Y, cv=splits[3 * repeat :][:3])
        np.testing.assert_array_equal(search.oof_predictions_[repeat], expected)


@pytest.mark.parametrize("cv", [TimeSeriesSplit(3), ShuffleSplit(2, random_state=0)])
def test_rows_that_no_fold_tests_are_masked(cv):
    search = make_search(cv=cv).fit(X, Y)
    table = search.oof_predictions_
    tested = np.concatenate([test for _, test in cv.split(X)])
    times = np.atleast_2d((~np.ma.getmaskarray(table)).astype(int)).sum(axis=0)
    np.testing.assert_array_equal(times, np.bincount(tested, minlength=len(X)))


def test_each_prediction_is_where_its_row_is():
    rng = np.random.default_rng(0)
    tests = [rng.choice(20, 7, replace=False) for _ in range(5)]
    parts = [t + 100.0 * k for k, t in enumerate(tests)]
    table = at_their_rows(parts, tests, 20)
    for row in range(20):
        expected = [row + 100.0 * k for k, t in enumerate(tests) if row in t]
        np.testing.assert_array_equal(table[:, row].compressed(), expected)


# -- all candidates ----------------------------------------------------------------


def test_every_candidate_has_its_own():
    search = make_search().fit(X, Y)
    assert list(search.oof_.candidates) == list(range(6))
    for index, params in enumerate(search.cv_results_["params"]):
        model = clone(search.estimator).set_params(**params)
        expected = cross_val_predict(model, X, Y, cv=CV)
        np.testing.assert_array_equal(search.oof_.predictions(index), expected)


def test_only_the_highest_rung_competes():
    search = make_search(HyperbandSearchCV).fit(X, Y)
    resources = search.cv_results_["n_resources"]
    np.testing.assert_array_equal(
        sorted(search.oof_.candidates), np.flatnonzero(resources == 9)
    )
    low = int(np.argmin(resources))
    with pytest.raises(KeyError, match=f"Row {low} .* highest rung"):
        search.oof_.predictions(low)


def test_candidates_that_fail_have_none():
    data = numbered_rows()
    space = {"quality": [0.0, 1.0, 2.0]}
    search = BayesSearchCV(
        FailingClassifier(fails=(2.0,)), space, cv=2, return_oof=True,
        return_estimator=True,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the failures
        search.fit(*data)
    failed = [
        i for i, p in enumerate(search.cv_results_["params"]) if p["quality"] == 2
    ]
    assert set(search.oof_.candidates) == {0, 1, 2} - set(failed)
    assert all(model is not None for model in search.fold_estimators_)


def test_fold_stopping_is_left_out():
    search = make_search(n_iter=30, cv=5, fold_stopping=True).fit(X, Y)
    assert "skipped" not in {
        e.status for e in search.history_.records if hasattr(e, "status")
    }
    assert len(search.oof_.candidates) == 30


def test_a_model_that_predicts_nothing_keeps_nothing():
    search = BayesSearchCV(
        KernelDensity(), {"bandwidth": (0.1, 2.0)}, n_iter=3, return_oof=True,
        return_estimator=True, random_state=0,
    ).fit(X)  # fmt: skip
    assert search.oof_.candidates == {}
    assert not hasattr(search, "oof_predictions_")
    assert len(search.fold_estimators_) == 5


def test_a_list_of_arrays_is_refused():
    two = np.column_stack([Y, Y[::-1]])
    scoring = {"p": "roc_auc", "a": lambda est, X, y: 0.0}
    search = make_search(scoring=scoring, refit="a", cv=3, error_score="raise")
    with pytest.raises(ValueError, match=r"predict_proba of .* gives a list of 2"):
        search.fit(X, two > 0)


# -- where they travel -------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_change_nothing(kind, backend):
    alone = make_search(kind).fit(X, Y)
    with parallel_config(backend, n_jobs=2):
        search = make_search(kind).fit(X, Y)
    assert list(search.oof_.candidates) == list(alone.oof_.candidates)
    for index in alone.oof_.candidates:
        np.testing.assert_array_equal(
            search.oof_.predictions(index), alone.oof_.predictions(index)
        )
    for one, other in zip(search.fold_estimators_, alone.fold_estimators_, strict=True):
        np.testing.assert_array_equal(one.predict(X), other.predict(X))


@pytest.mark.parametrize("kind", KINDS)
def test_an_executor_changes_nothing(kind):
    alone = make_search(kind).fit(X, Y)
    with ThreadPoolExecutor(2) as executor:
        search = make_search(kind, executor=executor).fit(X, Y)
    for index in alone.oof_.candidates:
        np.testing.assert_array_equal(
            search.oof_.predictions(index), alone.oof_.predictions(index)
        )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the cluster's own sockets
def test_a_cluster_that_sees_no_files_changes_nothing(monkeypatch):
    distributed = pytest.importorskip("distributed")
    # What is written where no worker looks is what another machine would not see.
    monkeypatch.setattr(_futures.FuturesPool, "_put_down", lambda *_: "/not/here")
    alone = make_search().fit(X, Y)
    with (
        mock.patch.dict(os.environ),  # clusters set threads of BLAS there
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        search = make_search(executor=client.get_executor()).fit(X, Y)
    for index in alone.oof_.candidates:
        np.testing.assert_array_equal(
            search.oof_.predictions(index), alone.oof_.predictions(index)
        )
    assert len(search.fold_estimators_) == 3


def test_nothing_of_it_is_in_the_history():
    with_it, without = (
        make_search(return_oof=kept, return_estimator=kept).fit(X, Y)
        for kept in (True, False)
    )
    for one, other in zip(
        with_it.history_.records, without.history_.records, strict=True
    ):
        assert type(one) is type(other)
    with_it = pickle.loads(pickle.dumps(with_it))
    assert len(with_it.oof_.candidates) == 6


def test_what_does_not_fit_is_told_by_the_first_fit():
    n_bytes = 6 * len(X)  # a byte for each label
    make_search(max_oof_bytes=n_bytes).fit(X, Y)
    search = make_search(max_oof_bytes=n_bytes - 1)
    with pytest.raises(ValueError, match=r"max_oof_bytes=539.* n_iter"):
        search.fit(X, Y)
    assert len(search.history_.observed()) == 0


# -- journals ----------------------------------------------------------------------


@pytest.fixture
def journal(tmp_path):
    return str(tmp_path / "search.jsonl")


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_goes_on_with_what_is_beside_its_journal(kind, journal):
    first = make_search(kind, journal=journal).fit(X, Y)
    again = make_search(kind, journal=journal).fit(X, Y)
    for index in first.oof_.candidates:
        np.testing.assert_array_equal(
            first.oof_.predictions(index), again.oof_.predictions(index)
        )
    lines = Path(journal).read_text()
    assert "predict" not in lines.partition("\n")[2]
    files = os.listdir(f"{journal}.predictions")
    assert len(files) == 3 * len(first.history_.trials)  # none of lower rungs is left


def test_a_journal_that_was_cut_gives_the_same(journal):
    whole = make_search(journal=journal).fit(X, Y)
    lines = Path(journal).read_text().splitlines(keepends=True)
    Path(journal).write_text("".join(lines[: len(lines) // 2]))
    again = make_search(journal=journal).fit(X, Y)
    for index in whole.oof_.candidates:
        np.testing.assert_array_equal(
            whole.oof_.predictions(index), again.oof_.predictions(index)
        )


@pytest.mark.parametrize("harm", ["never kept", "lost", "broken"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_is_run_once_more(kind, harm, journal):
    make_search(kind, journal=journal, return_oof=harm != "never kept").fit(X, Y)
    folder = Path(f"{journal}.predictions")
    for file in folder.glob("0-*") if harm == "lost" else ():
        file.unlink()
    for file in folder.glob("*") if harm == "broken" else ():
        file.write_bytes(file.read_bytes()[:40])
    n_lines = len(Path(journal).read_text().splitlines())
    again = make_search(kind, journal=journal, return_estimator=False)
    if kind is HyperbandSearchCV and harm == "lost":  # 0 is out early
        again.fit(X, Y)
    else:
        with pytest.warns(JournalWarning, match="run once more"):
            again.fit(X, Y)
    assert len(Path(journal).read_text().splitlines()) == n_lines
    fresh = make_search(kind).fit(X, Y)
    for index in fresh.oof_.candidates:
        np.testing.assert_array_equal(
            fresh.oof_.predictions(index), again.oof_.predictions(index)
        )


def test_a_disk_that_is_full_costs_no_search(journal):
    """What a candidate predicted is more than what is written of its score."""
    resource = pytest.importorskip("resource", reason="a limit on files is POSIX")
    rows, target = make_regression(3000, 2, random_state=0)
    options = {"cv": 3, "random_state": 0, "n_iter": 2, "return_oof": True}
    search = BayesSearchCV(Ridge(), {"alpha": (0.1, 9.0)}, journal=journal, **options)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, hard))
    try:
        with pytest.warns(JournalWarning, match="predictions.*large.*run once more"):
            search.fit(rows, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(f"{journal}.predictions") == []
    plain = clone(search).set_params(journal=None).fit(rows, target)
    for index in plain.oof_.candidates:
        np.testing.assert_array_equal(
            search.oof_.predictions(index), plain.oof_.predictions(index)
        )


def test_files_of_another_search_are_not_read(journal):
    folder = Path(f"{journal}.predictions")
    folder.mkdir()
    for fold in range(3):
        np.savez(folder / f"0-{fold}-1.npz", codes=np.zeros(30, np.uint8))
    search = make_search(journal=journal).fit(X, Y)
    fresh = make_search().fit(X, Y)
    np.testing.assert_array_equal(search.oof_.predictions(0), fresh.oof_.predictions(0))
    assert isinstance(search.history_, History)
