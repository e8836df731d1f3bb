"""A search begins on machines that are taken away, and ends on one that stays."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from numpy.testing import assert_equal
from sklearn.base import clone
from sklearn.metrics import accuracy_score, make_scorer

from asv_benchmarks.reliability import searches as child
from sksearch import BayesSearchCV, MultiObjectiveSearchCV
from sksearch.exceptions import HistoryMismatchError
from sksearch.history import Evaluation, History

ROOT = Path(__file__).resolve().parents[2]
X, Y = child.X, child.Y

SPOT = """
from asv_benchmarks.reliability import searches as child
search = child.make_search({name!r}, {log!r}, {journal!r}, pause=0.03)
search.set_params(**{options!r}).fit(child.X, child.Y)
"""


def without_times(search):
    return {k: v for k, v in search.cv_results_.items() if "time" not in k}


def n_results(path):
    if not path.exists() or not path.stat().st_size:
        return 0
    records = History.load(path).records
    return sum(isinstance(record, Evaluation) for record in records)


def killed(name, log, journal, options, n):
    """Run a search in a process that is killed after some results."""
    code = SPOT.format(name=name, log=log, journal=str(journal), options=options)
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    end = time.monotonic() + 60
    while n_results(journal) < n and time.monotonic() < end:
        assert process.poll() is None, "the search ended before it was killed"
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -9


def elsewhere(journal, folder):
    """Move a journal, and what waits beside it, to another disk."""
    folder.mkdir()
    for path in journal.parent.glob(f"{journal.name}*"):
        shutil.move(path, folder / path.name)
    return folder / journal.name


def n_trained_twice(log):
    lines = Path(log).read_text().splitlines()
    all_rows = str(int(X[:, 0].sum()))
    search = [line for line in lines if line.split()[-2] != all_rows]  # not the refit
    return len(search) - len(set(search))


CHEAP = {
    # The two lower rungs, of 9 and 3 candidates on 3 folds; then the highest one.
    "hyperband": {"scheduler": "halving", "refit": False, "max_fits": 3 * (9 + 3)},
    "bayes": {"n_iter": 8, "refit": False, "max_fits": 3 * 8},
    "multi": {"n_iter": 8, "refit": False, "max_fits": 3 * 8},
}
DEAR = {
    "hyperband": {"scheduler": "halving"},
    "bayes": {"n_iter": 10},
    "multi": {"n_iter": 10},
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL is of POSIX")
@pytest.mark.parametrize(
    "name", ["hyperband", "bayes", pytest.param("multi", marks=pytest.mark.slow)]
)
def test_cheap_then_dear(tmp_path, name):
    """Killed twice, each time going on elsewhere; then ended with a refit."""
    log = str(tmp_path / "log")
    journal = tmp_path / "first" / "search.jsonl"
    journal.parent.mkdir()
    killed(name, log, journal, CHEAP[name], n=5)
    journal = elsewhere(journal, tmp_path / "second")
    killed(name, log, journal, CHEAP[name], n=11)
    journal = elsewhere(journal, tmp_path / "third")

    spot = child.make_search(name, log, str(journal), pause=0.03)
    spot.set_params(**CHEAP[name]).fit(X, Y)
    assert not hasattr(spot, "best_estimator_")
    assert spot.cost_["fits"] == CHEAP[name]["max_fits"]
    journal = elsewhere(journal, tmp_path / "fourth")

    dear = child.make_search(name, log, str(journal), n_jobs=2, pause=0.03)
    dear.set_params(**DEAR[name]).fit(X, Y)
    assert hasattr(dear, "best_estimator_")
    assert dear.metadata_ == clone(dear).metadata(X, Y)
    assert n_trained_twice(log) <= 2  # a fit for each kill
    if name == "hyperband":  # nothing was extended: it is the search without a break
        reference = child.make_search(name).set_params(**DEAR[name]).fit(X, Y)
        assert_equal(without_times(dear), without_times(reference))


def test_no_epoch_twice_where_the_low_rungs_end(tmp_path):
    log, journal = str(tmp_path / "log"), str(tmp_path / "search.jsonl")
    spot = child.make_search("hyperband", log, journal).set_params(**CHEAP["hyperband"])
    told = spot.metadata()
    assert told["brackets"] == [{"n_candidates": [9, 3, 1], "n_resources": [1, 3, 9]}]
    assert spot.fit(X, Y).n_resources_ == [1, 3]
    dear = child.make_search("hyperband", log, journal).set_params(scheduler="halving")
    assert dear.fit(X, Y).n_resources_ == [1, 3, 9]
    assert n_trained_twice(log) == 0


# -- what may change -----------------------------------------------------------------

TWO = {"plain": child.plain_score, "small": child.small}


def two_scores(path, **options):
    return BayesSearchCV(
        child.Counted(),
        child.SPACE,
        n_iter=4,
        cv=3,
        random_state=0,
        scoring=TWO,
        journal=str(path),
        **options,
    )


def test_of_several_scores_the_refit_names_the_objective(tmp_path):
    path = tmp_path / "search.jsonl"
    two_scores(path, refit=False).fit(X, Y)
    with pytest.raises(HistoryMismatchError, match="objective"):
        two_scores(path, refit="small").fit(X, Y)


def test_with_an_objective_the_refit_may_follow(tmp_path):
    path = tmp_path / "search.jsonl"
    two_scores(path, refit=False, objective="small").fit(X, Y)
    before = path.read_bytes()
    dear = two_scores(path, refit="small").fit(X, Y)
    assert path.read_bytes() == before
    assert dear.best_params_["x"] == min(dear.cv_results_["param_x"])


def test_a_front_is_refitted_later(tmp_path):
    def make(**options):
        return MultiObjectiveSearchCV(
            child.Counted(),
            child.SPACE,
            n_iter=4,
            cv=3,
            random_state=0,
            scoring=TWO,
            journal=str(tmp_path / "search.jsonl"),
            **options,
        )

    make(refit=False).fit(X, Y)
    assert hasattr(make(refit="small").fit(X, Y), "best_estimator_")
    assert hasattr(make(refit={"plain": 1.0}).fit(X, Y), "best_estimator_")


@pytest.mark.parametrize(
    "change",
    [
        {"refit": False},
        {"n_jobs": 2},
        {"n_iter": 9},
        {"max_time": "1h", "max_cost": "1h", "max_fits": 1000},
        {"fit_timeout": 60},
        {"max_pending": 5, "pre_dispatch": "n_jobs"},
        {"optimizer": "random", "error_score": 0.0, "verbose": 0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_says_how_to_go_on_may_change(tmp_path, change):
    path, log = str(tmp_path / "search.jsonl"), str(tmp_path / "log")
    child.make_search("bayes", log, path).set_params(n_iter=4, refit=False).fit(X, Y)
    search = child.make_search("bayes", log, path).set_params(n_iter=6)
    search.set_params(**change).fit(X, Y)
    assert n_trained_twice(log) == 0
    assert len(search.cv_results_["params"]) == search.n_iter


@pytest.mark.parametrize(
    "change",
    [
        {"cv": 4},
        {"random_state": 1},
        {"scoring": make_scorer(accuracy_score)},
        {"estimator__pause": 1e-9},
        {"param_distributions": {"x": (0.0, 2.0), "kind": ["a", "b"]}},
        {"max_resources": 27},
        {"scheduler": "halving"},
        {"return_train_score": True},
        {"seed_fits": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_the_search_is_may_not(tmp_path, change):
    path = str(tmp_path / "search.jsonl")
    spot = child.make_search("hyperband", journal=path).set_params(max_fits=9)
    spot.fit(X, Y)
    with pytest.raises(HistoryMismatchError):
        spot.set_params(max_fits=None, **change).fit(X, Y)


def test_the_cost_of_all_machines_counts(tmp_path):
    """`max_fits`, as `max_cost`, is not spent again, however often it is tried."""
    path = str(tmp_path / "search.jsonl")
    spot = child.make_search("bayes", journal=path).set_params(max_fits=9)
    assert [spot.fit(X, Y).cost_["fits"] for _ in range(3)] == [9, 9, 9]
