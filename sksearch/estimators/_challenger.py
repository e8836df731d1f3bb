"""The model that would be next: the search that finds it, and its scores."""

import copy
from collections.abc import Mapping
from typing import Any

from sklearn.base import clone

from sksearch import _sklearn_compat as compat
from sksearch.estimators._paired_gain import Draws, HeldOut
from sksearch.estimators._preparing import routed_params
from sksearch.estimators._retune_scores import Scored, scored
from sksearch.exceptions import (
    ChallengerError,
    HistoryMismatchError,
    JournalError,
    JournalLockedError,
)

__all__ = [
    "challenging_search",
    "on_all_rows",
    "run_challenger",
    "score_of_challenger",
]


def challenging_search(
    search: Any, sources: Any, journal: Any, n_jobs: int | None, random_state: Any
) -> Any:
    """Return a search to run, which begins from the earlier one."""
    new = clone(search)
    if sources is None and hasattr(search, "history_"):
        # Without its model, and without what it had itself begun from: night after
        # night that would be a chain of all searches.
        sources = [search.history_]
    changes = {"journal": journal, "warm_start_from": sources}
    changes |= {"n_jobs": n_jobs, "random_state": random_state}
    kept = {name: value for name, value in changes.items() if value is not None}
    return new.set_params(**{"journal": None, **kept})


def run_challenger(new: Any, X: Any, y: Any, params: Mapping[str, Any]) -> None:
    """Run the new search.

    Raises
    ------
    ChallengerError
        If it failed.
    HistoryMismatchError, JournalError, JournalLockedError
        As of the journal.
    """
    try:
        new.fit(X, y, **params)
    except (HistoryMismatchError, JournalError, JournalLockedError):
        raise
    except Exception as error:
        known = "" if new.journal is None else f" Its journal is {str(new.journal)!r}."
        raise ChallengerError(
            f"The new search failed: {type(error).__name__}: {error} The champion is "
            f"as it was.{known}",
            new,
        ) from error


def score_of_challenger(held_out: HeldOut, draws: Draws, new: Any) -> Scored:
    """Return the scores of the best model that the new search has found.

    Raises
    ------
    ChallengerError
        If it has none.
    """
    try:
        return scored(held_out, draws, new.best_estimator_)
    except Exception as error:
        raise ChallengerError(
            f"The challenger has no score {held_out.name!r} on the held-out rows: "
            f"{error}. The champion is as it was, and the search of the challenger is "
            "in the attribute search of this error.",
            new,
        ) from error


def on_all_rows(new: Any, data: tuple[Any, Any, Any], params: dict[str, Any]) -> Any:
    """Return the search with its best candidate fitted on the held-out rows too."""
    X, y, groups = data
    given = params if groups is None else {**params, "groups": groups}
    twin = copy.copy(new)
    routed = routed_params(twin, compat.check_method_params(X, params=given))
    context = compat.NoCallbackContext()
    try:
        twin._refit(X, y, routed["estimator"]["fit"], context, {})
    except Exception as error:
        raise ChallengerError(
            f"The challenger won, and fitting it on all rows failed: {error}. As it "
            "won it is the best_estimator_ of search, an attribute of this error.",
            new,
        ) from error
    return twin
