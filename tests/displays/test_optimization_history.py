"""The best so far, and what else a search tried."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV
from sksearch.displays import OptimizationHistoryDisplay
from sksearch.history import Evaluation, History, Trial
from sksearch.space import SearchSpace
from tests.displays.histories import grown, trained

KINDS = ["complete", "infeasible", "stopped", "failed", "trained less"]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-9, 9), st.sampled_from(KINDS)), min_size=1),
    st.randoms(use_true_random=False),
)
def test_the_best_so_far_never_falls(rows, random):
    elapsed = [float(i) for i in range(len(rows))]
    random.shuffle(elapsed)
    display = OptimizationHistoryDisplay(
        scores=np.array([score if k != "failed" else np.nan for score, k in rows]),
        standard_errors=np.full(len(rows), np.nan),
        kinds=np.array([kind for _, kind in rows]),
        resources=np.ones(len(rows), dtype=int),
        elapsed=np.array(elapsed),
        score_name="score",
    )
    for n, best in enumerate(display.best, start=1):
        counting = [score for score, kind in rows[:n] if kind == "complete"]
        assert (best < 0) == (not counting)
        assert best < 0 or rows[best][0] == max(counting)
    line = display.frame()["best_so_far"].dropna().to_numpy()
    assert (np.diff(line) >= 0.0).all()
    lines = display.plot(Figure().subplots(), x="time").ax_.get_lines()
    assert len(lines) == (len(line) > 0)
    assert all((np.diff(each.get_ydata()) >= 0.0).all() for each in lines)
    assert all((np.diff(each.get_xdata()) >= 0.0).all() for each in lines)


def test_it_ends_at_the_best_score_of_the_search():
    search = BayesSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": range(1, 8), "min_samples_leaf": range(1, 40)},
        n_iter=12,
        scoring="balanced_accuracy",
        random_state=0,
    ).fit(*load_iris(return_X_y=True))
    display = OptimizationHistoryDisplay.from_search(search)
    table = search.cv_results_
    np.testing.assert_array_equal(display.scores, table["mean_test_score"])
    assert display.score_name == "balanced_accuracy"
    assert display.best[-1] == search.best_index_
    # scikit-learn's std divides by K; the standard error by K - 1 and the root of K.
    expected = table["std_test_score"] * np.sqrt(5 / 4) / np.sqrt(5)
    np.testing.assert_allclose(display.standard_errors, expected)
    assert (np.diff(display.elapsed) > 0.0).all()


def test_searches_of_scikit_learn():
    X, y = load_iris(return_X_y=True)
    tree, grid = DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3]}
    search = GridSearchCV(
        tree, grid, scoring=["accuracy", "f1_macro"], refit="f1_macro"
    )
    display = OptimizationHistoryDisplay.from_search(search.fit(X, y))
    assert display.score_name == "f1_macro"
    assert display.best[-1] == search.best_index_
    other = OptimizationHistoryDisplay.from_search(search, score="accuracy")
    assert other.scores.tolist() == search.cv_results_["mean_test_accuracy"].tolist()
    with pytest.raises(ValueError, match="x='time' needs times"):
        display.plot(x="time")
    with pytest.raises(ValueError, match="x='hours' is neither"):
        display.plot(x="hours")

    halving = HalvingGridSearchCV(tree, grid, random_state=0, min_resources=30)
    display = OptimizationHistoryDisplay.from_search(halving.fit(X, y))
    assert display.best[-1] == halving.best_index_
    assert "trained less" in display.kinds


def test_kinds_are_those_of_the_history(history):
    display = OptimizationHistoryDisplay.from_history(history)
    small = np.array([trial.params["size"] for trial in history.trials])
    kinds = np.where(-small + 0.1 < -40.0, "infeasible", "complete")
    kinds[[3, 17]], kinds[[5, 20]] = "failed", "stopped"
    assert display.kinds.tolist() == kinds.tolist()
    assert np.isnan(display.scores[[3, 17]]).all()
    assert display.scores[5] == history.fold_scores(5)[0]
    assert display.elapsed.tolist()[:1] == [pytest.approx(0.7)]


def test_candidates_at_lower_resources_are_no_best():
    history = trained()
    display = OptimizationHistoryDisplay.from_history(history)
    highest = display.resources == 9
    assert (display.kinds[~highest] == "trained less").all()
    rows = [task for task in history.tasks() if history.evaluations(*task)]
    assert rows[display.best[-1]] == (history.incumbent(), 9)


@pytest.mark.parametrize("cut", [1, 2, 10, 50, 100])
def test_a_log_that_broke_off_is_drawn(cut, history):
    half = History(history.space, **history.header() | {"log_scores": ()})
    for record in history.records[: cut + 1]:
        half.record(record)
    display = OptimizationHistoryDisplay.from_history(half)
    display.plot().figure_.canvas.draw()
    n_results = len(half.evaluations(len(display.kinds) - 1))
    last = OptimizationHistoryDisplay.from_history(history).kinds[
        len(display.kinds) - 1
    ]
    assert display.kinds[-1] == (last if n_results == 3 else "stopped")


def test_scores_far_below_do_not_flatten_the_rest():
    display = OptimizationHistoryDisplay.from_history(grown(30))
    display.scores[4] = -1e20
    ax = display.plot().ax_
    ax.figure.canvas.draw()
    assert ax.get_ylim()[0] > -100.0
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "off the axis (1)" in labels
    assert display.frame()["good"][4] == -1e20


def test_the_axis_of_a_cost_has_room_for_each_factor():
    """Ten times as fast is seen wherever it happens."""
    goals = ["cost", "good"]
    history = History(
        SearchSpace({"C": (0.0, 1.0)}),
        seed=0,
        n_splits=1,
        objectives=goals,
        log_scores=["cost"],
    )
    for i, cost in enumerate([1000.0, 10.0, 0.1]):
        history.record(Trial(i, {"C": 0.1 * i}))
        history.record(Evaluation(i, 1, 0, {"cost": -cost, "good": 0.0}))
    ax = OptimizationHistoryDisplay.from_history(history).plot().ax_
    heights = ax.transData.transform([(1, -1000.0), (1, -10.0), (1, -0.1)])[:, 1]
    first, second = np.diff(heights)
    assert first > 10.0
    assert first == pytest.approx(second)
