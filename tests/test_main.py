"""`python -m sksearch`: journals as another process sees them, whatever they are."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sksearch import BayesSearchCV
from sksearch.__main__ import main
from sksearch._journal import Journal
from sksearch._log_lines import packed
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.report._status import status_of
from sksearch.space import SearchSpace

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EVIL = "<script>alert(1)</script>\x1b[2J"


def run(*arguments, folder=None):
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "sksearch", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ROOT, "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )


def written(path, n=6, n_fits=24):
    """A journal of n candidates on two folds, of which one fit failed."""
    space = SearchSpace({"x": (0.0, 1.0), "kind": ["a", EVIL]})
    history = History(space, seed=0, n_splits=2)
    facts = {"space": {"text": "s", "hash": space.fingerprint}}
    journal, rng = Journal(str(path)), np.random.default_rng(0)
    journal.begin(history, facts, {}, n_fits)
    for i in range(n):
        history.record(Trial(i, {"x": i / 10, "kind": EVIL if i % 2 else "a"}))
        for fold in range(2):
            bad = i == 1 and fold == 1
            history.record(
                Evaluation(
                    i,
                    1,
                    fold,
                    {"score": 0.1 * i + 0.01 * rng.normal()},
                    fit_time=0.5,
                    score_time=0.5,
                    started=float(2 * i + fold),
                    status="failed" if bad else "ok",
                    error=f"ValueError: {EVIL}" if bad else None,
                    worker="7",
                )
            )
    journal.close()
    return path


@pytest.fixture
def journal(tmp_path):
    return written(tmp_path / "search.jsonl")


# -- as users run it -----------------------------------------------------------------


def test_show_says_where_it_stands(journal):
    done = run("show", journal)
    assert (done.returncode, done.stderr) == (0, "")
    rows = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert rows["status"].startswith("not finished: running, broken off")
    assert rows["fits"] == "12 of at most 24 done (1 failed)"
    assert rows["candidates"] == "5 complete, 1 failed"
    assert "candidate 5: " in rows["best"]
    assert rows["time"] == "12 s so far; about 12 s to go"


def test_show_obeys_no_text_of_the_file(journal):
    shown = run("show", journal).stdout
    assert "<script>alert(1)</script>" in shown
    assert "\x1b" not in shown


def test_report_stands_where_it_was_asked_for(journal, tmp_path):
    before = journal.read_bytes()
    done = run("report", "search.jsonl", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "search.html\n")
    done = run("report", journal, "-o", tmp_path / "b.html", "--title", "Mine")
    assert done.returncode == 0
    page = (tmp_path / "b.html").read_text(encoding="utf-8")
    assert "<h1>Mine</h1>" in page
    assert page.count("<script>") == 1
    assert "ValueError: &lt;script&gt;" in page
    assert journal.read_bytes() == before


def test_errors_are_one_line_and_a_code(journal, tmp_path, capsys):
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("hello\n")
    lines = journal.read_bytes().splitlines(keepends=True)
    broken = b"".join([*lines[:3], lines[3].replace(b"0", b"1", 3), *lines[4:]])
    (tmp_path / "broken.jsonl").write_bytes(broken)
    wrong = {
        ("show", tmp_path / "no.jsonl"): "There is no file",
        ("show", tmp_path): "is a folder. Pass a journal in it: broken.jsonl, empty",
        ("show", tmp_path / "empty.jsonl"): "holds no journal",
        ("show", tmp_path / "notes.txt"): "Line 1 of the journal",
        ("report", tmp_path / "broken.jsonl"): "Line 4 of the journal",
        ("report", journal, "-o", journal): "is the journal. Pass another file",
        ("report", journal, "-o", tmp_path / "no" / "r.html"): "folder that is not",
    }
    for arguments, message in wrong.items():
        assert main([*map(str, arguments)]) == 1
        out, error = capsys.readouterr()
        assert out == ""
        assert error.startswith("sksearch: error: ")
        assert message in error
        assert error.count("\n") == 1
    done = run("show", tmp_path / "broken.jsonl")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert journal.read_bytes() == b"".join(lines)


def test_a_wrong_command_is_a_usage(journal):
    for arguments in ([], ["see", str(journal)], ["show"]):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
    done = run("see", journal)
    assert done.returncode == 2
    assert "usage: python -m sksearch" in done.stderr
    done = run("--help")
    assert done.returncode == 0
    assert "report" in done.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_would_never_end_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "no regular file" in run("show", tmp_path / "pipe").stderr


SLOW = """
import sys, time
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier
from sksearch import BayesSearchCV

class Slow(DecisionTreeClassifier):
    def fit(self, X, y):
        time.sleep(0.1)
        return super().fit(X, y)

search = BayesSearchCV(
    Slow(), {"max_depth": range(1, 9)}, n_iter=8, cv=3, random_state=0, n_jobs=1,
    journal=sys.argv[1],
)
print(len(search.fit(*load_iris(return_X_y=True)).cv_results_["params"]))
"""


def test_a_running_search_is_seen_and_not_disturbed(tmp_path):
    path = tmp_path / "search.jsonl"
    command = [sys.executable, "-c", SLOW, str(path)]
    env = {**os.environ, "PYTHONPATH": ROOT}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as child:
        seen = []
        while child.poll() is None:
            if path.exists() and path.stat().st_size > 0:
                status = status_of(path)
                seen.append((status.n_done, status.n_fits, status.is_finished))
                str(status)
            time.sleep(0.05)
        assert child.stdout.read() == "8\n"
    assert child.returncode == 0
    done = [n for n, _, _ in seen]
    assert done == sorted(done)
    assert any(0 < n < 24 for n in done)
    assert {n_fits for _, n_fits, _ in seen} <= {None, 24}
    assert all(n == 24 for n, _, is_finished in seen if is_finished)
    assert status_of(path).is_finished
    assert run("show", path).stdout.startswith("status      finished; ")


# -- the plan ------------------------------------------------------------------------


def test_the_plan_follows_n_iter_and_is_written_once(tmp_path):
    path = tmp_path / "search.jsonl"
    X, y = load_iris(return_X_y=True)
    options = {"cv": 2, "random_state": 0, "journal": path}
    search = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=3, **options).fit(X, y)
    assert status_of(path).n_fits == 6
    assert status_of(path).is_finished
    content = path.read_bytes()
    search.fit(X, y)
    assert path.read_bytes() == content
    search.set_params(n_iter=5).fit(X, y)
    assert status_of(path).n_fits == 10
    assert path.read_bytes().count(b'"plan"') == 2


def test_without_a_plan_no_end_is_promised(tmp_path):
    status = status_of(written(tmp_path / "search.jsonl", n_fits=None))
    assert not status.is_finished
    assert "to go" not in str(status)
    assert "fits        12 done" in str(status)


# -- files that were made to harm ----------------------------------------------------


JUNK = [None, True, -1, 0, 3, 2**53, 10**400, 1e308, "", "x", "inf", "nan", "\x1b[2J"]
JUNK += [[], {}, [[]], [1, 2, 3], {"a": {}}, {"choice": 0, "text": []}, "\ud800"]


def places(value, at=()):
    """All paths to the values in a JSON value."""
    if at:
        yield at
    items = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, dict | list):
        for key, item in items:
            yield from (
                places(item, (*at, key))
                if isinstance(item, dict | list)
                else [(*at, key)]
            )


def replaced(value, at, junk):
    if not at:
        return junk
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = replaced(copy[at[0]], at[1:], junk)
    return copy


@pytest.fixture(scope="module")
def bodies(tmp_path_factory):
    path = written(tmp_path_factory.mktemp("journal") / "search.jsonl", n=3)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [{k: v for k, v in line.items() if k not in ("crc", "n")} for line in lines]


def harmful(bodies, data, path):
    """Write a journal with a value somewhere that no search writes, and good sums."""
    number = data.draw(st.integers(0, len(bodies) - 1))
    at = data.draw(st.sampled_from(list(places(bodies[number]))))
    junk = data.draw(st.sampled_from(JUNK))
    changed = [*bodies]
    changed[number] = replaced(bodies[number], at, junk)
    path.write_bytes(b"".join(packed(n, body) for n, body in enumerate(changed)))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_any_value_in_any_place_is_shown_or_refused(tmp_path_factory, bodies, data):
    path = tmp_path_factory.getbasetemp() / "harm.jsonl"
    harmful(bodies, data, path)
    assert main(["show", str(path)]) in (0, 1)


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_value_in_any_place_has_a_report_or_none(tmp_path_factory, bodies, data):
    path = tmp_path_factory.getbasetemp() / "harm.jsonl"
    harmful(bodies, data, path)
    output = path.with_suffix(".html")
    if main(["report", str(path), "-o", str(output)]) == 0:
        page = output.read_text(encoding="utf-8")
        assert page.count("<script>") == 1
        assert page.endswith("</html>\n")


@pytest.mark.parametrize(
    "body",
    [
        [],
        7,
        {"journal": []},
        {"journal": {"sksearch": 1}},
        {"journal": {"sksearch": 2}},
        {},
    ],
)
def test_a_first_line_that_is_no_header_is_refused(tmp_path, body, capsys):
    path = tmp_path / "search.jsonl"
    if isinstance(body, dict):
        path.write_bytes(packed(0, body))
    else:
        import zlib

        text = b"{" + json.dumps(body).encode()
        path.write_bytes(b'{"crc":"%08x",' % zlib.crc32(text) + text[1:] + b"\n")
    assert main(["show", str(path)]) == 1
    assert "sksearch: error: " in capsys.readouterr().err


def test_a_header_does_not_make_a_table_of_any_width(tmp_path, bodies):
    wide = replaced(bodies[0], ("journal", "n_splits"), 10**9)
    path = tmp_path / "search.jsonl"
    path.write_bytes(packed(0, wide))
    assert main(["show", str(path)]) == 1


def test_tasks_are_shown_too(tmp_path):
    space = SearchSpace({"x": (0.0, 1.0)})
    history, path = History(space, seed=0, n_splits=1), tmp_path / "search.jsonl"
    journal = Journal(str(path))
    facts = {"space": {"text": "s", "hash": space.fingerprint}}
    journal.begin(history, facts, {}, 3)
    history.record(Trial(0, {"x": 0.5}))
    history.record(Evaluation(0, 1, 0, {"score": 1.0}))
    history.record(Task(0, 3))
    journal.close()
    shown = str(status_of(path))
    assert "1 pending" in shown
    assert "score 1 (candidate 0: x=0.5)" in shown
