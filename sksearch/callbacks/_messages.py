"""What a search says through `logging.getLogger("sksearch")`."""

import logging
from typing import Any

from sksearch._durations import duration_text
from sksearch._records import error_line
from sksearch.callbacks._base import Callback
from sksearch.callbacks._plan import Plan
from sksearch.history import Evaluation, History

__all__ = ["MESSAGES"]

_logger = logging.getLogger("sksearch.search")


class _Messages(Callback):
    """Logs how a search begins and ends (INFO), each result (DEBUG), what fails.

    A fit that fails is a WARNING. Nothing is kept: one will do for all searches.
    """

    def on_fit_begin(self, search: Any, plan: Plan) -> None:
        """Say what is searched, and what is known already."""
        _logger.info(
            "%s of %s begins: at most %s fits", plan.search, plan.estimator, plan.n_fits
        )
        known = [r for r in search.history_.records if isinstance(r, Evaluation)]
        if known:
            _logger.info("%d fits are known from %s", len(known), search.journal)

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        """Say how a fit ended."""
        is_bad = evaluation.status not in ("ok", "skipped") or evaluation.error
        level = logging.WARNING if is_bad else logging.DEBUG
        if not _logger.isEnabledFor(level):
            return
        what = evaluation.trial_id, evaluation.fold, evaluation.resource
        scores = ", ".join(f"{k}={v:.6g}" for k, v in evaluation.scores.items())
        _logger.log(
            level,
            "trial %d, fold %d, resource %d: %s in %.3g s: %s",
            *what,
            evaluation.status,
            evaluation.fit_time,
            error_line(evaluation.error) if evaluation.error else scores,
        )

    def on_fit_end(self, search: Any, error: BaseException | None) -> None:
        """Say how the search ended."""
        name, history = type(search).__name__, search.history_
        if error is not None:
            _logger.info("%s ends with %s: %s", name, type(error).__name__, error)
            return
        best = history.incumbent()
        score = "none" if best is None else f"{history.score(best):.6g} (trial {best})"
        cost = search.cost_
        seconds = duration_text(cost["wall_seconds"])
        _logger.info(
            "%s ends: %d fits in %s, best %s", name, cost["fits"], seconds, score
        )


MESSAGES = _Messages()
