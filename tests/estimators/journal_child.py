"""Runs searches in forks of this process, each killed when its journal is so long.

The tests load this file for the searches, and run it as a server: a request is a line
of JSON, and so is its answer. Only a process that waits can kill without a race: nobody
else gets the number of a child that was not reaped.
"""

import json
import os
import signal
import sys
import time
import zlib
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV

N_ROWS = 24
X = np.column_stack([np.arange(N_ROWS), np.ones(N_ROWS)]).astype(float)
Y = np.arange(N_ROWS) % 2


class Counted(ClassifierMixin, BaseEstimator):
    """Writes a line for each training, and scores by its parameters and training."""

    def __init__(self, x=0.5, kind="a", log=None, pause=0.0):
        self.x = x
        self.kind = kind
        self.log = log
        self.pause = pause

    def fit(self, X, y):
        """Train once."""
        self.n_epochs_ = 0
        return self.partial_fit(X, y)

    def partial_fit(self, X, y, classes=None):
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

    def score(self, X, y):
        """Return what is best at 0.3, and varies with folds and epochs."""
        bonus = 0.1 * (self.kind == "b")
        return bonus - (self.x - 0.3) ** 2 + 0.01 * self.coef_ / self.n_epochs_

    def predict(self, X):
        """Return the first class."""
        return np.full(len(X), self.classes_[0])


def write(log, x, fold, n_epochs):
    """Append one line, whole."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{x} {fold} {n_epochs}\n".encode())
    os.close(handle)


def plain_score(estimator, X, y):
    """Score as the estimator does."""
    return estimator.score(X, y)


def allowed(params):
    """Allow most points."""
    return params["x"] < 0.9


def small(estimator, X, y):
    """Score a second goal."""
    return -estimator.x


SPACE = {"x": (0.0, 1.0), "kind": ["a", "b"]}


def make_search(name, log=None, journal=None, n_jobs=1, pause=0.0):
    """Return one of the searches that are killed."""
    options = {"cv": 3, "random_state": 0, "journal": journal, "n_jobs": n_jobs}
    estimator = Counted(log=log, pause=pause)
    if name == "bayes":
        return BayesSearchCV(estimator, SPACE, n_iter=14, **options)
    if name == "hyperband":
        return HyperbandSearchCV(
            estimator, SPACE, max_resources=9, optimizer="tpe", **options
        )
    return MultiObjectiveSearchCV(
        estimator,
        SPACE,
        n_iter=14,
        scoring={"plain": plain_score, "small": small},
        **options,
    )


def run(request):
    """Run a search to its end."""
    with joblib.parallel_config(request.pop("backend", "sequential")):
        make_search(**request).fit(X, Y)


def run_and_kill(request):
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


def size(path):
    """Return how long a file is; 0 where there is none."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def serve():
    """Answer requests until there are no more."""
    for name in ("bayes", "hyperband", "multi"):  # what is imported late, once
        make_search(name).fit(X, Y)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(run_and_kill(json.loads(line))), flush=True)
