"""How many fits a GPU has at once under `devices="auto"`, by what a few took of it."""

import contextlib
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn.datasets import load_iris

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.evaluation import _device_load, _device_pool, _leasing
from sksearch.evaluation._device_load import MOST, fits_at_once, watched_gpus
from sksearch.evaluation._nvml import Reading, n_gpus, reader
from tests.evaluation.test_devices import FAILURES, OnDevice, new_search

X, Y = load_iris(return_X_y=True)
GIB = 2**30


def seen(busy, used, total=80 * GIB, before=GIB):
    """A fit from second 1 to second 2, beside whom a GPU was read."""
    times = np.arange(0.5, 2.6, 0.05)
    while_it_ran = (times >= 1) & (times <= 2.1)
    return [
        [Reading(t, before + used * ran, total, busy * ran)]
        for t, ran in zip(times.tolist(), while_it_ran.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("busy", "used", "n"),
    [
        (0.05, GIB, 8),
        (0.30, GIB, 3),
        (0.50, GIB, 2),
        (0.51, GIB, 1),
        (1.00, GIB, 1),
        (0.05, 15 * GIB, 4),
        (0.05, 70 * GIB, 1),
        (0.05, 90 * GIB, 1),
    ],
)
def test_memory_and_work_say_how_many(busy, used, n):
    assert fits_at_once(seen(busy, used), [(1.0, 2.0)]) == n


@given(
    busy=st.floats(0, 1),
    used=st.integers(0, 100 * GIB),
    before=st.integers(0, 80 * GIB),
    more=st.floats(1, 4),
)
def test_who_takes_more_has_fewer_beside_it(busy, used, before, more):
    n = fits_at_once(seen(busy, used, before=before), [(1.0, 2.0)])
    assert 1 <= n <= MOST
    assert n == 1 or n * used <= 0.8 * (80 * GIB - before) * (1 + 1e-9)
    assert n == 1 or n * busy <= 1 + 1e-6
    larger = seen(min(1, busy * more), int(used * more), before=before)
    assert fits_at_once(larger, [(1.0, 2.0)]) <= n


def test_the_busiest_of_several_fits_does_not_decide_alone():
    idle, full = seen(0.1, GIB), seen(0.7, GIB)
    later = [[Reading(r.at + 10, r.used, r.total, r.busy)] for (r,) in full]
    assert fits_at_once([*idle, *later], [(1.0, 2.0), (11.0, 12.0)]) == 2


def test_the_gpu_that_had_the_fits_counts_and_not_one_of_others():
    moments = [
        [Reading(r.at, 70 * GIB, 80 * GIB, 1.0), r] for (r,) in seen(0.2, 2 * GIB)
    ]
    assert fits_at_once(moments, [(1.0, 2.0)]) == 5


@pytest.mark.parametrize(
    ("moments", "fits"),
    [([], [(1.0, 2.0)]), (seen(0.1, GIB), []), (seen(0.1, GIB), [(7.0, 8.0)])],
)
def test_without_readings_it_is_one(moments, fits):
    assert fits_at_once(moments, fits) == 1


def test_a_machine_without_the_library_has_nothing_to_read():
    with reader() as read:
        assert len(read()) in (0, n_gpus())
    with watched_gpus() as moments:
        time.sleep(0.1)
    assert bool(moments) == (n_gpus() > 0)


# -- in a search -------------------------------------------------------------------


class Gpu:
    """Stands in for NVIDIA's library and a GPU: fits say here what they take."""

    def __init__(self, busy, used):
        self.busy, self.used, self.n_running, self.n_fits = busy, used, 0, 0

    @contextlib.contextmanager
    def fit(self):
        self.n_running += 1
        self.n_fits += 1
        try:
            yield
        finally:
            self.n_running -= 1

    @contextlib.contextmanager
    def reader(self):
        yield lambda: [self.reading()]

    def reading(self):
        n = self.n_running
        return Reading(time.time(), GIB + n * self.used, 80 * GIB, n * self.busy)


GPU = Gpu(0.0, 0)


class Busy(OnDevice):
    """Keeps the GPU that is not there."""

    def __init__(self, C=1.0, device="cuda", log=None, seconds=0.05, fails=False):
        super().__init__(C, device, log, seconds)
        self.fails = fails

    def fit(self, X, y):
        with GPU.fit():
            if GPU.n_fits <= 4:  # long enough to be seen, whatever else runs
                time.sleep(0.15)
            super().fit(X, y)
        if self.fails:
            raise RuntimeError("no")
        return self


@pytest.fixture
def gpu(tmp_path, monkeypatch):
    """Give a machine two GPUs, for fits in threads of this process."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(_device_pool, "accelerators", lambda: ("cuda:0", "cuda:1"))
    monkeypatch.setattr(_leasing, "left_clean", contextlib.nullcontext)
    monkeypatch.setattr(_device_load, "reader", lambda: GPU.reader())
    GPU.__init__(busy=0.3, used=2 * GIB)
    with parallel_config("threading"):
        yield GPU


def shares(search):
    return search.metadata_.get("device_shares")


@pytest.mark.parametrize(
    ("busy", "n_jobs", "n"), [(0.3, 8, 3), (0.05, 8, 4), (0.05, 4, 2), (0.9, 8, 1)]
)
def test_a_search_measures_before_its_first_fit(busy, n_jobs, n, gpu):
    gpu.busy = busy
    options = {"devices": "auto", "n_jobs": n_jobs, "max_pending": 8}
    search = new_search(Busy(), **options).fit(X, Y)
    assert shares(search) == {"cuda:0": n, "cuda:1": n}
    assert gpu.n_fits == 4 + 24  # one to load what is to be loaded, and three


def test_fits_that_need_most_of_the_memory_do_not_share(gpu):
    gpu.busy, gpu.used = 0.05, 48 * GIB  # of 80
    search = new_search(Busy(), devices="auto", n_jobs=3, n_iter=2).fit(X, Y)
    assert shares(search) == {"cuda:0": 1, "cuda:1": 1}


@pytest.mark.parametrize("devices", [["cuda:0"], {"cuda:0": 4}, None])
def test_nothing_is_measured_where_shares_are_said(devices, gpu):
    search = new_search(Busy(), devices=devices, n_jobs=4).fit(X, Y)
    assert shares(search) is None
    assert gpu.n_fits == 24


@pytest.mark.parametrize("params", [{"n_jobs": 1}, {"n_jobs": 2}], ids=str)
def test_nothing_is_measured_where_workers_are_no_more_than_devices(params, gpu):
    new_search(Busy(), devices="auto", **params).fit(X, Y)
    assert gpu.n_fits == 24


def test_an_estimator_without_a_device_is_not_measured(gpu):
    new_search(Busy(device="cpu"), devices="auto", n_jobs=4).fit(X, Y)
    assert gpu.n_fits == 24


def test_nothing_is_fitted_where_no_gpu_tells_how_busy_it_is(gpu, monkeypatch):
    monkeypatch.setattr(gpu, "reader", lambda: contextlib.nullcontext(list))
    search = new_search(Busy(), devices="auto", n_jobs=4).fit(X, Y)
    assert shares(search) is None
    assert gpu.n_fits == 24


@FAILURES
def test_a_probe_that_fails_leaves_one(gpu):
    search = new_search(Busy(fails=True), devices="auto", n_jobs=4)
    with pytest.raises(ValueError, match="fits failed"):
        search.fit(X, Y)
    assert gpu.n_fits == 4 + 24
    assert search._device_shares == {"cuda:0": 1, "cuda:1": 1}


def test_what_was_measured_changes_no_result(gpu):
    np.random.seed(0)
    auto = new_search(Busy(), devices="auto", n_jobs=6, random_state=None).fit(X, Y)
    np.random.seed(0)
    said = new_search(Busy(), devices=["cuda:0"], n_jobs=6, random_state=None).fit(X, Y)
    assert auto.cv_results_["params"] == said.cv_results_["params"]
    scores = (s.cv_results_["mean_test_score"].tolist() for s in (auto, said))
    assert next(scores) == next(scores)


def test_a_search_that_goes_on_measures_anew_and_one_at_its_end_does_not(gpu, tmp_path):
    params = {"devices": "auto", "n_jobs": 4, "journal": tmp_path / "j.jsonl"}
    new_search(Busy(), n_iter=3, **params).fit(X, Y)
    assert gpu.n_fits == 4 + 9
    search = new_search(Busy(), n_iter=3, **params).fit(X, Y)
    assert gpu.n_fits == 4 + 9
    assert shares(search) is None
    search = new_search(Busy(), n_iter=5, **params).fit(X, Y)
    assert gpu.n_fits == 4 + 9 + 4 + 6
    assert shares(search) == {"cuda:0": 2, "cuda:1": 2}


def test_a_recheck_has_the_shares_of_the_search(gpu):
    search = new_search(Busy(), devices="auto", n_jobs=4, n_recheck=2, recheck_cv=2)
    search.fit(X, Y)
    assert gpu.n_fits == 4 + 24 + 4


def test_hyperband_measures_at_its_lowest_rung(gpu):
    search = HyperbandSearchCV(
        Busy(),
        {"C": (1e-2, 1e2, "log-uniform")},
        n_iter=4,
        cv=2,
        refit=False,
        devices="auto",
        n_jobs=4,
    ).fit(X, Y)
    assert shares(search) == {"cuda:0": 2, "cuda:1": 2}


def test_metadata_measures_where_it_probes(gpu):
    search = new_search(Busy(), devices="auto", n_jobs=4)
    search.metadata(X, Y)
    assert gpu.n_fits == 0
    search.metadata(X, Y, n_probes=2)
    assert gpu.n_fits > 4
    assert not hasattr(search, "_device_shares")


def test_it_is_said(gpu, capsys):
    new_search(Busy(), devices="auto", n_jobs=4, verbose=1).fit(X, Y)
    assert "2 on cuda:0, 2 on cuda:1" in capsys.readouterr().out


def test_a_search_copied_after_fit_is_measured_for_itself(gpu):
    search = new_search(Busy(), devices="auto", n_jobs=4).fit(X, Y)
    gpu.busy = 1.0
    search.fit(X, Y)
    assert shares(search) == {"cuda:0": 1, "cuda:1": 1}
    assert isinstance(search, BayesSearchCV)
