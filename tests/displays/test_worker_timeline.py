"""Timelines: every fit is a bar in the row of its worker, and idle time adds up."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sksearch import BayesSearchCV
from sksearch.displays import WorkerTimelineDisplay
from sksearch.history import Evaluation, History, Trial
from sksearch.space import SearchSpace
from tests.displays.histories import grown


def log_of(fits):
    """A log of one candidate for each (worker, start, seconds)."""
    history = History(SearchSpace({"x": (0.0, 1.0)}), seed=0, n_splits=1)
    for i, (worker, start, seconds) in enumerate(fits):
        history.record(Trial(i, {"x": i / 1000}))
        times = {"started": start, "fit_time": seconds, "score_time": 0.0}
        history.record(Evaluation(i, 1, 0, {"score": 0.1 * i}, worker=worker, **times))
    return history


def test_a_worker_is_busy_for_its_share():
    fits = [("a", 1.0, 2.0), ("b", 1.0, 4.0), ("a", 4.0, 1.0)]
    made = WorkerTimelineDisplay.from_history(log_of(fits))
    assert made.workers == ["a", "b"]
    assert made.rows.tolist() == [0, 1, 0]
    assert made.busy.tolist() == [0.75, 1.0]
    assert made.best == 2


starts = st.floats(0, 100)
lengths = st.floats(0.001, 50)


@given(st.lists(st.tuples(st.sampled_from("abc"), starts, lengths), min_size=1))
def test_busy_is_a_share_whatever_clocks_say(fits):
    made = WorkerTimelineDisplay.from_history(log_of(fits))
    assert ((made.busy > 0.0) & (made.busy <= 1.0 + 1e-9)).all()
    assert (np.diff(made.starts) >= 0.0).all()
    # By brute force: the length of the union of the worker's intervals.
    whole = made.ends.max() - made.starts.min()
    for row, worker in enumerate(made.workers):
        points = sorted({t for w, s, n in fits if w == worker for t in (s, s + n)})
        union = sum(
            b - a
            for a, b in itertools.pairwise(points)
            if any(w == worker and s <= a and b <= s + n for w, s, n in fits)
        )
        assert made.busy[row] == pytest.approx(union / whole, abs=1e-9)


def test_spared_folds_are_no_fits_and_failed_ones_are():
    made = WorkerTimelineDisplay.from_history(grown(6, fails=(1,), stops=(2,)))
    assert len(made.starts) == 6 * 3 - 2
    assert (made.kinds == "failed").sum() == 1
    assert set(made.frame()["status"]) == {"ok", "failed"}


def test_fits_of_unknown_times_are_left_out():
    history = log_of([("a", 0.0, 1.0), ("a", float("nan"), 1.0)])
    assert len(WorkerTimelineDisplay.from_history(history).starts) == 1
    with pytest.raises(ValueError, match="says when it was made"):
        WorkerTimelineDisplay.from_history(log_of([(None, float("nan"), 1.0)]))


def test_a_real_search_has_its_workers():
    X, y = load_iris(return_X_y=True)
    search = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=4, cv=2, n_jobs=2)
    made = WorkerTimelineDisplay.from_search(search.fit(X, y))
    assert 1 <= len(made.workers) <= 2
    assert len(made.starts) == 8
    made.plot().figure_.canvas.draw()
    with pytest.raises(NotFittedError, match="has no history_"):
        WorkerTimelineDisplay.from_search(GridSearchCV(SVC(), {"C": [1]}).fit(X, y))


def test_a_hundred_workers_have_few_names():
    fits = [(str(i % 100), float(i), 1.0) for i in range(500)]
    ax = WorkerTimelineDisplay.from_history(log_of(fits)).plot().ax_
    assert len(ax.get_yticks()) <= 12
