"""What a search shows of its history: the table, the best candidate, the refit."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone

from sksearch import _sklearn_compat as compat
from sksearch.estimators._fidelity import Fidelity
from sksearch.estimators._metadata import metadata_of
from sksearch.estimators._posterior import posterior_columns
from sksearch.estimators._rechecked import recheck_columns, rechecked_table
from sksearch.estimators._results import (
    Row,
    candidate_rows,
    fold_results,
    make_results,
    rank_rows,
)
from sksearch.estimators._validation import warn_if_infeasible
from sksearch.evaluation import (
    Evaluator,
    final_params,
    finalized,
    inherited_threads,
    make_pool,
    on_whole_device,
    stops_early,
    threads_shared,
    without_stoppers,
)
from sksearch.history import History

__all__ = ["Shown"]


class Shown:
    """Sets scikit-learn's attributes, once the history of a search has grown."""

    # What the search brings along.
    estimator: Any
    scoring: Any
    refit: Any
    error_score: Any
    score_constraints: Any
    finalize: Any
    devices: Any
    history_: History
    _fidelity: Fidelity
    _format_results: Any
    _select_best_index: Any

    def _show(self, evaluator: Evaluator, refit_metric: str) -> None:
        """Set scikit-learn's attributes from the history."""
        history, scorers = self.history_, evaluator.scorer
        rows = candidate_rows(history)
        if all(history.status(*row) in ("pending", "stopped") for row in rows):
            raise ValueError(
                "The search was stopped before any candidate was finished. What was "
                "measured is in history_; let the callbacks wait for one candidate."
            )
        results = fold_results(history, rows, self.error_score)
        compat.warn_or_raise_about_fit_failures(results, self.error_score)
        names = list(results[0]["test_scores"])
        self.multimetric_ = compat.is_multimetric(scorers) or names != ["score"]
        if callable(self.scoring) and self.multimetric_:
            refit_metric = self.refit
        table = self._make_table(rows)
        self.cv_results_ = table  # before a callable refit may fail
        if self.refit or not self.multimetric_:
            self._show_best(table, rows, refit_metric, evaluator.fit_params)
        self.scorer_ = scorers._scorers if compat.is_multimetric(scorers) else scorers

    def _make_table(self, rows: list[Row]) -> dict[str, Any]:
        """Return `cv_results_`."""
        history, fidelity = self.history_, self._fidelity
        params = [
            fidelity.params_of(history.trials[trial_id].params, resource)
            for trial_id, resource in rows
        ]
        table = make_results(
            self._format_results, history, rows, params, self.error_score
        )
        rank_rows(table, history, rows)
        self._tell(fidelity.attributes(history, rows))
        asked = posterior_columns(self.refit, history, rows)
        self.metadata_ = metadata_of(self, rows)
        again = recheck_columns(self, rows, table)
        return {**table, **fidelity.columns(history, rows), **asked, **again}

    def _show_best(
        self, table: dict[str, Any], rows: list[Row], refit_metric: str, fit_params: Any
    ) -> None:
        """Set what tells of the best candidate."""
        compared = rechecked_table(self, table, rows)
        index, metric = self._choose(compared, refit_metric)
        self.best_index_ = index
        if not callable(self.refit):
            self.best_score_ = table[f"mean_test_{refit_metric}"][index]
        params, told = self._fidelity.best(
            self.history_, rows[index], table["params"][index], metric
        )
        self._tell(told)
        self.best_params_ = self._ended(params, table, index, fit_params)
        if self.score_constraints:
            warn_if_infeasible(compared, index, self.score_constraints)

    def _tell(self, attributes: Mapping[str, Any]) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def _choose(self, table: dict[str, Any], refit_metric: str) -> tuple[int, Any]:
        """Return the best row and its score's name, None where a callable chose."""
        index = self._select_best_index(self.refit, refit_metric, table)
        return index, None if callable(self.refit) else refit_metric

    def _ended(
        self, params: dict[str, Any], table: dict[str, Any], index: int, fit_params: Any
    ) -> dict[str, Any]:
        """Return a candidate's parameters with the rounds at which it stopped early.

        They take the place of the stop: all rows are trained on then, and `fit` needs
        no other ones.
        """
        candidate = clone(self.estimator).set_params(**clone(params, safe=False))
        if not stops_early(candidate, fit_params):
            return params
        unknown = np.ma.masked_all(len(table["params"]))
        rounds = table.get("best_iteration", unknown)[index]
        n_rounds = None if rounds is np.ma.masked else int(rounds)
        return {**params, **final_params(candidate, n_rounds)}

    def _refit(self, X: Any, y: Any, fit_params: Any, context: Any, task: Any) -> None:
        """Fit the best candidate on all rows, with all cores that are left to us."""
        self.best_estimator_ = clone(self.estimator).set_params(
            **clone(self.best_params_, safe=False)
        )
        observed = context.subcontext(task_name="refit-with-best-params")
        with observed.propagate_callback_context(self.best_estimator_):
            observed.call_on_fit_task_begin(**task)
            begin = time.time()
            with (
                threads_shared(self.best_estimator_, inherited_threads()),
                on_whole_device(
                    self.best_estimator_, make_pool(self.devices), self.best_params_
                ),
            ):
                self.best_estimator_ = self._fit_best(X, y, self._of_refit(fit_params))
            self.best_estimator_ = finalized(self.best_estimator_, self.finalize)
        self.refit_time_ = time.time() - begin
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_
        observed.call_on_fit_task_end(**task)

    def _fit_best(self, X: Any, y: Any, params: Any) -> Any:
        """Return the best candidate, fitted."""
        resource = getattr(self, "best_resource_", 1)
        self._fidelity.fit(self.best_estimator_, X, y, resource, params)
        return self.best_estimator_

    def _of_refit(self, fit_params: Any) -> Any:
        """Return parameters of `fit` without what would want rows to stop by."""
        stops = stops_early(self.best_estimator_, fit_params)
        return without_stoppers(fit_params) if stops else fit_params
