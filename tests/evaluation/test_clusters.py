"""Searches on real clusters of dask and ray, whose workers die, come and go."""

import builtins
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from joblib import parallel_config
from joblib.pool import PicklingPool
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_val_score

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.callbacks import Callback
from sksearch.evaluation import _clusters, _executors
from sksearch.exceptions import SearchInterruptedWarning
from sksearch.history import Evaluation

X = np.arange(80.0).reshape(40, 2)
Y = np.arange(40) % 2
LOCAL = {"threads_per_worker": 1, "dashboard_address": ":0"}
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the clusters' own sockets
]


class Doer(ClassifierMixin, BaseEstimator):
    """Does what `deed` says in `fit`; scores `value`, or what the deed returned."""

    def __init__(self, value=0.0, deed=None, folder=None):
        self.value = value
        self.deed = deed
        self.folder = folder

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.result_ = self.value if self.deed is None else self.deed(self)
        return self

    def score(self, X, y):
        return self.result_


def make_search(deed=None, folder=None, **options):
    options = {"n_iter": 10, "cv": 2, "random_state": 0, "refit": False, **options}
    return BayesSearchCV(Doer(0.0, deed, folder), {"value": (0.0, 1.0)}, **options)


def logged(search):
    """The log but for clocks and workers."""
    return [
        (r.trial_id, r.resource, r.fold, r.status, str(r.scores))
        if isinstance(r, Evaluation)
        else r
        for r in search.history_.records
    ]


def evaluations(search):
    return [r for r in search.history_.records if isinstance(r, Evaluation)]


# -- clusters ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def environment():
    """Puts the environment back: clusters set the threads of BLAS there, for good."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def dask(environment):
    """A client of a local cluster of two processes."""
    pytest.importorskip("distributed", reason="needs the extra 'dask'")
    from dask.config import set as configured
    from distributed import Client, LocalCluster

    with (
        # A worker that needs longer to start again is given up for good.
        configured({"distributed.deploy.lost-worker-timeout": "600s"}),
        LocalCluster(n_workers=2, **LOCAL) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray(environment):
    """A local cluster of two CPUs."""
    ray = pytest.importorskip("ray", reason="needs the extra 'ray'")
    from ray.util.joblib import register_ray

    register_ray()
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ray.init(num_cpus=2, object_store_memory=10**8, include_dashboard=False,
             log_to_driver=False)  # fmt: skip
    before, printing = PicklingPool.__bases__, builtins.print
    yield ray
    ray.shutdown()
    builtins.print = printing  # for its progress bars it has put its own there
    # Its backend has put its own pool under that of joblib's "multiprocessing".
    PicklingPool.__bases__ = before


@pytest.fixture(params=["dask", pytest.param("ray", marks=pytest.mark.slow)])
def cluster(request):
    """The configuration of joblib that leads to a cluster; ray takes long to start."""
    request.getfixturevalue(request.param)
    return {"backend": request.param, "n_jobs": -1}


# -- the same search ---------------------------------------------------------------


def test_a_cluster_gives_the_log_that_one_job_gives(cluster):
    alone = make_search().fit(X, Y)
    with parallel_config(**cluster):
        fitted = make_search(_check_this_is_a_worker, str(os.getpid())).fit(X, Y)
    assert logged(fitted) == logged(alone)


def _check_this_is_a_worker(estimator):
    assert str(os.getpid()) != estimator.folder
    return estimator.value


def test_an_executor_of_dask_gives_it_too(dask):
    fitted = make_search(executor=dask.get_executor()).fit(X, Y)
    assert logged(fitted) == logged(make_search().fit(X, Y))


def test_every_class_searches_on_it(cluster):
    space = {"alpha": (1e-5, 1.0, "log-uniform")}
    options = {"cv": 2, "random_state": 0, "refit": False}
    searches = [
        (HyperbandSearchCV, {"max_resources": 9, "resource": "epochs"}),
        (MultiObjectiveSearchCV, {"n_iter": 12, "scoring": ["accuracy", "f1"]}),
    ]
    for kind, more in searches:
        alone, fitted = (
            kind(SGDClassifier(random_state=0), space, **options, **more)
            for _ in range(2)
        )
        alone.fit(X, Y)
        with parallel_config(**cluster):
            fitted.fit(X, Y)
        assert logged(fitted) == logged(alone)


def test_what_a_fit_draws_does_not_depend_on_the_cluster(cluster):
    def draw(estimator):
        return np.random.random()

    alone = make_search(draw, seed_fits=True).fit(X, Y)
    with parallel_config(**cluster):
        fitted = make_search(draw, seed_fits=True).fit(X, Y)
    assert logged(fitted) == logged(alone)


def test_what_a_fit_raises_arrives(cluster):
    def fail(estimator):
        raise ZeroDivisionError("on purpose")

    with (
        parallel_config(**cluster),
        pytest.raises(ZeroDivisionError, match="on purpose"),
    ):
        make_search(fail, error_score="raise").fit(X, Y)


def test_nested_cross_validation_runs_on_it(cluster):
    search = make_search().set_params(refit=True)
    alone = cross_val_score(search, X, Y, cv=2)
    with parallel_config(**cluster):
        scores = cross_val_score(search, X, Y, cv=2)
    np.testing.assert_array_equal(scores, alone)


class Alone(Doer):
    """Fails where another fit is on its device, whatever process that is in."""

    def __init__(self, value=0.0, device="cpu", folder=None):
        super().__init__(value, _hold_the_device, folder)
        self.device = device


def _hold_the_device(estimator):
    worker = os.path.join(estimator.folder, f"worker-{os.getpid()}")
    open(worker, "w").close()
    held = os.path.join(estimator.folder, estimator.device)
    os.close(os.open(held, os.O_CREAT | os.O_EXCL))  # raises where it is there
    time.sleep(0.05)
    os.unlink(held)
    return estimator.value


@pytest.mark.parametrize("shares", [1, 2])
def test_workers_lease_devices_from_each_other(cluster, tmp_path, shares):
    search = make_search(devices={"npu:0": shares}, error_score="raise", n_iter=6)
    search.set_params(estimator=Alone(folder=str(tmp_path)))
    with parallel_config(**cluster):
        if shares == 1:
            search.fit(X, Y)
            assert search.cost_["by_device"].keys() == {"npu:0"}
        else:
            with pytest.raises(FileExistsError):
                search.fit(X, Y)
    assert len(list(tmp_path.glob("worker-*"))) == 2, "one worker needs no lease"


def test_a_search_inside_a_task_of_dask_waits_for_no_other_task(dask):
    def inner(X, y):
        with parallel_config("dask"):
            return make_search().fit(X, y).history_.n_splits

    jobs = [dask.submit(inner, X, Y, pure=False) for _ in range(4)]
    assert dask.gather(jobs) == [2] * 4


@pytest.mark.slow
def test_the_cpus_of_a_task_bound_how_many_run_at_once(ray):
    executor = _clusters.RayExecutor({"num_cpus": 2})
    assert executor.num_workers == 1
    assert _clusters.RayExecutor().num_workers == 2
    assert executor.submit(_double, 3).result(60) == 6


def _double(number):
    return 2 * number


# -- workers that die --------------------------------------------------------------


def die(estimator):
    """End the worker where the value is large."""
    if estimator.value > 0.7:
        os.kill(os.getpid(), signal.SIGKILL)
    return estimator.value


def die_once(estimator):
    """End the worker, the first time that anybody comes here with a large value."""
    mark = os.path.join(estimator.folder, "died")
    if estimator.value > 0.7 and not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return estimator.value


def test_a_worker_killed_in_the_middle_loses_nothing(cluster, tmp_path):
    with parallel_config(**cluster):
        fitted = make_search(die_once, str(tmp_path)).fit(X, Y)
    assert (tmp_path / "died").exists()
    assert logged(fitted) == logged(make_search().fit(X, Y))


class SlowToSend:
    def __reduce__(self):
        time.sleep(2)
        return str, ()


def fail_the_second_time(folder):
    mark = os.path.join(folder, "ran")
    if os.path.exists(mark):
        raise ZeroDivisionError("the second time")
    open(mark, "w").close()
    return SlowToSend()


def kill_once(folder):
    time.sleep(0.5)
    mark = os.path.join(folder, "killed")
    if not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_result_that_dies_on_its_way_is_answered_by_what_comes_of_it(
    environment, tmp_path
):
    """The future of dask's own executor stays pending for good."""
    distributed = pytest.importorskip("distributed", reason="needs the extra 'dask'")
    with (
        distributed.LocalCluster(n_workers=1, **LOCAL) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = _clusters.that_answers(client.get_executor())
        future = executor.submit(fail_the_second_time, str(tmp_path))
        killer = client.submit(kill_once, str(tmp_path), pure=False)
        with pytest.raises(ZeroDivisionError, match="the second time"):
            future.result(60)
        killer.result()


@pytest.mark.slow
def test_a_candidate_that_kills_its_workers_costs_its_own_result_only(cluster):
    initial = [{"value": value} for value in (0.1, 0.9, 0.2, 0.3)]
    with parallel_config(**cluster):
        fitted = make_search(
            die, initial_params=initial, n_iter=4, error_score=-1.0
        ).fit(X, Y)
    found = {(e.trial_id, e.fold): e.status for e in evaluations(fitted)}
    assert found == {
        (trial, fold): "worker_died" if trial == 1 else "ok"
        for trial in range(4)
        for fold in range(2)
    }
    assert fitted.best_params_ == {"value": 0.3}


class KillFromOutside(Callback):
    """Kills one worker, which it finds by the log, after a number of results."""

    def __init__(self, after):
        self.after = after
        self.killed = None

    def on_evaluation(self, history, evaluation):
        self.after -= 1
        if self.after == 0:
            self.killed = int(evaluation.worker.split("/")[0])
            os.kill(self.killed, signal.SIGKILL)


@pytest.mark.slow
def test_a_worker_killed_from_outside_loses_nothing(cluster):
    def slowly(estimator):
        time.sleep(0.2)
        return estimator.value

    killer = KillFromOutside(6)
    with parallel_config(**cluster):
        fitted = make_search(slowly, n_iter=20, callbacks=[killer]).fit(X, Y)
    assert logged(fitted) == logged(make_search(n_iter=20).fit(X, Y))
    later = [e.worker for e in evaluations(fitted)[12:]]
    assert str(killer.killed) not in {worker.split("/")[0] for worker in later}


# -- workers that come and go ------------------------------------------------------


class AddWorkers(Callback):
    """Makes a cluster grow after a number of results."""

    def __init__(self, add, after):
        self.add = add
        self.after = after

    def on_evaluation(self, history, evaluation):
        self.after -= 1
        if self.after == 0:
            self.add()


def rest(estimator):
    time.sleep(0.1)
    return estimator.value


@pytest.mark.slow
def test_workers_of_dask_added_in_the_middle_are_used(environment):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'dask'")
    options = {"n_iter": 40, "max_pending": 8, "optimizer": "random"}
    with (
        distributed.LocalCluster(n_workers=1, **LOCAL) as cluster,
        distributed.Client(cluster) as client,
    ):
        grow = AddWorkers(lambda: cluster.scale(2), 4)
        search = make_search(rest, executor=client.get_executor(), callbacks=[grow],
                             **options)  # fmt: skip
        fitted = search.fit(X, Y)
    assert len({e.worker for e in evaluations(fitted)}) == 2
    assert logged(fitted) == logged(make_search(**options).fit(X, Y))


@pytest.mark.slow
def test_a_cluster_that_scales_itself_grows_from_nothing(environment):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'dask'")
    options = {"n_iter": 30, "max_pending": 8, "optimizer": "random"}
    with (
        distributed.LocalCluster(n_workers=0, **LOCAL) as cluster,
        distributed.Client(cluster) as client,
    ):
        cluster.adapt(minimum=0, maximum=2, interval="200ms", target_duration="300ms")
        search = make_search(rest, executor=client.get_executor(), **options)
        fitted = search.fit(X, Y)
    assert len({e.worker for e in evaluations(fitted)}) == 2
    assert logged(fitted) == logged(make_search(**options).fit(X, Y))


@pytest.mark.slow
def test_a_cluster_without_workers_is_told_of(environment, monkeypatch):
    """dask gives up workers that need long to start again."""
    distributed = pytest.importorskip("distributed", reason="needs the extra 'dask'")
    monkeypatch.setattr(_executors, "_SILENCE", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, **LOCAL) as cluster,
        distributed.Client(cluster) as client,
    ):
        later = threading.Timer(3.0, client.loop.add_callback, [cluster.scale, 1])
        later.start()
        search = make_search(executor=client.get_executor())
        with pytest.warns(UserWarning, match=r"no workers, and 2 tasks.*adapt") as told:
            fitted = search.fit(X, Y)
        later.join()
    assert len(told) == 1
    assert logged(fitted) == logged(make_search().fit(X, Y))


@pytest.mark.slow
def test_machines_of_ray_come_and_go(tmp_path):
    """In a process of its own: ray joins one cluster for each."""
    pytest.importorskip("ray", reason="needs the extra 'ray'")
    code = """if True:
        import ray
        from joblib import parallel_config
        from ray.cluster_utils import Cluster
        from ray.util.joblib import register_ray
        from tests.evaluation import test_clusters as t

        small = {"num_cpus": 1, "object_store_memory": 10**8}
        cluster = Cluster(initialize_head=True, head_node_args=small)
        ray.init(address=cluster.address, log_to_driver=False)
        register_ray()
        added = []
        def add():
            added.append(cluster.add_node(**small))
            cluster.wait_for_nodes()
        def remove():
            cluster.remove_node(added.pop(), allow_graceful=False)
        changes = [t.AddWorkers(add, 4), t.AddWorkers(remove, 50)]
        options = {"n_iter": 40, "max_pending": 8, "optimizer": "random"}
        with parallel_config("ray", n_jobs=-1):
            search = t.make_search(t.rest, callbacks=changes, **options).fit(t.X, t.Y)
        assert not added
        assert len({e.worker for e in t.evaluations(search)}) >= 2
        assert t.logged(search) == t.logged(t.make_search(**options).fit(t.X, t.Y))
        ray.shutdown()
        cluster.shutdown()
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


# -- Ctrl-C ------------------------------------------------------------------------


@pytest.mark.slow
def test_an_interrupt_keeps_what_is_done_and_leaves_the_cluster_to_others(cluster):
    def interrupt():
        threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()

    options = {"optimizer": "random", "callbacks": [AddWorkers(interrupt, 8)]}
    search = make_search(rest, n_iter=500, **options)
    with (
        parallel_config(**cluster),
        pytest.warns(SearchInterruptedWarning, match="keeps the"),
    ):
        search.fit(X, Y)
    assert 3 <= len(search.history_.observed()) < 400
    with parallel_config(**cluster):
        assert logged(make_search().fit(X, Y)) == logged(make_search().fit(X, Y))
