"""Searches whose process is killed while their workers hang."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from asv_benchmarks.reliability.deeds import DEEDS, HUNG, Doer, X, Y, is_alive, wait_for
from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
)

__all__ = ["HUNG", "SETUPS", "kill_parent", "search_that_hangs", "start"]

ROOT = Path(__file__).resolve().parents[2]
SETUPS: dict[str, dict[str, Any]] = {
    "bayes, n_jobs=2": {"kind": "bayes", "n_jobs": 2},
    "hyperband, n_jobs=2": {"kind": "hyperband", "n_jobs": 2},
    "population, n_jobs=2": {"kind": "population", "n_jobs": 2},
    "bayes, n_jobs=1, fit_timeout": {"kind": "bayes", "fit_timeout": 900.0},
    "multi, n_jobs=2, fit_timeout": {"kind": "multi", "n_jobs": 2, "fit_timeout": 900},
}


class Hanging(Doer):
    """Leaves its process id beside `log`, and then does what `deed` names."""

    def fit(self, X: Any, y: Any) -> "Hanging":
        """Do it."""
        Path(f"{self.log}.{os.getpid()}").touch()
        DEEDS[self.deed](self)
        return self


class TrainedOn(Hanging):
    """Hangs as soon as it is trained, also where that is done bit by bit."""

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> "Hanging":
        """Do it."""
        return self.fit(X, y)


def _zero(estimator: Any, X: Any, y: Any) -> float:
    return 0.0


def search_that_hangs(kind: str, deed: str, log: str, **options: Any) -> None:
    """Run a search whose every fit hangs."""
    options = {"cv": 2, "n_iter": 4, "random_state": 0, **options}
    estimator, space = Hanging(deed, log=log), {"value": (0.0, 1.0)}
    if kind == "bayes":
        search: Any = BayesSearchCV(estimator, space, **options)
    elif kind == "hyperband":
        options |= {"resource": "n_samples", "max_resources": 12}
        search = HyperbandSearchCV(estimator, space, **options)
    elif kind == "population":
        del options["n_iter"]
        sizes: dict[str, Any] = {"population_size": 4, "step": 1, "max_resources": 2}
        search = PopulationSearchCV(TrainedOn(deed, log=log), space, **sizes, **options)
    else:
        options |= {"scoring": {"a": _zero, "b": _zero}, "refit": False}
        search = MultiObjectiveSearchCV(estimator, space, **options)
    search.fit(X, Y)


def start(
    folder: Path, setup: str, deed: str
) -> tuple["subprocess.Popen[bytes]", list[int]]:
    """Start a search; return its process and its workers once all of them hang."""
    log = folder / "hung"
    request = {**SETUPS[setup], "deed": deed, "log": str(log)}
    name = search_that_hangs.__name__
    code = f"from {__name__} import {name}; {name}(**{request!r})"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)

    def workers() -> list[int]:
        return [int(path.suffix[1:]) for path in folder.glob(f"{log.name}.*")]

    if not wait_for(lambda: len(workers()) == request.get("n_jobs", 1), 300.0):
        parent.kill()
        raise RuntimeError(f"No workers of {setup!r} came to hang.")
    time.sleep(0.2)  # from the file to the deed
    return parent, workers()


def kill_parent(
    parent: "subprocess.Popen[bytes]", workers: list[int], seconds: float
) -> float | None:
    """Kill a search; return after how long all its workers are gone, or None."""
    parent.kill()
    parent.wait()
    begin = time.monotonic()
    if wait_for(lambda: not any(map(is_alive, workers)), seconds):
        return time.monotonic() - begin
    return None
