"""Pictures can be read on any paper, and with any names."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from sksearch import displays
from sksearch.history import Evaluation, History, Trial
from sksearch.space import SearchSpace
from tests.displays.histories import grown, trained

ALL = [getattr(displays, name) for name in displays.__all__]


def plotted(display, history, ax=None):
    if display is displays.TrainingCurvesDisplay:
        history = trained()
    return display.from_history(history).plot(ax)


def luminance(color):
    """Of a colour, as WCAG 2.2 defines it."""
    parts = np.array(to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, two):
    bright, dark = sorted([luminance(one), luminance(two)], reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    "paper", ["dark_background", pytest.param("default", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("display", ALL)
def test_lines_and_texts_stand_out_on_any_paper(display, history, paper):
    with plt.style.context(paper):
        made = plotted(display, history)
        made.figure_.canvas.draw()
    for ax in made.figure_.axes:
        below = ax.get_facecolor()[:3]
        for line in ax.lines:
            assert contrast(line.get_color(), below) > 1.3, line
        for text in ax.texts:
            box = text.get_bbox_patch()
            behind = below if box is None else box.get_facecolor()[:3]
            assert contrast(text.get_color(), behind) > 4.5, text
        for collection in ax.collections:
            for color in collection.get_edgecolors()[:, :3]:
                stands_out = contrast(color, below) > 1.3
                assert stands_out or len(collection.get_facecolors()), collection


@pytest.mark.parametrize("display", [displays.FoldScoresDisplay])
def test_means_stand_out_on_dark_axes_of_a_light_figure(display, history):
    _, ax = plt.subplots()
    ax.set_facecolor("#102030")
    plotted(display, history, ax)
    [bars] = [c for c in ax.collections if c.get_label() == "mean"]
    assert contrast(bars.get_edgecolors()[0][:3], "#102030") > 4.5


UNSAFE = "a$_$b^2 größe %_{漢字}"


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("display", ALL)
def test_names_are_texts_and_no_formulas(display):
    space = {UNSAFE: (0.0, 1.0), "c$_$d": ["$x_$", "$y^$", "z"]}
    goals = [UNSAFE, "other$_$"]
    history = History(SearchSpace(space), seed=0, n_splits=2, objectives=goals)
    rng, is_trained = np.random.default_rng(0), "Training" in display.__name__
    for i in range(15):
        resource = 1 + i % 2 if is_trained else 1
        history.record(Trial(i, history.space.sample(rng), resource=resource))
        for fold in range(2):
            scores = dict(zip(goals, rng.random(2).tolist(), strict=True))
            times = {"started": float(i), "fit_time": 0.5}
            history.record(Evaluation(i, resource, fold, scores, **times))
    made = display.from_history(history).plot()
    made.figure_.canvas.draw()  # a formula that is none raises here
    texts = [label for ax in made.figure_.axes for label in written(ax)]
    assert all(r"\$" not in text for text in texts)


def written(ax):
    ticks = [*ax.get_xticklabels(), *ax.get_yticklabels(), *ax.texts]
    return [ax.get_xlabel(), ax.get_ylabel(), *[text.get_text() for text in ticks]]


@pytest.mark.parametrize("size", [(6.4, 4.8), (3.5, 2.6)])
def test_a_long_name_of_a_score_stays_beside_its_axis(size):
    name = "neg_mean_absolute_percentage_error_of_the_last_quarter"
    history = History(
        SearchSpace({"C": (0.0, 1.0)}), seed=0, n_splits=1, objectives=[name, "b"]
    )
    for i in range(4):
        history.record(Trial(i, {"C": 0.1 * i}))
        history.record(Evaluation(i, 1, 0, {name: -1.0 * i, "b": 1.0 * i}))
    for display in (displays.OptimizationHistoryDisplay, displays.ParetoFrontDisplay):
        figure, ax = plt.subplots(figsize=size, layout="constrained")
        display.from_history(history).plot(ax)
        figure.canvas.draw()
        for label, side in ((ax.xaxis.label, "width"), (ax.yaxis.label, "height")):
            room = getattr(ax.get_window_extent(), side)
            assert getattr(label.get_window_extent(), side) <= 1.15 * room, label


def test_one_candidate_has_one_tick():
    ax = displays.OptimizationHistoryDisplay.from_history(grown(1)).plot().ax_
    ax.figure.canvas.draw()
    low, high = ax.get_xlim()
    assert [t for t in ax.get_xticks() if low <= t <= high] == [1.0]


def test_values_that_crowd_round_the_best_leave_a_logarithmic_axis_as_it_is():
    """Most candidates of a long search lie within a factor of ten."""
    space = SearchSpace({"rate": (1e-3, 1e4, "log-uniform")})
    history, rng = History(space, seed=0, n_splits=1), np.random.default_rng(0)
    for i in range(100):
        rate = float(10 ** (rng.normal(0.5, 0.1) if i > 9 else rng.uniform(-3, 4)))
        history.record(Trial(i, {"rate": rate}))
        history.record(Evaluation(i, 1, 0, {"score": -abs(np.log10(rate))}))
    made = displays.ParallelCoordinatesDisplay.from_history(history)
    assert made.axes["rate"].scale == "log"


def test_a_mean_of_choices_is_no_line_between_them(history):
    """Choices have no order, and nothing lies between two of them."""
    made = displays.ParameterEffectsDisplay.from_history(history)
    axes = made.plot().axes_
    lines = {p: ax.lines[0] for p, ax in zip(made.parameters, axes, strict=True)}
    assert lines["kind"].get_linestyle() == "None"
    assert lines["rate"].get_linestyle() == "-"


@pytest.mark.parametrize(
    ("last", "unit", "seconds"),
    [(90.0, "seconds", 1), (3000.0, "minutes", 60), (4e4, "hours", 3600)],
)
def test_times_are_in_a_unit_of_few_digits(last, unit, seconds):
    history = History(SearchSpace({"C": (0.0, 1.0)}), seed=0, n_splits=1)
    for i in range(4):
        history.record(Trial(i, {"C": i / 4}))
        times = {"started": i * last / 4, "fit_time": last / 4, "score_time": 0.0}
        history.record(Evaluation(i, 1, 0, {"score": i / 5}, worker="1", **times))
    timeline = displays.WorkerTimelineDisplay.from_history(history).plot()
    scores = displays.OptimizationHistoryDisplay.from_history(history).plot(x="time")
    for ax in (timeline.ax_, scores.ax_):
        ax.figure.canvas.draw()
        assert ax.get_xlabel() == f"{unit} since the search began"
        low, high = ax.get_xlim()
        assert low <= last <= high < 1.2 * last  # data stay in seconds
        for place, text in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True):
            assert (
                float(text.get_text().replace("\N{MINUS SIGN}", "-")) * seconds == place
            )


def test_long_numbers_do_not_touch():
    rng, goals = np.random.default_rng(0), ["a", "b", "c"]
    history = History(
        SearchSpace({"C": (0.0, 1.0)}), seed=0, n_splits=1, objectives=goals
    )
    for i in range(30):
        scores = dict(zip(goals, (-8e5 * rng.random(3)).tolist(), strict=True))
        history.record(Trial(i, {"C": i / 30}))
        history.record(Evaluation(i, 1, 0, scores))
    made = displays.ParetoFrontDisplay.from_history(history).plot()
    made.figure_.canvas.draw()
    for ax in made.axes_:
        low, high = ax.get_xlim()
        ticks = zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
        boxes = [text.get_window_extent() for x, text in ticks if low <= x <= high]
        assert len(boxes) > 1
        assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
