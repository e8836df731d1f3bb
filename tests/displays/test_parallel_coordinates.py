"""Parallel coordinates: lines pass the axes where the values stand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sksearch.displays import ParallelCoordinatesDisplay
from sksearch.displays._parallel_axes import between_bins
from tests.displays.histories import conditional, grown


def lines_of(ax):
    collections = [c for c in ax.collections if isinstance(c, LineCollection)]
    return [line for c in collections for line in c.get_segments()]


def test_a_line_for_each_candidate_and_the_best_on_top():
    made = ParallelCoordinatesDisplay.from_history(grown(20, fails=(3,)))
    ax = made.plot().ax_
    assert len(lines_of(ax)) == 19  # the best is one more
    assert made.best == np.nanargmax(made.scores)
    heights = [line.get_ydata()[-1] for line in ax.lines if line.get_label() == "best"]
    assert heights == [1.0]


def test_values_stand_on_their_scale():
    made = ParallelCoordinatesDisplay.from_history(grown(20))
    assert made.axes["rate"].scale == "log"
    at = made._at("rate")
    rates = np.log([params["rate"] for params in made.params])
    assert_allclose(at, (rates - rates.min()) / np.ptp(rates), atol=1e-9)
    assert set(made.parameters) == {"rate", "size", "kind"}  # "fixed" has one value


def test_what_matters_most_comes_first_unless_asked_otherwise():
    made = ParallelCoordinatesDisplay.from_history(conditional())
    assert made.parameters[0] == "rate"
    asked = ParallelCoordinatesDisplay.from_history(
        conditional(), parameters=["kind", "rate"]
    )
    assert asked.parameters == ["kind", "rate"]
    with pytest.raises(ValueError, match="must be names of this search"):
        ParallelCoordinatesDisplay.from_history(conditional(), parameters=["depth"])


def test_what_is_missing_passes_below_the_axis():
    made = ParallelCoordinatesDisplay.from_history(conditional())
    ax = made.plot().ax_
    assert [t.get_text() for t in ax.texts].count("unset") == 2
    assert np.isfinite(np.concatenate(lines_of(ax))).all()


def test_axes_are_as_many_as_there_is_room_for():
    import matplotlib.pyplot as plt

    history = grown(12)
    made = ParallelCoordinatesDisplay.from_history(history)
    _, ax = plt.subplots(figsize=(2.2, 2.2), layout="constrained")
    assert len(made.plot(ax).ax_.get_xticks()) == 3
    assert len(made.plot(max_parameters=1).ax_.get_xticks()) == 2
    assert len(made.plot().ax_.get_xticks()) == 4


def test_a_search_of_scikit_learn_with_objects_and_dollars_as_values():
    space = [
        {"svc__C": [0.1, 1], "scale": ["passthrough", StandardScaler()]},
        {"svc__kernel": ["linear", "rbf"], "svc__gamma": ["scale", 0.1]},
    ]
    search = GridSearchCV(Pipeline([("scale", "passthrough"), ("svc", SVC())]), space)
    search.fit(*load_iris(return_X_y=True))
    search.cv_results_["params"][0]["svc__C"] = "a $ b $ c"
    made = ParallelCoordinatesDisplay.from_search(search)
    made.plot().figure_.canvas.draw()
    assert made.best == search.best_index_
    assert list(made.frame())[-2:] == ["score", "kind"]


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.floats(0, 1) | st.just(np.nan), st.floats(-9, 9)), min_size=2)
)
def test_a_share_of_variance_is_no_more_than_one(pairs):
    at, scores = np.array(pairs).T
    assert between_bins(at, scores) <= 1.0 + 1e-12
