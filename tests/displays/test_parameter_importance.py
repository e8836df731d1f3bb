"""Importances are those of the report, and their intervals hold."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sksearch._score_model import ScoreModel, share_errors, shares_of
from sksearch.displays import ParameterImportanceDisplay
from sksearch.history import Evaluation, History, Trial
from sksearch.report import importances
from sksearch.space import Real, SearchSpace
from tests.displays.histories import grown


def test_shares_are_those_of_the_report(history):
    display = ParameterImportanceDisplay.from_history(history)
    assert dict(zip(display.names, display.importances, strict=True)) == importances(
        history
    )
    assert display.names[-1] == "fixed"
    frame = display.frame()
    assert frame["parameter"].tolist() == display.names
    assert (frame["low"] <= frame["importance"]).all()
    assert (frame["importance"] <= frame["high"]).all()
    assert (frame["low"] >= 0.0).all()


def test_each_score_has_importances_of_its_own():
    history = grown(40)
    assert ParameterImportanceDisplay.from_history(history).names[0] == "rate"
    small = ParameterImportanceDisplay.from_history(history, score="small")
    assert small.names[0] == "size"
    assert small.importances[0] > 0.9
    assert small.score_name == "small"


def test_the_same_seed_gives_the_same_intervals():
    history = grown(20)
    first, again, other = (
        ParameterImportanceDisplay.from_history(history, seed=seed, n_refits=3).high
        for seed in (0, 0, 1)
    )
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_intervals_grow_with_confidence():
    numbers = {
        "names": ["a"],
        "importances": np.array([0.5]),
        "standard_errors": np.array([0.1]),
    }
    display = ParameterImportanceDisplay(**numbers, confidence=0.95)
    assert display.high[0] == pytest.approx(0.5 + 0.196, abs=1e-3)
    assert display.low[0] == pytest.approx(0.5 - 0.196, abs=1e-3)
    for confidence in (0.0, 1.0, 90):
        with pytest.raises(ValueError, match=rf"confidence={confidence} must lie"):
            ParameterImportanceDisplay(**numbers, confidence=confidence)


def test_what_it_needs_is_said():
    with pytest.raises(ValueError, match="needs 10 complete candidates"):
        ParameterImportanceDisplay.from_history(grown(9))
    with pytest.raises(ValueError, match="n_refits=1 must be 2"):
        ParameterImportanceDisplay.from_history(grown(12), n_refits=1)
    grid = GridSearchCV(SVC(), {"C": [1, 2]}, cv=2).fit([[0], [1]] * 4, [0, 1] * 4)
    with pytest.raises(ValueError, match="and the search has 2"):
        ParameterImportanceDisplay.from_search(grid)
    with pytest.raises(NotFittedError, match="Call fit first"):
        ParameterImportanceDisplay.from_search(GridSearchCV(SVC(), {"C": [1, 2]}))


def test_names_lose_what_all_share_and_the_largest_is_on_top():
    names = ["step__clf__learning_rate_of_the_first_part", "step__clf__b"]
    display = ParameterImportanceDisplay(
        names=names, importances=[0.7, 0.2], standard_errors=[0.1, 0.1]
    )
    ax = display.plot().ax_
    ax.figure.canvas.draw()
    labels = [text.get_text().replace("\n", "") for text in ax.get_yticklabels()]
    assert labels == ["learning_rate_of_the_first_part", "b"]
    tops = [text.get_window_extent().y0 for text in ax.get_yticklabels()]
    assert tops[0] > tops[1]
    assert len(display.plot(max_parameters=1).ax_.get_yticks()) == 1


def noisy(n, seed):
    history = History(
        SearchSpace({name: Real(0.0, 1.0) for name in "abc"}), seed=0, n_splits=1
    )
    rng = np.random.default_rng(seed)
    for i in range(n):
        p = history.space.sample(rng)
        history.record(Trial(i, p))
        score = np.sin(5.0 * p["a"]) + p["b"] + 0.3 * rng.standard_normal()
        history.record(Evaluation(i, 1, 0, {"score": float(score)}))
    return history


@pytest.mark.slow
def test_standard_errors_are_how_far_shares_lie_apart_between_searches():
    shares, errors = [], []
    for seed in range(25):
        model = ScoreModel.fit(noisy(40, seed))
        shares.append([shares_of(model)[name] for name in "abc"])
        found = share_errors(model, seed=seed)
        errors.append([found[name] for name in "abc"])
    centre = np.mean(shares, axis=0)
    ratio = np.median(errors, axis=0)[:2] / np.std(shares, axis=0, ddof=1)[:2]
    assert (ratio > 0.6).all()
    assert (ratio < 2.5).all()
    held = np.abs(np.array(shares) - centre) <= 1.645 * np.array(errors) + 1e-3
    assert held.mean() > 0.8
