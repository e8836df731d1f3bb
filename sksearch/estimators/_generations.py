"""Members of a population that are trained side by side, and take over from others."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.callbacks import Callback
from sksearch.estimators._brackets import steps, summary
from sksearch.estimators._proposals import n_points
from sksearch.estimators._results import Row
from sksearch.estimators._sweep import SweepGenerations
from sksearch.evaluation import (
    AlongLineages,
    Evaluator,
    NoCheckpoints,
    Training,
    TrainOn,
    open_checkpoints,
    train_along,
)
from sksearch.history import History, Trial
from sksearch.optimizers import Optimizer
from sksearch.schedulers import Bandit, Bracket, Explore, Population
from sksearch.space import SearchSpace

__all__ = ["InGenerations", "schedule_of"]


@dataclass(frozen=True)
class InGenerations:
    """All members are trained step by step, and after each the worst are replaced.

    Parameters
    ----------
    training : Training
        How a resource is spent.
    resources : tuple of int
        At which members are compared; the last one is the end.
    size : int
        How many members there are, where the space has so many points.
    quantile : float
        The share that is replaced.
    explore : Explore or Bandit
        How parameters move.
    waits : bool
        Whether a generation is compared when all of it are there.
    most_bytes : int or None
        What checkpoints may take; None is half of what is free.
    """

    training: Training
    resources: tuple[int, ...]
    size: int
    quantile: float
    explore: Explore | Bandit
    waits: bool
    most_bytes: int | None

    # -- the plan ----------------------------------------------------------------

    @property
    def resource(self) -> int:
        """The highest one."""
        return self.resources[-1]

    @property
    def rungs(self) -> str:
        """What a search must keep that goes on from its journal."""
        return (
            f"{self.training.resource!r} to {self.resource} by {self.resources[0]}, "
            f"{self.size} members, {self.quantile:g} replaced, {self.explore.rule}"
        )

    def check_continues(self, history: History) -> None:
        """Do nothing: what must be the same is told by `rungs`."""

    def _plan(self, space: SearchSpace) -> Bracket:
        """Return what is trained, as a bracket in which nobody is out."""
        size = self.n_trials(space)
        return Bracket(self.resources, (size,) * len(self.resources))

    def n_trials(self, space: SearchSpace) -> int:
        """Return how many candidates start that go on from no other."""
        return int(min(self.size, n_points(space, self.size)))

    def n_tasks(self, space: SearchSpace) -> int:
        """Return how many trainings there are at most, each on all folds."""
        return sum(self._plan(space).sizes)

    @property
    def probed_at(self) -> tuple[int, ...]:
        """The first generation and the middle one."""
        middle = self.resources[len(self.resources) // 2]
        return tuple(sorted({self.resources[0], middle}))

    def steps(self, space: SearchSpace) -> list[tuple[int, int]]:
        """Return how many are trained by how much, generation by generation."""
        return steps(self._plan(space), self.training.continues)

    def planned(self, space: SearchSpace) -> dict[str, Any]:
        """Return what the generations cost."""
        return self._summary(self._plan(space))

    def done(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return what the generations have cost."""
        found, counts = _by_resource(rows)
        return self._summary(Bracket(tuple(found), tuple(counts)))

    def _summary(self, plan: Bracket) -> dict[str, Any]:
        continues = self.training.continues
        return summary([plan], self.training.resource, continues)

    # -- the search --------------------------------------------------------------

    def optimizer(self, optimizer: Optimizer, space: SearchSpace) -> Optimizer:
        """Return who proposes the first members."""
        return optimizer

    def max_pending(self, optimizer: Optimizer) -> int:
        """Return how many candidates may be unfinished: a generation."""
        return self.size

    def scheduler(self, space: SearchSpace, initial: Sequence[Any]) -> Population:
        """Return what decides who goes on from whom."""
        return Population(
            self.resources,
            self.n_trials(space),
            self.quantile,
            self.explore,
            initial,
            self.waits,
        )

    @contextlib.contextmanager
    def prepared(self, evaluator: Evaluator, folder: str | None) -> Iterator[Evaluator]:
        """Give the members a folder where they wait to be trained on."""
        if evaluator.train is not None:  # of a re-check: from the beginning
            yield evaluator
            return
        with open_checkpoints(self.most_bytes, folder) as checkpoints:
            # No learning curve is read: each generation is a point of it.
            train = TrainOn(self.training, checkpoints, self.resource, self.resource)
            yield dataclasses.replace(evaluator, train=train)

    def again(self, evaluator: Evaluator) -> Evaluator:
        """Return one that trains along a lineage from its beginning."""
        train = TrainOn(self.training, NoCheckpoints(), self.resource, self.resource)
        return dataclasses.replace(evaluator, train=train)

    def listed(self, evaluator: Evaluator, history: History) -> Evaluator:
        """Return one that trains the members of the end along their schedules."""
        train = TrainOn(self.training, NoCheckpoints(), self.resource, self.resource)
        highest = history.highest() or 0
        paths = {i: _path(history, (i, highest)) for i in history.ranked(highest)}
        along = AlongLineages(train, paths) if self.training.continues else train
        return dataclasses.replace(evaluator, train=along)

    def callbacks(
        self, train: Any, scheduler: Any, see: Callable[[int], None]
    ) -> list[Callback]:
        """Return what removes checkpoints from which nobody goes on any more."""
        if not self.training.continues:
            return []
        return [SweepGenerations(train.checkpoints, scheduler, see)]

    # -- what is shown -----------------------------------------------------------

    def params_of(self, params: Mapping[str, Any], resource: int) -> dict[str, Any]:
        """Return the parameters, the resource among them where it is one."""
        name = self.training.parameter
        return dict(params) if name is None else {**params, name: resource}

    def columns(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return of which generation and member a row is, and whom it goes on from."""
        resources = np.array([resource for _, resource in rows])
        trials = [history.trials[trial_id] for trial_id, _ in rows]
        parents = [-1 if trial.parent is None else trial.parent for trial in trials]
        return {
            "iter": np.searchsorted(np.unique(resources), resources),
            "n_resources": resources,
            "member": np.array([trial.tags["member"] for trial in trials]),
            "candidate": np.array([trial.id for trial in trials]),
            "parent": np.array(parents),
        }

    def attributes(self, history: History, rows: Sequence[Row]) -> dict[str, Any]:
        """Return how large the generations were."""
        found, counts = _by_resource(rows)
        return {
            "n_resources_": found,
            "n_candidates_": counts,
            "n_iterations_": len(found),
        }

    def best(
        self, history: History, row: Row, params: dict[str, Any], metric: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a row's parameters, and the schedule that led to it."""
        schedule = [
            (resource, dict(trial.params))
            for trial, resource in schedule_of(history, row)
        ]
        return params, {"best_resource_": row[1], "best_schedule_": schedule}

    def fit(
        self, estimator: Any, X: Any, y: Any, resource: int, fit_params: Any
    ) -> None:
        """Fit a candidate on all rows whose parameters never change."""
        self.training.refit(estimator, X, y, resource, fit_params)

    def replay(
        self,
        estimator: Any,
        schedule: Sequence[tuple[Trial, int]],
        X: Any,
        y: Any,
        fit_params: Any,
    ) -> Any:
        """Return a model that was trained on all rows along a schedule.

        Parameters
        ----------
        estimator : estimator
            With the last parameters, not fitted.
        schedule : sequence of (Trial, int)
            Of `schedule_of`.
        X, y : array-like
            All rows.
        fit_params : dict
            What the user passes to `fit`.
        """
        if not self.training.continues:
            self.fit(estimator, X, y, schedule[-1][1], fit_params)
            return estimator
        before = estimator.get_params(deep=True)
        model = train_along(self.training, estimator, schedule, X, y, fit_params)
        self.training.finish(model, X, y)
        # A user who fits it again begins again.
        own = {n: v for n, v in before.items() if n.split("__")[-1] == "warm_start"}
        return model.set_params(**own)


def schedule_of(history: History, row: Row) -> list[tuple[Trial, int]]:
    """Return by which trials a row was trained up to which resource.

    Parameters
    ----------
    history : History
        The log.
    row : tuple of int
        A trial, and a resource that it was trained to.

    Returns
    -------
    schedule : list of (Trial, int)
        Where parameters stay the same over several steps, the last one of these.
    """
    trial_id, resource = row
    path = [*history.inherited(trial_id), (history.trials[trial_id], resource)]
    # Of each run the last one stays.
    return list(dict(zip(_runs(history, path), path, strict=True)).values())


def _path(history: History, row: Row) -> tuple[tuple[Trial, int], ...]:
    """Return all trainings that led to a row, step by step."""
    trial = history.trials[row[0]]
    own = [(trial, r) for r in history.resources(row[0]) if r <= row[1]]
    return *history.inherited(row[0]), *own


def _runs(history: History, path: Sequence[tuple[Trial, int]]) -> Iterator[int]:
    """Number the stretches of a path on which parameters stay the same."""
    keys = [history.space.key(trial.params) for trial, _ in path]
    number = 0
    for k, key in enumerate(keys):
        number += k > 0 and key != keys[k - 1]
        yield number


def _by_resource(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    found, counts = np.unique([resource for _, resource in rows], return_counts=True)
    return found.tolist(), counts.tolist()
