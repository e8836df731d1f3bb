"""What a search has cost, read from its log."""

import collections
import math
from typing import Any, TypeGuard

from sksearch.history import Evaluation, History, Task, Trial

__all__ = ["add_spent", "cost_of", "expected_refit", "is_fit", "worker_seconds"]


def cost_of(
    history: History, wall_seconds: float, again: History | None = None
) -> dict[str, Any]:
    """Return what the fits of a log have cost.

    Parameters
    ----------
    history : History
        The log.
    wall_seconds : float
        How long the search took.
    again : History or None, default=None
        The log of a re-check, which is added.

    Returns
    -------
    cost : dict
        "fits" (how many there were), "worker_seconds" (what they took to fit and to
        score, added up), "by_device" (these seconds by where the fit ran, "cpu" or an
        accelerator such as "cuda:0"), "wall_seconds", and "by_status" (how many ended
        how; "skipped" are folds that were spared, and no fits).

    Examples
    --------
    >>> from sksearch._cost import cost_of
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=1)
    >>> history.record(Trial(0, {"C": 10}))
    >>> history.record(Evaluation(0, 1, 0, {"score": 1.0}, fit_time=2, score_time=1))
    >>> cost_of(history, 4.0)["worker_seconds"], cost_of(history, 4.0)["by_status"]
    (3.0, {'ok': 1})
    """
    records = [*history.records, *(again.records if again else ())]
    results = [r for r in records if isinstance(r, Evaluation)]
    fits = [result for result in results if is_fit(result)]
    by_device: collections.Counter[str] = collections.Counter()
    for fit in fits:
        by_device[fit.device or "cpu"] += worker_seconds(fit)  # type: ignore[assignment]
    return {
        "fits": len(fits),
        "worker_seconds": float(sum(map(worker_seconds, fits))),
        "by_device": {name: float(seconds) for name, seconds in by_device.items()},
        "wall_seconds": wall_seconds,
        "by_status": dict(collections.Counter(result.status for result in results)),
    }


def worker_seconds(evaluation: Evaluation) -> float:
    """Return how long a worker was at a fit; 0 of a fold that was skipped."""
    times = evaluation.fit_time, evaluation.score_time
    return sum(seconds for seconds in times if math.isfinite(seconds))


def add_spent(spent: dict[str, float], fit: Evaluation) -> None:
    """Add what a fit took to the kinds that count it.

    Parameters
    ----------
    spent : dict of str to float
        Worker-seconds by kind, "cpu_hours" or "gpu_hours", or of any kind by "".
    fit : Evaluation
        The fit.
    """
    kind = "cpu_hours" if fit.device is None else "gpu_hours"
    for name in {"", kind} & spent.keys():
        spent[name] += worker_seconds(fit)


def expected_refit(history: History) -> float:
    """Return how many seconds the refit of the incumbent should take.

    Parameters
    ----------
    history : History
        The log.

    Returns
    -------
    seconds : float
        The mean time that its folds took to fit, as if time were proportional to rows,
        of which the refit has all; 0 while there is no incumbent. Where candidates are
        trained on it is that of all their rungs, which is too much if each rung began
        anew: what is kept back must be enough.
    """
    incumbent = history.incumbent()
    if incumbent is None:
        return 0.0
    own = [(incumbent, resource) for resource in history.resources(incumbent)]
    path = [(trial.id, resource) for trial, resource in history.inherited(incumbent)]
    share = 1 - 1 / history.n_splits if history.n_splits > 1 else 1.0
    return sum(_mean_fit_time(history, *task) for task in path + own) / share


def _mean_fit_time(history: History, trial_id: int, resource: int) -> float:
    folds = history.evaluations(trial_id, resource).values()
    times = [fold.fit_time for fold in folds if math.isfinite(fold.fit_time)]
    return sum(times) / len(times) if times else 0.0


def is_fit(record: Trial | Task | Evaluation) -> TypeGuard[Evaluation]:
    """Return whether a record of a log is the result of a fit that ran."""
    return isinstance(record, Evaluation) and record.status != "skipped"
