"""Every private name of scikit-learn that sksearch uses, in one place.

Checked against scikit-learn 1.6 to 1.9. What differs between those versions is
settled here, so that no other module asks for a version.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator, _fit_context
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import (
    _score,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

__all__ = [
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "NoCallbackContext",
    "StrOptions",
    "check_method_params",
    "fit_context",
    "has_callbacks",
    "is_multimetric",
    "num_samples",
    "root_callback_context",
    "safe_split",
    "score",
    "scorer_names",
    "scorers_by_name",
    "warn_or_raise_about_fit_failures",
    "with_scorers",
]

check_method_params = _check_method_params
fit_context = _fit_context
num_samples = _num_samples
safe_split = _safe_split
score = _score
warn_or_raise_about_fit_failures = _warn_or_raise_about_fit_failures


def is_multimetric(scorer: Any) -> bool:
    """Whether a scorer bundles several named scorers."""
    return isinstance(scorer, _MultimetricScorer)


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
