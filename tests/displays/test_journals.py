"""Every display draws the journal of a search: running, finished, or cut anywhere."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sksearch import displays
from sksearch._journal import Journal
from sksearch.history import History
from tests.displays.histories import conditional, grown, trained

ALL = [getattr(displays, name) for name in displays.__all__]
RUNGS = displays.TrainingCurvesDisplay
# What a display says that has nothing to draw yet.
NOT_YET = (
    "has no result yet|needs 10 complete candidates|there is no curve|No candidate is|"
    "have the score|has several values"
)


def written(path, history):
    """Write a log as a search does, and return the lines of the file."""
    journal = Journal(str(path))
    new = History(history.space, **history.header())
    facts = {"space": {"text": repr(history.space), "hash": history.space.fingerprint}}
    journal.begin(new, facts, {}, n_fits=120)
    for record in history.records:
        new.record(record)
    journal.close()
    return path.read_bytes()


def searched(display):
    if display is RUNGS:
        return trained()
    return grown(24, fails=(3,), stops=(5,), objectives=("good", "small"))


@pytest.mark.parametrize("with_space", [False, True])
@pytest.mark.parametrize("display", ALL)
def test_a_journal_is_drawn(display, with_space, tmp_path):
    history, path = searched(display), tmp_path / "search.jsonl"
    written(path, history)
    loaded = History.load(path, history.space if with_space else None)
    made = display.from_history(loaded)
    made.plot().figure_.canvas.draw()
    assert len(made.frame()) == len(display.from_history(history).frame())


@pytest.mark.parametrize("display", ALL)
def test_a_journal_that_was_cut_anywhere_is_drawn_or_it_says_why_not(display, tmp_path):
    path = tmp_path / "search.jsonl"
    content = written(path, searched(display))
    header = content.index(b"\n") + 1
    rng, drawn = np.random.default_rng(0), 0
    for length in [header, len(content) - 1, *rng.integers(header, len(content), 10)]:
        path.write_bytes(content[:length])
        history = History.load(path)
        try:
            made = display.from_history(history)
        except ValueError as error:
            if not re.search(NOT_YET, str(error)):
                raise
            continue
        made.plot().figure_.canvas.draw()
        plt.close("all")
        drawn += 1
    assert drawn >= 3


def test_the_space_that_was_seen_tells_the_same_as_the_one_that_was_searched(tmp_path):
    history, path = conditional(), tmp_path / "search.jsonl"
    written(path, history)
    loaded = History.load(path)
    effects = displays.ParameterEffectsDisplay
    mine, same = effects.from_history(loaded), effects.from_history(history)
    assert {n: a.scale for n, a in mine.axes.items()} == {
        n: a.scale for n, a in same.axes.items()
    }
    assert mine.axes["rate"].scale == "log"
    importance = displays.ParameterImportanceDisplay
    mine, same = importance.from_history(loaded), importance.from_history(history)
    mine, same = (dict(zip(m.names, m.importances, strict=True)) for m in (mine, same))
    assert mine.keys() == same.keys()
    assert abs(mine["rate"] - same["rate"]) < 0.15
    assert abs(mine["kind"] - same["kind"]) < 0.15


def test_looking_changes_nothing(tmp_path):
    history, path = conditional(), tmp_path / "search.jsonl"
    content = written(path, history)
    loaded = History.load(path)
    before = loaded.to_json()
    displays.ParameterEffectsDisplay.from_history(loaded).plot()
    displays.ParameterImportanceDisplay.from_history(loaded).plot()
    assert loaded.to_json() == before
    assert path.read_bytes() == content
