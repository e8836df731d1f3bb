"""Each check of the suite finds the defect that it is for.

The defects are planted in RandomizedSearchCV. Ctrl-C and dying workers need no plant:
test_check_search_estimator.py shows that scikit-learn's own searches fail those checks.
"""

import copy
import re
import sys
import time
from unittest import SkipTest

import numpy as np
import pytest
from joblib import effective_n_jobs
from scipy.stats import randint, rankdata
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import ParameterSampler, RandomizedSearchCV

from sksearch.testing import search_checks

try:
    from joblib.externals import cloudpickle
except ImportError:  # since joblib 1.6 a package of its own
    import cloudpickle

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # not there for workers

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


class OwnLoop(RandomizedSearchCV):
    """Not broken: evaluates what it samples, as its subclasses say."""

    def _run_search(self, evaluate_candidates):
        space, seed = self.param_distributions, self.random_state
        sampler = ParameterSampler(space, self.n_iter, random_state=seed)
        self._evaluate(list(sampler), evaluate_candidates)

    def _evaluate(self, candidates, evaluate_candidates):
        evaluate_candidates(candidates)


class LeavesOneOut(OwnLoop):
    def _evaluate(self, candidates, evaluate_candidates):
        evaluate_candidates(candidates[1:])


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


class OneByOne(OwnLoop):
    """Splits anew for each candidate, and takes a failing one for a failed search."""

    def _evaluate(self, candidates, evaluate_candidates):
        for candidate in candidates:
            evaluate_candidates([candidate])


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


class Accumulates(OwnLoop):
    def _evaluate(self, candidates, evaluate_candidates):
        self._all = [*getattr(self, "_all", []), *candidates]
        evaluate_candidates(self._all)


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
        np.random.seed(0)
        return super().fit(X, y, **params)


class NeverEndsTheSearch(RandomizedSearchCV):
    def _run_search(self, evaluate_candidates, *, callback_ctx=None):
        context = callback_ctx.subcontext(
            task_name="search", max_subtasks=None, sequential_subtasks=False
        )
        context.call_on_fit_task_begin(estimator=self)
        sampler = ParameterSampler(self.param_distributions, self.n_iter)
        evaluate_candidates(sampler, callback_ctx=context)


class KeepsCallbacks(RandomizedSearchCV):
    def set_callbacks(self, *callbacks):
        return super().set_callbacks(*callbacks) if callbacks else self


class SilencesItsEstimator(RandomizedSearchCV):
    def fit(self, X, y=None, **params):
        self.estimator = clone(self.estimator).set_callbacks()
        return super().fit(X, y, **params)


class TakesNoCallbacks(RandomizedSearchCV):
    def set_callbacks(self, *callbacks):
        return self


BROKEN = {
    "check_tags_follow_estimator": (ForgetsTags, "is_classifier"),
    "check_nested_cv_on_sorted_labels": (ForgetsTags, "0.0"),
    "check_constructor_arguments_stay": (ReplacesNone, "changes n_jobs"),
    "check_clone": (ClonesWithResults, "cv_results_"),
    "check_pickle": (KeepsData, "holds X"),
    "check_estimator_is_untouched": (FitsWhatItIsGiven, "before"),
    "check_sklearn_estimator_checks": (ReturnsNone, "fit_returns_self"),
    "check_cv_results_schema": (ListsForArrays, "mean_fit_time is a"),
    "check_same_table_as_grid_search": (LeavesOneOut, "len("),
    "check_multimetric": (TakesTheFirstScore, "best_index_"),
    "check_multimetric_refit_true": (AsksForNoDecision, "is accepted"),
    "check_refit_callable": (IgnoresCallable, "not obeyed"),
    "check_refit_false": (AlwaysRefits, "best_estimator_"),
    "check_one_failed_fold": (MeansOfWhatIsLeft, "nan"),
    "check_one_failing_candidate": (Aborts, "failing with quality"),
    "check_failing_scorer": (Aborts, "failing with quality"),
    "check_first_candidates_fail": (OneByOne, "All the 2 fits failed"),
    "check_all_fits_fail": (ExplainsNothing, "lacks 'All the 12 fits failed'"),
    "check_error_score_raise": (ExplainsNothing, "failing with quality"),
    "check_routing_without_metadata": (PassesGroupsAlways, "{'groups'}"),
    "check_routing_groups": (DropsGroups, "'groups' parameter should not be None"),
    "check_routing_weights": (DropsMetadata, "expected"),
    "check_routing_refuses_unrequested": (DropsMetadata, "are accepted"),
    "check_routing_nested": (DropsGroups, "'groups' parameter should not be None"),
    "check_weights_follow_rows": (DropsMetadata, "('fit', False): 7"),
    "check_same_results_for_any_n_jobs": (SeedsByJobs, "n_jobs=2"),
    "check_folds_are_the_same_for_all": (OneByOne, "folds of its own"),
    "check_splits_of_any_kind": (OneByOne, "only once"),
    "check_lists_are_choices": (PairsAreRanges, "[1, 10] became"),
    "check_methods_follow_estimator": (HasEveryMethod, "'predict_proba') is True"),
    "check_feature_names": (TakesArraysOnly, "feature_names_in_"),
    "check_dtypes": (TakesArraysOnly, "DataFrame"),
    "check_sparse_data": (TakesArraysOnly, "container"),
    "check_two_fits_in_threads": (SharesItsSpace, "param_"),
    "check_global_random_state": (SeedsTheProcess, "not equal"),
    "check_fit_again": (Accumulates, "== 3"),
    "check_callbacks_are_balanced": (NeverEndsTheSearch, "unbalanced"),
    "check_callbacks_of_failing_fits": (NeverEndsTheSearch, "unbalanced"),
    "check_without_callbacks": (KeepsCallbacks, "read_events"),
    "check_scoring_monitor": (SilencesItsEstimator, "No logs to retrieve"),
    "check_progress_bar": (TakesNoCallbacks, "five fits have 0 lines"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_defect_is_found(name):
    search, reason = BROKEN[name]
    check = dict(search_checks(search))[name]
    try:
        check()
    except SkipTest as skipped:
        pytest.skip(str(skipped))
    except AssertionError as error:
        message = str(error)
    else:
        message = "passed"
    assert re.match(rf"row \d+, {name}: ", message)
    assert reason in message


def test_every_check_is_shown_to_fail():
    names = {name for name, _ in search_checks(RandomizedSearchCV)}
    assert names == {*BROKEN, *FAILED_BY_SCIKIT_LEARN}
