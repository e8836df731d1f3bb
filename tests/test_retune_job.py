"""`python -m sksearch retune`: what the file may say, what is written, which code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

import sksearch
from sksearch import BayesSearchCV, load_metadata
from sksearch.__main__ import main
from sksearch._retune_job import FAILED, KEEP, PROMOTE, read_job
from sksearch._retune_job._job import _TABLES
from sksearch.monitoring import ScoreMonitor

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "user_guide" / "retuning.md"

X, Y = make_classification(600, n_informative=6, flip_y=0.1, random_state=0)
X = pd.DataFrame(X, columns=[f"c{i}" for i in range(X.shape[1])])
MODULE = """
import joblib
import pandas as pd
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sksearch import BayesSearchCV

X, Y = make_classification(600, n_informative=6, flip_y=0.1, random_state=0)
X = pd.DataFrame(X, columns=[f"c{i}" for i in range(X.shape[1])])
X_NEW, Y_NEW = X[300:], Y[300:]

new_search = BayesSearchCV(
    LogisticRegression(), {"C": (1e-3, 1e2, "log-uniform")}, n_iter=3, cv=2,
    optimizer="random", random_state=0,
)

def search():
    return clone(new_search).fit(X[:300], Y[:300])

def model():
    return search().best_estimator_

def same():
    return X_NEW, Y_NEW

def turned():
    return -X_NEW, Y_NEW, None

def one():
    return X_NEW

def broken():
    raise RuntimeError("no database\\nat all")

def save(retuned, folder):
    joblib.dump(retuned.model, folder / "mine.joblib")
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a module of its own, from which the command runs."""
    (tmp_path / "rejobs.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "rejobs", raising=False)
    return tmp_path


BASE = {
    "data": {"load": "rejobs:turned"},
    "search": {"load": "rejobs:search"},
    "output": {"folder": "out"},
}


def written(folder, changes=(), **tables):
    """Write a job; None takes a table away."""
    found = {**BASE, **dict(changes), **tables}
    text = ""
    for name, table in found.items():
        if table is not None:
            lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
            text += "\n".join([f"[{name}]", *lines, "", ""])
    path = folder / "retune.toml"
    path.write_text(text)
    return str(path)


def verdict(folder):
    return json.loads((folder / "out" / "verdict.json").read_text())


def run(*arguments, folder, warnings="error"):
    return subprocess.run(
        [sys.executable, "-W", warnings, "-m", "sksearch", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
    )


# -- codes, as a scheduler sees them -------------------------------------------------


def test_codes_are_distinct():
    assert len({KEEP, FAILED, PROMOTE, 2}) == 4
    assert KEEP == 0


def test_a_promotion_has_its_code(folder):
    done = run("retune", written(folder), folder=folder)
    assert (done.returncode, done.stderr) == (PROMOTE, "")
    assert done.stdout.startswith("promote: score ")
    assert verdict(folder)["verdict"] == "promote"


@pytest.mark.slow
def test_keep_and_failed_have_other_codes(folder):
    path = written(folder, data={"load": "rejobs:same"})
    done = run("retune", path, folder=folder)
    assert (done.returncode, done.stderr) == (KEEP, "")
    assert verdict(folder)["verdict"] == "keep"

    path = written(folder, data={"load": "rejobs:broken"})
    done = run("retune", path, folder=folder)
    assert (done.returncode, done.stdout) == (FAILED, "")
    assert done.stderr.startswith("sksearch: error: RuntimeError: no database at all")
    assert done.stderr.count("\n") == 1
    told = verdict(folder)
    assert told["verdict"] == "failed"
    assert "no database" in told["error"]
    assert "in broken" in told["traceback"]

    done = run("retune", folder=folder)
    assert done.returncode == 2
    done = run("retune", "--help", folder=folder)
    assert f"{PROMOTE} promote the challenger" in " ".join(done.stdout.split())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the line is for a Unix shell")
def test_the_code_counts_also_if_nobody_reads(folder):
    command = f"{sys.executable} -m sksearch retune {written(folder)}"
    script = f"{{ {command}; echo $? >code; }} | true"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(["bash", "-c", script], check=True, cwd=folder, env=env)
    assert (folder / "code").read_text().strip() == str(PROMOTE)


# -- what is written -----------------------------------------------------------------


def test_a_promotion_leaves_all_that_is_needed(folder):
    assert main(["retune", written(folder, retune={"refit_on_all": True})]) == PROMOTE
    told = verdict(folder)
    assert told["interval"][0] > told["min_gain"] == 0
    assert told["refitted_on_all"]
    search = joblib.load(folder / "out" / told["model"])
    assert search.score(-X[300:], Y[300:]) > 0.6
    ScoreMonitor(search).update(-X[300:], Y[300:])
    metadata = load_metadata(folder / "out" / told["metadata"])
    assert metadata.best_params == search.best_params_
    assert metadata.scores["retune"]["gain"] == told["gain"]


@pytest.mark.slow
def test_a_function_may_save_instead(folder):
    output = {"folder": "out", "save": "rejobs:save"}
    assert main(["retune", written(folder, output=output)]) == PROMOTE
    assert verdict(folder)["model"] is None
    assert joblib.load(folder / "out" / "mine.joblib").score(-X[300:], Y[300:]) > 0.6


def test_a_verdict_of_yesterday_is_never_left(folder, capsys):
    assert main(["retune", written(folder)]) == PROMOTE
    path = written(folder, search={"load": "rejobs:nothing"})
    assert main(["retune", path]) == FAILED
    assert verdict(folder)["verdict"] == "failed"
    assert (folder / "out" / "search.joblib").exists()  # of the last promotion
    assert "'rejobs' has no 'nothing'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_champion_of_which_only_the_model_is_known_has_no_file(folder):
    champion = {"load": "rejobs:model"}
    path = written(
        folder,
        data={"load": "rejobs:same"},
        search={"load": "rejobs:new_search"},
        champion=champion,
    )
    assert main(["retune", path]) == KEEP
    told = verdict(folder)
    assert told["metadata"] is None
    assert "how it was found" in told["no_metadata"]
    assert not (folder / "out" / "metadata.json").exists()


@pytest.mark.slow
def test_a_champion_may_be_built_from_its_file(folder):
    search = BayesSearchCV(
        LogisticRegression(), {"C": [1.0]}, cv=2, journal=folder / "old.jsonl"
    ).fit(X[:300], Y[:300])
    search.export_metadata(folder / "champion.json")
    path = written(
        folder,
        search={
            "load": "rejobs:new_search",
            "warm_start_from": ["old.jsonl"],
            "journal": "journals/new.jsonl",
        },
        champion={"metadata": "champion.json"},
        retune={"random_state": 7, "test_size": 100, "scoring": "roc_auc"},
    )
    assert main(["retune", path]) == KEEP  # trained again it is as good
    assert (verdict(folder)["score"], verdict(folder)["n_rows"]) == ("roc_auc", 100)
    assert (folder / "journals" / "new.jsonl").exists()
    assert load_metadata(folder / "out" / "metadata.json").best_params == {"C": 1.0}


@pytest.mark.parametrize(
    "suffix",
    [
        ".csv",
        *(pytest.param(s, marks=pytest.mark.slow) for s in (".csv.gz", ".parquet")),
    ],
)
def test_tables_are_read(folder, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="pandas reads Parquet with it")
    frame = (-X[300:]).assign(id=range(300), label=Y[300:])
    path = folder / f"new{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    data = {"path": path.name, "target": "label", "drop": ["id"]}
    job = written(folder, data=data, eval_set={"load": "rejobs:turned"})
    assert main(["retune", job]) == PROMOTE
    assert verdict(folder)["n_rows"] == 300


# -- what is refused -----------------------------------------------------------------


WRONG = [
    ({"dta": {"load": "a:b"}}, "'dta', which is not known. It may have champion, data"),
    ({"data": None}, r"lacks [data]"),
    ({"data": {"load_": "a:b"}}, "[data] has 'load_'"),
    ({"data": {"load_": "a:b"}}, "It may have drop, groups, load, path, target"),
    ({"data": {"load_": "a:b"}}, "Did you mean 'load'?"),
    ({"data": {"load": 7}}, "[data] load=7 must be a text"),
    ({"data": {}}, "[data] needs one of load"),
    ({"data": {"load": "a:b", "path": "c.csv"}}, "[data] needs one of load"),
    ({"data": {"load": "a:b", "target": "y"}}, "[data] has target, which is of path"),
    ({"eval_set": {"target": "y"}}, "[eval_set] needs one of load"),
    ({"search": {"journal": "a.jsonl"}}, "[search] lacks load"),
    ({"search": {"load": "a:b", "warm_start_from": [1]}}, "must be a list of texts"),
    ({"champion": {"file": "m.joblib"}}, "A pickle runs code when it is read"),
    ({"champion": {"trusted": ["a"]}}, "[champion] needs one of load"),
    ({"champion": {"load": "a:b", "trusted": ["a"]}}, "which is of metadata alone"),
    ({"retune": {"min_gain": True}}, "[retune] min_gain=True must be a number"),
    ({"retune": {"shuffle": 1}}, "[retune] shuffle=1 must be true or false"),
    ({"retune": {"n_jobs": 1.5}}, "[retune] n_jobs=1.5 must be an integer"),
    ({"output": {"save": "a:b"}}, "[output] lacks folder"),
]


@pytest.mark.parametrize(("tables", "says"), WRONG)
def test_a_wrong_file_is_told_before_anything_is_done(folder, tables, says, capsys):
    assert main(["retune", written(folder, tables)]) == FAILED
    error = capsys.readouterr().err
    assert error.startswith("sksearch: error: ")
    assert says in error
    assert error.count("\n") == 1
    assert not (folder / "out").exists()


def test_what_is_no_toml_or_no_file_is_told(folder, capsys):
    (folder / "a.toml").write_text("[data\n")
    assert main(["retune", str(folder / "a.toml")]) == FAILED
    assert "is no TOML" in capsys.readouterr().err
    (folder / "a.toml").write_text("data = 3\n")
    assert main(["retune", str(folder / "a.toml")]) == FAILED
    assert "data=3 must be a table" in capsys.readouterr().err
    assert main(["retune", str(folder / "b.toml")]) == FAILED
    assert "There is no file" in capsys.readouterr().err


FAILS = [
    ({"data": {"load": "rejobs"}}, "is no name such as 'jobs.models:search'"),
    ({"data": {"load": "os:system('x')"}}, "is no name such as"),
    ({"data": {"load": "nowhere.at:all"}}, "set PYTHONPATH"),
    ({"data": {"load": "rejobs:one"}}, "where X and y are wanted"),
    ({"data": {"path": "new.xlsx"}}, "must end with one of .csv"),
    ({"data": {"path": "gone.csv"}}, "gone.csv"),
    ({"data": {"path": "old.csv", "target": "y"}}, "names the columns ['y']"),
    ({"champion": {"metadata": "old.csv"}}, "is no metadata of a search"),
    ({"retune": {"test_size": 2.0}}, "test_size=2.0 must leave rows"),
    ({"output": {"folder": "out", "save": "rejobs:gone"}}, "has no 'gone'"),
]


@pytest.mark.parametrize(("tables", "says"), FAILS)
def test_what_fails_is_told_and_written(folder, tables, says, capsys):
    (folder / "old.csv").write_text("a,b\n1,2\n")
    assert main(["retune", written(folder, tables)]) == FAILED
    assert says in capsys.readouterr().err
    told = verdict(folder)
    assert told["verdict"] == "failed"
    assert says in told["error"]


def test_nothing_in_the_file_is_unpickled(folder, capsys):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (folder / "evil",))

    joblib.dump(Evil(), folder / "evil.joblib")
    for champion in ({"metadata": "evil.joblib"}, {"load": "evil.joblib:x"}):
        assert main(["retune", written(folder, champion=champion)]) == FAILED
    for name in ("evil.joblib", "evil.csv"):
        (folder / name).write_bytes((folder / "evil.joblib").read_bytes())
        path = written(folder, data={"path": name, "target": "y"})
        assert main(["retune", path]) == FAILED
    assert not (folder / "evil").exists()
    capsys.readouterr()


# -- the page ------------------------------------------------------------------------


def blocks(language):
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_page_names_all_keys(folder):
    text = PAGE.read_text(encoding="utf-8")
    for table, keys in _TABLES.items():
        assert f"`[{table}]`" in text
        assert [key for key in keys if f"`{key}`" not in text] == []
    for code in (KEEP, FAILED, PROMOTE, 2):
        assert re.search(rf"^\| {code} \|", text, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the script is for a Unix shell")
def test_the_nightly_job_of_the_page_hands_over(tmp_path):
    [module] = [b for b in blocks("python") if "def production" in b]
    [job], [script] = blocks("toml"), blocks("sh")
    (tmp_path / "jobs.py").write_text(module)
    (tmp_path / "retune.toml").write_text(job)
    (tmp_path / "nightly.sh").write_text(script)
    (tmp_path / "python").symlink_to(sys.executable)
    first = tmp_path / "releases" / "first"
    first.mkdir(parents=True)
    search = BayesSearchCV(
        LogisticRegression(),
        {"C": (1e-3, 1e2, "log-uniform")},
        n_iter=3,
        cv=2,
        optimizer="random",
        random_state=0,
    ).fit(X[:300], Y[:300])
    joblib.dump(search, first / "search.joblib")
    (tmp_path / "current").symlink_to(Path("releases") / "first")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}

    def night(rows):
        frame = rows.assign(churned=Y[300:])
        frame.to_csv(tmp_path / "last_month.csv", index=False)
        done = subprocess.run(
            ["sh", "nightly.sh"], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        return done.returncode, os.readlink(tmp_path / "current"), done.stderr

    assert night(X[300:]) == (0, "releases/first", "")
    code, green, error = night(-X[300:])
    assert (code, error) == (0, "")
    assert green != "releases/first"
    assert (
        joblib.load(tmp_path / green / "search.joblib").score(-X[300:], Y[300:]) > 0.6
    )
    (tmp_path / "last_month.csv").unlink()
    done = subprocess.run(
        ["sh", "nightly.sh"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert os.readlink(tmp_path / "current") == green


def test_reading_a_job_needs_only_the_file(folder):
    job = read_job(written(folder, retune={"level": 0.9}))
    assert job.folder == folder / "out"
    assert job.retune == {"level": 0.9}
    assert np.all([name in sksearch.__all__ for name in ("retune", "Retuned")])
