"""What every display keeps, whatever it shows."""

import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.svm import SVC

from sksearch import BayesSearchCV, displays
from sksearch.history import History, Trial
from sksearch.space import SearchSpace
from tests.displays.histories import grown, trained

ALL = [getattr(displays, name) for name in displays.__all__]
SCORED = [d for d in ALL if d is not displays.WorkerTimelineDisplay]
FOR_FEW = [
    displays.HypervolumeDisplay,
    displays.OptimizationHistoryDisplay,
    displays.ParameterEffectsDisplay,
    displays.ParallelCoordinatesDisplay,
    displays.ParetoFrontDisplay,
    displays.WorkerTimelineDisplay,
]
ONE_PANEL = [d for d in ALL if d is not displays.ParameterEffectsDisplay]


def shown(display, history):
    if display is displays.TrainingCurvesDisplay:
        history = trained()
    return display.from_history(history)


@pytest.mark.parametrize("display", ALL)
def test_numbers_need_no_canvas(display, history):
    made = shown(display, history)
    assert plt.get_fignums() == []
    assert not hasattr(made, "ax_")
    assert isinstance(made.frame(), pd.DataFrame)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("display", ALL)
def test_a_plot_makes_one_figure_and_leaves_settings_alone(display, history):
    made, before = shown(display, history), dict(mpl.rcParams)
    assert made.plot() is made
    assert plt.get_fignums() == [made.figure_.number]
    assert made.ax_.figure is made.figure_
    made.figure_.canvas.draw()
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("display", ONE_PANEL)
def test_a_plot_draws_on_given_axes_and_on_no_others(display, history):
    figure, (left, right) = plt.subplots(1, 2)
    made = shown(display, history).plot(right)
    assert made.ax_ is right
    assert made.figure_ is figure
    assert right.has_data()
    assert not left.has_data()
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("display", ALL)
@pytest.mark.parametrize("size", [(6.4, 4.8), (3.5, 2.6)])
def test_nothing_is_cut(display, history, size):
    """All text lies within the figure; matplotlib warns where a layout collapses."""
    figure, ax = plt.subplots(figsize=size, layout="constrained")
    made = shown(display, history)
    if display is displays.ParameterEffectsDisplay:
        made = display.from_history(history, parameters=["rate"])
    made.plot(ax)
    figure.canvas.draw()
    drawn = figure.get_tightbbox()  # of all that is drawn, in inches
    assert min(drawn.x0, drawn.y0) > -0.02
    assert drawn.x1 < size[0] + 0.02
    assert drawn.y1 < size[1] + 0.02


@pytest.mark.parametrize("display", ALL)
def test_the_history_stays_as_it_is(display, history):
    before = history.to_json()
    display_of = display.from_history
    if display is displays.TrainingCurvesDisplay:
        history = trained()
        before = history.to_json()
    display_of(history).plot()
    assert history.to_json() == before


@pytest.mark.parametrize("display", ALL)
def test_an_empty_history_is_said(display):
    empty = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=2)
    with pytest.raises(ValueError, match="has no result yet"):
        display.from_history(empty)
    empty.record(Trial(0, {"C": 1}))
    with pytest.raises(ValueError, match="has no result yet"):
        display.from_history(empty)


@pytest.mark.parametrize("display", ALL)
def test_an_unfitted_search_is_said(display):
    with pytest.raises(NotFittedError, match="Call fit first"):
        display.from_search(BayesSearchCV(SVC(), {"C": [1, 10]}))


@pytest.mark.parametrize("display", SCORED)
def test_an_unknown_score_is_named(display, history):
    name = (
        "objectives" if "objectives" in display.from_history.__kwdefaults__ else "score"
    )
    wrong = ["good", "bad"] if name == "objectives" else "bad"
    if display is displays.TrainingCurvesDisplay:
        history = trained()
    with pytest.raises(ValueError, match=rf"{name}='bad' is not a score of"):
        display.from_history(history, **{name: wrong})


@pytest.mark.parametrize("display", ALL)
@pytest.mark.parametrize("package", ["matplotlib", "pandas"])
def test_a_missing_package_comes_with_the_command(
    display, history, package, monkeypatch
):
    made = shown(display, history)
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"{package}. Run: pip install 'sksearch\["):
        made.plot() if package == "matplotlib" else made.frame()


@pytest.mark.parametrize("display", FOR_FEW)
def test_a_search_in_which_all_failed_can_be_looked_at(display):
    broken = grown(12, fails=range(12), objectives=("good", "small"))
    made = display.from_history(broken)
    made.plot().figure_.canvas.draw()
    frame = made.frame()
    if display is displays.WorkerTimelineDisplay:  # a row for each fit
        return
    assert len(frame) == 12
    assert set(frame.get("kind", ["failed"])) == {"failed"}


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("display", FOR_FEW)
def test_few_candidates_are_drawn(display, n):
    made = display.from_history(grown(n, objectives=("good", "small")))
    made.plot().figure_.canvas.draw()
    n_folds = 3 if display is displays.WorkerTimelineDisplay else 1
    assert len(made.frame()) == n * n_folds
