"""Each check of the suite finds the defect that it is for.

The defects are planted in RandomizedSearchCV, most of them after a real search. Ctrl-C
and dying workers need no plant: test_check_search_estimator.py shows that scikit-learn's
own searches fail those checks.
"""

import copy
import time

import numpy as np
import pytest
from joblib import effective_n_jobs
from scipy.stats import randint, rankdata
from sklearn.base import BaseEstimator
from sklearn.model_selection import RandomizedSearchCV

from sksearch.testing import check_search_estimator, search_checks

FAILED_BY_SCIKIT_LEARN = {
    "check_ctrl_c_keeps_results",
    "check_ctrl_c_with_two_jobs",
    "check_worker_death",
}


class ForgetsTags(RandomizedSearchCV):
    def __sklearn_tags__(self):
        return BaseEstimator.__sklearn_tags__(self)


class ReplacesNone(RandomizedSearchCV):
    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_iter=10,
        cv=None,
        n_jobs=None,
        random_state=None,
    ):
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            cv=cv,
            n_jobs=1 if n_jobs is None else n_jobs,
            random_state=random_state,
        )


class ClonesWithResults(RandomizedSearchCV):
    def __sklearn_clone__(self):
        return copy.copy(self)


class KeepsData(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        self.rows_ = X
        return super().fit(X, y, **params)


class FitsWhatItIsGiven(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        super().fit(X, y, **params)
        self.estimator.fit(X, y)
        return self


class ReturnsNone(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        super().fit(X, y, **params)


class ListsForArrays(RandomizedSearchCV):
    def _format_results(self, *args, **kwargs):
        results = super()._format_results(*args, **kwargs)
        return {key: list(values) for key, values in results.items()}

    @staticmethod
    def _select_best_index(refit, refit_metric, results):
        return int(np.argmin(results[f"rank_test_{refit_metric}"]))


class LeavesOneOut(RandomizedSearchCV):
    def _run_search(self, evaluate_candidates):
        super()._run_search(lambda candidates: evaluate_candidates([*candidates][1:]))


class TakesTheFirstScore(RandomizedSearchCV):
    @staticmethod
    def _select_best_index(refit, refit_metric, results):
        return int(results["split0_test_" + refit_metric].argmin())


class AsksForNoDecision(RandomizedSearchCV):
    def _check_refit_for_multimetric(self, scores):
        self.refit = next(iter(scores))


class IgnoresCallable(RandomizedSearchCV):
    @staticmethod
    def _select_best_index(refit, refit_metric, results):
        return results[f"rank_test_{refit_metric}"].argmin()


class AlwaysRefits(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        super().fit(X, y, **params)
        if not self.refit and not self.multimetric_:
            self.best_estimator_ = self.estimator.set_params(**self.best_params_)
            self.best_estimator_.fit(X, y)
        return self


class MeansOfWhatIsLeft(RandomizedSearchCV):
    def _format_results(self, candidates, n_splits, out, more_results=None):
        results = super()._format_results(candidates, n_splits, out, more_results)
        splits = [results[f"split{k}_test_score"] for k in range(n_splits)]
        means = results["mean_test_score"] = np.nanmean(splits, axis=0)
        results["rank_test_score"] = rankdata(-means, "min").astype(np.int32)
        return results


class Aborts(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        self.error_score = "raise"
        return super().fit(X, y, **params)


class OneByOne(RandomizedSearchCV):
    """Splits anew for each candidate, and takes a failing one for a failed search."""

    def _run_search(self, evaluate_candidates):
        def one_by_one(candidates):
            for candidate in candidates:
                evaluate_candidates([candidate])

        super()._run_search(one_by_one)


class ExplainsNothing(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        try:
            return super().fit(X, y, **params)
        except Exception:
            raise ValueError("The search has failed.") from None


class PassesGroupsAlways(RandomizedSearchCV):
    def fit(self, X, y=None, groups=None, **params):
        return super().fit(X, y, groups=groups, **params)


class DropsMetadata(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        return super().fit(X, y)


class DropsGroups(RandomizedSearchCV):
    def fit(self, X, y=None, groups=None, **params):
        return super().fit(X, y, **params)


class SeedsByJobs(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        self.random_state = effective_n_jobs(self.n_jobs)
        return super().fit(X, y, **params)


class PairsAreRanges(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        for name, values in self.param_distributions.items():
            if len(values) == 2 and all(type(value) is int for value in values):
                self.param_distributions = {name: randint(*values)}
        return super().fit(X, y, **params)


class HasEveryMethod(RandomizedSearchCV):
    def predict_proba(self, X):
        return self.best_estimator_.predict_proba(X)


class Accumulates(RandomizedSearchCV):
    def _run_search(self, evaluate_candidates):
        def with_earlier(candidates):
            self._all = [*getattr(self, "_all", []), *candidates]
            evaluate_candidates(self._all)

        super()._run_search(with_earlier)


class TakesArraysOnly(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        X = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
        return super().fit(X, y, **params)


class SharesItsSpace(RandomizedSearchCV):
    space = None

    def fit(self, X, y=None, **params):
        SharesItsSpace.space = self.param_distributions
        time.sleep(0.1)
        self.param_distributions = SharesItsSpace.space
        return super().fit(X, y, **params)


class SeedsTheProcess(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        np.random.seed(0)  # noqa: NPY002 - the defect
        return super().fit(X, y, **params)


class NeverEndsTheSearch(RandomizedSearchCV):
    def _run_search(self, evaluate_candidates, *, callback_ctx=None):
        context = callback_ctx.subcontext(
            task_name="search", max_subtasks=None, sequential_subtasks=False
        )
        context.call_on_fit_task_begin(estimator=self)
        super()._run_search(
            lambda candidates, **_: evaluate_candidates(
                candidates, callback_ctx=context
            ),
            callback_ctx=callback_ctx,
        )


class KeepsCallbacks(RandomizedSearchCV):
    def set_callbacks(self, *callbacks):
        return super().set_callbacks(*callbacks) if callbacks else self


BROKEN = {
    "check_tags_follow_estimator": ForgetsTags,
    "check_nested_cv_on_sorted_labels": ForgetsTags,
    "check_constructor_arguments_stay": ReplacesNone,
    "check_clone": ClonesWithResults,
    "check_pickle": KeepsData,
    "check_estimator_is_untouched": FitsWhatItIsGiven,
    "check_sklearn_estimator_checks": ReturnsNone,
    "check_cv_results_schema": ListsForArrays,
    "check_same_table_as_grid_search": LeavesOneOut,
    "check_multimetric": TakesTheFirstScore,
    "check_multimetric_refit_true": AsksForNoDecision,
    "check_refit_callable": IgnoresCallable,
    "check_refit_false": AlwaysRefits,
    "check_one_failed_fold": MeansOfWhatIsLeft,
    "check_one_failing_candidate": Aborts,
    "check_failing_scorer": Aborts,
    "check_first_candidates_fail": OneByOne,
    "check_all_fits_fail": ExplainsNothing,
    "check_error_score_raise": ExplainsNothing,
    "check_routing_without_metadata": PassesGroupsAlways,
    "check_routing_groups": DropsGroups,
    "check_routing_weights": DropsMetadata,
    "check_routing_refuses_unrequested": DropsMetadata,
    "check_routing_nested": DropsGroups,
    "check_weights_follow_rows": DropsMetadata,
    "check_same_results_for_any_n_jobs": SeedsByJobs,
    "check_folds_are_the_same_for_all": OneByOne,
    "check_splits_of_any_kind": OneByOne,
    "check_lists_are_choices": PairsAreRanges,
    "check_methods_follow_estimator": HasEveryMethod,
    "check_feature_names": TakesArraysOnly,
    "check_dtypes": TakesArraysOnly,
    "check_sparse_data": TakesArraysOnly,
    "check_two_fits_in_threads": SharesItsSpace,
    "check_global_random_state": SeedsTheProcess,
    "check_fit_again": Accumulates,
    "check_callbacks_are_balanced": NeverEndsTheSearch,
    "check_callbacks_of_failing_fits": NeverEndsTheSearch,
    "check_without_callbacks": KeepsCallbacks,
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_defect_is_found(name):
    with pytest.raises(AssertionError, match=rf"row \d+, {name}: "):
        outcomes = check_search_estimator(BROKEN[name], checks=[name])
        if outcomes[name].startswith("skipped"):
            pytest.skip(outcomes[name])


def test_every_check_is_shown_to_fail():
    names = {name for name, _ in search_checks(RandomizedSearchCV)}
    assert names == {*BROKEN, *FAILED_BY_SCIKIT_LEARN}
