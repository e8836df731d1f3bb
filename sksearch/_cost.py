"""What a search has cost, read from its log."""

import collections
import math
from typing import Any, TypeGuard

from sksearch.history import Evaluation, History, Task, Trial

__all__ = ["cost_of", "is_fit", "worker_seconds"]


def cost_of(history: History, wall_seconds: float) -> dict[str, Any]:
    """Return what the fits of a log have cost.

    Parameters
    ----------
    history : History
        The log.
    wall_seconds : float
        How long the search took.

    Returns
    -------
    cost : dict
        "fits" (how many there were), "worker_seconds" (what they took to fit and to
        score, added up), "wall_seconds", and "by_status" (how many ended how; "skipped"
        are folds that were spared, and no fits).

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
    results = [r for r in history.records if isinstance(r, Evaluation)]
    fits = [result for result in results if is_fit(result)]
    return {
        "fits": len(fits),
        "worker_seconds": float(sum(map(worker_seconds, fits))),
        "wall_seconds": wall_seconds,
        "by_status": dict(collections.Counter(result.status for result in results)),
    }


def worker_seconds(evaluation: Evaluation) -> float:
    """Return how long a worker was at a fit; 0 of a fold that was skipped."""
    times = evaluation.fit_time, evaluation.score_time
    return sum(seconds for seconds in times if math.isfinite(seconds))


def is_fit(record: Trial | Task | Evaluation) -> TypeGuard[Evaluation]:
    """Return whether a record of a log is the result of a fit that ran."""
    return isinstance(record, Evaluation) and record.status != "skipped"
