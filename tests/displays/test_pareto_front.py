"""The front that is drawn is the front of the search."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.model_selection import RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

from sksearch import MultiObjectiveSearchCV
from sksearch._pareto import hypervolume
from sksearch.displays import HypervolumeDisplay, ParetoFrontDisplay
from sksearch.metrics import neg_n_parameters
from tests.displays.histories import grown

SPACE = {"max_leaf_nodes": range(2, 30), "min_samples_leaf": range(1, 30)}


def small(estimator, X, y):
    return -float(estimator.get_n_leaves())


def shallow(estimator, X, y):
    return -float(estimator.get_depth())


def searched(scoring, cls=MultiObjectiveSearchCV, **settings):
    search = cls(
        DecisionTreeClassifier(random_state=0),
        SPACE,
        scoring=scoring,
        n_iter=20,
        cv=3,
        random_state=0,
        **settings,
    )
    return search.fit(*load_iris(return_X_y=True))


@pytest.mark.parametrize("bounds", [None, {"small": -4.0}, {"small": 0.0}])
def test_the_front_is_that_of_the_search(bounds):
    scoring = {"accuracy": "accuracy", "small": small, "shallow": shallow}
    for names in (list(scoring)[:2], list(scoring)):
        search = searched(
            {n: scoring[n] for n in names},
            optimizer="random",
            score_constraints=bounds,
            refit=False,
        )
        display = ParetoFrontDisplay.from_search(search)
        assert display.front.tolist() == search.pareto_index_.tolist()
        assert display.objectives == names
        np.testing.assert_array_equal(display.reference, search.reference_point_)
        assert display.hypervolumes[-1] == pytest.approx(search.hypervolume_)
        assert len(display.frame()) == len(search.cv_results_["params"])


def test_the_chosen_candidate_is_that_of_refit():
    search = searched({"accuracy": "accuracy", "small": small}, refit="accuracy")
    display = ParetoFrontDisplay.from_search(search)
    frame = display.frame()
    assert display.chosen == search.best_index_
    assert frame.index[frame["chosen"]].tolist() == [search.best_index_]
    assert frame.index[frame["on_front"]].tolist() == sorted(search.pareto_index_)


def test_a_fit_that_raised_has_no_chosen_candidate():
    search = searched({"accuracy": "accuracy", "small": small})
    search.history_ = grown(5, objectives=("good", "small"))
    display = ParetoFrontDisplay.from_search(search)
    assert display.chosen is None
    display.plot()


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from("cfi")),
        min_size=1,
        max_size=25,
    )
)
def test_laws_of_fronts_over_time(points):
    names = {"c": "complete", "f": "failed", "i": "infeasible"}
    display = ParetoFrontDisplay(
        scores=np.array([[a, b] for a, b, _ in points], dtype=float),
        kinds=np.array([names[kind] for *_, kind in points]),
        objectives=["a", "b"],
        params=[{}] * len(points),
    )
    counts = [i for i, (*_, kind) in enumerate(points) if kind == "c"]
    assert display.fronts[len(points)].tolist() == display.front.tolist()
    for moment, front in display.fronts.items():
        seen = [i for i in counts if i < moment]
        beaten = [i for i in seen if any(beats(points[j], points[i]) for j in seen)]
        assert sorted(front) == sorted(set(seen) - set(beaten))
        first, second = display.scores[front].T if len(front) else ([], [])
        assert list(first) == sorted(first)
        assert list(second) == sorted(second, reverse=True)
    assert (np.diff(display.hypervolumes) >= 0.0).all()
    for n in range(1, len(points) + 1):
        rows = [i for i in counts if i < n]
        naive = hypervolume(display.scores[rows], display.reference) if rows else 0.0
        assert display.hypervolumes[n - 1] == pytest.approx(naive)


def beats(p, q):
    return p[0] >= q[0] and p[1] >= q[1] and p[:2] != q[:2]


def test_the_line_passes_what_the_front_just_dominates():
    """Greater is better: between two points the line lies at the lower score."""
    display = ParetoFrontDisplay(
        scores=np.array([[0.0, 3.0], [1.0, 2.0], [2.0, 0.0]]),
        kinds=np.array(["complete"] * 3),
        objectives=["a", "b"],
        params=[{}] * 3,
    )
    [line] = display.plot().ax_.get_lines()
    corners = set(map(tuple, line.get_path().interpolated(1).vertices.tolist()))
    assert corners == {(0.0, 3.0), (0.0, 2.0), (1.0, 2.0), (1.0, 0.0), (2.0, 0.0)}


def test_all_kinds_have_marks_of_their_own(history):
    ax = ParetoFrontDisplay.from_history(history).plot().ax_
    found = {}
    for artist, label in zip(*ax.get_legend_handles_labels(), strict=True):
        if hasattr(artist, "get_paths"):
            found[label] = artist.get_paths()[0].vertices.tobytes()
    assert {"front", "infeasible", "stopped (2)", "failed (2)"} <= set(found)
    assert len(set(found.values())) >= len(found) - 1  # dots for what is dominated


def test_each_candidate_is_drawn_once_wherever_it_lies():
    """Inside, below, left of the axes, or both; failed ones have no place."""
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.0, 1.0, size=(40, 2))
    scores[0], scores[1], scores[2] = [-1e9, 0.5], [0.5, -1e9], [-1e9, -1e9]
    scores[3] = np.nan
    display = ParetoFrontDisplay(
        scores=scores,
        kinds=np.array(["complete"] * 3 + ["failed"] + ["complete"] * 36),
        objectives=["a", "b"],
        params=[{}] * 40,
    )
    ax = display.plot(over_time=False).ax_
    ax.figure.canvas.draw()
    assert min(*ax.get_xlim(), *ax.get_ylim()) > -10.0
    x_edge, y_edge = ax.get_xaxis_transform(), ax.get_yaxis_transform()
    drawn = [(c.get_offset_transform(), len(c.get_offsets())) for c in ax.collections]
    for place, counts in ((x_edge, [1, 1]), (y_edge, [1, 1]), (ax.transAxes, [1, 1])):
        assert [n for where, n in drawn if where == place] == counts
    assert sum(n for where, n in drawn if where == ax.transData) == 36
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "off the axis (3)" in labels
    assert "failed (1)" in labels


def test_more_objectives_are_pairs_that_fill_one_place_or_several():
    history = grown(20, objectives=("good", "small"))
    scores = np.random.default_rng(0).normal(size=(20, 4))
    display = ParetoFrontDisplay(
        scores=scores,
        kinds=np.array(["complete"] * 20),
        objectives=list("abcd"),
        params=[trial.params for trial in history.trials],
    )
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for ax in display.plot().axes_]
    assert labels == [tuple(pair) for pair in ("ab", "ac", "ad", "bc", "bd", "cd")]
    _, ax = plt.subplots()
    assert len(display.plot(ax).axes_) == 6
    _, given = plt.subplots(2, 3)
    assert display.plot(given).axes_.tolist() == given.ravel().tolist()
    with pytest.raises(ValueError, match="ax has 2 axes, and 6 panels"):
        display.plot(given[0, :2])
    with pytest.raises(ValueError, match="was placed by hand"):
        display.plot(plt.figure().add_axes((0.1, 0.1, 0.8, 0.8)))


def test_searches_of_scikit_learn_have_fronts_too():
    scoring = {"accuracy": "accuracy", "small": small}
    search = searched(scoring, RandomizedSearchCV, refit="accuracy")
    display = ParetoFrontDisplay.from_search(search, objectives=["small", "accuracy"])
    table = search.cv_results_
    scores = np.column_stack([table["mean_test_small"], table["mean_test_accuracy"]])
    np.testing.assert_array_equal(display.scores, scores)
    assert display.chosen == search.best_index_
    assert ParetoFrontDisplay.from_search(search).objectives == ["accuracy", "small"]


def test_one_objective_is_not_enough():
    for objectives in (["good", "good"], ["good"], "good"):
        with pytest.raises(ValueError, match=r"needs two objectives.* \['good'"):
            ParetoFrontDisplay.from_history(grown(5), objectives=objectives)


def test_the_hypervolume_display_shows_that_of_the_front(history):
    shown = HypervolumeDisplay.from_history(history)
    front = ParetoFrontDisplay.from_history(history)
    assert shown.frame()["hypervolume"].tolist() == front.hypervolumes.tolist()
    [line] = shown.plot().ax_.get_lines()
    np.testing.assert_array_equal(line.get_ydata(), front.hypervolumes)


def test_costs_have_logarithmic_axes_on_which_better_is_still_up():
    scores = np.array([[0.9, -5e-3], [0.8, -2e-5], [0.7, -4e-6], [0.95, -0.5]])
    display = ParetoFrontDisplay(
        scores=scores,
        kinds=np.array(["complete"] * 4),
        objectives=["accuracy", "latency"],
        params=[{}] * 4,
        log_scores=["latency"],
    ).plot()
    ax = display.ax_
    heights = ax.transData.transform(scores)[:, 1]
    expected = -np.log10(-scores[:, 1])
    slopes = np.diff(heights) / np.diff(expected)
    np.testing.assert_allclose(slopes, slopes[0])
    assert slopes[0] > 0
    low, high = ax.get_ylim()
    ticks = ax.get_yticks()
    assert ((ticks > low) & (ticks < high)).sum() >= 3
    assert ax.get_xscale() == "linear"
    plt.close(ax.figure)


def test_the_axes_of_a_search_know_its_costs():
    search = MultiObjectiveSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": range(1, 9)},
        scoring={"accuracy": "accuracy", "nodes": neg_n_parameters},
        n_iter=6,
        random_state=0,
    ).fit(*load_iris(return_X_y=True))
    assert ParetoFrontDisplay.from_search(search).log_scores == {"nodes"}


@pytest.mark.parametrize("n_objectives", [2, 3])
def test_the_ticks_of_costs_do_not_touch(n_objectives):
    rng = np.random.default_rng(0)
    costs = np.exp(rng.uniform(np.log(3_000), np.log(130_000), 30))
    scores = np.column_stack([-costs, *rng.random((n_objectives - 1, 30))])
    display = ParetoFrontDisplay(
        scores=scores,
        kinds=np.array(["complete"] * 30),
        objectives=["size", "accuracy", "recall"][:n_objectives],
        params=[{}] * 30,
        log_scores=["size"],
    ).plot()
    display.figure_.canvas.draw()
    for ax in display.axes_:
        if ax.get_xlabel() == "size":
            low, high = ax.get_xlim()
            labels = ax.get_xticklabels()
            boxes = [
                label.get_window_extent()
                for label, tick in zip(labels, ax.get_xticks(), strict=True)
                if low <= tick <= high
            ]
            assert len(boxes) >= 2
            ends = sorted((box.x0, box.x1) for box in boxes)
            assert all(a[1] < b[0] for a, b in itertools.pairwise(ends))
    plt.close(display.figure_)
