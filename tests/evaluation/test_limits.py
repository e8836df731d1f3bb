"""A fit that takes too much is ended, whatever it is at, and nobody else notices."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from sklearn.model_selection import cross_val_score

from asv_benchmarks.reliability.deeds import (
    Doer,
    X,
    Y,
    allocate,
    be_killed,
    hang_in_c_with_the_gil,
    hang_in_numpy,
    is_alive,
    leave,
    segfault,
    sleep,
    wait_for,
)
from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.evaluation._limits import Limits, private_bytes
from sksearch.evaluation._notes import Note, finished_fits, read_note
from sksearch.exceptions import FitMemoryError, FitTimeoutError
from sksearch.history import Evaluation

SPLIT = [(np.arange(20), np.arange(20, 40))]
TIMEOUT = 2.0  # a healthy fit here takes milliseconds
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
MEMORY = 600_000_000  # a worker with nothing but scikit-learn holds a fifth of it


def search(deeds, kind=BayesSearchCV, **options):
    options = {"cv": SPLIT, "refit": False, "error_score": -1.0, **options}
    space = {"deed": [None, *deeds, 1, 2]}
    return kind(Doer(log=options.pop("log", None)), space, **options)


def statuses(fitted):
    """What became of each candidate."""
    results = (r for r in fitted.history_.records if isinstance(r, Evaluation))
    return [result.status for result in results]


needs_proc = pytest.mark.skipif(
    not os.path.exists("/proc/self/stat"), reason="asks /proc which processes live"
)


def test_one_that_sleeps_is_ended():
    fitted = search([sleep], fit_timeout=TIMEOUT).fit(X, Y)
    assert statuses(fitted) == ["ok", "timed_out", "ok", "ok"]
    assert fitted.cost_["by_status"] == {"ok": 3, "timed_out": 1}
    assert "fit_timeout=2" in fitted.cv_results_["error"][1]
    [ended] = [
        r for r in fitted.history_.records
        if isinstance(r, Evaluation) and r.status == "timed_out"
    ]  # fmt: skip
    assert ended.fit_time >= TIMEOUT
    assert ended.scores == {"score": -1.0}
    assert wait_for(lambda: not is_alive(ended.worker))
    assert not [t for t in threading.enumerate() if t.name == "sksearch-limits"]
    assert fitted.cost_["worker_seconds"] >= TIMEOUT
    if hasattr(signal, "SIGUSR1"):
        assert "in sleep\n" in ended.error.splitlines(keepends=True)[1]


@needs_proc
def test_one_that_allocates_without_end_is_ended():
    fitted = search([allocate], max_memory=MEMORY).fit(X, Y)
    assert statuses(fitted) == ["ok", "out_of_memory", "ok", "ok"]
    assert "max_memory=600,000,000" in fitted.cv_results_["error"][1]


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_whatever_it_is_at(n_jobs):
    ended = {
        sleep: "timed_out",
        hang_in_c_with_the_gil: "timed_out",
        hang_in_numpy: "timed_out",
        segfault: "worker_died",
        leave: "worker_died",
        be_killed: "worker_died",
    }
    fitted = search(list(ended), fit_timeout=TIMEOUT, n_jobs=n_jobs).fit(X, Y)
    assert statuses(fitted) == ["ok", *ended.values(), "ok", "ok"]
    fitted = search([allocate, allocate], max_memory=MEMORY, n_jobs=n_jobs)
    expected = ["ok", "out_of_memory", "ok", "ok"]  # the space has it once
    assert statuses(fitted.fit(X, Y)) == expected


@pytest.mark.slow
@pytest.mark.parametrize("deed", [segfault, leave, be_killed])
def test_a_worker_that_dies_needs_no_limit(deed):
    fitted = search([deed], n_jobs=2).fit(X, Y)
    assert statuses(fitted) == ["ok", "worker_died", "ok", "ok"]


@pytest.mark.slow
def test_scoring_is_part_of_it():
    def score(estimator, X, y):
        if estimator.deed == "score":
            time.sleep(1000)
        return 0.0

    fitted = search(["score"], scoring=score, fit_timeout=TIMEOUT).fit(X, Y)
    assert statuses(fitted) == ["ok", "timed_out", "ok", "ok"]


def test_it_raises_where_failures_raise():
    with pytest.raises(FitTimeoutError, match="fit_timeout=2"):
        search([sleep], fit_timeout=TIMEOUT, error_score="raise").fit(X, Y)


@pytest.mark.slow
@needs_proc
def test_it_raises_also_for_memory():
    with pytest.raises(FitMemoryError, match="max_memory"):
        search([allocate], max_memory=MEMORY, error_score="raise").fit(X, Y)


@pytest.mark.slow
@needs_proc
def test_what_it_has_started_goes_with_it(tmp_path):
    def start_another(estimator):
        child = subprocess.Popen(["sleep", "1000"])
        Path(estimator.log).write_text(str(child.pid))
        time.sleep(1000)

    log = str(tmp_path / "child")
    fitted = search([start_another], log=log, fit_timeout=TIMEOUT).fit(X, Y)
    assert statuses(fitted) == ["ok", "timed_out", "ok", "ok"]
    child = int(Path(log).read_text())
    assert wait_for(lambda: not is_alive(child))


@pytest.mark.slow
def test_one_that_ends_after_the_verdict_is_too_late():
    """A signal ends a sleep in C: the fit then returns as if nothing had been."""
    fitted = search([hang_in_c_with_the_gil], fit_timeout=TIMEOUT).fit(X, Y)
    assert statuses(fitted) == ["ok", "timed_out", "ok", "ok"]


def test_memory_that_is_refused_is_said():
    def ask_for_too_much(estimator):
        np.empty(2**60, dtype=np.int8)

    fitted = search([ask_for_too_much]).fit(X, Y)
    assert statuses(fitted) == ["ok", "out_of_memory", "ok", "ok"]


@pytest.mark.slow
def test_a_worker_killed_from_outside_costs_a_retry(tmp_path):
    def wait_once(estimator):
        log = Path(estimator.log)
        if not log.exists():
            log.with_suffix(".part").write_text(str(os.getpid()))
            log.with_suffix(".part").rename(log)
            time.sleep(1000)

    log = tmp_path / "pid"
    killer = threading.Thread(target=_kill_when_told, args=[log])
    killer.start()
    fitted = search([wait_once], log=str(log), n_jobs=2).fit(X, Y)
    killer.join()
    assert statuses(fitted) == ["ok"] * 4


@pytest.mark.slow
def test_the_other_workers_do_not_notice(tmp_path):
    def note(estimator):
        time.sleep(0.05)
        with open(estimator.log, "a") as file:
            file.write(f"{estimator.value}\n")

    space = [
        {"deed": [sleep], "value": [-1.0]},
        {"deed": [note], "value": [float(v) for v in range(20)]},
    ]
    log = tmp_path / "log"
    fitted = BayesSearchCV(
        Doer(log=str(log)),
        space,
        cv=SPLIT,
        refit=False,
        n_jobs=2,
        fit_timeout=4.0,
        error_score=-1.0,
    ).fit(X, Y)
    assert statuses(fitted) == ["timed_out"] + 20 * ["ok"]
    values = [float(line) for line in log.read_text().split()]
    assert set(values) == {float(v) for v in range(20)}
    # None is run again but, perhaps, the one that was at work beside a hung fit.
    assert len(values) <= 21


def _kill_when_told(log):
    if wait_for(log.exists):
        os.kill(int(log.read_text()), signal.SIGKILL)


# -- the clock ---------------------------------------------------------------------


class SlowToRead:
    """A scorer that takes its time when a worker reads it, as a large library does."""

    def __getstate__(self):
        return {"some": "state"}

    def __setstate__(self, state):
        time.sleep(1.5 * TIMEOUT)

    def __call__(self, estimator, X, y):
        time.sleep(0.25 * TIMEOUT)
        return 0.0


@pytest.mark.slow
def test_neither_start_up_nor_waiting_count():
    fitted = search([3, 4, 5], scoring=SlowToRead(), fit_timeout=TIMEOUT).fit(X, Y)
    assert statuses(fitted) == ["ok"] * 6


@pytest.mark.slow
def test_the_log_is_the_same_for_any_number_of_workers():
    def hang_above(estimator):
        if estimator.value > 0.7:
            time.sleep(1000)

    logs = []
    for n_jobs in (1, 2, 3):
        fitted = BayesSearchCV(
            Doer(deed=hang_above), {"value": (0.0, 1.0)}, n_iter=12, cv=2,
            optimizer="gp", random_state=0, fit_timeout=TIMEOUT, n_jobs=n_jobs,
            refit=False, error_score=-1.0,
        ).fit(X, Y)  # fmt: skip
        logs.append([
            (r.trial_id, r.fold, r.status, str(r.scores))
            if isinstance(r, Evaluation) else r.params
            for r in fitted.history_.records
        ])  # fmt: skip
        assert fitted.cost_["by_status"]["timed_out"] >= 2
    assert logs[0] == logs[1] == logs[2]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [HyperbandSearchCV, MultiObjectiveSearchCV])
def test_every_search_has_limits(kind):
    options = {"scoring": {"a": _zero, "b": _zero}, "refit": False}
    if kind is HyperbandSearchCV:
        options |= {"resource": "n_samples", "max_resources": 12, "objective": "a"}
        options |= {"cv": 2, "n_iter": 4}
    fitted = search([sleep], kind, fit_timeout=TIMEOUT, **options).fit(X, Y)
    assert "timed_out" in statuses(fitted)
    assert set(statuses(fitted)) == {"ok", "timed_out"}


def _zero(estimator, X, y):
    return 0.0


# -- where no limit can be kept ----------------------------------------------------


@pytest.mark.parametrize("limit", [{"fit_timeout": 1.0}, {"max_memory": 10**9}])
@pytest.mark.parametrize("backend", ["threading", "multiprocessing", "sequential"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_cannot_be_killed_is_refused(limit, backend, n_jobs):
    [name] = limit
    with (
        parallel_config(backend, n_jobs=n_jobs),
        pytest.raises(ValueError, match=rf"{name}=.*{backend}.*loky"),
    ):
        search([], n_jobs=None, **limit).fit(X, Y)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_search_inside_a_worker_has_a_process_of_its_own(backend):
    inner = search([sleep], fit_timeout=TIMEOUT, refit=True)
    inner.set_params(cv=2, param_distributions={"deed": [None, sleep]})
    with parallel_config(backend, n_jobs=2):
        scores = cross_val_score(inner, X, Y, cv=2, error_score="raise")
    assert scores.tolist() == [0.0, 0.0]


def test_a_daemonic_process_is_told_that_it_may_start_none():
    with parallel_config("multiprocessing", n_jobs=2):
        messages = Parallel()(delayed(_refusal)() for _ in range(2))
    assert all("daemonic" in message for message in messages)


def _refusal():
    try:
        search([], fit_timeout=1.0).fit(X, Y)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("fit_timeout", 0.0),
        ("fit_timeout", "soon"),
        ("fit_timeout", -1),
        ("max_memory", 0),
        ("max_memory", 1.5),
        ("max_memory", "2GB"),
    ],
)
def test_what_is_no_limit_is_refused(name, wrong):
    with pytest.raises(ValueError, match=name):
        search([], **{name: wrong}).fit(X, Y)


# -- Ctrl-C ------------------------------------------------------------------------

INTERRUPTED = """
import os, sys, time, warnings
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sksearch import BayesSearchCV

class Hangs(ClassifierMixin, BaseEstimator):
    def __init__(self, a=0): self.a = a
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.a == 1:
            print("hung", os.getpid(), flush=True)
            time.sleep(1000)
        return self
    def score(self, X, y): return 0.0

X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
search = BayesSearchCV(Hangs(), {"a": [0, 1, 2]}, cv=2, fit_timeout=900, refit=False)
search.set_params(n_jobs=int(sys.argv[1])).fit(X, y)
print("kept", search.cv_results_["status"].tolist(), flush=True)
"""


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_ends_a_search_with_a_hung_fit(n_jobs):
    command = [sys.executable, "-W", "ignore", "-c", INTERRUPTED, str(n_jobs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        workers = [int(process.stdout.readline().split()[1])]
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
    workers += [int(line.split()[1]) for line in out.splitlines() if "hung" in line]
    assert process.returncode == 0
    assert "kept ['complete'" in out
    assert wait_for(lambda: not any(map(is_alive, workers)))


# -- the note ----------------------------------------------------------------------


def test_a_note_tells_what_runs_and_what_came_before(tmp_path):
    path, result = str(tmp_path / "note"), Evaluation(3, 1, 0, {"score": 0.5})
    assert read_note(path) is None
    assert finished_fits(path) == []
    with Note(path) as note:
        note.begin((3, 1, 0))
        assert read_note(path).key == (3, 1, 0)
        note.done(result)
        note.begin((3, 1, 1))
        at_work = read_note(path)
        assert (at_work.pid, at_work.key) == (os.getpid(), (3, 1, 1))
        assert 0.0 <= at_work.seconds < 60.0
        assert [r.trial_id for r in finished_fits(path)] == [3]
    assert read_note(path) is None
    with Note(path) as note:  # the next batch
        note.begin((4, 1, 0))
        assert finished_fits(path) == []


def test_a_note_half_written_says_nothing(tmp_path):
    path = tmp_path / "note"
    with Note(str(path)) as note:
        note.begin((3, 1, 0))
        note.done(Evaluation(3, 1, 0, {"score": 0.5}))
        note.done(Evaluation(3, 1, 1, {"score": 0.5}))
        whole = path.read_bytes()
    for end in (0, 1, 20, 50):
        path.write_bytes(whole[:end])
        assert read_note(str(path)) is None
        assert finished_fits(str(path)) == []
    path.write_bytes(whole[:-1])
    assert [r.fold for r in finished_fits(str(path))] == [0]
    for position in range(8, 48, 8):
        torn = bytearray(whole)
        torn[position] ^= 1
        path.write_bytes(torn)
        assert read_note(str(path)) is None


@needs_proc
def test_mapped_data_are_nobodys_memory(tmp_path):
    np.save(tmp_path / "x.npy", np.ones(12_500_000))  # 100 MB
    before = private_bytes(os.getpid())
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert mapped.sum() == 12_500_000
    assert private_bytes(os.getpid()) - before < 30_000_000
    own = np.array(mapped)
    assert private_bytes(os.getpid()) - before > 80_000_000
    assert own.sum() == 12_500_000


def test_no_process_holds_nothing():
    assert private_bytes(2**22 + 1) == 0


def test_limits_are_true_where_there_are_any():
    assert not Limits()
    assert Limits(seconds=1.0)
    assert Limits(n_bytes=1)
