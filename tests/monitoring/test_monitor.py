"""A monitor knows its search, its columns and its batches, also in the next process."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, MultiObjectiveSearchCV, load_metadata
from sksearch.exceptions import HistoryMismatchError, MetadataError
from sksearch.monitoring import ScoreMonitor

X, Y = load_breast_cancer(return_X_y=True)
FRAME = pd.DataFrame(X, columns=[f"column {i}" for i in range(X.shape[1])])
SPACE = {"max_depth": [2, 4], "min_samples_leaf": [1, 10]}


def tree():
    return DecisionTreeClassifier(random_state=0)


@pytest.fixture(scope="module")
def search():
    search = BayesSearchCV(tree(), SPACE, scoring="roc_auc", random_state=0)
    return search.fit(FRAME[:400], Y[:400])


def quiet(search, n=3):
    return list(np.random.default_rng(0).normal(search.best_score_, 0.01, n))


def test_a_batch_is_scored_as_the_search_scores(search):
    monitor = ScoreMonitor(search)
    assert monitor.verdict is None
    verdict = monitor.update(FRAME[400:], Y[400:])
    predicted = search.predict_proba(FRAME[400:])[:, 1]
    assert verdict.score == roc_auc_score(Y[400:], predicted)
    assert verdict.expected == pytest.approx(search.best_score_)
    low, high = verdict.interval
    assert low < verdict.expected < high
    assert monitor.batches[0].rows == 169
    assert monitor.verdict == verdict


def test_the_interval_is_that_of_overlapping_folds(search):
    verdict = ScoreMonitor(search).update_score(0.9)
    row = search.best_index_
    folds = [search.cv_results_[f"split{k}_test_score"][row] for k in range(5)]
    error = np.std(folds, ddof=1) * np.sqrt(1 / 5 + 80 / 320)
    low, high = verdict.interval
    assert (high - low) / 2 == pytest.approx(2.7764451 * error, rel=1e-6)


def test_ok_then_watch_then_retune_which_stays(search):
    monitor = ScoreMonitor(search)
    for score in quiet(search, 10):
        verdict = monitor.update_score(score)
        assert verdict.status == "ok"
    seen = []
    for _ in range(20):
        verdict = monitor.update_score(search.best_score_ - 0.04)
        seen.append(verdict.status)
    assert list(dict.fromkeys(seen)) == ["ok", "watch", "retune"]
    assert verdict.since == 11
    assert 0.0 < verdict.drop <= 0.05
    assert verdict.recent == pytest.approx(search.best_score_ - 0.04)
    assert verdict.retune_at == 11 + seen.index("retune")
    for _ in range(300):
        verdict = monitor.update_score(0.99)
    assert verdict.status == "retune"
    assert "retune: batch 330 has 0.99" in str(verdict)


def test_watch_is_taken_back(search):
    monitor = ScoreMonitor(search, alpha=1e-9)
    statuses = [monitor.update_score(search.best_score_ - 0.2).status]
    statuses += [monitor.update_score(search.best_score_).status for _ in range(40)]
    statuses += [monitor.update_score(search.best_score_ - 0.06).status] * 1
    for _ in range(10):
        statuses.append(monitor.update_score(search.best_score_ - 0.06).status)
    assert "watch" in statuses
    for _ in range(100):
        statuses.append(monitor.update_score(search.best_score_).status)
    assert statuses[-1] == "ok"


def test_the_file_goes_on_where_it_was(search, tmp_path):
    path, memory = tmp_path / "monitor.json", ScoreMonitor(search)
    for score in [*quiet(search, 4), 0.5, 0.5, 0.5, 0.5]:
        verdict = ScoreMonitor(search, path=path).update_score(score, n_samples=50)
        assert verdict == memory.update_score(score, n_samples=50)
    assert verdict.status == "retune"
    assert ScoreMonitor(search, path=path).verdict == verdict
    json.loads(path.read_text(), parse_constant=pytest.fail)
    assert [file.name for file in tmp_path.iterdir()] == ["monitor.json"]


def test_metadata_are_enough(search, tmp_path):
    metadata = load_metadata(search.export_metadata(tmp_path / "metadata.json"))
    path = tmp_path / "monitor.json"
    verdict = ScoreMonitor(metadata, path=path).update_score(0.93, n_samples=100)
    assert verdict == ScoreMonitor(search).update_score(0.93, n_samples=100)
    assert ScoreMonitor(search, path=path).verdict == verdict
    with pytest.raises(NotFittedError, match="pass the score to update_score"):
        ScoreMonitor(metadata).update(FRAME, Y)


def test_searches_of_scikit_learn_need_the_rows_of_their_folds(search):
    grid = GridSearchCV(tree(), SPACE, scoring="roc_auc").fit(FRAME[:400], Y[:400])
    with pytest.raises(ValueError, match="Pass fold_rows"):
        ScoreMonitor(grid)
    verdict = ScoreMonitor(grid, fold_rows=(320, 80)).update(FRAME[400:], Y[400:])
    assert verdict == ScoreMonitor(search).update(FRAME[400:], Y[400:])


def test_one_of_several_scores_is_watched():
    search = MultiObjectiveSearchCV(
        tree(), SPACE, scoring=["roc_auc", "accuracy"], random_state=0
    ).fit(X[:400], Y[:400])
    verdict = ScoreMonitor(search, score="accuracy").update(X[400:], Y[400:])
    assert verdict.score == (search.predict(X[400:]) == Y[400:]).mean()
    assert ScoreMonitor(search)._known.name == "roc_auc"
    with pytest.raises(ValueError, match="score='f1' is not a score"):
        ScoreMonitor(search, score="f1")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda X: X.drop(columns="column 3"), r"lacks \['column 3'\]"),
        (lambda X: X.rename(columns={"column 3": "new"}), r"has \['new'\]"),
        (lambda X: X[X.columns[::-1]], "in another order"),
        (lambda X: X.to_numpy()[:, :7], "has 7 columns"),
    ],
)
def test_other_columns_are_refused(search, change, says, tmp_path):
    path = tmp_path / "monitor.json"
    with pytest.raises(ValueError, match=says):
        ScoreMonitor(search, path=path).update(change(FRAME[400:]), Y[400:])
    assert not path.exists()


def test_batches_without_a_score_are_refused(search):
    monitor = ScoreMonitor(search)
    with pytest.raises(ValueError, match="all classes in each"):
        monitor.update_score(np.nan)
    with pytest.raises(ValueError, match="n_samples=0 must be positive"):
        monitor.update_score(0.9, n_samples=0)
    assert monitor.batches == []


def test_an_unfitted_search_is_said():
    with pytest.raises(NotFittedError, match="Call fit first"):
        ScoreMonitor(BayesSearchCV(tree(), SPACE))


def test_without_refit_there_is_no_model(search):
    kept = BayesSearchCV(tree(), SPACE, refit=False, random_state=0).fit(X, Y)
    monitor = ScoreMonitor(kept)
    assert monitor.update_score(kept.best_score_).status == "ok"
    with pytest.raises(NotFittedError, match="no fitted model"):
        monitor.update(X, Y)


def test_equal_folds_need_a_spread():
    X = np.repeat([[0.0], [1.0]], 20, axis=0)
    search = BayesSearchCV(tree(), {"max_depth": [1, 2]}, random_state=0)
    search.fit(X, X[:, 0])
    assert search.best_score_ == 1.0
    with pytest.raises(ValueError, match="Pass spread"):
        ScoreMonitor(search)
    monitor = ScoreMonitor(search, spread=0.05)
    assert monitor.update_score(1.0).status == "ok"
    with pytest.raises(ValueError, match="spread=0 must be a positive"):
        ScoreMonitor(search, spread=0)


@pytest.mark.parametrize(("alpha", "watch"), [(0.0, 0.2), (0.3, 0.2), (0.05, 1.0)])
def test_rates_are_in_order(search, alpha, watch):
    with pytest.raises(ValueError, match="must be probabilities"):
        ScoreMonitor(search, alpha=alpha, watch=watch)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", "0.05"),
        ("alpha", None),
        ("watch", "0.2"),
        ("spread", "0.1"),
        ("spread", True),
        ("fold_rows", 5),
        ("fold_rows", (0, 0)),
        ("fold_rows", (80, "20")),
        ("fold_rows", (80, 20, 10)),
    ],
)
def test_what_is_no_number_is_refused(search, name, value):
    with pytest.raises(ValueError, match=rf"{name}=") as refused:
        ScoreMonitor(search, **{name: value})
    assert repr(value) in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("score", "0.9"), ("score", None), ("score", True), ("n_samples", "5")],
)
def test_scores_and_rows_are_numbers(search, name, value):
    monitor = ScoreMonitor(search)
    batch = {"score": 0.9, "n_samples": 5, name: value}
    with pytest.raises(ValueError, match=repr(value)):
        monitor.update_score(**batch)
    assert monitor.batches == []


def test_a_folder_that_is_not_there_is_named_at_once(search, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"path=.*folder"):
        ScoreMonitor(search, path=tmp_path / "none" / "monitor.json")


def test_a_file_of_another_search_or_promise_is_refused(search, tmp_path):
    path = tmp_path / "monitor.json"
    ScoreMonitor(search, path=path).update_score(0.9)
    other = BayesSearchCV(tree(), SPACE, scoring="roc_auc", random_state=0)
    with pytest.raises(HistoryMismatchError, match="about another search"):
        ScoreMonitor(other.fit(FRAME[50:450], Y[50:450]), path=path)
    with pytest.raises(HistoryMismatchError, match=r"was begun with 0\.05"):
        ScoreMonitor(search, path=path, alpha=0.01)


DAMAGE = {
    "cut": lambda text: text[:-9],
    "a list": lambda text: "[]",
    "no number": lambda text: text.replace("[[0.9,", '[["0.9",'),
    "NaN": lambda text: text.replace("[[0.9,", "[[NaN,"),
    "no rows": lambda text: text.replace("80.0]]", "0]]"),
    "another alarm": lambda text: text.replace('"retune_at": null', '"retune_at": 7'),
    "another format": lambda text: text.replace('monitor": 1', 'monitor": 2'),
    "deep": lambda text: "[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_files_are_refused_and_kept(search, damage, tmp_path):
    path = tmp_path / "monitor.json"
    ScoreMonitor(search, path=path).update_score(0.9)
    broken = damage(path.read_text())
    assert broken != path.read_text()
    path.write_text(broken)
    with pytest.raises(MetadataError, match="no state of a monitor"):
        ScoreMonitor(search, path=path)
    assert path.read_text() == broken
