"""Every callback reads only, survives what a search can hold, copies and pickles."""

import copy
import io
import pickle
import re

import pytest
from sklearn.dummy import DummyClassifier

import sksearch.callbacks
from sksearch import BayesSearchCV
from sksearch.callbacks import Callback, MLflowTracker, NoImprovement, ProgressLine
from sksearch.history import Evaluation, History, Trial
from sksearch.space import SearchSpace

ARGUMENTS = {
    "CostLimit": {"seconds": "1h"},
    "FitLimit": {"n_fits": 100},
    "NoImprovement": {"n_trials": 5},
    "TargetScore": {"score": 0.9},
    "TimeLimit": {"seconds": 3600.0},
    "ProgressLine": {"n_fits": 6, "stream": io.StringIO()},
}
# Of some classes a package is needed; where they write to is real in test_trackers.py.
NEED = {
    "LiveBar": "tqdm",
    "MLflowTracker": "mlflow",
    "TensorBoardTracker": "tensorboard",
    "WandbTracker": "wandb",
}
NAMES = [
    name
    for name in sksearch.callbacks.__all__
    if issubclass(getattr(sksearch.callbacks, name), sksearch.callbacks.Callback)
]
CALLBACKS = [
    getattr(sksearch.callbacks, name)(**ARGUMENTS.get(name, {}))
    for name in NAMES
    if name not in NEED
]


def new_history():
    return History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=2)


def grow(history):
    """Three trials: complete, failed, and one that never ends."""
    for trial, status in enumerate(["ok", "failed", "ok"]):
        history.record(Trial(trial, {"C": 1.0 + trial}))
        for fold in range(2 if trial < 2 else 1):
            score = {"score": 0.5 if status == "ok" else float("nan")}
            result = Evaluation(trial, 1, fold, score, status=status, fit_time=0.01)
            history.record(result)
            yield result


@pytest.mark.parametrize("callback", CALLBACKS, ids=lambda c: type(c).__name__)
def test_a_callback_reads_only(callback):
    history, same = new_history(), new_history()
    callback.on_search_begin(history)
    for result, _ in zip(grow(history), grow(same), strict=True):
        assert not callback.on_evaluation(history, result)
        assert history.to_json() == same.to_json()
    callback.on_search_end(history)
    assert history.to_json() == same.to_json()


@pytest.mark.parametrize("name", NAMES)
def test_a_callback_copies_and_pickles(name):
    if name in NEED:
        pytest.importorskip(NEED[name], reason=f"{NEED[name]} is an extra")
    arguments = {k: v for k, v in ARGUMENTS.get(name, {}).items() if k != "stream"}
    callback = getattr(sksearch.callbacks, name)(**arguments)
    for again in (copy.deepcopy(callback), pickle.loads(pickle.dumps(callback))):
        assert vars(again) == vars(callback)


def printed(stream, **options):
    history = new_history()
    clock = iter(range(0, 100, 10))
    line = ProgressLine(n_fits=10, stream=stream, clock=lambda: next(clock), **options)
    line.on_search_begin(history)
    for result in grow(history):
        line.on_evaluation(history, result)
    line.on_search_end(history)
    return stream.getvalue()


def test_the_line_says_best_done_and_time_left():
    lines = printed(io.StringIO()).splitlines()
    assert len(lines) == 5  # one for each tenth of the work
    assert lines[0] == "[search] 1/10 fits, best -, ETA 1 min 30 s"
    assert lines[-1] == "[search] 5/10 fits, best 0.5 (trial 0), ETA 50 s"


def test_what_an_earlier_run_did_is_done_and_took_no_time():
    history, stream = new_history(), io.StringIO()
    clock = iter(range(0, 100, 10))
    line = ProgressLine(n_fits=10, stream=stream, clock=lambda: next(clock))
    results = grow(history)
    next(results), next(results)
    line.on_search_begin(history)
    line.on_evaluation(history, next(results))
    assert "3/10 fits" in stream.getvalue()
    assert stream.getvalue().endswith("ETA 1 min 10 s\n")


def test_a_terminal_has_one_line_that_renews_itself():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    text = printed(Terminal())
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert len(re.findall(r"\r\x1b\[2K\[search\]", text)) == 5


def test_more_lines_for_trials_and_fits():
    lines = printed(io.StringIO(), verbose=3).splitlines()
    assert "[trial 0, fold 1] ok, score=0.5, 0.01s" in lines
    assert "[trial 0] complete, score 0.5: C=1.0" in lines
    assert "[trial 1, fold 0] failed, score=nan, 0.01s" in lines
    assert sum("fold" in line for line in lines) == 5


def test_of_several_objectives_the_line_tells_of_the_front_and_of_all_scores():
    stream = io.StringIO()
    history = History(
        SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=1, objectives=["a", "b"]
    )
    line = ProgressLine(n_fits=3, verbose=2, stream=stream)
    line.on_search_begin(history)
    for trial, scores in enumerate([(0.5, -2.0), (0.25, -1.0), (0.125, -3.0)]):
        history.record(Trial(trial, {"C": 1.0 + trial}))
        found = dict(zip("ab", scores, strict=True))
        history.record(result := Evaluation(trial, 1, 0, found, fit_time=0.01))
        line.on_evaluation(history, result)
    line.on_search_end(history)
    lines = stream.getvalue().splitlines()
    assert "[trial 1] complete, a 0.25, b -1: C=2.0" in lines
    assert lines[-1].startswith("[search] 3/3 fits, front of 2, ETA")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_shown_as_it_is_made(name):
    if name in NEED:
        pytest.importorskip(NEED[name], reason=f"{NEED[name]} is an extra")
    arguments = {k: v for k, v in ARGUMENTS.get(name, {}).items() if k != "stream"}
    shown = repr(getattr(sksearch.callbacks, name)(**arguments))
    assert " object at 0x" not in shown
    for argument, value in arguments.items():
        assert f"{argument}={value!r}" in shown


def test_only_what_differs_from_its_default_is_shown():
    assert (
        repr(NoImprovement(5, tolerance=0.01))
        == "NoImprovement(n_trials=5, tolerance=0.01)"
    )
    assert repr(NoImprovement(5, tolerance=0.0)) == "NoImprovement(n_trials=5)"

    class Silent(Callback):
        def __init__(self, level):
            self.other = level

    assert repr(Silent(3)) == "Silent()"


def test_a_key_to_a_server_is_not_shown():
    pytest.importorskip("mlflow", reason="mlflow is an extra")
    tracker = MLflowTracker(tracking_uri="https://me:secret@mlflow.invalid")
    search = BayesSearchCV(DummyClassifier(), {}, callbacks=[tracker])
    assert "secret" not in repr(tracker) + repr(search) + search._repr_html_()
