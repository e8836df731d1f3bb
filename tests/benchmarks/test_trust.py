"""The page of trust: what its rows say, and that they come from what was judged."""

import dataclasses
import math

import numpy as np
import pytest

from asv_benchmarks.quality.timed import records
from asv_benchmarks.trust import __main__ as command
from asv_benchmarks.trust import judging, others, tables
from asv_benchmarks.trust.drawn import DrawnSearch
from asv_benchmarks.trust.rows import Judged
from asv_benchmarks.trust.samples import SETTINGS
from sksearch import BayesSearchCV, bootstrap_bias_corrected_score

ROWS = records.read(command.CSV, Judged)


FIRST = [row for row in ROWS if row.seed not in judging.AGAIN]
SECOND = [row for row in ROWS if row.seed in judging.AGAIN]


def of(name, rows=FIRST):
    return [row for row in rows if row.setting == name]


def test_the_tables_are_what_the_rows_make():
    for name, text in tables.tables(ROWS).items():
        assert command.table_path(name).read_text() == text


def test_all_was_judged_that_the_page_tells_of():
    assert judging.lacking(ROWS) == []
    assert command.FIGURE.exists()


# -- what the page says of them ----------------------------------------------------


@pytest.mark.parametrize("rows", [FIRST, SECOND], ids=["first", "second"])
@pytest.mark.parametrize("name", SETTINGS)
def test_intervals_hold_the_truth(name, rows):
    assert len(of(name, rows)) == 200
    for truth in ("folds", "refitted"):
        assert tables.share_covered(of(name, rows), truth) >= 0.93


@pytest.mark.parametrize("rows", [FIRST, SECOND], ids=["first", "second"])
@pytest.mark.parametrize("name", [n for n, s in SETTINGS.items() if s.signal])
def test_the_correction_is_near_the_truth(name, rows):
    assert abs(tables.bias(of(name, rows), "corrected", "folds")) < 0.25
    best = tables.bias(of(name, rows), "best", "folds")
    assert best > tables.bias(of(name, rows), "corrected", "folds")


@pytest.mark.parametrize("name", tables.NULL)
def test_of_random_labels_the_best_score_is_the_farthest_off(name):
    best, corrected, nested = (
        np.nanmean([getattr(row, column) for row in of(name)]) - 0.5
        for column in ("best", "corrected", "nested")
    )
    assert best > 0.01
    assert abs(corrected) < best / 3
    assert abs(nested) < 0.01


# -- where they come from ----------------------------------------------------------


@pytest.mark.parametrize("name", ["random labels, columns", "classes", "numbers"])
def test_a_row_comes_again(name):
    again = judging.judge(name, 150)
    (row,) = (row for row in of(name) if row.seed == 150)
    for field in dataclasses.fields(row):
        if field.name != "versions":
            found, kept = getattr(again, field.name), getattr(row, field.name)
            assert found == kept or found == pytest.approx(kept, nan_ok=True), (
                field.name
            )


@pytest.mark.parametrize("name", ["classes", "numbers"])
def test_what_has_no_loop_is_what_the_search_finds(name):
    """The same candidates, as what to begin with."""
    setting = SETTINGS[name]
    drawn = DrawnSearch(setting.estimator, setting.space, setting.scoring, 3, 12)
    X, y = setting.sample(3)
    drawn.fit(X, y)
    search = BayesSearchCV(
        setting.estimator, setting.space, initial_params=drawn.candidates(),
        n_iter=12, optimizer="random", scoring=setting.scoring, cv=5,
        return_oof=True, return_estimator=True, random_state=0,
    ).fit(X, y)  # fmt: skip
    assert search.cv_results_["params"] == drawn.candidates()
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], drawn.cv_results_["mean_test_score"]
    )
    assert search.best_index_ == drawn.best_index_
    for one, other in zip(search.fold_estimators_, drawn.fold_estimators_, strict=True):
        np.testing.assert_array_equal(one.coef_, other.coef_)
    corrected = [
        bootstrap_bias_corrected_score(each, n_bootstraps=50, random_state=1)
        for each in (search, drawn)
    ]
    np.testing.assert_allclose(
        corrected[0].bootstrap_scores, corrected[1].bootstrap_scores
    )


@pytest.mark.parametrize("name", ["classes", "numbers"])
def test_the_truth_is_that_of_many_rows(name):
    setting = SETTINGS[name]
    X, y = setting.sample(0)
    model = setting.estimator.set_params(subset=5, alpha=10.0).fit(X, y)
    many = dataclasses.replace(setting, n_rows=200_000)
    X, y = many.sample(1)
    right = (
        (model.predict(X) == y)
        if setting.classifies
        else -((model.predict(X) - y) ** 2)
    )
    error = np.std(right) / np.sqrt(len(y))
    assert abs(np.mean(right) - setting.truth(model)) < 4 * error


def test_the_bootstrap_among_the_other_ways_is_the_one_of_the_library():
    (row,) = (row for row in of("classes") if row.seed == 0)
    error, off, *_ = others._judged("classes", 0)
    assert off + row.folds == pytest.approx(row.corrected, abs=0.01)
    assert error == pytest.approx(row.corrected_error, rel=0.2)


def test_what_is_shown_follows_the_rows():
    row = Judged(
        "digits", 0, 0.9, 0.7, 0.1, 0.6, 0.8, 0.6, 0.1, 0.5, 0.65, 0.7, 0.7, "v"
    )
    other = dataclasses.replace(row, seed=1, corrected_low=0.71, nested_high=0.8)
    shown = tables.tables([row, other])["digits"]
    assert "| BBC | 0.700 ± 0.000 | 0.000 ± 0.000 | 0.000 | 50% |" in shown
    assert "| nested | 0.600 ± 0.000 | -0.100 ± 0.000 | 0.100 | 50% |" in shown
    assert "Measured with v." in shown
    null = dataclasses.replace(row, setting=tables.NULL[0], nested=math.nan)
    made = tables.random_labels([null, dataclasses.replace(null, seed=1)])
    assert f"| {tables.NULL[0]} | 2 (0) | 0.900 ± 0.000 | 0.700 ± 0.000 |  |" in made
