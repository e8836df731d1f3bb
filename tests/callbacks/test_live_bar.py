"""The bar says what is done, found and left, wherever it is drawn."""

import copy
import io
import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.callbacks import LiveBar, Plan
from sksearch.history import Evaluation, History, Trial
from sksearch.space import SearchSpace

pytest.importorskip("tqdm", reason="tqdm is an extra")

SPACE = "{'alpha': (1e-5, 1e-1, 'log-uniform')}"
PROGRAM = """
import time
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier
from sksearch import BayesSearchCV
from sksearch.callbacks import LiveBar

class Slow(SGDClassifier):
    def fit(self, *args, **params):
        time.sleep({seconds})
        return super().fit(*args, **params)

BayesSearchCV(
    Slow(random_state=0), {space}, n_iter={n_iter}, cv=2, optimizer="random",
    callbacks=[LiveBar()], random_state=0,
).fit(*load_iris(return_X_y=True))
print("after")
"""


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    """Every look takes ten seconds."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def drawn(plan, stream, n_trials=5, fail=(), seconds=10.0):
    """A search of trials on two folds, of which one fit takes ten seconds."""
    history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=2)
    clock = Clock()
    bar = LiveBar(stream, clock)
    bar.on_fit_begin(None, plan)
    bar.on_search_begin(history)
    for trial in range(n_trials):
        history.record(Trial(trial, {"C": 1.0 + trial}))
        for fold in range(2):
            status = "failed" if trial in fail else "ok"
            score = float("nan") if trial in fail else 0.1 * (trial + 1)
            result = Evaluation(
                trial, 1, fold, {"score": score}, status=status, fit_time=seconds
            )
            history.record(result)
            clock.now += seconds
            bar.on_evaluation(history, result)
    bar.on_search_end(history)
    return stream.getvalue()


def test_a_log_has_a_line_for_each_tenth():
    lines = drawn(Plan(n_fits=20), io.StringIO(), n_trials=10).splitlines()
    assert len(lines) == 10
    assert lines[0] == "search  10% 2/20 fits, 1 candidate, best 0.1, ETA 3 min"
    assert lines[-1] == "search 100% 20/20 fits, 10 candidates, best 1, ETA 0 s"


def test_a_log_has_a_line_after_a_minute_and_at_the_end():
    lines = drawn(Plan(n_fits=1000), io.StringIO(), n_trials=7).splitlines()
    assert [line.split()[2] for line in lines] == ["6/1000", "12/1000", "14/1000"]


def test_failures_are_counted():
    last = drawn(Plan(n_fits=10), io.StringIO(), fail=(1, 2)).splitlines()[-1]
    assert "5 candidates, 2 failed, best 0.5" in last


def test_the_nearest_end_is_that_of_the_bar():
    plan = Plan(n_fits=10**6, max_time=200.0)
    lines = drawn(plan, io.StringIO()).splitlines()
    # What will never be reached is not shown.
    assert lines[-1] == (
        "search  50% 10 fits, 5 candidates, best 0.5, ETA 1 min 40 s, "
        "1 min 40 s of 3 min 20 s"
    )
    plan = Plan(n_fits=100, max_cost={"cpu_hours": 125.0})
    last = drawn(plan, io.StringIO()).splitlines()[-1]
    assert last.startswith("search  80% 10/100 fits")
    assert last.endswith("ETA 25 s, 1 min 40 s of 2 min 5 s cpu time")


def test_a_terminal_has_one_line():
    text = drawn(Plan(n_fits=10), Terminal())
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert "search  50%|" in text
    assert "search 100%|" in text.splitlines()[-1].rsplit("\r", 1)[-1]


def test_what_an_earlier_run_did_is_done_and_took_no_time():
    history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=1)
    history.record(Trial(0, {"C": 1.0}))
    history.record(Evaluation(0, 1, 0, {"score": 0.5}))
    stream, clock = io.StringIO(), Clock()
    bar = LiveBar(stream, clock)
    bar.on_fit_begin(None, Plan(n_fits=3))
    bar.on_search_begin(history)
    history.record(Trial(1, {"C": 2.0}))
    history.record(Evaluation(1, 1, 0, {"score": 0.5}))
    clock.now = 7.0
    bar.on_evaluation(history, history.records[-1])
    assert "2/3 fits, 2 candidates, best 0.5, ETA 7 s" in stream.getvalue()


@pytest.mark.parametrize("search", ["bayes", "hyperband"])
def test_all_fits_of_a_search_were_planned(search, capsys):
    from sklearn.datasets import load_iris
    from sklearn.linear_model import SGDClassifier

    space = {"alpha": (1e-5, 1e-1, "log-uniform")}
    inner, settings = SGDClassifier(random_state=0), {"cv": 2, "random_state": 0}
    settings["callbacks"] = [LiveBar()]
    made = (
        BayesSearchCV(inner, space, n_iter=6, optimizer="random", **settings)
        if search == "bayes"
        else HyperbandSearchCV(inner, space, max_resources=9, **settings)
    )
    made.fit(*load_iris(return_X_y=True))
    n_fits = made.cost_["fits"]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"search 100% {n_fits}/{n_fits} fits, ")
    assert f"best {made.best_score_:.6g}" in last


def test_copies_know_nothing_of_a_search_that_runs():
    bar = LiveBar(clock=time.monotonic)
    history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=1)
    bar.stream = io.StringIO()
    bar.on_search_begin(history)
    assert vars(copy.copy(bar)).keys() == {"stream", "clock"}
    bar.stream = None
    assert vars(pickle.loads(pickle.dumps(bar))).keys() == {"stream", "clock"}
    bar.on_search_end(history)


@pytest.mark.parametrize("scheduler", ["hyperband", "halving", "asha"])
def test_scikit_learns_bar_is_told_how_many_fits_there_are(scheduler):
    """Of ASHA it is not known, and more than were told would be an error."""
    pytest.importorskip("sklearn.callback", reason="since scikit-learn 1.9")
    from sklearn.datasets import load_iris
    from sklearn.linear_model import SGDClassifier

    class Told:
        def __init__(self):
            self.most = []

        def setup(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            if context.task_name == "search":
                self.most.append(context.max_subtasks)

        def on_fit_task_end(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            pass

    told, inner = Told(), SGDClassifier(random_state=0)
    search = HyperbandSearchCV(
        inner,
        {"alpha": (1e-5, 1e-1, "log-uniform")},
        max_resources=9,
        cv=2,
        scheduler=scheduler,
        optimizer="random",
        random_state=0,
    ).set_callbacks(told)
    search.fit(*load_iris(return_X_y=True))
    n_fits = search.cost_["fits"]
    assert told.most == [None if scheduler == "asha" else n_fits]


def in_terminal(program, interrupt_at=None):
    """Run a program in a terminal of its own; return all that it wrote there."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
    import fcntl
    import struct
    import termios

    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    done = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program],
        stdout=its,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    os.close(its)
    text = ""
    while True:
        try:
            part = os.read(ours, 4096).decode(errors="replace")
        except OSError:  # Linux says so at the end of a terminal
            break
        if not part:
            break
        text += part
        if interrupt_at and interrupt_at in text:
            done.send_signal(signal.SIGINT)
            interrupt_at = None
    os.close(ours)
    assert done.wait() == 0, text
    return text.replace("\r\n", "\n")


def test_in_a_real_terminal():
    text = in_terminal(PROGRAM.format(seconds=0.05, space=SPACE, n_iter=5))
    bar, after = text.rsplit("\n", 2)[0], text.rsplit("\n", 2)[1]
    assert after == "after"
    assert "\n" not in bar
    frames = [frame for frame in bar.split("\r") if frame.strip()]
    assert len(frames) >= 3
    assert "10/10 fits" in frames[-1]
    assert max(map(len, frames)) <= 100
    assert "\x1b[?25l" not in text, "the cursor is hidden"


def test_ctrl_c_leaves_the_terminal_clean():
    program = PROGRAM.format(seconds=0.05, space=SPACE, n_iter=200)
    text = in_terminal(program, interrupt_at="2 candidates")
    assert text.endswith("\nafter\n")
    assert "Traceback" not in text
    escapes = set(re.findall(r"\x1b\[[0-9;?]*[a-zA-Z]", text))
    assert escapes <= {"\x1b[A"}, "the terminal is left in another state"


@pytest.mark.slow
def test_in_a_real_notebook():
    """One line in a saved notebook, without widgets and without warnings."""
    nbformat = pytest.importorskip("nbformat", reason="the group notebook")
    nbclient = pytest.importorskip("nbclient", reason="the group notebook")
    pytest.importorskip("ipykernel", reason="the group notebook")
    code = textwrap.dedent(PROGRAM.format(seconds=0.02, space=SPACE, n_iter=10))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(env=environment)
    outputs = notebook.cells[0].outputs
    assert {output.get("name") for output in outputs} == {"stdout"}
    text = "".join(output["text"] for output in outputs)
    bar, after = text.rstrip("\n").split("\n")
    assert after == "after"
    assert "20/20 fits, 10 candidates" in bar.rsplit("\r", 1)[-1]
