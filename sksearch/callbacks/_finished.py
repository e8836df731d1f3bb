"""What trackers log: one training of a candidate, on all folds."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sksearch._record_lines import line_of
from sksearch._records import error_line
from sksearch.history import Evaluation, History, TrialStatus

__all__ = [
    "Finished",
    "best_params",
    "best_scores",
    "finished_task",
    "finished_tasks",
    "log_name",
    "spent",
]

_LONGEST = 250  # characters of a parameter's value, which MLflow 2 limits to 500


@dataclass(frozen=True)
class Finished:
    """A candidate that was trained up to a resource, and scored on all folds.

    Parameters
    ----------
    trial_id, resource : int
        Which one, and how far.
    status : {"complete", "stopped", "failed"}
        How it ended.
    params : dict
        Numbers, booleans and texts; other values by their texts.
    metrics : dict of str to float
        Finite ones, by the names that `cv_results_` has for them.
    error : str or None
        The line that says what the first failure was.
    begin, end : float
        Seconds from the begin of the search; NaN where they are not known.
    """

    trial_id: int
    resource: int
    status: TrialStatus
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    error: str | None
    begin: float
    end: float


def log_name(history: History) -> str:
    """Return a name that one log of a search has, and no other.

    It is made of the first result: its times are those of one fit in the world. So a
    search that goes on from its journal has the name that it had before.

    Parameters
    ----------
    history : History
        With a result, at least.
    """
    first = next(r for r in history.records if isinstance(r, Evaluation))
    lines = history.seed, line_of(first, history.space)
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:12]


def finished_tasks(history: History) -> Iterator[tuple[int, int]]:
    """Yield (trial, resource) of what has a result on every fold, in their order.

    Parameters
    ----------
    history : History
        The log.
    """
    waiting = set(history.open_tasks())
    return (task for task in history.tasks() if task not in waiting)


def finished_task(history: History, trial_id: int, resource: int) -> Finished:
    """Return what trackers log of a task.

    Parameters
    ----------
    history : History
        The log.
    trial_id, resource : int
        A task of `finished_tasks`.
    """
    folds = history.evaluations(trial_id, resource)
    errors = [error for _, fold in sorted(folds.items()) if (error := fold.error)]
    ends = [fold.started + fold.fit_time + fold.score_time for fold in folds.values()]
    return Finished(
        trial_id,
        resource,
        history.status(trial_id, resource),
        {name: _plain(v) for name, v in history.trials[trial_id].params.items()},
        dict(_metrics(history, trial_id, resource, folds)),
        error_line(errors[0])[:_LONGEST] if errors else None,
        min(_finite([fold.started for fold in folds.values()]), default=math.nan),
        max(_finite(ends), default=math.nan),
    )


def best_params(
    search: Any, history: History, error: BaseException | None
) -> dict[str, Any]:
    """Return the parameters of the model; after an error of the best candidate so far.

    Parameters
    ----------
    search : BaseSearch
        At the end of its `fit`.
    history : History
        Its log.
    error : BaseException or None
        What `fit` raises.
    """
    params = getattr(search, "best_params_", None) if error is None else None
    best = history.incumbent()
    if params is None:
        params = {} if best is None else history.trials[best].params
    return {name: _plain(value) for name, value in params.items()}


def best_scores(history: History) -> dict[str, float]:
    """Return the scores of the best candidate, by "best_" and the objective's name.

    Parameters
    ----------
    history : History
        The log.
    """
    best = history.incumbent()
    goals = [] if best is None else history.goals
    return {
        f"best_{goal or 'score'}": history.score(best, name=goal)  # type: ignore[arg-type]
        for goal in goals
    }


def spent(search: Any) -> dict[str, float]:
    """Return what trackers log of the cost of a search; nothing after an error.

    Parameters
    ----------
    search : BaseSearch
        At the end of its `fit`.
    """
    cost = getattr(search, "cost_", {})
    names = "fits", "worker_seconds", "wall_seconds"
    return {name: float(cost[name]) for name in names if name in cost}


def _metrics(
    history: History, trial_id: int, resource: int, folds: Mapping[int, Evaluation]
) -> Iterator[tuple[str, float]]:
    good = {k: fold for k, fold in sorted(folds.items()) if fold.status == "ok"}
    names = dict.fromkeys(name for fold in good.values() for name in fold.scores)
    for name in names:
        mean = history.score(trial_id, resource, name)
        if math.isfinite(mean):
            yield f"mean_test_{name}", mean
    for number, fold in good.items():
        for kind, scores in (("test", fold.scores), ("train", fold.train_scores)):
            for name, score in scores.items():
                if math.isfinite(score):
                    yield f"split{number}_{kind}_{name}", score
    for name in ("fit_time", "score_time"):
        times = _finite([getattr(fold, name) for fold in folds.values()])
        if times:
            yield f"mean_{name}", sum(times) / len(times)


def _finite(values: list[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def _plain(value: Any) -> Any:
    """A number, boolean or text; numpy's numbers as Python's own."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool | int | float):
        return value
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
