"""Devices are leased: never more fits at once than shares, and no result moves."""

import collections
import json
import os
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    nested_cross_validate,
)
from sksearch.evaluation._accelerators import accelerators, physical_name
from sksearch.evaluation._asked_devices import make_pool
from sksearch.evaluation._device_params import placement, takes_device
from sksearch.evaluation._device_pool import DevicePool
from sksearch.evaluation._full_memory import is_memory_error
from sksearch.evaluation._share_locks import lock_folder

X, Y = load_iris(return_X_y=True)
FAILURES = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning",
    "ignore:.*non-finite",
    "ignore:Scoring failed",
)
FAKE = ["npu:0", "npu:1"]  # of a kind that only its library knows


@pytest.fixture(autouse=True)
def no_other_leases(tmp_path, monkeypatch):
    """Each test has locks of its own, whatever runs beside it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


class OnDevice(ClassifierMixin, BaseEstimator):
    """Writes down where it was fitted, and when."""

    def __init__(self, C=1.0, device="cpu", log=None, seconds=0.03):
        self.C = C
        self.device = device
        self.log = log
        self.seconds = seconds

    def fit(self, X, y):
        begin = time.monotonic()
        time.sleep(self.seconds)
        self.model_ = LogisticRegression(C=self.C, max_iter=2000).fit(X, y)
        self.classes_ = self.model_.classes_
        if self.log is not None:
            line = {
                "device": self.device,
                "begin": begin,
                "end": time.monotonic(),
                "worker": f"{os.getpid()}/{threading.get_ident()}",
                "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
            }
            with open(self.log, "a") as file:
                file.write(json.dumps(line) + "\n")
        return self

    def predict(self, X):
        return self.model_.predict(X)


class Unaware(OnDevice):
    """Takes no device: it would use the one that CUDA calls the first."""

    def __init__(self, C=1.0, log=None, seconds=0.03):
        super().__init__(C=C, log=log, seconds=seconds)


def rows(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def most_at_once(fits):
    """The most fits that a device had at any moment."""
    most = collections.Counter()
    for fit in fits:
        together = [
            other
            for other in fits
            if other["device"] == fit["device"]
            and other["begin"] <= fit["begin"] < other["end"]
        ]
        most[fit["device"]] = max(most[fit["device"]], len(together))
    return dict(most)


def new_search(estimator, cls=BayesSearchCV, **params):
    defaults = {"n_iter": 8, "cv": 3, "random_state": 0, "refit": False}
    return cls(estimator, {"C": (1e-2, 1e2, "log-uniform")}, **{**defaults, **params})


# -- shares ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "backend",
    ["loky", "threading", pytest.param("multiprocessing", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("shares", [{"npu:0": 1}, {"npu:0": 1, "npu:1": 2}])
def test_no_device_has_more_fits_than_shares(backend, shares, tmp_path):
    log = tmp_path / "log"
    search = new_search(OnDevice(log=str(log)), devices=shares, n_jobs=4)
    with parallel_config(backend):
        search.fit(X, Y)
    fits = rows(log)
    assert len(fits) == 24
    most = most_at_once(fits)
    assert most.keys() <= shares.keys()
    assert all(most[name] <= shares[name] for name in most)
    assert set(search.cost_["by_device"]) <= set(shares)


def test_all_devices_are_used(tmp_path):
    log = tmp_path / "log"
    new_search(OnDevice(log=str(log)), devices=FAKE, n_jobs=2).fit(X, Y)
    assert {fit["device"] for fit in rows(log)} == set(FAKE)


def test_a_worker_stays_with_its_device(tmp_path):
    log = tmp_path / "log"
    new_search(OnDevice(log=str(log)), devices=FAKE, n_jobs=2, n_iter=16).fit(X, Y)
    later = rows(log)[12:]
    used = collections.defaultdict(set)
    for fit in later:
        used[fit["worker"]].add(fit["device"])
    assert all(len(devices) == 1 for devices in used.values())


@pytest.mark.parametrize("cls", [BayesSearchCV, MultiObjectiveSearchCV])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_leases_change_no_result(cls, n_jobs):
    scoring = None if cls is BayesSearchCV else ["accuracy", "neg_log_loss"]
    params = {"n_jobs": n_jobs, "cls": cls, "scoring": scoring}
    model = OnDevice(seconds=0) if scoring is None else Probable(seconds=0)
    plain = new_search(model, **params).fit(X, Y)
    for devices in (["npu:0"], {"npu:0": 2, "npu:1": 1}, ["cpu"], "auto"):
        leased = new_search(model, devices=devices, **params).fit(X, Y)
        assert leased.cv_results_["params"] == plain.cv_results_["params"]
        for name in plain.cv_results_:
            if name.startswith(("split", "mean_test", "rank")):
                a, b = plain.cv_results_[name], leased.cv_results_[name]
                np.testing.assert_array_equal(a, b)


class Probable(OnDevice):
    def predict_proba(self, X):
        return self.model_.predict_proba(X)


def test_searches_of_one_process_share_devices(tmp_path):
    log = tmp_path / "log"
    search = new_search(OnDevice(log=str(log)), devices=["npu:0"], n_iter=3, refit=True)
    nested_cross_validate(search, X, Y, cv=2, n_jobs=2)
    assert most_at_once(rows(log)) == {"npu:0": 1}


def test_searches_in_workers_of_one_loop_share_devices(tmp_path):
    log = tmp_path / "log"
    search = new_search(OnDevice(log=str(log)), devices=FAKE, n_iter=3, refit=True)
    cross_val_score(search, X, Y, cv=3, n_jobs=3)
    assert max(most_at_once(rows(log)).values()) == 1


def test_an_executor_of_the_user_leases_too(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    log = tmp_path / "log"
    with ThreadPoolExecutor(3) as threads:
        params = {"devices": FAKE, "executor": threads}
        new_search(OnDevice(log=str(log)), **params).fit(X, Y)
    assert max(most_at_once(rows(log)).values()) == 1


def test_a_search_within_a_fit_has_the_device_of_that_fit(tmp_path):
    log = tmp_path / "log"
    inner = new_search(OnDevice(log=str(log), seconds=0), n_iter=2, refit=True)
    inner.set_params(devices=["npu:0"])
    outer = BayesSearchCV(
        inner, {"estimator__C": [0.1, 1.0]}, devices=["npu:0"], cv=2, refit=False
    )
    outer.fit(X, Y)  # and does not wait for itself
    assert {fit["device"] for fit in rows(log)} == {"npu:0"}


def test_waiting_for_a_device_is_no_part_of_a_fits_time(tmp_path):
    log = tmp_path / "log"
    slow = OnDevice(log=str(log), seconds=0.6)
    params = {"devices": ["npu:0"], "n_jobs": 2, "fit_timeout": 1.0, "n_iter": 2}
    search = new_search(slow, cv=2, **params).fit(X, Y)
    assert search.cost_["by_status"] == {"ok": 4}
    assert max(e.fit_time for e in search.history_.evaluations(1).values()) < 1.0


@FAILURES
@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_worker_that_dies_gives_its_share_back(tmp_path, n_jobs):
    search = BayesSearchCV(
        Dying(), {"C": [1.0, 2.0, 3.0]}, devices=["npu:0"], cv=2, refit=False
    )
    search.set_params(n_jobs=n_jobs, fit_timeout=60).fit(X, Y)
    assert search.cost_["by_status"] == {"ok": 4, "worker_died": 2}


class Dying(OnDevice):
    def fit(self, X, y):
        if self.C == 2.0:
            os._exit(3)
        return super().fit(X, y)


# -- what is put on a device -------------------------------------------------------


def test_parts_of_a_pipeline_are_put_on_it(tmp_path):
    log = tmp_path / "log"
    model = make_pipeline(StandardScaler(), OnDevice(log=str(log), seconds=0))
    space = {"ondevice__C": [0.1, 1.0]}
    search = BayesSearchCV(model, space, devices=["npu:1"], cv=2).fit(X, Y)
    assert {fit["device"] for fit in rows(log)} == {"npu:1"}
    assert search.best_estimator_[-1].device == "npu:1"  # it predicts where it is
    assert search.estimator[-1].device == "cpu"


def test_a_device_that_was_chosen_stays(tmp_path):
    log = tmp_path / "log"
    own = OnDevice(device="npu:7", log=str(log), seconds=0)
    search = new_search(own, devices=FAKE, refit=True).fit(X, Y)
    assert {fit["device"] for fit in rows(log)} == {"npu:7"}
    assert search.best_estimator_.device == "npu:7"


def test_a_device_that_is_searched_stays(tmp_path):
    log = tmp_path / "log"
    space = {"device": ["cpu", "npu:7"]}
    model = OnDevice(log=str(log), seconds=0)
    search = BayesSearchCV(model, space, devices=FAKE, cv=2).fit(X, Y)
    assert {fit["device"] for fit in rows(log)} == {"cpu", "npu:7"}
    assert search.best_estimator_.device == search.best_params_["device"]


def test_a_chosen_device_of_the_pool_is_leased(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "sksearch.evaluation._device_pool.accelerators", lambda: ("cuda:0", "cuda:1")
    )
    log = tmp_path / "log"
    own = OnDevice(device="cuda:1", log=str(log))
    params = {"devices": {"cuda:0": 4, "cuda:1": 1}, "n_jobs": 3}
    with parallel_config("threading"):
        new_search(own, **params).fit(X, Y)
    assert most_at_once(rows(log)) == {"cuda:1": 1}


def test_cuda_without_a_number_means_any():
    assert placement(OnDevice(device="cuda"), "cuda:1") == {"device": "cuda:1"}
    assert placement(OnDevice(device="cuda"), "cuda:1", {"device": "cuda"}) == {
        "device": "cuda:1"
    }
    assert placement(OnDevice(device="cuda"), "cpu") == {}
    assert placement(OnDevice(), "cuda:1", willing=True) == {}
    assert placement(OnDevice(device="cuda"), "cuda:1", willing=True) == {
        "device": "cuda:1"
    }


def test_lightgbm_is_put_on_it():
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra")
    model = lightgbm.LGBMClassifier()
    chosen = {"device_type": "cuda", "gpu_device_id": 1}
    assert placement(model, "cuda:1") == chosen
    assert placement(model, "cpu") == {}
    assert placement(model, "cuda:1", willing=True) == {}
    assert not placement(clone(model).set_params(device="cpu"), "cuda:1")
    for name in ("device", "device_type"):
        asking = clone(model).set_params(**{name: "gpu"})
        assert placement(asking, "cuda:1", willing=True) == {"gpu_device_id": 1}
    assert not placement(model.set_params(**chosen), "cuda:0")
    assert takes_device(model)


def test_nets_are_put_on_it():
    torch = pytest.importorskip("torch", reason="torch is an extra")
    skorch = pytest.importorskip("skorch", reason="skorch is an extra")
    net = skorch.NeuralNetClassifier(None)
    model = make_pipeline(StandardScaler(), net)
    for willing in (False, True):
        assert placement(model, "cuda:1", willing=willing) == {
            "neuralnetclassifier__device": "cuda:1"
        }
    assert not placement(net.set_params(device="cuda:0"), "cuda:1")
    assert not placement(net.set_params(device=None), "cuda:1")
    assert not placement(net.set_params(device=torch.device("cuda:0")), "cuda:1")
    assert placement(net.set_params(device=torch.device("cuda")), "cuda:1") == {
        "device": "cuda:1"
    }


# -- which devices there are -------------------------------------------------------


def test_auto_without_an_accelerator_leases_nothing(tmp_path):
    if accelerators():
        pytest.skip("this machine has accelerators")
    log = tmp_path / "log"
    new_search(OnDevice(log=str(log), seconds=0), devices="auto").fit(X, Y)
    assert {fit["device"] for fit in rows(log)} == {"cpu"}
    assert not (tmp_path / lock_folder()).exists()


def test_devices_that_are_not_here_are_told():
    if accelerators():
        pytest.skip("this machine has accelerators")
    with pytest.warns(UserWarning, match="no such device"):
        new_search(OnDevice(seconds=0), devices=["cuda:0"]).fit(X, Y)


def test_a_device_too_many_is_an_error(monkeypatch):
    for name in ("_device_pool", "_asked_devices"):
        monkeypatch.setattr(
            f"sksearch.evaluation.{name}.accelerators", lambda: ("cuda:0",)
        )
    with pytest.raises(ValueError, match=r"no \['cuda:1'\]"):
        new_search(OnDevice(seconds=0), devices=["cuda:0", "cuda:1"]).fit(X, Y)


@pytest.mark.parametrize(
    "devices",
    [
        [],
        "cuda:0",
        ["cuda"],
        [0],
        {"cuda:0": 0},
        {"cuda:0": 1.5},
        {"cuda:0": True},
        ["cpu", "cuda:0"],
    ],
)
def test_what_are_no_devices_is_refused(devices):
    with pytest.raises(ValueError, match="devices="):
        new_search(OnDevice(), devices=devices).fit(X, Y)


def test_every_search_takes_devices(tmp_path):
    log = tmp_path / "log"
    model = Growing(log=str(log), seconds=0)
    HyperbandSearchCV(
        model,
        {"C": (1e-2, 1e2, "log-uniform")},
        resource="n_estimators",
        max_resources=9,
        cv=2,
        devices=FAKE,
        random_state=0,
    ).fit(X, Y)
    assert {fit["device"] for fit in rows(log)} <= set(FAKE)


class Growing(OnDevice):
    def __init__(self, C=1.0, device="cpu", log=None, seconds=0.03, n_estimators=9):
        super().__init__(C=C, device=device, log=log, seconds=seconds)
        self.n_estimators = n_estimators


# -- workers of one device ---------------------------------------------------------


@pytest.mark.slow
def test_workers_see_one_device_where_the_estimator_takes_none(tmp_path, monkeypatch):
    gpus = ("cuda:0", "cuda:1")
    monkeypatch.setattr("sksearch.evaluation._device_pool.accelerators", lambda: gpus)
    log = tmp_path / "log"
    model = Unaware(log=str(log))
    search = new_search(model, devices={"cuda:0": 1, "cuda:1": 2}, n_jobs=3)
    search.fit(X, Y)
    fits = rows(log)
    for fit in fits:
        fit["device"] = fit["visible"]
    assert {fit["visible"] for fit in fits} == {"0", "1"}
    most = most_at_once(fits)
    assert most["0"] == 1
    assert most["1"] <= 2
    assert set(search.cost_["by_device"]) == set(gpus)
    new_search(model).fit(X, Y)  # other workers, which see all
    assert rows(log)[-1]["visible"] == os.environ.get("CUDA_VISIBLE_DEVICES")


def test_a_device_has_one_name_for_all_processes(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("SKSEARCH_DEVICE", raising=False)
    monkeypatch.setattr(
        "sksearch.evaluation._device_pool.accelerators", lambda: ("cuda:0", "cuda:1")
    )
    pool = make_pool(["cuda:0", "cuda:1"])
    assert physical_name("cuda:1") == "cuda:1"
    path = pool._file("cuda:1", 0)
    [_, given] = pool.environments(2)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert pool.here() == {"cuda:1": 1}
    assert pool._file("cuda:1", 0) == path
    monkeypatch.delenv("SKSEARCH_DEVICE")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,GPU-1f")
    assert physical_name("cuda:1") == "cuda:GPU-1f"
    assert pool.environments(2)[1]["CUDA_VISIBLE_DEVICES"] == "GPU-1f"


@given(
    shares=st.dictionaries(
        st.sampled_from(["cuda:0", "cuda:1", "cuda:2"]), st.integers(1, 4), min_size=1
    ),
    n_workers=st.integers(1, 12),
)
def test_workers_are_spread_as_shares_say(shares, n_workers):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DevicePool, "here", lambda self: shares)
        given = make_pool(shares).environments(n_workers)
    counts = collections.Counter(each["SKSEARCH_DEVICE"] for each in given)
    if n_workers <= sum(shares.values()):
        assert all(counts[name] <= shares[name] for name in shares)
    assert sum(counts.values()) == n_workers
    if n_workers >= len(shares):
        assert counts.keys() == shares.keys()


# -- memory ------------------------------------------------------------------------


class Hungry(ClassifierMixin, BaseEstimator):
    """Takes what its width needs of a device, which others may hold at the time."""

    def __init__(self, width=1, device="cpu", folder=None, limit=10, error=MemoryError):
        self.width = width
        self.device = device
        self.folder = folder
        self.limit = limit
        self.error = error

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.n_tries_ = 1
        mine = os.path.join(self.folder, f"{os.getpid()}-{threading.get_ident()}")
        with open(mine, "w") as file:
            file.write(str(self.width))
        try:
            time.sleep(0.05)
            self._check()
            time.sleep(0.05)
        finally:
            os.unlink(mine)
        return self

    def _check(self):
        held = 0
        for entry in os.scandir(self.folder):
            try:
                with open(entry.path) as file:
                    held += float(file.read() or 0)
            except FileNotFoundError:
                continue
        if held > self.limit:
            raise self.error("CUDA out of memory. Tried to allocate a lot.")

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@FAILURES
@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("error", [MemoryError, RuntimeError])
def test_a_fit_that_is_crowded_out_has_the_device_to_itself(tmp_path, backend, error):
    folder = tmp_path / "held"
    folder.mkdir()
    model = Hungry(folder=str(folder), error=error)
    space = {"width": [6.0, 7.0, 8.0, 9.0, 11.0]}  # no two of them fit together
    search = BayesSearchCV(
        model, space, n_iter=5, cv=2, refit=False, n_jobs=2, devices={"npu:0": 2}
    )
    with parallel_config(backend):
        search.fit(X, Y)
    for trial in search.history_.trials:
        kinds = {e.status for e in search.history_.evaluations(trial.id).values()}
        too_large = trial.params["width"] > model.limit
        assert kinds == {"out_of_memory" if too_large else "ok"}


class FullAtFirst(OnDevice):
    """Each fit finds the device full, and has room when it is alone."""

    n_tries = 0

    def fit(self, X, y):
        FullAtFirst.n_tries += 1
        if FullAtFirst.n_tries % 2:
            raise MemoryError("full")
        return super().fit(X, y)


class Counter:
    """A callback of scikit-learn."""

    def __init__(self):
        self.begun = collections.Counter()

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun[context.task_name, context.task_id] += 1

    def on_fit_task_end(self, estimator, context):
        pass


def test_a_fit_that_is_run_again_is_one_task_for_callbacks():
    pytest.importorskip("sklearn.callback", reason="scikit-learn 1.9 has callbacks")
    FullAtFirst.n_tries, counter = 0, Counter()
    search = new_search(FullAtFirst(seconds=0), devices={"npu:0": 2}, n_iter=2, cv=2)
    search.set_callbacks(counter)
    search.fit(X, Y)
    assert FullAtFirst.n_tries == 8
    assert search.cost_["by_status"] == {"ok": 4}
    assert set(counter.begun.values()) == {1}


def test_full_memory_is_raised_where_failures_raise(tmp_path):
    folder = tmp_path / "held"
    folder.mkdir()
    model = Hungry(folder=str(folder), limit=1)
    search = BayesSearchCV(model, {"width": [5.0]}, error_score="raise")
    with pytest.raises(MemoryError, match="out of memory"):
        search.set_params(devices={"npu:0": 2}).fit(X, Y)


@FAILURES
def test_later_candidates_keep_away_from_where_memory_ends(tmp_path):
    model = Scored(folder=str(tmp_path), limit=50)
    space = {"width": (1.0, 100.0), "depth": (0.0, 1.0)}
    search = BayesSearchCV(
        model, space, n_iter=40, cv=2, refit=False, random_state=0, devices=["npu:0"]
    )
    search.fit(X, Y)
    widths = [trial.params["width"] for trial in search.history_.trials]
    early, late = (sum(w > 50 for w in part) for part in (widths[:12], widths[20:]))
    assert early >= 3  # the better half by its score, had it fitted
    assert late <= 4
    assert search.best_params_["width"] > 40


class Scored(Hungry):
    """The wider the better."""

    def __init__(
        self, width=1, depth=0, device="cpu", folder=None, limit=10, error=MemoryError
    ):
        super().__init__(width, device, folder, limit, error)
        self.depth = depth

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.width > self.limit:
            raise self.error("CUDA out of memory.")
        return self

    def score(self, X, y):
        return self.width - (self.depth - 0.5) ** 2


@FAILURES
def test_memory_that_is_full_while_scoring_is_the_same():
    search = BayesSearchCV(FullWhenScored(), {"C": [1.0, 2.0]}, cv=2, refit=False)
    search.fit(X, Y)
    assert search.cost_["by_status"] == {"ok": 2, "out_of_memory": 2}


class FullWhenScored(OnDevice):
    def score(self, X, y):
        if self.C == 2.0:
            raise RuntimeError("CUDA error: out of memory")
        return 1.0


TORCH = "CUDA out of memory. Tried to allocate 2.00 GiB"
SAID = [
    TORCH,
    "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes",
    "[CUDA] out of memory /src/cuda/cuda_utils.cpp 29",
    "cudaErrorMemoryAllocation: out of memory",
    f'  File "x.py"\n    fit()\ntorch.OutOfMemoryError: {TORCH}\nHint: less',
]
NOT_SAID = [
    "Input contains NaN",
    "mat1 and mat2 shapes cannot be multiplied",
    "CUDA error: device-side assert triggered",
    '  File "x.py"\n    raise torch.OutOfMemoryError\nValueError: no',
]


@pytest.mark.parametrize("text", SAID)
def test_full_memory_is_known_by_what_is_said(text):
    assert is_memory_error(RuntimeError(text))


@pytest.mark.parametrize("text", NOT_SAID)
def test_other_errors_are_others(text):
    assert not is_memory_error(RuntimeError(text))


def test_torch_says_that_memory_is_full():
    torch = pytest.importorskip("torch", reason="torch is an extra")
    assert is_memory_error(torch.OutOfMemoryError("no matter what"))
    assert is_memory_error(torch.cuda.OutOfMemoryError("no matter what"))
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_memory_error(caught.value)
