"""Where fits run: nothing is lost, nothing runs twice, nobody pays for a neighbour."""

import collections
import dataclasses
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest
from joblib import Parallel, cpu_count, delayed, parallel_config
from scipy.sparse import csr_array, issparse
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import cross_val_score, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import ThreadpoolController

from sksearch import BayesSearchCV
from sksearch.evaluation import (
    Evaluator,
    Fit,
    _slots,
    configured_workers,
    open_executor,
)
from sksearch.evaluation._batches import BATCH_LIMIT, WorkerLost
from sksearch.evaluation._executors import PoolExecutor
from sksearch.evaluation._joblib import max_batches
from sksearch.evaluation._limits import Limits
from sksearch.evaluation._notes import AtWork
from sksearch.evaluation._shipping import Shipment, unpack
from sksearch.exceptions import WorkerDiedError
from sksearch.history import Evaluation, Trial

X = np.arange(40.0).reshape(20, 2)
Y = np.arange(20) % 2
SPLITS = [(np.arange(10), np.arange(10, 20)), (np.arange(10, 20), np.arange(10))]
BACKENDS = ["threading", "loky", "multiprocessing"]


class Reporter(ClassifierMixin, BaseEstimator):
    """Scores what `value` says; `deed` is done in `fit`."""

    def __init__(self, value=0.0, deed=None):
        self.value = value
        self.deed = deed

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.deed is not None:
            self.deed(self, X)
        return self

    def score(self, X, y):
        return self.value


def new_evaluator(deed=None, X=X, **options):
    estimator = Reporter(deed=deed)
    scorer = options.pop("scorer", _score)
    return Evaluator(estimator, X, Y, SPLITS, scorer=scorer, **options)


def _score(estimator, X, y):
    return estimator.score(X, y)


def fits(values, folds=(0, 1)):
    trials = [Trial(i, {"value": value}) for i, value in enumerate(values)]
    return collections.deque(Fit(trial, 1, fold) for trial in trials for fold in folds)


def run_all(executor, waiting):
    done = []
    try:
        executor.feed(waiting)
        while executor.n_running:
            done += executor.collect()
            executor.feed(waiting)
    finally:
        executor.close()
    return done


def run(evaluator, waiting, backend="loky", n_jobs=2, **options):
    with parallel_config(backend, n_jobs=n_jobs):
        executor = open_executor(evaluator, configured_workers(None), **options)
    return run_all(executor, waiting)


@pytest.mark.parametrize("backend", [*BACKENDS, "sequential"])
def test_every_fit_comes_back_once(backend):
    values = [float(v) for v in range(30)]
    done = run(new_evaluator(), fits(values), backend)
    keys = [(e.trial_id, e.resource, e.fold) for e in done]
    assert sorted(keys) == [fit.key for fit in fits(values)]
    assert all(e.scores["score"] == e.trial_id for e in done)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_fit_raises_arrives(backend):
    def fail(estimator, X):
        raise ZeroDivisionError("on purpose")

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        run(new_evaluator(fail, error_score="raise"), fits([0.0]), backend)


def die(estimator, X):
    if estimator.value == 3:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_dead_worker_costs_its_fits_and_nobody_elses():
    done = run(new_evaluator(die), fits([float(v) for v in range(8)]))
    lost = [e for e in done if e.status == "worker_died"]
    assert {e.trial_id for e in lost} == {3}
    assert len(done) == 16
    assert all("WorkerDiedError" in e.error for e in lost)


def test_a_dead_worker_raises_where_failures_raise():
    with pytest.raises(WorkerDiedError):
        run(new_evaluator(die, error_score="raise"), fits([3.0, 4.0]))


def test_a_worker_that_died_idle_is_replaced():
    def pid(estimator, X):
        estimator.value = os.getpid()

    pids = {int(e.scores["score"]) for e in run(new_evaluator(pid), fits([0.0] * 4))}
    for worker in pids:
        os.kill(worker, signal.SIGKILL)
    time.sleep(0.2)
    done = run(new_evaluator(pid), fits([0.0] * 4))
    assert not pids & {int(e.scores["score"]) for e in done}


def test_workers_stay_warm_between_searches():
    def pid(estimator, X):
        estimator.value = os.getpid()
        time.sleep(0.05)

    first, second = (
        {e.scores["score"] for e in run(new_evaluator(pid), fits([0.0] * 10))}
        for _ in range(2)
    )
    assert first == second
    assert len(first) == 2


def test_the_data_travel_once_to_each_slot(tmp_path):
    loads = Loads(str(tmp_path / "loads"))
    evaluator = new_evaluator(fit_params={"loads": loads})
    run(dataclasses.replace(evaluator, estimator=TakesMore()), fits([0.0] * 20))
    assert (tmp_path / "loads").read_text() == "loaded\n" * 2


class Loads:
    """Notes each time that it is read from a pickle."""

    def __init__(self, log):
        self.log = log

    def __setstate__(self, state):
        vars(self).update(state)
        with open(self.log, "a") as file:
            file.write("loaded\n")


class TakesMore(Reporter):
    def fit(self, X, y, loads=None):
        time.sleep(0.02)
        return super().fit(X, y)


@pytest.mark.parametrize("backend", BACKENDS)
def test_scikit_learns_configuration_travels(backend):
    def note(estimator, X):
        estimator.value = float(get_config()["assume_finite"])

    with config_context(assume_finite=True):
        done = run(new_evaluator(note), fits([0.0]), backend)
    assert [e.scores["score"] for e in done] == [1.0, 1.0]


def large_table():
    pandas = pytest.importorskip("pandas", reason="the plot extra is not installed")
    return pandas.DataFrame(np.ones((20, 20_000)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.ones((20, 20_000)),
        lambda: np.ones((20, 20_000), order="F"),
        lambda: csr_array(np.ones((20, 20_000))),
        large_table,
    ],
    ids=["C", "F", "sparse", "pandas"],
)
def test_large_data_are_mapped_and_fits_may_still_write(make):
    def scale_in_place(estimator, X):
        if hasattr(X, "iloc"):
            X.iloc[:, :] *= 2.0
        else:
            values = getattr(X, "data", X) if issparse(X) else X
            values *= 2.0
        estimator.value = float(X.sum().sum()) / (10 * 20_000)

    large = make()
    done = run(new_evaluator(scale_in_place, X=large), fits([0.0]))
    assert [e.scores["score"] for e in done] == [2.0, 2.0]
    assert large.sum().sum() == 400_000


def test_inner_parallelism_is_what_joblib_grants_its_workers():
    def count(estimator, X):
        estimator.value = float(Parallel(n_jobs=None)._effective_n_jobs())

    done = run(new_evaluator(count), fits([0.0]))
    assert [e.scores["score"] for e in done] == [1.0, 1.0]


def workers_inside(n_jobs, configured):
    with parallel_config(**configured):
        return configured_workers(n_jobs).n_slots


@pytest.mark.parametrize("outer", ["loky", "threading"])
def test_nested_in_a_worker_fits_run_one_at_a_time(outer):
    jobs = Parallel(n_jobs=2, backend=outer)(
        delayed(_n_slots)(n_jobs) for n_jobs in (None, 2, -1)
    )
    assert jobs == [1, 1, 1]


def _n_slots(n_jobs):
    return configured_workers(n_jobs).n_slots


@pytest.mark.parametrize("granted", ["1", "3,2", "1000", "", "many"])
def test_nested_in_a_process_fits_have_its_share_of_the_cores(monkeypatch, granted):
    """Two workers of an outer loop must not have every core each."""
    monkeypatch.setenv("OMP_NUM_THREADS", granted)
    number = granted.partition(",")[0]
    expected = min(int(number), cpu_count()) if number.isdecimal() else None
    assert configured_workers(None).n_threads is None  # not nested
    nested = Parallel(n_jobs=2, backend="threading")(
        delayed(configured_workers)(n_jobs) for n_jobs in (None, 2)
    )
    assert [workers.n_threads for workers in nested] == [expected] * 2
    assert [workers.must_share for workers in nested] == [expected is not None] * 2


class Greedy(Reporter):
    """Takes all cores by default, as LightGBM does, and notes what it was given."""

    def __init__(self, value=0.0, deed=None, log=None, n_jobs=None):
        super().__init__(value, deed)
        self.log = log
        self.n_jobs = n_jobs

    def fit(self, X, y):
        with open(self.log, "a") as file:
            file.write(f"{self.n_jobs}\n")
        return super().fit(X, y)


@pytest.mark.parametrize("limits", [{}, {"fit_timeout": 100.0}])
def test_a_search_in_a_worker_of_another_loop_is_not_greedy(tmp_path, limits):
    log = tmp_path / "threads"
    estimator = Greedy(log=str(log))
    search = BayesSearchCV(estimator, {"value": [0.0, 1.0]}, cv=2, n_jobs=2, **limits)
    with parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        found = cross_validate(search, X, Y, cv=2, return_estimator=True)
    assert log.read_text() == "1\n" * 2 * (2 * 2 + 1)  # with the refits
    for fitted in found["estimator"]:
        assert fitted.best_estimator_.n_jobs is None


def test_unless_the_worker_says_otherwise():
    configured = {"backend": "threading", "n_jobs": 2}
    jobs = Parallel(n_jobs=2)(
        delayed(workers_inside)(None, configured) for _ in range(2)
    )
    assert jobs == [2, 2]


def test_n_jobs_follow_joblib():
    assert configured_workers(None).n_slots == 1
    assert configured_workers(3).n_slots == 3
    with parallel_config("threading", n_jobs=4):
        assert configured_workers(None).n_slots == 4
        assert not configured_workers(None).are_processes


@pytest.mark.parametrize(
    ("pre_dispatch", "expected"), [("2*n_jobs", 6), ("all", 6), (1, 1), ("n_jobs", 3)]
)
def test_pre_dispatch_is_read_as_joblib_reads_it(pre_dispatch, expected):
    assert max_batches(pre_dispatch, 3) == expected


def test_what_cannot_travel_is_said_with_a_way_out():
    with pytest.raises(pickle.PicklingError, match=r"n_jobs=1.*threading"):
        run(new_evaluator(scorer=_Unpicklable()), fits([0.0]))


class _Unpicklable:
    def __reduce__(self):
        raise TypeError("cannot be pickled")


def _twice(n_slots):
    return 2 * n_slots


class FakePool:
    """Runs batches when told to; loses the workers that a test wants lost."""

    def __init__(self, n_slots, lost=()):
        self.n_slots = n_slots
        self.depths = (1, 2)
        self.lost = set(lost)
        self.batches = []
        self.replaced = 0

    def submit(self, slot, fits, done):
        self.batches.append((slot, [fit.key for fit in fits]))
        if self.lost & {fit.trial.id for fit in fits}:
            done(WorkerLost("gone"))
        else:
            done([Evaluation(*fit.key, scores={"score": 1.0}, fit_time=1e-3,
                             score_time=0.0) for fit in fits])  # fmt: skip

    def finished(self, slot):
        return []

    def look(self):
        pass

    def replace(self, slot):
        self.replaced += 1

    def close(self, kill=False):
        pass


def test_no_more_batches_are_queued_than_allowed():
    class SilentPool(FakePool):
        def submit(self, slot, fits, done):
            self.batches.append(slot)

    for cap in (1, 3, 6):
        pool = SilentPool(8)
        PoolExecutor(new_evaluator(), pool, lambda _, cap=cap: cap).feed(
            fits([0.0] * 50)
        )
        assert len(pool.batches) == cap


@pytest.mark.parametrize("pre_dispatch", ["foo", "2*", 0, "n_jobs-9", -2])
def test_a_pre_dispatch_that_comes_to_nothing_is_refused(pre_dispatch):
    with pytest.raises(ValueError, match=r"pre_dispatch=.*at least 1.*2\*n_jobs"):
        max_batches(pre_dispatch, 3)


def test_pools_are_held_in_threads_and_let_go():
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    before = pool_threads("blas"), torch.get_num_threads()

    def note(estimator, X):
        torch.ones(3).sum()  # a new thread asks torch, which sets OpenMP
        inside = [*pool_threads("blas"), *pool_threads("openmp")]
        estimator.value = float(max(*inside, torch.get_num_threads()))

    done = run(new_evaluator(note), fits([0.0]), "threading", n_jobs=os.cpu_count())
    assert {e.scores["score"] for e in done} == {1.0}
    assert (pool_threads("blas"), torch.get_num_threads()) == before


def pool_threads(api):
    pools = ThreadpoolController().select(user_api=api).info()
    return [pool["num_threads"] for pool in pools]


def test_a_lost_fit_is_tried_again_alone_and_then_given_up():
    pool = FakePool(2, lost=[1])
    done = run_all(PoolExecutor(new_evaluator(), pool, _twice), fits([0.0, 1.0, 2.0]))
    assert {e.trial_id for e in done if e.status == "worker_died"} == {1}
    assert len(done) == 6
    tried = collections.Counter(key for _, batch in pool.batches for key in batch)
    assert tried[1, 1, 0] == tried[1, 1, 1] == 2
    assert pool.replaced == 3  # the batch of both, then each alone


class Killing(FakePool):
    """Loses a batch at fold 0 of the trials that are to be lost, and tells."""

    def __init__(self, n_slots, lost, status):
        super().__init__(n_slots, lost)
        self.status = status
        self.queued = None

    def submit(self, slot, fits, done):
        self.batches.append((slot, [fit.key for fit in fits]))
        places = [i for i, f in enumerate(fits) if f.trial.id in self.lost]
        results = [Evaluation(*fit.key, {"score": 1.0}, fit_time=1e-3, score_time=0.0)
                   for fit in fits]  # fmt: skip
        if not places:
            return done(results)
        at_work = AtWork(1234, fits[places[0]].key, time.monotonic() - 3.0, time.time())
        before = results[: places[0]]
        return done(WorkerLost("gone", at_work, self.status, before))


@pytest.mark.parametrize("status", ["timed_out", "out_of_memory", "worker_died"])
@pytest.mark.parametrize("n_slots", [1, 2])
def test_what_travelled_with_a_lost_fit_is_neither_lost_nor_blamed(status, n_slots):
    lost = [3, 20, 21, 39]
    pool = Killing(n_slots, lost, status)
    executor = PoolExecutor(new_evaluator(), pool, _twice)
    done = run_all(executor, fits([0.0] * 40))
    assert sorted((e.trial_id, e.fold) for e in done) == [
        (trial, fold) for trial in range(40) for fold in (0, 1)
    ]
    given_up = [e for e in done if e.status != "ok"]
    assert {e.status for e in given_up} == {status}
    assert sorted((e.trial_id, e.fold) for e in given_up) == [
        (trial, fold) for trial in lost for fold in (0, 1)
    ]
    assert all(e.fit_time >= 3.0 and e.worker == "1234" for e in given_up)
    assert any(len(batch) > 3 for _, batch in pool.batches)
    # What was done is not done again; what the worker was at has no second try where
    # it was killed for what it took, and else one, alone.
    ran = collections.Counter(e.trial_id for e in done if e.status == "ok")
    assert set(ran.values()) == {2}
    alone = [batch for _, batch in pool.batches if batch[0][0] in lost]
    if status == "worker_died":
        assert sum(len(batch) == 1 for batch in alone) >= 2 * len(lost)


def test_a_batch_queued_behind_a_killed_one_goes_back():
    class Queueing(FakePool):
        """Keeps batches until told, as a worker that is busy does."""

        waiting = []

        def submit(self, slot, fits, done):
            self.waiting.append((fits, done))

    pool = Queueing(1)
    executor = PoolExecutor(new_evaluator(), pool, _twice)
    executor._seconds_per_fit = 1.0 / 30.0  # short: two batches of two fits
    waiting = fits([0.0] * 4)
    executor.feed(waiting)
    [(first, lose_first), (_, lose_second)] = pool.waiting
    at_work = AtWork(1234, first[1].key, time.monotonic(), time.time())
    lost = WorkerLost("gone", at_work, "timed_out", [Evaluation(*first[0].key)])
    lose_first(lost)
    lose_second(lost)
    ended = executor.collect()
    del pool.waiting[:]
    while executor.n_running:
        executor.feed(waiting)
        for batch, done in pool.waiting:
            done([Evaluation(*fit.key, fit_time=0.0, score_time=0.0) for fit in batch])
        del pool.waiting[:]
        ended += executor.collect()
    keys = [(e.trial_id, e.resource, e.fold) for e in ended]
    assert sorted(keys) == [fit.key for fit in fits([0.0] * 4)]
    assert [e.fold for e in ended if e.status == "timed_out"] == [first[1].fold]


def test_short_fits_travel_in_batches_that_share_the_work():
    pool = FakePool(2)
    run_all(PoolExecutor(new_evaluator(), pool, _twice), fits([0.0] * 500))
    assert len(pool.batches) < 60
    assert max(len(batch) for _, batch in pool.batches) <= 51  # 0.05 s of 1 ms fits
    slots = collections.Counter(slot for slot, _ in pool.batches)
    assert abs(slots[0] - slots[1]) < 10


def test_a_batch_that_takes_too_long_hands_back_the_rest():
    def sleep(estimator, X):
        time.sleep(estimator.value)

    # Ten quick ones teach the executor to send batches; then one is slow.
    values = [0.0] * 10 + [1.5 * BATCH_LIMIT] + [0.0] * 10
    done = run(new_evaluator(sleep), fits(values, folds=(0,)))
    assert sorted(e.trial_id for e in done) == list(range(21))


def test_drain_brings_what_is_about_to_be_done():
    def sleep(estimator, X):
        time.sleep(estimator.value)

    with parallel_config("loky", n_jobs=2):
        executor = open_executor(new_evaluator(sleep), configured_workers(None))
    try:
        executor.feed(fits([0.05, 30.0], folds=(0,)))
        assert [e.trial_id for e in executor.collect()] == [0]
        executor.feed(fits([0.1], folds=(0,)))
        begin = time.perf_counter()
        assert [e.trial_id for e in executor.drain()] == [0]
        assert time.perf_counter() - begin < 10
    finally:
        executor.close()


def test_a_shipment_brings_the_same_object_and_leaves_nothing():
    large = np.random.default_rng(0).normal(size=(400, 500))
    content = {"f": lambda x: x + 1, "a": large, "t": large.T, "small": np.ones(3)}
    shipment = Shipment(content)
    again = unpack(shipment.path)
    assert again["f"](1) == 2
    assert np.array_equal(again["a"], large)
    assert np.array_equal(again["t"], large.T)
    assert isinstance(again["a"], np.memmap)
    assert not again["a"].flags.writeable
    assert not isinstance(again["small"], np.memmap)
    shipment.close()
    assert not os.path.exists(shipment.folder)


def test_the_users_own_memory_map_is_not_copied(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.ones((300, 1000)))
    shipment = Shipment(np.load(path, mmap_mode="r"))
    assert os.listdir(shipment.folder) == ["content.pkl"]
    assert unpack(shipment.path).sum() == 300_000
    shipment.close()


def test_a_copy_on_write_map_travels_with_what_was_written(tmp_path):
    mapped = np.memmap(tmp_path / "x", float, "w+", shape=(400, 500))
    mapped.flush()
    private = np.memmap(tmp_path / "x", float, "c", shape=(400, 500))
    private[:] = 7.0
    shipment = Shipment(private)
    assert (unpack(shipment.path) == 7.0).all()
    shipment.close()


def test_the_folder_of_the_user_is_made_and_used(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path / "new"))
    shipment = Shipment([1])
    assert shipment.folder.startswith(str(tmp_path / "new"))
    shipment.close()
    with parallel_config("loky", n_jobs=2, temp_folder=str(tmp_path)):
        assert configured_workers(None).temp_folder == str(tmp_path)


class Unpicklable(Exception):
    def __init__(self, a, b):
        super().__init__("made of two")


def test_an_exception_that_cannot_travel_still_says_what_it_was():
    def fail(estimator, X):
        raise Unpicklable(1, 2)

    with pytest.raises(RuntimeError, match="made of two"):
        run(new_evaluator(fail, error_score="raise"), fits([0.0]))


def test_a_worker_may_be_ended_at_the_moment_when_it_is_given_work(monkeypatch):
    broken_threads, given = [], queue.SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", broken_threads.append)
    worker = _slots.take_workers(())

    def go_on(future):
        given.put(worker.submit(time.sleep, 1000))
        _slots.end_workers(worker)

    worker.submit(time.sleep, 0.1).add_done_callback(go_on)
    serving = worker._executor_manager_thread
    assert isinstance(given.get(timeout=20).exception(20), BrokenProcessPool)
    serving.join(20)
    assert not serving.is_alive()
    assert not broken_threads


@pytest.mark.slow
def test_a_worker_that_has_grown_stays():
    """As by the import of torch; loky looks at most once a second."""
    pytest.importorskip("psutil", reason="loky looks at memory with psutil only")

    def grow(estimator, X):
        sys._grown = getattr(sys, "_grown", []) + [np.ones(20_000_000)]  # 160 MB
        time.sleep(1.1)
        estimator.value = float(os.getpid())

    done = run(new_evaluator(grow), fits([0.0] * 4, folds=(0,)), n_jobs=1,
               limits=Limits(seconds=60.0))  # fmt: skip
    assert len(done) == 4
    assert len({e.scores["score"] for e in done}) == 1
    _slots.end_workers(_slots._idle.popitem()[1].pop())  # that much memory


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def collects_every():
    from joblib.externals.loky import process_executor

    return process_executor._MEMORY_LEAK_CHECK_DELAY


def test_workers_of_ours_collect_garbage_rarely():
    """A collection takes as long as a short fit, and loky asks for one each second."""
    with_default = collects_every()
    worker = _slots.take_workers(())
    try:
        assert worker.submit(collects_every).result() == _slots._COLLECT_SECONDS
    finally:
        _slots.end_workers(worker)
    assert collects_every() == with_default < _slots._COLLECT_SECONDS


def test_a_forked_child_starts_workers_of_its_own():
    code = """if True:
        import os, sys
        sys.path.insert(0, os.getcwd())
        from sklearn.datasets import load_iris
        from sklearn.naive_bayes import GaussianNB
        from sksearch import BayesSearchCV
        from sksearch.evaluation import _slots

        def go():
            space = {"var_smoothing": [1e-9, 1e-3]}
            search = BayesSearchCV(GaussianNB(), space, n_jobs=2, cv=2)
            return search.fit(*load_iris(return_X_y=True)).best_score_

        first = go()
        child = os.fork()
        if child == 0:
            same = go() == first
            for workers in _slots._idle.values():  # no exit handler does it here
                for worker in workers:
                    worker.shutdown(kill_workers=True)
            os._exit(0 if same else 1)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


def test_part_of_a_memory_map_is_the_right_part(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.arange(600_000.0).reshape(300, 2000))
    part = np.load(path, mmap_mode="r")[100:250]
    shipment = Shipment(part)
    assert np.array_equal(unpack(shipment.path), part)
    shipment.close()


def test_an_estimator_may_search_inside_a_fit():
    def nested(estimator, X):
        knn = KNeighborsClassifier(1)
        scores = cross_val_score(knn, np.vstack([X, X]), np.repeat([0, 1], len(X)),
                                 cv=2, n_jobs=2)  # fmt: skip
        estimator.value = float(len(scores))

    done = run(new_evaluator(nested), fits([0.0]))
    assert [e.scores["score"] for e in done] == [2.0, 2.0]
