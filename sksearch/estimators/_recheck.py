"""The best candidates, scored again on other splits before one of them is chosen.

A second search, over a list of candidates that the first one has found: with its own
log, which is `recheck_history_`, and with the loop, the workers, the limits and the
journal of every search.
"""

import dataclasses
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sksearch._search_loop import Search
from sksearch.callbacks import Callback, ProgressLine
from sksearch.estimators._journalled import journal_beside
from sksearch.estimators._listed import AsListed, Listed, top_candidates
from sksearch.estimators._recheck_budgets import budgets_before, budgets_left
from sksearch.estimators._recheck_splits import RECHECK_STREAM, Splits, fresh_splits
from sksearch.estimators._running import Run
from sksearch.estimators._validation import COUNT
from sksearch.evaluation import (
    Evaluator,
    configured_workers,
    row_order_of,
    split_seed,
)
from sksearch.exceptions import SearchInterruptedWarning
from sksearch.history import Evaluation, History

__all__ = ["RECHECK_CONSTRAINTS", "Recheck"]

RECHECK_CONSTRAINTS: dict[str, list[Any]] = {
    "n_recheck": [COUNT, None],
    "recheck_cv": ["cv_object"],
}


class _Told(Callback):
    """Tells a callback, and does not ask: what ends a search ends no re-check."""

    def __init__(self, callback: Any) -> None:
        self._callback = callback

    def on_search_begin(self, history: History) -> None:
        self._callback.on_search_begin(history)

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        self._callback.on_evaluation(history, evaluation)

    def on_search_end(self, history: History) -> None:
        self._callback.on_search_end(history)


@dataclass(frozen=True)
class Recheck:
    """What a search does after its end.

    Parameters
    ----------
    n : int
        How many candidates are scored again.
    splits : list of (train, test) index arrays
        On which.
    begun : float
        `time.monotonic()` when the search began.
    """

    n: int
    splits: Splits
    begun: float

    @classmethod
    def of(
        cls, search: Any, evaluator: Evaluator, params: Mapping[str, Any]
    ) -> "Recheck | None":
        """Return the re-check that a search asks for; None where it asks for none.

        Raises
        ------
        ValueError
            If there are no splits for it, or no budget.
        """
        vars(search).pop("recheck_history_", None)  # of an earlier fit
        if search.n_recheck is None:
            if search.recheck_cv is not None:
                raise ValueError(
                    f"recheck_cv={search.recheck_cv!r} says on what candidates are "
                    "scored again, and n_recheck=None scores none. Pass n_recheck=5, "
                    "or recheck_cv=None."
                )
            return None
        splits = fresh_splits(search, evaluator, params)
        n_fits = search.n_recheck * len(splits)
        if search.max_fits is not None and search.max_fits <= n_fits:
            raise ValueError(
                f"max_fits={search.max_fits} leaves nothing to search with: the "
                f"re-check of n_recheck={search.n_recheck} candidates on {len(splits)} "
                "splits takes "
                f"{n_fits} fits. Raise max_fits, or lower n_recheck or the number of "
                "splits of recheck_cv."
            )
        return cls(search.n_recheck, splits, time.monotonic())

    @property
    def n_fits(self) -> int:
        """How many fits it takes at most."""
        return self.n * len(self.splits)

    def budgets(self, search: Any) -> list[Callback]:
        """Return what ends the search in time for it."""
        n_slots = configured_workers(search.n_jobs, search.executor).n_slots
        return budgets_before(search, self.n_fits, n_slots)

    def run(self, run: Run, ended: bool) -> None:
        """Score the best candidates of a search again, into its `recheck_history_`.

        Parameters
        ----------
        run : Run
            Of the search, with the history that it has left.
        ended : bool
            Whether the search came to its end; after Ctrl-C nothing follows.
        """
        search, again = run.search, self._evaluator(run.search, run.evaluator)
        history = _empty_log(search.history_, again.seed, len(self.splits))
        search.recheck_history_ = history
        candidates = top_candidates(search.history_, self.n) if ended else []
        if not candidates:
            return
        limits = budgets_left(search, self.begun)
        if limits is None:
            _warn_that_nothing_is_left()
            return
        listed = Listed(candidates, search.history_.highest())
        rules = Search(history, AsListed(), listed, AsListed.max_pending)
        callbacks = [*_told(search, len(candidates) * len(self.splits)), *limits]
        with journal_beside(search, run.journal, history, again) as follower:
            run = Run(search, again, run.context, follower, keeping=None)
            stopped = run.grow(rules, lambda evaluator: callbacks)
        if stopped:
            _warn_that_it_was_interrupted(history)

    def _evaluator(self, search: Any, evaluator: Evaluator) -> Evaluator:
        """Return what runs a fit on the other splits, the same ones for all."""
        seed = split_seed(evaluator.seed, RECHECK_STREAM)
        hold_out = evaluator.hold_out
        if hold_out is not None:
            how = row_order_of(search.estimator, evaluator.y, self.splits)
            hold_out = dataclasses.replace(hold_out, how=how, seed=seed)
        again = dataclasses.replace(
            evaluator,
            splits=self.splits,
            seed=seed,
            hold_out=hold_out,
            keep=None,
            reshuffled=None,
        )
        return search._fidelity.listed(again, search.history_)


def _empty_log(history: History, seed: int, n_splits: int) -> History:
    header = {**history.header(), "seed": seed, "n_splits": n_splits}
    return History(history.space, **header)


def _told(search: Any, n_fits: int) -> list[Callback]:
    """Return who hears of a re-check: not those that only end searches."""
    following = (c for c in search.callbacks if getattr(c, "follows_recheck", True))
    told: list[Callback] = [_Told(callback) for callback in following]
    if search.verbose:
        told.append(ProgressLine(n_fits, int(search.verbose)))
    return told


def _warn_that_nothing_is_left() -> None:
    warnings.warn(
        "The budget is spent, and nothing of it is left for the re-check: the best "
        "candidate is chosen without one. Raise max_time, max_cost or max_fits, or "
        "lower n_recheck.",
        UserWarning,
        stacklevel=4,
    )


def _warn_that_it_was_interrupted(history: History) -> None:
    warnings.warn(
        f"The re-check was interrupted. The {len(history.observed())} candidates that "
        "were scored again compete; a second Ctrl-C raises.",
        SearchInterruptedWarning,
        stacklevel=4,
    )
