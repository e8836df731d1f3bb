"""The front of a search: its attributes, and models chosen from it."""

import copy
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from sksearch._pareto import reference_point, shown_hypervolume
from sksearch.estimators._front import (
    check_scores_are_known,
    choose,
    pareto_ranks,
)
from sksearch.estimators._front_checks import (
    check_preference,
    check_reference_point,
    check_row,
)
from sksearch.estimators._results import Row
from sksearch.estimators._shown import Shown
from sksearch.evaluation import (
    finalized,
    make_pool,
    on_whole_device,
    stops_early,
    without_stoppers,
)

__all__ = ["ShownFront"]


class ShownFront(Shown):
    """Shows a history of several objectives, and fits what is chosen from its front."""

    reference_point: Any
    cv_results_: dict[str, Any]

    # -- after the search --------------------------------------------------------

    def select(self, prefer: Any = "knee") -> int:
        """Return the candidate of the front that is preferred.

        Parameters
        ----------
        prefer : "knee", str, dict or callable, default="knee"
            As `refit`.

        Returns
        -------
        index : int
            Its row in `cv_results_`.

        Raises
        ------
        NotFittedError
            If there was no search yet.
        ValueError
            If the front is empty, a name is not that of a score, or none of the front
            has the scores.
        TypeError
            If `prefer` is none of these.
        """
        check_is_fitted(self, "pareto_index_")
        check_preference(prefer, list(self.pareto_scores_), "prefer")
        if not len(self.pareto_index_):
            raise ValueError(
                "The front is empty: no candidate meets all score_constraints. Loosen "
                "them, or take the best by cv_results_['violation']."
            )
        return choose(prefer, self.cv_results_, self.pareto_index_, self.objectives_)

    def refit_for(self, index: int, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit another candidate on all data; the search itself stays as it is.

        Parameters
        ----------
        index : int
            A row of `cv_results_`, as `select` returns it.
        X : array-like of shape (n_samples, n_features)
            The training data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target, if there is one.
        **params : dict
            For the `fit` of the estimator.

        Returns
        -------
        estimator : estimator
            A clone with the candidate's parameters, fitted.

        Raises
        ------
        NotFittedError
            If there was no search yet.
        TypeError
            If `index` is no integer.
        IndexError
            If there is no such row.
        """
        check_is_fitted(self, "pareto_index_")
        candidates = self.cv_results_["params"]
        check_row(index, len(candidates))
        chosen = self._ended(candidates[index], self.cv_results_, index, params)
        fitted = clone(self.estimator).set_params(**clone(chosen, safe=False))
        if stops_early(fitted, params):
            params = without_stoppers(params)
        resource = int(self.cv_results_.get("n_resources", [1] * (index + 1))[index])
        with on_whole_device(fitted, make_pool(self.devices), chosen):
            self._fidelity.fit(fitted, X, y, resource, params)
        return finalized(fitted, self.finalize)

    def score(self, X: Any, y: Any = None, **params: Any) -> float:
        """Return the score that `refit` names, else the first objective.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Input data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target, if there is one.
        **params : dict
            For the scorer, where metadata routing is enabled.

        Returns
        -------
        score : float
            Of `best_estimator_`.

        Raises
        ------
        NotFittedError
            If there is no refitted candidate.
        """
        check_is_fitted(self)
        named = copy.copy(self)  # scikit-learn scores by the score that refit names
        if named.refit is not False:
            named.refit = self._main_score()
        scored = super(ShownFront, named).score(X, y, **params)  # type: ignore[misc]
        return float(scored)

    def _prefer(self) -> Any:
        """Return what `refit` says of the front; booleans only say whether."""
        is_boolean = isinstance(self.refit, bool | np.bool_)
        return "knee" if is_boolean else self.refit

    def _main_score(self) -> str:
        is_name = isinstance(self.refit, str) and self.refit in self.pareto_scores_
        return str(self.refit) if is_name else self.objectives_[0]

    # -- the front ---------------------------------------------------------------

    def _make_table(self, rows: list[Row]) -> dict[str, Any]:
        table = super()._make_table(rows)
        history = self.history_
        table["pareto_rank"] = pareto_ranks(history, rows)
        self.objectives_ = [str(name) for name in history.goals]
        check_scores_are_known(table, self.objectives_)
        self._show_front(table, rows)
        return table

    def _show_front(self, table: dict[str, Any], rows: list[Row]) -> None:
        best = {(i, self.history_.highest()) for i in self.history_.front()}
        front = np.array([i for i, row in enumerate(rows) if row in best], dtype=int)
        first = table[f"mean_test_{self.objectives_[0]}"]
        self.pareto_index_ = front[np.argsort(first[front], kind="stable")]
        self.pareto_params_ = [table["params"][i] for i in self.pareto_index_]
        self.pareto_scores_ = {
            name.removeprefix("mean_test_"): values[self.pareto_index_]
            for name, values in table.items()
            if name.startswith("mean_test_")
        }
        Y = np.column_stack([self.pareto_scores_[name] for name in self.objectives_])
        given = check_reference_point(self.reference_point, self.objectives_)
        if given is None and not len(Y):
            given = (np.nan,) * len(self.objectives_)
        self.reference_point_ = reference_point(Y) if given is None else np.array(given)
        volume = shown_hypervolume(Y, self.reference_point_) if len(Y) else 0.0
        self.hypervolume_ = volume

    def _show_best(
        self, table: dict[str, Any], rows: list[Row], refit_metric: Any, fit_params: Any
    ) -> None:
        super()._show_best(table, rows, self._main_score(), fit_params)

    def _front_of(self, table: dict[str, Any]) -> Any:
        """Return the rows that no other one beats, of those that meet constraints."""
        is_best = table["pareto_rank"] == 1
        if "violation" in table:
            is_best &= table["violation"] == 0.0
        front = np.flatnonzero(is_best)
        first = table[f"mean_test_{self.objectives_[0]}"]
        return front[np.argsort(first[front], kind="stable")]

    def _choose(self, table: dict[str, Any], refit_metric: Any) -> tuple[int, Any]:
        front = self._front_of(table)
        if not len(front):  # whoever is nearest to meeting the constraints
            front = np.array([int(np.argmin(table["pareto_rank"]))])
        index = choose(self._prefer(), table, front, self.objectives_)
        is_name = isinstance(self.refit, str) and self.refit in self.pareto_scores_
        return index, self.refit if is_name else None
