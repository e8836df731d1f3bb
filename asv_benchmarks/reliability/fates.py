"""Fits that hang, take all memory or end their process, in each setting."""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import parallel_config

from asv_benchmarks.reliability.deeds import DEEDS, HUNG, Doer, X, Y, wait_for
from asv_benchmarks.reliability.machine import cores, versions
from asv_benchmarks.reliability.rows import Fate
from sksearch import BayesSearchCV
from sksearch.exceptions import JournalWarning
from sksearch.history import Evaluation, History

__all__ = ["SETTINGS", "Setting", "fates", "run_one"]

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 300.0  # seconds; a healthy search here takes three on a quiet machine
_HUNG_PATIENCE = 15.0  # from when a fit hangs that nothing can end
_MEMORY = "takes memory without end"


@dataclass(frozen=True)
class Setting:
    """Where fits run.

    Parameters
    ----------
    backend : str
        Of joblib.
    n_jobs : int
        Workers.
    limits : bool
        Whether fits have `fit_timeout` and `max_memory`.
    """

    backend: str
    n_jobs: int
    limits: bool

    @property
    def deeds(self) -> list[str]:
        """What is tried: memory without a limit would be that of everybody."""
        return [deed for deed in DEEDS if self.limits or deed != _MEMORY]


# Another backend is one more line, and one more row of the page.
SETTINGS = {
    "loky, n_jobs=2, limits": Setting("loky", 2, True),
    "loky, n_jobs=1, limits": Setting("loky", 1, True),
    "loky, n_jobs=2": Setting("loky", 2, False),
    "threading, n_jobs=2, limits": Setting("threading", 2, True),
    "threading, n_jobs=2": Setting("threading", 2, False),
    "n_jobs=1": Setting("sequential", 1, False),
    "dask, 2 workers, limits": Setting("dask", 2, True),
    "dask, 2 workers": Setting("dask", 2, False),
    "ray, 2 CPUs, limits": Setting("ray", 2, True),
    "ray, 2 CPUs": Setting("ray", 2, False),
}


@contextlib.contextmanager
def _cluster(backend: str) -> Iterator[None]:
    """Start what a backend needs: a local cluster of two processes."""
    if backend == "dask":
        from dask.config import set as configured
        from distributed import Client, LocalCluster

        # A worker that needs longer to start again is given up for good.
        patience = {"distributed.deploy.lost-worker-timeout": "600s"}
        local = {"threads_per_worker": 1, "dashboard_address": ":0"}
        with (
            configured(patience),
            LocalCluster(n_workers=2, **local) as cluster,
            Client(cluster),
        ):
            yield
    elif backend == "ray":
        import ray
        from ray.util.joblib import register_ray

        ray.init(num_cpus=2, object_store_memory=10**8, include_dashboard=False)
        register_ray()
        yield
        ray.shutdown()
    else:
        yield


class _Marked:
    """Leaves a file when it begins to do a deed."""

    def __init__(self, deed: str, mark: str) -> None:
        self.deed = deed
        self.mark = mark

    def __call__(self, estimator: Doer) -> None:
        Path(self.mark).touch()
        DEEDS[self.deed](estimator)


def run_one(setting: str, deed: str, journal: str) -> None:
    """Search among four candidates, one of which does the deed; print statuses."""
    where = SETTINGS[setting]
    options: dict[str, Any] = {"cv": [(np.arange(20), np.arange(20, 40))]}
    if where.limits and deed == _MEMORY:
        options["max_memory"] = 600_000_000
    elif where.limits:
        options["fit_timeout"] = 2.0
    space = {"deed": [None, _Marked(deed, f"{journal}.begun"), 1, 2]}
    search = BayesSearchCV(
        Doer(), space, refit=False, error_score=-1.0, journal=journal, **options
    )
    warnings.simplefilter("ignore")
    try:
        with (
            _cluster(where.backend),
            parallel_config(where.backend, n_jobs=where.n_jobs),
        ):
            search.fit(X, Y)
    except ValueError as error:
        refused = "only by killing a worker" in str(error)
        print("\n" + json.dumps({"refused": refused, "statuses": []}))
        return
    found = {"refused": False, "statuses": _statuses(search.history_)}
    print("\n" + json.dumps(found))  # ray has written to the line before


def _statuses(history: History) -> list[str]:
    return [r.status for r in history.records if isinstance(r, Evaluation)]


def fates(setting: str) -> Iterator[Fate]:
    """Yield what became of each deed, each tried in a new process."""
    for deed in SETTINGS[setting].deeds:
        with tempfile.TemporaryDirectory() as folder:
            journal = str(Path(folder) / "search.jsonl")
            outcome, others_ok = _fate(setting, deed, journal)
            kept = _kept(journal)
        yield Fate(setting, deed, outcome, others_ok, kept, versions(), cores())


def _fate(setting: str, deed: str, journal: str) -> tuple[str, int]:
    name = run_one.__name__
    code = f"from {__name__} import {name}; {name}({setting!r}, {deed!r}, {journal!r})"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        if not _ends(process, setting, deed, Path(f"{journal}.begun")):
            process.kill()
            return "the search hangs", 0
        out, _ = process.communicate()
        code_of = process.returncode
    if code_of < 0:
        number = signal.Signals(-code_of).name
        return f"the process ends by {number}", 0
    if code_of > 0:
        return f"the process ends with code {code_of}", 0
    found = json.loads(out.strip().splitlines()[-1])
    if found["refused"]:
        return "refused at the start", 0
    [other] = {status for status in found["statuses"] if status != "ok"} or {"ok"}
    return other, found["statuses"].count("ok")


def _ends(
    process: "subprocess.Popen[str]", setting: str, deed: str, mark: Path
) -> bool:
    """Wait for a search, not for long once a fit hangs that nothing can end."""
    endless = deed in HUNG and not SETTINGS[setting].limits
    if endless:
        wait_for(lambda: mark.exists() or process.poll() is not None, _PATIENCE)
    try:
        process.wait(_HUNG_PATIENCE if endless else _PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kept(journal: str) -> int:
    """Return how many results the journal has, read as after a kill."""
    if not Path(journal).exists() or not Path(journal).stat().st_size:
        return 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JournalWarning)
        return _statuses(History.load(journal)).count("ok")
