"""Searches that are killed: run in forks of a process that has imported everything.

A request to the server is a line of JSON, and so is its answer. Only a process that
waits can kill without a race: nobody else gets the number of a child that was not
reaped.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
)

__all__ = ["CLASSES", "Counted", "X", "Y", "make_search", "run", "serve", "server"]

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ["bayes", "hyperband", "multi"]
N_ROWS = 24
X = np.column_stack([np.arange(N_ROWS), np.ones(N_ROWS)]).astype(float)
Y = np.arange(N_ROWS) % 2


class Counted(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Writes a line for each training, and scores by its parameters and training."""

    def __init__(
        self,
        x: Any = 0.5,
        kind: Any = "a",
        log: str | None = None,
        pause: float = 0.0,
    ):
        self.x = x
        self.kind = kind
        self.log = log
        self.pause = pause

    def fit(self, X: Any, y: Any) -> Self:
        """Train once."""
        self.n_epochs_ = 0
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Train on; `coef_` remembers all that happened, in its order."""
        self.classes_ = np.unique(y) if classes is None else np.asarray(classes)
        self.n_epochs_ = getattr(self, "n_epochs_", 0) + 1
        before = getattr(self, "coef_", 0.0)
        self.coef_ = 0.5 * before + np.cos(self.n_epochs_ + X[:, 0].sum())
        if self.pause:
            # Of different lengths, so that results come before their turn.
            share = zlib.crc32(repr((self.x, X[0, 0])).encode()) % 100 / 100
            time.sleep(self.pause * share)
        if self.log is not None:
            Path(f"{self.log}.{os.getpid()}.pid").touch()
            write(
                self.log, f"{self.x!r}{self.kind!r}", int(X[:, 0].sum()), self.n_epochs_
            )
        return self

    def score(self, X: Any, y: Any) -> Any:
        """Return what is best at 0.3, and varies with folds and epochs."""
        bonus = 0.1 * (self.kind == "b")
        return bonus - (self.x - 0.3) ** 2 + 0.01 * self.coef_ / self.n_epochs_

    def predict(self, X: Any) -> Any:
        """Return the first class."""
        return np.full(len(X), self.classes_[0])


def write(log: str, x: str, fold: int, n_epochs: int) -> None:
    """Append one line, whole."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{x} {fold} {n_epochs}\n".encode())
    os.close(handle)


def plain_score(estimator: Counted, X: Any, y: Any) -> Any:
    """Score as the estimator does."""
    return estimator.score(X, y)


def allowed(params: dict[str, Any]) -> bool:
    """Allow most points."""
    return bool(params["x"] < 0.9)


def small(estimator: Counted, X: Any, y: Any) -> Any:
    """Score a second goal."""
    return -estimator.x


SPACE = {"x": (0.0, 1.0), "kind": ["a", "b"]}


def make_search(
    name: str,
    log: str | None = None,
    journal: str | None = None,
    n_jobs: int = 1,
    pause: float = 0.0,
) -> Any:
    """Return one of the searches that are killed."""
    options: dict[str, Any] = {
        "cv": 3,
        "random_state": 0,
        "journal": journal,
        "n_jobs": n_jobs,
    }
    estimator = Counted(log=log, pause=pause)
    if name == "bayes":
        return BayesSearchCV(estimator, SPACE, n_iter=14, **options)
    if name == "hyperband":
        return HyperbandSearchCV(
            estimator, SPACE, max_resources=9, optimizer="tpe", **options
        )
    if name == "population":
        # From this seed no two members move to the same point, which would look as if
        # one was trained twice.
        options["random_state"] = 1
        return PopulationSearchCV(
            estimator, SPACE, population_size=6, step=2, max_resources=8, **options
        )
    return MultiObjectiveSearchCV(
        estimator,
        SPACE,
        n_iter=14,
        scoring={"plain": plain_score, "small": small},
        **options,
    )


def run(request: dict[str, Any]) -> None:
    """Run a search to its end."""
    with joblib.parallel_config(request.pop("backend", "sequential")):
        make_search(**request).fit(X, Y)


def run_and_kill(request: dict[str, Any]) -> dict[str, Any]:
    """Fork, run, and kill at a length of the journal; tell whether it was alive."""
    length, delay = request.pop("length"), request.pop("delay")
    pid = os.fork()
    if pid == 0:
        sys.stdin.close()
        run(request)
        os._exit(0)
    end = time.monotonic() + 60
    while size(request["journal"]) < length and time.monotonic() < end:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.0003)
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    return {"killed": os.WIFSIGNALED(status), "status": status}


def size(path: str) -> int:
    """Return how long a file is; 0 where there is none."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def serve() -> None:
    """Answer requests until there are no more."""
    for name in CLASSES:  # what is imported late, once
        make_search(name).fit(X, Y)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(run_and_kill(json.loads(line))), flush=True)


@contextlib.contextmanager
def server() -> Iterator[Callable[..., dict[str, Any]]]:
    """Start a server; yields a function that asks it to run and kill a search."""
    command = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout
        if json.loads(back.readline()) != "ready":
            raise RuntimeError("The server of searches did not start.")

        def ask(**request: Any) -> dict[str, Any]:
            to.write(json.dumps(request) + "\n")
            to.flush()
            answer: dict[str, Any] = json.loads(back.readline())
            return answer

        yield ask
        to.close()
