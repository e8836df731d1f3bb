"""Which trials are better: constraints first, then scores, or the Pareto front."""

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from sksearch._pareto import is_nondominated, preference_order

__all__ = ["front", "ranked", "violation"]


def violation(history: Any, trial_id: int, resource: int | None) -> float:
    """Return how far a trial is from meeting the constraints.

    Parameters
    ----------
    history : History
        The log.
    trial_id : int
        The trial.
    resource : int or None
        Of which task; None is the newest of those that are complete.

    Returns
    -------
    violation : float
        0 exactly where all are met, infinite where a score is not known.
    """
    total = 0.0
    for name, bound in history.constraints.items():
        missing = bound - history.score(trial_id, resource, name)
        share = max(missing, 0.0) / (abs(bound) or 1.0)
        total += math.inf if math.isnan(missing) else share
    return total


def ranked(history: Any, resource: int | None, ids: Collection[int]) -> list[int]:
    """Return those of some trials that have a finite score, the best first.

    Parameters
    ----------
    history : History
        The log.
    resource : int or None
        At which they are compared.
    ids : collection of int
        The trials.

    Returns
    -------
    trial_ids : list of int
        Those that meet the constraints, then the others by violation; of equals the
        older one is first.
    """
    scores = {i: history.score(i, resource) for i in sorted(ids)}
    ids = [i for i in scores if math.isfinite(scores[i])]
    amiss = {i: violation(history, i, resource) for i in ids}
    feasible = [i for i in ids if amiss[i] == 0.0]
    others = [i for i in ids if amiss[i] > 0.0]
    if len(history.goals) > 1 and feasible:
        order = preference_order(_table(history, feasible, resource))
        feasible = [feasible[row] for row in order]
    else:
        feasible.sort(key=lambda i: (-scores[i], i))
    return feasible + sorted(others, key=lambda i: (amiss[i], -scores[i], i))


def front(history: Any, resource: int | None) -> list[int]:
    """Return the trials that no other one beats in all objectives.

    Parameters
    ----------
    history : History
        The log.
    resource : int or None
        At which they are compared.

    Returns
    -------
    trial_ids : list of int
        By id; only such as meet the constraints.
    """
    ids = history.ranked(resource)
    ids = [i for i in ids if not violation(history, i, resource)]
    if not ids:
        return []
    best = is_nondominated(_table(history, ids, resource))
    return sorted(i for i, is_best in zip(ids, best, strict=True) if is_best)


def _table(history: Any, ids: Sequence[int], resource: int | None) -> Any:
    """Return the objectives of some trials, shape (n, m)."""
    return np.array(
        [[history.score(i, resource, g) for g in history.goals] for i in ids]
    )
