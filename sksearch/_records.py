"""What a log is made of: two kinds of decision, and one of result."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Evaluation",
    "Record",
    "Status",
    "Task",
    "Trial",
    "TrialStatus",
    "error_line",
]

Status = Literal["ok", "failed", "timed_out", "out_of_memory", "worker_died", "skipped"]
TrialStatus = Literal["pending", "complete", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Trial:
    """The start of one candidate; also its first task.

    Parameters
    ----------
    id : int
        Its position among the trials of the history.
    params : dict
        Complete hyper-parameters, as handed to the estimator. They never change.
    resource : int, default=1
        How far the first task trains.
    parent : int or None, default=None
        The trial whose checkpoint this one continues.
    tags : dict, default={}
        What the optimizer wants to find again; JSON values and finite numbers only.

    Examples
    --------
    >>> from sksearch.history import Trial
    >>> Trial(0, {"C": 10.0}).resource
    1
    """

    id: int
    params: Mapping[str, Any]
    resource: int = 1
    parent: int | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """The order to train a trial up to a resource, on every fold.

    Parameters
    ----------
    trial_id : int
        The trial to continue.
    resource : int
        How far.

    Examples
    --------
    >>> from sksearch.history import Task
    >>> Task(trial_id=0, resource=9)
    Task(trial_id=0, resource=9)
    """

    trial_id: int
    resource: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of one fit: one trial, one fold, up to one resource.

    Parameters
    ----------
    trial_id, resource, fold : int
        Which fit this is.
    scores, train_scores : dict of str to float
        By scorer name, greater is better. Where a fit failed they hold `error_score`.
    fit_time, score_time : float
        Seconds.
    n_test : int
        Rows that were scored.
    status : {"ok", "failed", "timed_out", "out_of_memory", "worker_died", "skipped"}
        How the fit ended.
    error : str or None
        The traceback of a failure; beside the status "ok", of the scorer's.
    started : float
        Seconds from the start of the search.
    worker, device : str or None
        Where the fit ran.
    curve : dict of int to dict
        The scores at smaller resources, where one training gives them all.
    best_iteration : int or None
        The rounds that a model predicts by which stopped early, by rows that the search
        held out for it.

    Examples
    --------
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=1)
    >>> history.record(Trial(0, {"C": 10}))
    >>> history.record(Evaluation(0, 1, fold=0, scores={"score": 0.9}))
    >>> history.status(0), history.score(0)
    ('complete', 0.9)
    """

    trial_id: int
    resource: int
    fold: int
    scores: Mapping[str, float] = field(default_factory=dict)
    train_scores: Mapping[str, float] = field(default_factory=dict)
    fit_time: float = math.nan
    score_time: float = math.nan
    n_test: int = 0
    status: Status = "ok"
    error: str | None = None
    started: float = math.nan
    worker: str | None = None
    device: str | None = None
    curve: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    best_iteration: int | None = None


Record = Trial | Task | Evaluation


def error_line(error: str) -> str:
    r"""Return the line of a traceback that says what happened.

    >>> error_line('Traceback:\n  File "a.py", line 1\n    f()\nValueError: no\nway')
    'ValueError: no'
    """
    lines = error.strip().splitlines()
    frames = [i for i, line in enumerate(lines) if line.startswith("  File ")]
    after = lines[frames[-1] + 1 :] if frames else lines
    passed = "    ", "Traceback"  # code, and the head of what has no frames
    return next((line for line in after if not line.startswith(passed)), lines[-1])
