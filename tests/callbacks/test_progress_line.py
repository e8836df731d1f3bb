"""What `verbose` prints, in terminals and of real searches."""

import os

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.callbacks import ProgressLine
from sksearch.history import Evaluation, History, Trial
from sksearch.space import SearchSpace


@pytest.mark.parametrize("n_columns", [40, 200])
def test_a_narrow_terminal_has_one_line_too(n_columns):
    """A line that goes on in a second row would leave its first one behind."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
    import fcntl
    import struct
    import termios

    ours, its = pty.openpty()
    size = struct.pack("HHHH", 24, n_columns, 0, 0)
    fcntl.ioctl(its, termios.TIOCSWINSZ, size)
    history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=1)
    with os.fdopen(its, "w") as stream:
        line = ProgressLine(n_fits=100, stream=stream)
        line.on_search_begin(history)
        for i in range(3):
            history.record(Trial(i, {"C": 1.0}))
            history.record(Evaluation(i, 1, 0, {"score": 0.123456789}))
            line.on_evaluation(history, history.records[-1])
        line.on_search_end(history)
        text = ""
        while "\n" not in text:
            text += os.read(ours, 4096).decode()
    os.close(ours)
    pictures = text.replace("\r\n", "").split("\r\x1b[2K")[1:]
    assert len(pictures) == 3
    assert pictures[0].startswith("[search] 1/100 fits, best 0.123457")
    assert max(map(len, pictures)) < n_columns


def test_lines_tell_at_which_resource(capsys):
    search = HyperbandSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": (1e-5, 1e-1, "log-uniform")},
        max_resources=3,
        cv=2,
        verbose=3,
        random_state=0,
    ).fit(*load_iris(return_X_y=True))
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith("[trial 0, epochs=")]
    reached = [r for i, r in search.history_.tasks() if i == 0]
    for resource in reached:
        assert sum(f"epochs={resource}, fold" in line for line in told) == 2
        score = search.history_.score(0, resource)
        start = f"[trial 0, epochs={resource}] complete, score {score:.6g}: alpha="
        assert sum(line.startswith(start) for line in told) == 1


def test_the_number_of_fits_is_that_after_which_the_search_ends(capsys):
    BayesSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": (1e-5, 1e-1, "log-uniform")},
        n_iter=50,
        cv=2,
        max_fits=8,
        optimizer="random",
        verbose=1,
        random_state=0,
    ).fit(*load_iris(return_X_y=True))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("[search] 8/8 fits, best 0.")
    assert last.endswith("ETA 0 s")
