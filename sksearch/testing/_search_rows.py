"""The rows of the conformance suite for search estimators.

Each row is something that at least one widely used search gets wrong; its number is
the one that failure messages give.
"""

from sksearch.testing import (
    _check_callbacks,
    _check_contract,
    _check_data,
    _check_failures,
    _check_isolation,
    _check_results,
    _check_splits,
)
from sksearch.testing._factory import Check

ROWS: dict[int, tuple[Check, ...]] = {
    1: (_check_contract.check_tags_follow_estimator,),
    2: (_check_results.check_nested_cv_on_sorted_labels,),
    3: (
        _check_contract.check_constructor_arguments_stay,
        _check_contract.check_clone,
    ),
    4: (_check_contract.check_pickle,),
    5: (_check_contract.check_estimator_is_untouched,),
    6: (_check_contract.check_sklearn_estimator_checks,),
    7: (
        _check_results.check_cv_results_schema,
        _check_results.check_same_table_as_grid_search,
    ),
    8: (
        _check_results.check_multimetric,
        _check_results.check_multimetric_refit_true,
        _check_results.check_refit_callable,
        _check_results.check_refit_false,
    ),
    9: (
        _check_failures.check_one_failed_fold,
        _check_failures.check_one_failing_candidate,
        _check_failures.check_failing_scorer,
        _check_failures.check_first_candidates_fail,
        _check_failures.check_all_fits_fail,
        _check_failures.check_error_score_raise,
    ),
    10: (
        _check_data.check_routing_without_metadata,
        _check_data.check_routing_groups,
        _check_data.check_routing_weights,
        _check_data.check_routing_refuses_unrequested,
        _check_data.check_routing_nested,
    ),
    11: (_check_data.check_weights_follow_rows,),
    12: (_check_splits.check_same_results_for_any_n_jobs,),
    13: (
        _check_splits.check_folds_are_the_same_for_all,
        _check_splits.check_splits_of_any_kind,
    ),
    14: (_check_results.check_lists_are_choices,),
    15: (_check_contract.check_methods_follow_estimator,),
    16: (
        _check_data.check_feature_names,
        _check_data.check_dtypes,
        _check_data.check_sparse_data,
    ),
    17: (
        _check_isolation.check_two_fits_in_threads,
        _check_isolation.check_global_random_state,
    ),
    18: (_check_contract.check_fit_again,),
    19: (
        _check_failures.check_ctrl_c_keeps_results,
        _check_failures.check_ctrl_c_with_two_jobs,
        _check_failures.check_worker_death,
    ),
    20: (
        _check_callbacks.check_callbacks_are_balanced,
        _check_callbacks.check_callbacks_of_failing_fits,
        _check_callbacks.check_without_callbacks,
        _check_callbacks.check_scoring_monitor,
        _check_callbacks.check_progress_bar,
    ),
}
