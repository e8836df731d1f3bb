"""Fits on an executor of the user: any that the standard library's protocol covers."""

import concurrent.futures
import multiprocessing
import os
import pickle
import random
import signal
import threading
import warnings

import numpy as np
import pytest
from joblib.externals.loky import ProcessPoolExecutor as LokyExecutor
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import cross_val_score

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.evaluation import _futures
from sksearch.exceptions import CheckpointWarning, WorkerDiedError
from sksearch.history import Evaluation

X = np.arange(80.0).reshape(40, 2)
Y = np.arange(40) % 2
KINDS = {
    "threads": concurrent.futures.ThreadPoolExecutor,
    "processes": concurrent.futures.ProcessPoolExecutor,
    "loky": LokyExecutor,
}


class Doer(ClassifierMixin, BaseEstimator):
    """Does what `deed` says in `fit`; scores `value`, or what the deed returned."""

    def __init__(self, value=0.0, deed=None):
        self.value = value
        self.deed = deed

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.result_ = self.value if self.deed is None else self.deed(self, X)
        return self

    def score(self, X, y):
        return self.result_


@pytest.fixture(scope="module", params=KINDS)
def executor(request):
    """One for all tests: new processes take seconds until they can fit anything."""
    with KINDS[request.param](2) as executor:
        yield executor


def make_search(deed=None, **options):
    options = {"n_iter": 12, "cv": 3, "random_state": 0, "refit": False, **options}
    return BayesSearchCV(Doer(deed=deed), {"value": (0.0, 1.0)}, **options)


def logged(search):
    """The log but for clocks and workers."""
    return [
        (r.trial_id, r.fold, r.scores) if isinstance(r, Evaluation) else r
        for r in search.history_.records
    ]


# -- the same search ---------------------------------------------------------------


def test_an_executor_gives_the_log_that_one_job_gives(executor):
    alone = make_search().fit(X, Y)
    assert logged(make_search(executor=executor).fit(X, Y)) == logged(alone)
    assert logged(make_search(executor=executor).fit(X, Y)) == logged(alone)


def test_fits_run_in_its_workers():
    with concurrent.futures.ProcessPoolExecutor(2) as executor:
        fitted = make_search(_own_pid, executor=executor).fit(X, Y)
        pids = {float(pid) for pid in executor._processes}
    results = [r for r in fitted.history_.records if isinstance(r, Evaluation)]
    assert {r.scores["score"] for r in results} <= pids


def _own_pid(estimator, X):
    return float(os.getpid())


def test_it_stays_open_and_keeps_the_data_of_one_search_at_most(executor):
    for _ in range(3):
        make_search(executor=executor).fit(X, Y)
    asked = [executor.submit(_what_is_kept) for _ in range(8)]
    assert max(future.result(20) for future in asked) <= 1


def _what_is_kept():
    return len(_futures._orders) + len(_futures._here)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_n_jobs_bounds_what_runs_at_once(n_jobs):
    running, most, lock = [], [], threading.Lock()

    def count(estimator, X):
        with lock:
            running.append(1)
            most.append(len(running))
        threading.Event().wait(0.002)
        running.pop()
        return estimator.value

    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        make_search(count, executor=executor, n_jobs=n_jobs).fit(X, Y)
    assert max(most) <= n_jobs


def test_seeds_hold_in_processes():
    def draw(estimator, X):
        return np.random.random() + random.random()

    alone = make_search(draw, seed_fits=True).fit(X, Y)
    with KINDS["loky"](2) as executor:
        fitted = make_search(draw, seed_fits=True, executor=executor).fit(X, Y)
    assert logged(fitted) == logged(alone)


# -- data --------------------------------------------------------------------------


def test_large_data_are_mapped_not_copied():
    large = np.zeros((2000, 100))
    with KINDS["loky"](2) as executor:
        search = make_search(_is_mapped, executor=executor)
        fitted = search.fit(large, np.arange(2000) % 2)
    assert set(fitted.cv_results_["mean_test_score"]) == {1.0}


def _is_mapped(estimator, X):
    [order] = _futures._orders.values()
    return float(isinstance(order["evaluator"].X, np.memmap))


def blind(path):
    """What a machine sees of a file on another one."""
    raise FileNotFoundError(path)


def _be_elsewhere(all_of_them):
    _futures.unpack = blind
    all_of_them.wait(20)


def elsewhere(n_workers):
    """Workers as on other machines, which see no file of this one.

    They begin together: while one starts, the other may get what was sent for it.
    """
    all_of_them = multiprocessing.Barrier(n_workers)
    return KINDS["processes"](
        n_workers, initializer=_be_elsewhere, initargs=(all_of_them,)
    )


def test_data_travel_once_to_workers_that_see_no_file_of_ours(monkeypatch):
    sent = []
    send = _futures.FuturesPool._send

    def counting(pool, fits, order, done):
        sent.append(order is not None)
        return send(pool, fits, order, done)

    monkeypatch.setattr(_futures.FuturesPool, "_send", counting)
    alone = make_search().fit(X, Y)
    with elsewhere(2) as executor:
        fitted = make_search(executor=executor).fit(X, Y)
    assert logged(fitted) == logged(alone)
    # Twice to a worker that is asked again before it has them, no more.
    assert 1 <= sum(sent) <= 4 < len(sent) - sum(sent)


def test_training_that_cannot_go_on_elsewhere_is_told_of():
    from sklearn.linear_model import SGDClassifier

    options = {"max_resources": 9, "cv": 2, "random_state": 0, "optimizer": "random"}
    space = {"alpha": (1e-5, 1.0, "log-uniform")}
    model = SGDClassifier(random_state=0)
    alone = HyperbandSearchCV(model, space, **options).fit(X, Y)
    with elsewhere(2) as executor:
        search = HyperbandSearchCV(model, space, **options, executor=executor)
        with pytest.warns(CheckpointWarning, match=r"journal=.*disk that all machines"):
            search.fit(X, Y)
    same = [s.cv_results_["mean_test_score"] for s in (search, alone)]
    np.testing.assert_array_equal(*same)


# -- what goes wrong ---------------------------------------------------------------


def test_what_a_fit_raises_arrives(executor):
    def fail(estimator, X):
        raise ZeroDivisionError("on purpose")

    search = make_search(fail, executor=executor, error_score="raise")
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        search.fit(X, Y)
    assert executor.submit(int).result(20) == 0


def test_an_executor_that_breaks_says_what_to_do_and_keeps_what_was_measured():
    def die(estimator, X):
        if estimator.value > 0.5:
            os.kill(os.getpid(), signal.SIGKILL)
        return estimator.value

    initial = [{"value": 0.1}, {"value": 0.2}, {"value": 0.9}]
    search = make_search(die, executor=KINDS["processes"](1), max_pending=1,
                         initial_params=initial)  # fmt: skip
    with pytest.raises(WorkerDiedError, match=r"executor=ProcessPool.*n_jobs without"):
        search.fit(X, Y)
    assert len(search.history_.observed()) == 2


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_executor_that_was_shut_down_is_an_error(kind):
    executor = kind(2)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        make_search(executor=executor).fit(X, Y)


class Silent(concurrent.futures.Executor):
    """Says nothing of its workers."""

    def submit(self, fn, /, *args):
        future = concurrent.futures.Future()
        future.set_result(fn(*args))
        return future


def test_an_executor_of_unknown_size_wants_n_jobs():
    with pytest.raises(ValueError, match=r"how many workers.*Pass\s+n_jobs"):
        make_search(executor=Silent()).fit(X, Y)
    fitted = make_search(executor=Silent(), n_jobs=3).fit(X, Y)
    assert logged(fitted) == logged(make_search().fit(X, Y))


def test_what_is_no_executor_is_refused():
    with pytest.raises(ValueError, match="executor"):
        make_search(executor=2).fit(X, Y)


@pytest.mark.parametrize("limit", [{"fit_timeout": 1.0}, {"max_memory": 10**9}])
def test_limits_need_workers_of_the_search(limit, executor):
    with pytest.raises(ValueError, match=r"does not allow.*no executor"):
        make_search(executor=executor, **limit).fit(X, Y)


# -- clones ------------------------------------------------------------------------


def test_clones_share_it_and_pickles_leave_it_out(executor):
    search = make_search(executor=executor)
    assert clone(search).executor is executor
    assert clone(clone(search).fit(X, Y)).executor is executor
    again = pickle.loads(pickle.dumps(search))
    assert again.executor is None
    assert again.get_params()["n_iter"] == 12
    assert search.executor is executor


def test_nested_cross_validation_uses_one_executor(executor):
    def scores(**options):
        search = make_search(**options).set_params(refit=True)
        return cross_val_score(search, X, Y, cv=2)

    np.testing.assert_array_equal(scores(executor=executor), scores())


def test_a_search_inside_a_worker_of_another_loop_leaves_it_out():
    with KINDS["processes"](1) as executor:
        search = make_search(executor=executor).set_params(refit=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            scores = cross_val_score(search, X, Y, cv=2, n_jobs=2)
    assert np.isfinite(scores).all()


def test_probing_fits_run_there_too():
    with KINDS["processes"](2) as executor:
        search = make_search(_own_pid, executor=executor)
        told = search.metadata(X, Y, n_probes=3)
        assert executor._processes
    assert told["n_failed_probes"] == 0
