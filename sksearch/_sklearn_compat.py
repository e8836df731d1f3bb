"""Every private name of scikit-learn that sksearch uses, in one place.

Checked against scikit-learn 1.6 to 1.9. What differs between those versions is
settled here, so that no other module asks for a version.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator, _clone_parametrized, _fit_context
from sklearn.metrics._scorer import (
    _BaseScorer,
    _MultimetricScorer,
    _PassthroughScorer,
)
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._split import GroupsConsumerMixin, _CVIterableWrapper
from sklearn.model_selection._validation import (
    _score,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils._param_validation import HasMethods, RealNotInt, StrOptions
from sklearn.utils._param_validation import Interval as _Interval
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

__all__ = [
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "NoCallbackContext",
    "RealNotInt",
    "StrOptions",
    "change_solver",
    "check_method_params",
    "clone_parametrized",
    "fit_context",
    "has_callbacks",
    "ignores_groups",
    "is_given_groups",
    "is_list_of_splits",
    "is_multimetric",
    "is_own_splitter",
    "is_passthrough",
    "num_samples",
    "response_methods",
    "root_callback_context",
    "routed_for_nesting",
    "safe_split",
    "score",
    "scorer_names",
    "scorer_parts",
    "scorers_by_name",
    "wants_groups",
    "warn_or_raise_about_fit_failures",
    "with_scorers",
]

check_method_params = _check_method_params
clone_parametrized = _clone_parametrized
fit_context = _fit_context
num_samples = _num_samples
safe_split = _safe_split
score = _score
warn_or_raise_about_fit_failures = _warn_or_raise_about_fit_failures


class Interval(_Interval):
    """Numbers between two ends; True is none, which Python calls an integer."""

    def is_satisfied_by(self, val: Any) -> bool:
        """Return whether a value is such a number."""
        return not isinstance(val, bool) and bool(super().is_satisfied_by(val))


def is_multimetric(scorer: Any) -> bool:
    """Whether a scorer bundles several named scorers."""
    return isinstance(scorer, _MultimetricScorer)


def is_passthrough(scorer: Any) -> bool:
    """Whether a scorer is an estimator's own `score`."""
    return isinstance(scorer, _PassthroughScorer)


def response_methods(scorer: Any) -> tuple[str, ...]:
    """Return the methods of which a scorer calls the first one that a model has.

    Empty where it is not known to look at predictions alone.
    """
    if not isinstance(scorer, _BaseScorer):
        return ()
    names = scorer._response_method
    return (names,) if isinstance(names, str) else tuple(names)


def scorer_parts(scorer: Any) -> tuple[Any, int, dict[str, Any]]:
    """Return a scorer's metric, its sign, and what it passes to the metric."""
    return scorer._score_func, int(scorer._sign), dict(scorer._kwargs)


def scorer_names(scorer: Any) -> list[str]:
    """Return the names under which a scorer reports, as far as they are known."""
    return list(scorer._scorers) if is_multimetric(scorer) else ["score"]


def scorers_by_name(scorer: Any) -> dict[str, Any]:
    """Return the scorers that a scorer consists of, a single one as "score"."""
    return dict(scorer._scorers) if is_multimetric(scorer) else {"score": scorer}


def with_scorers(scorer: Any, others: dict[str, Any]) -> Any:
    """Return a scorer with others in the place of some that it consists of."""
    if not is_multimetric(scorer):
        return others["score"]
    scorers = {**scorer._scorers, **others}
    return _MultimetricScorer(scorers=scorers, raise_exc=scorer._raise_exc)


class NoCallbackContext:
    """Stands in for `sklearn.callback.CallbackContext`, which exists from 1.9 on."""

    def subcontext(self, **task: Any) -> "NoCallbackContext":
        """Return itself: there is nothing below it either."""
        return self

    def call_on_fit_task_begin(self, **task: Any) -> "NoCallbackContext":
        """Do nothing."""
        return self

    def call_on_fit_task_end(self, **task: Any) -> bool:
        """Do nothing."""
        return False

    @contextlib.contextmanager
    def propagate_callback_context(self, estimator: BaseEstimator) -> Iterator[None]:
        """Do nothing."""
        yield


def root_callback_context(search: BaseSearchCV, max_subtasks: int) -> Any:
    """Return the callback context of a fit, or its stand-in before 1.9."""
    if not hasattr(search, "_init_callback_context"):
        return NoCallbackContext()
    return search._init_callback_context(max_subtasks=max_subtasks)


def has_callbacks(search: BaseSearchCV) -> bool:
    """Whether any callback listens to a search or to an estimator inside it."""
    if hasattr(search, "_parent_callback_ctx"):
        return True
    parts = [search, search.estimator]
    if hasattr(search.estimator, "get_params"):
        parts += search.estimator.get_params(deep=True).values()
    return any(getattr(part, "_skl_callbacks", None) for part in parts)


def ignores_groups(splitter: Any) -> bool:
    """Whether a splitter of scikit-learn does not look at groups."""
    # What wraps an iterable has its folds already.
    ours = is_own_splitter(splitter) and not is_list_of_splits(splitter)
    return ours and not wants_groups(splitter)


def wants_groups(splitter: Any) -> bool:
    """Whether a splitter of scikit-learn cannot do without groups."""
    return isinstance(splitter, GroupsConsumerMixin)


def is_given_groups(splitter: Any) -> bool:
    """Whether groups that are passed to a search arrive at its splitter."""
    if not _routing_enabled() or is_list_of_splits(splitter):
        return True
    return bool(get_routing_for_object(splitter).consumes("split", ["groups"]))


def is_list_of_splits(splitter: Any) -> bool:
    """Whether `check_cv` has made a splitter of an iterable."""
    return isinstance(splitter, _CVIterableWrapper)


def is_own_splitter(splitter: Any) -> bool:
    """Whether a splitter is scikit-learn's, which looks at no X."""
    return type(splitter).__module__.startswith("sklearn.")


def routed_for_nesting(
    search: Any, scorer: Any, params: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of `params` goes to a search's `fit` and what to a scorer."""
    if not _routing_enabled():
        return params, {}
    fit, score = (
        MethodMapping().add(caller="fit", callee=callee) for callee in ("fit", "score")
    )
    router = MetadataRouter(owner="nested_cross_validate")
    router = router.add(estimator=search, method_mapping=fit)
    router = router.add(scorer=scorer, method_mapping=score)
    routed = process_routing(_Owner(router), "fit", **params)
    return dict(routed.estimator.fit), dict(routed.scorer.score)


class _Owner:
    """Has a router, which is what `process_routing` asks for."""

    def __init__(self, router: MetadataRouter) -> None:
        self._router = router

    def get_metadata_routing(self) -> MetadataRouter:
        return self._router


_OF_SOLVER = {  # of perceptrons: what each parameter is called by their solver
    "beta_1": "beta_1",
    "beta_2": "beta_2",
    "epsilon": "epsilon",
    "learning_rate": "lr_schedule",
    "learning_rate_init": "learning_rate_init",
    "momentum": "momentum",
    "nesterovs_momentum": "nesterov",
    "power_t": "power_t",
}


def change_solver(estimator: Any, old: Any, new: Any) -> None:
    """Let the solver of a fitted perceptron go on with other parameters.

    It keeps those with which it began, whatever `set_params` says later.

    Parameters
    ----------
    estimator : estimator
        One of `sklearn.neural_network`; of others nothing is changed.
    old, new : dict
        Parameters that differ.
    """
    solver: Any = getattr(estimator, "_optimizer", None)
    if not hasattr(solver, "learning_rate_init"):
        return
    for name in new.keys() & _OF_SOLVER.keys():
        if hasattr(solver, _OF_SOLVER[name]):
            setattr(solver, _OF_SOLVER[name], new[name])
    if "learning_rate_init" in new:
        solver.learning_rate *= new["learning_rate_init"] / old["learning_rate_init"]
