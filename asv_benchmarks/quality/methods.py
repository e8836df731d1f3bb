"""What is compared: one adapter each, from our optimizers and from the peers'.

A method is asked for parameters and told their score, one at a time; ours alone makes
use of the scores of the folds. All keep their defaults. A new one is a line in
`METHODS`, and in `_PACKAGES` if it is a peer's.
"""

import importlib.metadata
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Protocol

import sksearch
from asv_benchmarks.quality.digest import digest_of
from asv_benchmarks.quality.interface import Params, Space
from asv_benchmarks.quality.peers import Hebo, HyperoptTPE, OptunaSampler, Skopt, Smac
from asv_benchmarks.quality.peers.hebo_mace import INSTALL as INSTALL_HEBO
from asv_benchmarks.quality.public import PUBLIC
from sksearch._search_loop import Search
from sksearch.history import Evaluation, History, Status, Trial
from sksearch.optimizers import Bayesian, Optimizer, Random
from sksearch.schedulers import FullEvaluation
from sksearch.space import SearchSpace


class Method(Protocol):
    """A search that is asked and told in turns."""

    def ask(self) -> Params:
        """Return what to evaluate next."""

    def tell(self, score: float, folds: Sequence[float]) -> None:
        """Take the score, greater is better, of what was asked last; NaN if it failed.

        It is the mean over the folds.
        """


class Ours:
    """One of our optimizers, driven by the loop of a search.

    Parameters
    ----------
    optimizer : Optimizer
        What proposes.
    space : dict or list of dict
        What may be tried.
    seed, n : int
        Of the search, and the number of evaluations.
    """

    def __init__(
        self, optimizer: Optimizer, space: Space | list[Space], seed: int, n: int
    ) -> None:
        history = History(SearchSpace(space), seed=seed, n_splits=1)
        self._search = Search(history, optimizer, FullEvaluation(n), max_pending=1)

    def ask(self) -> Params:
        """Return the parameters of the next trial."""
        [trial] = self._search.decide()
        assert isinstance(trial, Trial)
        return trial.params

    def tell(self, score: float, folds: Sequence[float]) -> None:
        """Record the newest trial's evaluations, one for each fold."""
        self._split(len(folds))
        history = self._search.history
        trial = history.trials[-1]
        for k, value in enumerate(folds):
            status: Status = "failed" if math.isnan(value) else "ok"
            scores = {"score": value}
            history.record(Evaluation(trial.id, 1, k, scores=scores, status=status))

    def _split(self, n_splits: int) -> None:
        """Take the number of folds from the first scores: the log is one trial then."""
        old = self._search.history
        if old.n_splits != n_splits:
            new = History(old.space, seed=old.seed, n_splits=n_splits)
            new.record(old.trials[0])
            self._search = replace(self._search, history=new)


OURS = "gp"
# What makes a method from (space, seed, number of evaluations).
METHODS: dict[str, Callable[[Space | list[Space], int, int], Method]] = {
    OURS: partial(Ours, Bayesian()),
    "random": partial(Ours, Random()),
    # Since Optuna 5 the default is multivariate here: run for run the same results.
    "optuna-tpe": partial(OptunaSampler, "TPESampler", {}),
    "optuna-tpe-independent": partial(
        OptunaSampler, "TPESampler", {"multivariate": False}
    ),
    "optuna-gp": partial(OptunaSampler, "GPSampler", {}),
    "skopt": Skopt,
    "hyperopt-tpe": HyperoptTPE,
    "hebo": Hebo,
    "smac": Smac,
}
_PACKAGES = {
    "optuna-tpe": "optuna",
    "optuna-tpe-independent": "optuna",
    "optuna-gp": "optuna",
    "skopt": "scikit-optimize",
    "hyperopt-tpe": "hyperopt",
    "hebo": "HEBO",
    "smac": "smac",
}
PEERS = tuple(_PACKAGES)
NAMES = (*METHODS, PUBLIC)


@cache
def version(method: str) -> str:
    """Return which release, or which sources, a method runs.

    Raises
    ------
    ModuleNotFoundError
        If a peer is not installed.
    """
    package = _PACKAGES.get(method)
    if package is None:
        module = "random" if method == "random" else "bayesian"
        digest = digest_of(f"sksearch.optimizers._{module}")
        return f"{sksearch.__version__}+{digest}"
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError as error:
        how = f"Run: {INSTALL_HEBO}" if method == "hebo" else "Install the extra bench"
        raise ModuleNotFoundError(
            f"{method} needs {package}, which is not installed. Leave it out of "
            f"--methods, or install it. {how}"
        ) from error
