"""What callbacks hear of `fit` as a whole: its plan at the begin, and how it ends."""

import contextlib
from collections.abc import Iterator
from typing import Any

from sksearch._durations import seconds_of
from sksearch.callbacks import Plan, ProgressLine
from sksearch.callbacks._limits import amounts
from sksearch.callbacks._messages import MESSAGES
from sksearch.estimators._fingerprints import versions
from sksearch.history import History

__all__ = ["followed", "most_fits", "progress_line"]


@contextlib.contextmanager
def followed(search: Any, history: History, origin: float) -> Iterator[None]:
    """Tell the callbacks of a search that its `fit` begins, and how it ends.

    Callbacks of other packages may know nothing of these two calls.

    Parameters
    ----------
    search : BaseSearch
        With its callbacks, and its fidelity.
    history : History
        With what is known from a journal.
    origin : float
        `time.time()` at the begin.
    """
    told: list[Any] = []
    plan = _plan_of(search, history, origin)
    error: BaseException | None = None
    try:
        for callback in (*search.callbacks, MESSAGES):
            if hasattr(callback, "on_fit_begin"):
                callback.on_fit_begin(search, plan)
            told.append(callback)
        yield
    except BaseException as raised:
        error = raised
        raise
    finally:
        for callback in told:
            if hasattr(callback, "on_fit_end"):
                callback.on_fit_end(search, error)


def progress_line(search: Any, history: History) -> ProgressLine:
    """Return what `verbose` prints."""
    return ProgressLine(
        _planned_fits(search, history),
        int(search.verbose),
        resource=_resource_of(search, history),
    )


def _planned_fits(search: Any, history: History) -> int:
    n_fits = int(search._fidelity.n_tasks(history.space) * history.n_splits)
    return n_fits if search.max_fits is None else min(n_fits, search.max_fits)


def _resource_of(search: Any, history: History) -> str | None:
    told: str | None = search._fidelity.planned(history.space).get("resource")
    return told


def _plan_of(search: Any, history: History, origin: float) -> Plan:
    highest, budget = search._fidelity.resource, search.max_time
    return Plan(
        search=type(search).__name__,
        estimator=type(search.estimator).__name__,
        n_fits=_planned_fits(search, history),
        resource=_resource_of(search, history),
        max_resource=1 if highest is None else highest,
        max_time=None if budget is None else seconds_of(budget, "max_time"),
        max_cost={} if search.max_cost is None else amounts(search.max_cost),
        versions=versions(search.estimator),
        origin=origin,
    )


def most_fits(fidelity: Any, history: History) -> int | None:
    """Return how many fits there cannot be more of; None where that is not sure.

    scikit-learn's callbacks raise where there are more. ASHA promotes who is among the
    best at that time, and so at times more than a bracket that waits.

    Parameters
    ----------
    fidelity : Fidelity
        How far candidates are trained.
    history : History
        The log, with its space.
    """
    waits = getattr(fidelity, "which", None) in ("hyperband", "halving")
    if fidelity.resource is not None and not waits:
        return None
    return int(fidelity.n_tasks(history.space) * history.n_splits)
