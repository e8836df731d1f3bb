"""A worker ends with the process that it works for, whatever it is at, not before."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress

import pytest

from asv_benchmarks.reliability import orphans
from asv_benchmarks.reliability.deeds import Doer, X, Y, is_alive, wait_for
from sksearch import BayesSearchCV
from sksearch.history import Evaluation

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/fd"), reason="the kernel of Linux ends the workers"
)


FIRST, *OTHERS = orphans.SETUPS


@pytest.mark.parametrize("deed", orphans.HUNG)
@pytest.mark.parametrize(
    "setup",
    [FIRST, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)],
)
def test_hung_workers_end_with_a_search_that_is_killed(tmp_path, setup, deed):
    parent, workers = orphans.start(tmp_path, setup, deed)
    try:
        assert all(map(is_alive, workers))
        assert orphans.kill_parent(parent, workers, 20.0) is not None
    finally:
        for pid in filter(is_alive, workers):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def hold_the_gil_for_a_while(estimator):
    ctypes.PyDLL(None).sleep(3)
    estimator.value = float(os.getpid())


def test_a_long_call_in_c_is_not_disturbed():
    space = {"deed": [hold_the_gil_for_a_while], "value": [1.0, 2.0]}
    search = BayesSearchCV(Doer(), space, cv=2, refit=False, n_jobs=2, n_iter=2)
    search.fit(X, Y)
    results = [r for r in search.history_.records if isinstance(r, Evaluation)]
    assert [r.status for r in results] == ["ok"] * 4
    assert len({r.scores["score"] for r in results}) == 2  # nobody was replaced


def tell_pid(estimator):
    time.sleep(0.05)
    estimator.value = float(os.getpid())


def workers_of_a_search():
    space = {"deed": [tell_pid], "value": [1.0, 2.0, 3.0, 4.0]}
    search = BayesSearchCV(Doer(), space, cv=2, refit=False, n_jobs=2).fit(X, Y)
    results = [r for r in search.history_.records if isinstance(r, Evaluation)]
    return {int(r.scores["score"]) for r in results}


def test_workers_outlive_the_thread_and_the_forks_of_their_parent():
    """A thread that ends is no parent that dies (as PR_SET_PDEATHSIG has it)."""
    found = []
    thread = threading.Thread(target=lambda: found.append(workers_of_a_search()))
    thread.start()
    thread.join()
    subprocess.run([sys.executable, "-c", ""], check=True, close_fds=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there are threads
        pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    time.sleep(0.5)
    assert len(found[0]) == 2
    assert all(map(is_alive, found[0]))
    assert workers_of_a_search() == found[0]


FORKED = """if True:
    import os, sys, time
    from asv_benchmarks.reliability import orphans
    from sksearch.evaluation import _orphans
    _orphans.lifeline()
    if os.fork() == 0:
        open(sys.argv[1] + ".child", "w").write(str(os.getpid()))
        os.rename(sys.argv[1] + ".child", sys.argv[1])
        time.sleep(1000)
    orphans.search_that_hangs("bayes", {deed!r}, sys.argv[2], n_jobs=2)
"""


def test_a_forked_child_that_lives_on_keeps_no_worker(tmp_path):
    code = FORKED.format(deed="hangs in a C call that holds the GIL")
    child, log = tmp_path / "child", tmp_path / "hung"
    command = [sys.executable, "-c", code, str(child), str(log)]
    parent = subprocess.Popen(command, cwd=orphans.ROOT)
    try:
        assert wait_for(lambda: len(list(tmp_path.glob("hung.*"))) == 2)
        time.sleep(0.2)
        workers = [int(path.suffix[1:]) for path in tmp_path.glob("hung.*")]
        assert orphans.kill_parent(parent, workers, 20.0) is not None
        assert is_alive(int(child.read_text()))
    finally:
        os.kill(int(child.read_text()), signal.SIGKILL)


def test_children_that_search_themselves_end_their_own_workers(tmp_path):
    """A fork has another pipe than its parent: that one may live on."""
    code = """if True:
        import os, sys, time
        from asv_benchmarks.reliability import orphans
        from tests.evaluation.test_orphans import workers_of_a_search
        workers_of_a_search()
        if os.fork() == 0:
            orphans.search_that_hangs("bayes", sys.argv[1], sys.argv[2], n_jobs=2)
        time.sleep(1000)
    """
    log = tmp_path / "hung"
    deed = "hangs in a C call that holds the GIL"
    command = [sys.executable, "-W", "ignore", "-c", code, deed, str(log)]
    parent = subprocess.Popen(command, cwd=orphans.ROOT)
    try:
        assert wait_for(lambda: len(list(tmp_path.glob("hung.*"))) == 2)
        time.sleep(0.2)
        workers = [int(path.suffix[1:]) for path in tmp_path.glob("hung.*")]
        child = _parent_of(workers[0])
        assert child != parent.pid
        os.kill(child, signal.SIGKILL)
        assert wait_for(lambda: not any(map(is_alive, workers)), 20.0)
        assert parent.poll() is None
    finally:
        parent.kill()
        parent.wait()


def _parent_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])
