"""What is compared: one adapter each, from our optimizers and from the peers'.

A method is asked for parameters and told their score, one at a time. All keep their
defaults. A new one is a line in `METHODS`, and in `_PACKAGES` if it is a peer's.
"""

import ast
import hashlib
import importlib.metadata
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

import sksearch
from asv_benchmarks.quality.peers import HyperoptTPE, OptunaSampler, Skopt
from asv_benchmarks.quality.problems import Space
from sksearch._search_loop import Search
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Bayesian, Optimizer, Random
from sksearch.schedulers import FullEvaluation
from sksearch.space import SearchSpace

Params = Mapping[str, Any]


class Method(Protocol):
    """A search that is asked and told in turns."""

    def ask(self) -> Params:
        """Return what to evaluate next."""

    def tell(self, score: float) -> None:
        """Take the score, greater is better, of what was asked last."""


class Ours:
    """One of our optimizers, driven by the loop of a search with one split."""

    def __init__(self, optimizer: Optimizer, space: Space, seed: int, n: int) -> None:
        history = History(SearchSpace(space), seed=seed, n_splits=1)
        self._search = Search(history, optimizer, FullEvaluation(n), max_pending=1)

    def ask(self) -> Params:
        """Return the parameters of the next trial."""
        [trial] = self._search.decide()
        assert isinstance(trial, Trial)
        return trial.params

    def tell(self, score: float) -> None:
        """Record the newest trial's evaluation."""
        history = self._search.history
        trial = history.trials[-1]
        history.record(Evaluation(trial.id, 1, fold=0, scores={"score": score}))


def _our_version() -> str:
    """Return the version with a digest of what decides the next parameters."""
    root = Path(str(sksearch.__file__)).parent
    digest = hashlib.sha256()
    for folder in ("space", "surrogates", "optimizers"):
        for path in sorted((root / folder).glob("*.py")):
            digest.update(_code(path).encode())
    return f"{sksearch.__version__}+{digest.hexdigest()[:8]}"


def _code(path: Path) -> str:
    """Return a module without comments and docstrings: they change no result."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            has_docstring = ast.get_docstring(node, clean=False) is not None
            node.body = node.body[has_docstring:]
    return ast.unparse(tree)


OURS = "gp"
# What makes a method from (space, seed, number of evaluations).
METHODS: dict[str, Callable[[Space, int, int], Method]] = {
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
}
_PACKAGES = {
    "optuna-tpe": "optuna",
    "optuna-tpe-independent": "optuna",
    "optuna-gp": "optuna",
    "skopt": "scikit-optimize",
    "hyperopt-tpe": "hyperopt",
}


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
        return _our_version()
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError as error:
        raise ModuleNotFoundError(
            f"{method} needs {package}, which is not installed. Install the extra "
            "bench, or leave it out of --methods."
        ) from error
