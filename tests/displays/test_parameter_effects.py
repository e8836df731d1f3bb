"""Scores against parameters, and the mean of a model."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sksearch._score_model import ScoreModel, partial_dependence, prior_points
from sksearch.displays import ParameterEffectsDisplay
from sksearch.displays._values import ValueAxis
from sksearch.history import Evaluation, History, Trial
from sksearch.space import Integer, Real, SearchSpace
from tests.displays.histories import conditional, grown


def searched(space, function, n=40, seed=0, constraint=None):
    history = History(SearchSpace(space, constraint), seed=seed, n_splits=1)
    rng = np.random.default_rng(seed)
    for number in range(n):
        params = history.space.sample(rng)
        history.record(Trial(number, params))
        history.record(Evaluation(number, 1, 0, {"score": float(function(params))}))
    return history


def test_one_panel_for_each_parameter_that_varies_the_most_important_first():
    display = ParameterEffectsDisplay.from_history(grown(40))
    assert display.parameters[0] == "rate"
    assert set(display.parameters) == {"rate", "size", "kind"}
    frame = display.frame()
    assert len(frame) == 40
    columns = [f"param_{name}" for name in display.parameters]
    assert frame.columns.tolist() == [*columns, "good", "kind"]


def test_scales_are_those_of_the_space():
    space = {
        "log": loguniform(1e-4, 1e2),
        "flat": Real(1.0, 50.0),
        "count": Integer(1, 1000, prior="log-uniform"),
        "listed": [0.01, 0.1, 1.0, 10.0],
        "named": ["a", None, 3],
        "signed": Real(-1.0, 1.0),
    }
    display = ParameterEffectsDisplay.from_history(searched(space, len, n=8))
    scales = {name: axis.scale for name, axis in display.axes.items()}
    assert scales == {
        "log": "log",
        "flat": "linear",
        "count": "log",
        "listed": "log",
        "named": "choices",
        "signed": "linear",
    }
    axes = dict(zip(display.parameters, display.plot().axes_, strict=True))
    assert axes["log"].get_xscale() == axes["count"].get_xscale() == "log"
    labels = [text.get_text() for text in axes["named"].get_xticklabels()]
    assert labels == ["3", "None", "a"]
    low, high = axes["log"].get_xlim()
    assert low < 3e-4 < 3e1 < high  # the range of the space, not of eight values


def test_lines_follow_a_function_that_adds_up():
    space = {"a": Real(0.0, 1.0), "b": Real(0.0, 1.0), "c": ["u", "v"]}
    history = searched(space, lambda p: p["a"] + 0.5 * (p["c"] == "v"), n=60)
    display = ParameterEffectsDisplay.from_history(history)
    values, means = display.effects["a"]
    assert np.polyfit(values, means, 1)[0] == pytest.approx(1.0, abs=0.1)
    values, means = display.effects["c"]
    assert dict(zip(values, means, strict=True))["v"] - min(means) == pytest.approx(
        0.5, abs=0.05
    )
    assert np.ptp(display.effects["b"][1]) < 0.1
    lines = display.frame("effects")
    assert len(lines) == sum(len(values) for values, _ in display.effects.values())
    with pytest.raises(ValueError, match="kind='lines' is neither"):
        display.frame("lines")


def test_partial_dependence_is_the_plain_mean_over_legal_points():
    def legal(params):
        return params["a"] + params["b"] < 1.2

    space = {"a": Real(0.0, 1.0), "b": Real(0.0, 1.0)}
    history = searched(space, lambda p: p["a"] * p["b"], n=30, constraint=legal)
    model, points = ScoreModel.fit(history), prior_points(history.space, 32)
    assert all(map(legal, points))
    for value in (0.1, 0.9):
        moved = [{"a": value, "b": p["b"]} for p in points]
        expected = [model.means_of([p])[0] for p in moved if legal(p)]
        [found] = partial_dependence(model, points, "a", [value])
        assert found == pytest.approx(np.mean(expected))
    assert np.isnan(partial_dependence(model, points, "a", [1.5])).all()


def test_parameters_of_branches_have_lines_where_they_are():
    space = [
        {"kernel": ["linear"], "C": Real(0.0, 1.0)},
        {"kernel": ["rbf"], "C": Real(0.0, 1.0), "gamma": Real(0.0, 1.0)},
    ]
    history = searched(space, lambda p: p["C"] + p.get("gamma", -1.0), n=60)
    display = ParameterEffectsDisplay.from_history(history)
    values, means = display.effects["kernel"]
    linear, rbf = (means[values.index(name)] for name in ("linear", "rbf"))
    assert rbf - linear == pytest.approx(1.5, abs=0.2)
    frame = display.frame()
    assert (
        frame["param_gamma"].isna().sum() == (frame["param_kernel"] == "linear").sum()
    )
    axes = dict(zip(display.parameters, display.plot().axes_, strict=True))
    points = sum(len(c.get_offsets()) for c in axes["gamma"].collections)
    assert points == (frame["param_kernel"] == "rbf").sum()


def test_numbers_among_names_stand_in_order_and_few_of_many_are_named():
    space = [{"depth": Integer(1, 60), "a": [0, 1]}, {"depth": [None], "a": [0, 1]}]
    history = searched(space, lambda p: p["depth"] or 70, n=80)
    display = ParameterEffectsDisplay.from_history(history, parameters=["depth"])
    choices = display.axes["depth"].choices
    assert choices[-1] == "None"
    assert [int(c) for c in choices[:-1]] == sorted(int(c) for c in choices[:-1])
    ax = display.plot().ax_
    names = [text.get_text() for text in ax.get_xticklabels()]
    assert names[-1] == "None"
    assert len(names) <= 10
    assert len(display.effects["depth"][0]) <= 25
    for text, place in zip(names, ax.get_xticks(), strict=True):
        assert choices[int(place)] == text
    assert ValueAxis.of([3, None], [10, "x"]).choices == ("3", "10", "None", "x")


def test_with_few_candidates_there_are_points_and_no_lines():
    display = ParameterEffectsDisplay.from_history(grown(9))
    assert all(len(values) == 0 for values, _ in display.effects.values())
    assert all(not ax.get_lines() for ax in display.plot().axes_)
    assert len(display.frame("effects")) == 0


def test_panels_are_chosen_and_share_one_scale_of_scores():
    display = ParameterEffectsDisplay.from_history(
        grown(15), parameters=["size", "rate"], score="small"
    )
    assert display.parameters == ["size", "rate"]
    _, axes = plt.subplots(1, 2)
    limits = {ax.get_ylim() for ax in display.plot(axes).axes_}
    assert len(limits) == 1
    assert display.ax_ is axes[0]
    with pytest.raises(ValueError, match=r"parameters=\['depth'\] must be names"):
        ParameterEffectsDisplay.from_history(grown(15), parameters=["depth"])
    with pytest.raises(ValueError, match=r"No parameter of .* has several values"):
        ParameterEffectsDisplay.from_history(searched({"a": [1]}, len, n=1))


def test_few_points_of_scikit_learn_give_no_line():
    grid = {"C": [0.1, 1.0, 10.0, 100.0], "kernel": ["linear", "rbf"], "tol": [1e-3]}
    search = GridSearchCV(SVC(), grid, cv=2).fit(*load_iris(return_X_y=True))
    display = ParameterEffectsDisplay.from_search(search)
    assert display.parameters == ["C", "kernel"]
    assert display.axes["C"].scale == "log"
    assert display.effects["C"][0] == []
    assert display.scores.tolist() == search.cv_results_["mean_test_score"].tolist()
    assert display.plot().axes_[0].get_xscale() == "log"


def test_objects_are_told_apart_by_their_text():
    kernels = ["a" * 40 + "1", "a" * 40 + "2", "b"]
    axis = ValueAxis.of(kernels)
    assert axis.places(kernels).tolist() == [0.0, 1.0, 2.0]
    assert len(set(axis.labels)) == 3
    assert max(map(len, axis.labels)) <= 20
    assert np.isnan(ValueAxis.of([1.0, 2.0]).places([None, 1.0])[0])
    assert ValueAxis.of([True, False]).scale == "choices"


def test_panels_that_count_differently_share_one_label():
    """Of a branch a panel has fewer failures than the others."""
    made = ParameterEffectsDisplay.from_history(conditional(fails=range(0, 40, 3)))
    made.plot()
    legends = [ax.get_legend() for ax in made.figure_.axes]
    [texts] = [legend.get_texts() for legend in legends if legend is not None]
    labels = [text.get_text() for text in texts]
    assert sum(label.startswith("failed") for label in labels) == 1
