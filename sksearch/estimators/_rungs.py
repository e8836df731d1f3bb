"""Candidates that start with little, of which some are trained on."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.callbacks import Callback
from sksearch.estimators._brackets import (
    brackets_done,
    plan_brackets,
    scheduler_for,
    steps,
    summary,
)
from sksearch.estimators._design import design_first
from sksearch.estimators._proposals import n_points
from sksearch.estimators._results import Row
from sksearch.estimators._sweep import Sweep
from sksearch.evaluation import (
    Checkpoints,
    Evaluator,
    NoCheckpoints,
    Training,
    TrainOn,
    open_checkpoints,
)
from sksearch.history import History
from sksearch.optimizers import Optimizer
from sksearch.schedulers import ASHA, Bracket, Hyperband, Scheduler, rung_resources
from sksearch.space import SearchSpace

__all__ = ["OnRungs"]

_MOST_PENDING = 16  # where the optimizer would wait for nothing: promotions go first


@dataclass(frozen=True)
class OnRungs:
    """Candidates start with little, and some are trained on.

    Parameters
    ----------
    training : Training
        How a resource is spent.
    bounds : tuple of int
        The smallest and the largest resource.
    factor : float
        By which resources grow from rung to rung.
    which : {"hyperband", "halving", "asha"}
        The scheduler.
    n_iter : int or None
        How many candidates start; None is one round of Hyperband.
    most_bytes : int or None
        What checkpoints may take; None is half of what is free.
    tell : callable or None, default=None
        As `TrainOn` takes it.
    """

    training: Training
    bounds: tuple[int, int]
    factor: float
    which: str
    n_iter: int | None
    most_bytes: int | None
    tell: Callable[[str], None] | None = None

    # -- the plan ----------------------------------------------------------------

    @property
    def resource(self) -> int:
        """The highest one: candidates race there."""
        return self.bounds[1]

    @property
    def rungs(self) -> str:
        """What a search must keep that goes on from its journal."""
        low, high = self.bounds
        name = self.training.resource
        return f"{name!r} from {low} to {high} by {self.factor:g}, {self.which}"

    def check_continues(self, history: History) -> None:
        """Raise if there are fewer candidates than had started.

        Raises
        ------
        ValueError
            Since brackets would be missing.
        """
        n_trials = self.n_trials(history.space)
        if len(history.trials) > n_trials:
            raise ValueError(
                f"n_iter={self.n_iter} starts {n_trials} candidates, and "
                f"{len(history.trials)} stand in the journal. Pass an n_iter that is "
                "not smaller."
            )

    def plan(self, n_trials: int | None) -> list[Bracket]:
        """Return the brackets for so many candidates."""
        return plan_brackets(self.which, self.bounds, self.factor, n_trials)

    def brackets(self, space: SearchSpace) -> list[Bracket]:
        """Return the brackets, for as many candidates as the space has."""
        brackets = self.plan(self.n_iter)
        n_trials = _n_started(brackets)
        possible = n_points(space, n_trials)
        return self.plan(int(possible)) if possible < n_trials else brackets

    def n_trials(self, space: SearchSpace) -> int:
        """Return how many candidates start at most."""
        return _n_started(self.brackets(space))

    def n_tasks(self, space: SearchSpace) -> int:
        """Return how many trainings there are at most, each on all folds."""
        return sum(sum(bracket.sizes) for bracket in self.brackets(space))

    @property
    def probed_at(self) -> tuple[int, ...]:
        """The lowest rung and the middle one; of rows the highest one.

        Epochs and trees take a time each. How time grows with rows is not known: what
        lies between two measurements can be told, and what lies beyond them cannot.
        """
        resources = rung_resources(*self.bounds, self.factor)
        is_rows = self.training.resource == "n_samples"
        second = resources[-1 if is_rows else len(resources) // 2]
        return tuple(sorted({resources[0], second}))

    def steps(self, space: SearchSpace) -> list[tuple[int, int]]:
        """Return how many candidates are trained by how much, bracket by bracket."""
        continues = self.training.continues
        return [step for b in self.brackets(space) for step in steps(b, continues)]

    def planned(self, space: SearchSpace) -> dict[str, Any]:
        """Return what the brackets cost."""
        return self._summary(self.brackets(space))

    def done(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return what the brackets have cost."""
        n_brackets = len(self.brackets(history.space))
        return self._summary(brackets_done(history, n_brackets))

    def _summary(self, brackets: Sequence[Bracket]) -> dict[str, Any]:
        return summary(brackets, self.training.resource, self.training.continues)

    # -- the search --------------------------------------------------------------

    def optimizer(self, optimizer: Optimizer, space: SearchSpace) -> Optimizer:
        """Return a design of the first bracket, and then who proposes."""
        if self.which == "asha":
            return optimizer
        return design_first(optimizer, self.brackets(space)[0].sizes[0])

    def max_pending(self, optimizer: Optimizer) -> int:
        """Return how many candidates may be unfinished."""
        return min(int(getattr(optimizer, "max_pending", 1)), _MOST_PENDING)

    def scheduler(self, space: SearchSpace, initial: Sequence[Any]) -> Scheduler:
        """Return what decides who is trained on."""
        return scheduler_for(self.which, self.brackets(space), self.factor, initial)

    @contextlib.contextmanager
    def prepared(self, evaluator: Evaluator, folder: str | None) -> Iterator[Evaluator]:
        """Give the candidates a folder where they wait to be trained on."""
        with open_checkpoints(self.most_bytes, folder) as checkpoints:
            train = TrainOn(self.training, checkpoints, *self.bounds, self.tell)
            yield dataclasses.replace(evaluator, train=train)

    def again(self, evaluator: Evaluator) -> Evaluator:
        """Return one that trains from the beginning, segment by segment."""
        train = TrainOn(self.training, NoCheckpoints(), *self.bounds)
        return dataclasses.replace(evaluator, train=train)

    def listed(self, evaluator: Evaluator, history: History) -> Evaluator:
        """Return the evaluator: parameters say all of a candidate."""
        return evaluator

    def callbacks(
        self, train: Any, scheduler: Scheduler, see: Callable[[int], None]
    ) -> list[Callback]:
        """Return what removes checkpoints that nobody needs any more."""
        if not self.training.continues:
            return []
        checkpoints: Checkpoints = train.checkpoints
        assert isinstance(scheduler, ASHA | Hyperband)
        return [Sweep(checkpoints, scheduler, see)]

    # -- what is shown -----------------------------------------------------------

    def params_of(self, params: Mapping[str, Any], resource: int) -> dict[str, Any]:
        """Return the parameters, the resource among them where it is one."""
        name = self.training.parameter
        return dict(params) if name is None else {**params, name: resource}

    def columns(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return on which rung, at which resource and of which bracket a row is."""
        resources = np.array([resource for _, resource in rows])
        brackets = [history.trials[trial_id].tags["bracket"] for trial_id, _ in rows]
        return {
            "iter": np.searchsorted(np.unique(resources), resources),
            "n_resources": resources,
            "bracket": np.array(brackets),
        }

    def attributes(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return what scikit-learn's halving searches have."""
        found, counts = np.unique(
            [resource for _, resource in rows], return_counts=True
        )
        n_rungs = len(found)
        return {
            "n_resources_": found.tolist(),
            "n_candidates_": counts.tolist(),
            "n_remaining_candidates_": int(-(-int(counts[-1]) // self.factor)),
            "n_iterations_": n_rungs,
            "n_possible_iterations_": n_rungs,
            "n_required_iterations_": n_rungs,
        }

    def best(
        self, history: History, row: Row, params: dict[str, Any], metric: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a row's parameters, cut where its learning curve was best.

        Where `metric` is None, since a callable chose, nothing is cut.
        """
        name, resource = self.training.parameter, row[1]
        curve = _curve(history, row, metric)
        if name is not None and curve and metric is not None:
            resource = max(curve, key=lambda resource: (curve[resource], -resource))
            params = {**params, name: resource}
        return params, {"best_resource_": resource, "best_curve_": curve}

    def fit(
        self, estimator: Any, X: Any, y: Any, resource: int, fit_params: Any
    ) -> None:
        """Fit a candidate on all rows, up to a resource."""
        self.training.refit(estimator, X, y, resource, fit_params)


def _n_started(brackets: Sequence[Bracket]) -> int:
    return sum(bracket.sizes[0] for bracket in brackets)


def _curve(history: History, row: Row, metric: str | None) -> dict[int, float]:
    """Return a candidate's mean score by resource, where one training tells all."""
    folds = list(history.evaluations(*row).values())
    if not all(fold.curve for fold in folds):
        return {}
    curves = [{**fold.curve, row[1]: fold.scores} for fold in folds]
    name = metric or history.objective or next(iter(folds[0].scores))
    return {
        resource: float(np.mean([curve[resource][name] for curve in curves]))
        for resource in curves[0]
    }
