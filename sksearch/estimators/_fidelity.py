"""How far candidates are trained, and the simplest answer: all in full.

A search asks its fidelity at each step: what an evaluator needs, which scheduler runs,
what a row shows, and how the best candidate is refitted.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sksearch.callbacks import Callback
from sksearch.estimators._proposals import n_points
from sksearch.estimators._results import Row
from sksearch.evaluation import Evaluator, fit_rows
from sksearch.history import History
from sksearch.optimizers import Optimizer
from sksearch.schedulers import FullEvaluation, Scheduler
from sksearch.space import SearchSpace

__all__ = ["Fidelity", "InFull"]


class Fidelity(Protocol):
    """How far the candidates of one search are trained.

    Attributes
    ----------
    resource : int or None
        The one at which candidates race; None where there is only one.
    rungs : str
        How far candidates are trained, in words that are equal for equal ways.
    probed_at : tuple of int
        One resource, or two, at which a few fits tell what all of them take.
    """

    @property
    def resource(self) -> int | None: ...
    @property
    def rungs(self) -> str: ...
    @property
    def probed_at(self) -> tuple[int, ...]: ...

    def check_continues(self, history: History) -> None:
        """Raise ValueError if a stored search cannot go on so."""

    def n_trials(self, space: SearchSpace) -> int:
        """Return how many candidates start at most."""

    def n_tasks(self, space: SearchSpace) -> int:
        """Return how many trainings there are at most, each on all folds."""

    def steps(self, space: SearchSpace) -> list[tuple[int, int]]:
        """Return how many candidates are trained by how much, in their order."""

    def planned(self, space: SearchSpace) -> dict[str, Any]:
        """Return what users are told of that."""

    def done(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return the same of what was done."""

    def optimizer(self, optimizer: Optimizer, space: SearchSpace) -> Optimizer:
        """Return who proposes, where the user named an optimizer."""

    def max_pending(self, optimizer: Optimizer) -> int:
        """Return how many candidates may be unfinished, where the user did not say."""

    def scheduler(self, space: SearchSpace, initial: Sequence[Any]) -> Scheduler:
        """Return what decides who is trained, and how far."""

    def prepared(self, evaluator: Evaluator, folder: str | None) -> Any:
        """Return a context that gives an evaluator what it needs for a search.

        In `folder`, where there is one, files stay for a search that goes on later.
        """

    def again(self, evaluator: Evaluator) -> Evaluator:
        """Return an evaluator that runs fits of an earlier search once more."""

    def listed(self, evaluator: Evaluator, history: History) -> Evaluator:
        """Return an evaluator that trains the best candidates of a log anew."""

    def callbacks(
        self, train: Any, scheduler: Scheduler, see: Callable[[int], None]
    ) -> list[Callback]:
        """Return readers of the history of its own."""

    def params_of(self, params: Mapping[str, Any], resource: int) -> dict[str, Any]:
        """Return what a row shows as its parameters."""

    def columns(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return more columns of `cv_results_`."""

    def attributes(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return more attributes of the fitted search."""

    def best(
        self, history: History, row: Row, params: dict[str, Any], metric: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters of a chosen row, and attributes that tell of them."""

    def fit(
        self, estimator: Any, X: Any, y: Any, resource: int, fit_params: Any
    ) -> None:
        """Fit a candidate on all rows."""


@dataclass(frozen=True)
class InFull:
    """Every candidate is fitted once, as it is.

    Parameters
    ----------
    n_iter : int
        How many candidates there are at most.
    """

    n_iter: int

    resource = None
    rungs = "all in full"
    probed_at = (1,)

    def check_continues(self, history: History) -> None:
        """Do nothing: any number of candidates may follow."""

    def n_trials(self, space: SearchSpace) -> int:
        """Return how many candidates start at most."""
        return self.n_iter

    def n_tasks(self, space: SearchSpace) -> int:
        """Return how many trainings there are at most, each on all folds."""
        return int(min(self.n_iter, n_points(space, self.n_iter)))

    def steps(self, space: SearchSpace) -> list[tuple[int, int]]:
        """Return how many candidates are trained, each once."""
        return [(self.n_tasks(space), 1)]

    def planned(self, space: SearchSpace) -> dict[str, Any]:
        """Return how many candidates there are."""
        return {"n_candidates": self.n_tasks(space)}

    def done(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return how many candidates there were."""
        return {"n_candidates": len(rows)}

    def optimizer(self, optimizer: Optimizer, space: SearchSpace) -> Optimizer:
        """Return who proposes."""
        return optimizer

    def max_pending(self, optimizer: Optimizer) -> int:
        """Return how many candidates may be unfinished."""
        return int(getattr(optimizer, "max_pending", 1))

    def scheduler(self, space: SearchSpace, initial: Sequence[Any]) -> Scheduler:
        """Return what starts candidates one after the other."""
        return FullEvaluation(self.n_iter, initial)

    def prepared(self, evaluator: Evaluator, folder: str | None) -> Any:
        """Return a context of the evaluator itself."""
        return contextlib.nullcontext(evaluator)

    def again(self, evaluator: Evaluator) -> Evaluator:
        """Return the evaluator."""
        return evaluator

    def listed(self, evaluator: Evaluator, history: History) -> Evaluator:
        """Return the evaluator."""
        return evaluator

    def callbacks(
        self, train: Any, scheduler: Scheduler, see: Callable[[int], None]
    ) -> list[Callback]:
        """Return none."""
        return []

    def params_of(self, params: Mapping[str, Any], resource: int) -> dict[str, Any]:
        """Return the parameters."""
        return dict(params)

    def columns(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return none."""
        return {}

    def attributes(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return none."""
        return {}

    def best(
        self, history: History, row: Row, params: dict[str, Any], metric: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters, and no attributes."""
        return params, {}

    def fit(
        self, estimator: Any, X: Any, y: Any, resource: int, fit_params: Any
    ) -> None:
        """Fit a candidate on all rows."""
        fit_rows(estimator, X, y, fit_params)
