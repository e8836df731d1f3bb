"""The steps of a pipeline before its last one."""

from collections.abc import Mapping
from typing import Any

import sklearn
from sklearn.base import BaseEstimator, clone
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.metadata_routing import get_routing_for_object, process_routing

__all__ = ["head_of", "is_pipeline", "last_step", "shared_out", "transformed"]

Params = Mapping[str, Any]


def is_pipeline(estimator: Any) -> bool:
    """Whether an estimator has steps of which the last one is trained."""
    return hasattr(estimator, "steps") and hasattr(estimator, "named_steps")


def last_step(estimator: Any) -> Any:
    """Return the last step of a pipeline, of any other estimator the estimator."""
    return last_step(estimator.steps[-1][1]) if is_pipeline(estimator) else estimator


def transformed(
    pipeline: Any, X: Any, y: Any, params: Params, is_fitted: bool
) -> tuple[Any, Any, dict[str, Any]]:
    """Return on what rows and targets the last step is trained, and its parameters."""
    head = head_of(pipeline)
    of_head, of_last = shared_out(pipeline, params)
    if head is None:
        return X, y, of_last
    changes_rows = _resamples(head)
    if is_fitted and not changes_rows and not _encodes_targets(head):
        return head.transform(X), y, of_last
    head = clone(head) if is_fitted else head
    if changes_rows:
        X, y = _resampled(head, X, y, of_head)
    else:
        X = head.fit_transform(X, y, **of_head)
    if not is_fitted:
        pipeline.steps[:-1] = head.steps[:-1]
    return X, y, of_last


class _Arrived(BaseEstimator):  # type: ignore[misc]
    """The last step of a head: keeps what reaches it."""

    def fit(self, X: Any, y: Any = None) -> "_Arrived":
        self.X_, self.y_ = X, y
        return self


def _resamples(head: Any) -> bool:
    """Whether rows come and go in it, as in pipelines of imbalanced-learn."""
    return any(hasattr(step, "fit_resample") for _, step in head.steps)


def _resampled(head: Any, X: Any, y: Any, params: Params) -> tuple[Any, Any]:
    """Fit a head; return the rows and targets that are left at its end.

    A `transform` leaves rows as they are: with a sampler before them, and the targets
    as they were, rows would learn the targets of others.
    """
    head.steps[-1] = (head.steps[-1][0], _Arrived())
    head.fit(X, y, **params)
    arrived = head.steps[-1][1]
    return arrived.X_, arrived.y_


def _encodes_targets(head: Any) -> bool:
    """Whether transforming the training rows again would tell them their own target."""
    parts = head.get_params(deep=True).values()
    return any(type(part).__name__ == "TargetEncoder" for part in parts)


def head_of(pipeline: Any) -> Any:
    """Return the pipeline with nothing as its last step, None if that is all.

    A pipeline with a memory looks all steps up in it but its last one, and asks the
    last one whether it is fitted, which not every transformer can tell.
    """
    if len(pipeline.steps) == 1:
        return None
    head = pipeline[:-1]
    head.steps = [*head.steps, (pipeline.steps[-1][0], FunctionTransformer())]
    return head


def shared_out(pipeline: Any, params: Params) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return which parameters of `fit` are the head's, and which the last step's."""
    if not params:
        return {}, {}
    last = pipeline.steps[-1][0]
    if not sklearn.get_config()["enable_metadata_routing"]:
        mine = {k: v for k, v in params.items() if k.partition("__")[0] == last}
        others = {k: v for k, v in params.items() if k not in mine}
        return others, {k.partition("__")[2]: v for k, v in mine.items()}
    routed = process_routing(pipeline, "fit", **params)
    head = head_of(pipeline)
    if head is None:
        return {}, dict(routed[last].fit)
    consumed = get_routing_for_object(head).consumes("fit_transform", params.keys())
    return {name: params[name] for name in consumed}, dict(routed[last].fit)
