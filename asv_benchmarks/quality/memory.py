"""How much memory a long search takes, beside that of the imports."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from asv_benchmarks.quality.mixed import SPACE, MixedEstimator
from sksearch import BayesSearchCV
from sksearch.history import History
from sksearch.optimizers import Bayesian, Proposal, Random

N_SPLITS = 5


def peak(n: int, optimizer: Any = "auto") -> float:
    """Return by how many megabytes a search raises the peak of a process.

    Call it once in a new process. The peak is that of the whole process after the fit,
    from which what was resident before the fit, imports included, is taken.

    Parameters
    ----------
    n : int
        Candidates, each fitted on five folds, one fit at a time.
    optimizer : str or Optimizer, default="auto"
        Of the search.
    """
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 1)), np.arange(50) % 2
    search = BayesSearchCV(
        MixedEstimator(),
        SPACE,
        n_iter=n,
        optimizer=optimizer,
        cv=N_SPLITS,
        n_jobs=1,
        random_state=0,
    )
    return growth(search.fit, X, y)


def growth(call: Callable[..., Any], *args: Any, **options: Any) -> float:
    """Return by how many megabytes a call raises the peak of its process.

    Parameters
    ----------
    call : callable
        What is called, once in a new process, and its arguments.
    """
    before = _megabytes("VmRSS")
    call(*args, **options)
    return _megabytes("VmHWM") - before


def _megabytes(field: str) -> float:
    """Return one of the kernel's numbers on this process, in 10^6 bytes.

    `ru_maxrss` would not do: a process inherits it from the one that started it.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    [found] = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
    return int(found) * 1024 / 1e6


@dataclass(frozen=True)
class LateModel:
    """Random search that leaves the last proposals, which take most, to the model.

    Parameters
    ----------
    n : int
        Trials before the model takes over.
    """

    n: int
    max_pending: ClassVar[int] = Bayesian.max_pending

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the next trial."""
        is_late = len(history.trials) >= self.n
        return (Bayesian() if is_late else Random()).ask(history, rng)
