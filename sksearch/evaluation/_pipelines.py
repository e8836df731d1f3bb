"""Training the last step of a pipeline."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sklearn
from sklearn.base import clone
from sklearn.utils.metadata_routing import get_routing_for_object, process_routing

from sksearch.evaluation._training import Training

__all__ = ["LastStep"]

Params = Mapping[str, Any]


@dataclass(frozen=True)
class LastStep:
    """Train the last step of a pipeline; the steps before it are fitted once.

    Parameters
    ----------
    step : str
        Its name.
    training : Training
        How it is trained.
    """

    step: str
    training: Training

    @property
    def resource(self) -> str:
        """The name of the resource, as of the pipeline."""
        inner = self.training
        is_parameter = inner.resource == inner.parameter
        return f"{self.step}__{inner.resource}" if is_parameter else inner.resource

    @property
    def parameter(self) -> str | None:
        """The parameter of the pipeline that holds it."""
        inner = self.training.parameter
        return inner and f"{self.step}__{inner}"

    @property
    def continues(self) -> bool:
        """Whether the last step is trained on."""
        return self.training.continues

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Fit the head at first, and train the last step on what it makes of the rows.

        Parameters
        ----------
        estimator : Pipeline
            The pipeline.
        X, y : array-like
            The training rows.
        start, stop : int
            The resource spent before and after.
        params : dict
            As for the pipeline's `fit`.
        """
        X, of_last = _transformed(estimator, X, y, params, start > 0)
        self.training.advance(estimator[-1], X, y, start, stop, of_last)

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Fit the head, and train the last step on all rows."""
        X, of_last = _transformed(estimator, X, y, params, False)
        self.training.refit(estimator[-1], X, y, resource, of_last)

    def finish(self, estimator: Any, X: Any, y: Any) -> None:
        """End the training of the last step."""
        self.training.finish(estimator[-1], X, y)

    def shortened(self, estimator: Any, resource: int) -> Any:
        """Return the pipeline with its last step as it was after less training."""
        name, last = estimator.steps[-1]
        shorter = self.training.shortened(last, resource)
        if shorter is None:
            return None
        pipeline = copy.copy(estimator)
        pipeline.steps = [*estimator.steps[:-1], (name, shorter)]
        return pipeline

    def state(self, estimator: Any) -> Any:
        """Return the fitted head, and the state of the last step."""
        return estimator.steps[:-1], self.training.state(estimator[-1])

    def restored(self, estimator: Any, state: Any, X: Any, y: Any) -> Any:
        """Return the pipeline with the head and the last step that were kept."""
        steps, of_last = state
        estimator.steps[:-1] = steps
        name, last = estimator.steps[-1]
        last = self.training.restored(last, of_last, X, y)
        estimator.steps[-1] = (name, last)
        return estimator


def _transformed(
    pipeline: Any, X: Any, y: Any, params: Params, is_fitted: bool
) -> tuple[Any, dict[str, Any]]:
    """Return what the last step is trained on, and its parameters of `fit`."""
    head = _head(pipeline)
    of_head, of_last = _shared_out(pipeline, head, params)
    if head is None:
        return X, of_last
    if is_fitted and not _encodes_targets(head):
        return head.transform(X), of_last
    if is_fitted:
        return clone(head).fit_transform(X, y, **of_head), of_last
    X = head.fit_transform(X, y, **of_head)
    pipeline.steps[:-1] = head.steps
    return X, of_last


def _encodes_targets(head: Any) -> bool:
    """Whether transforming the training rows again would tell them their own target."""
    parts = head.get_params(deep=True).values()
    return any(type(part).__name__ == "TargetEncoder" for part in parts)


def _head(pipeline: Any) -> Any:
    """Return the pipeline without its last step, None if that is all."""
    return pipeline[:-1] if len(pipeline.steps) > 1 else None


def _shared_out(
    pipeline: Any, head: Any, params: Params
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return which parameters of `fit` are the head's, and which the last step's."""
    if not params:
        return {}, {}
    last = pipeline.steps[-1][0]
    if not sklearn.get_config()["enable_metadata_routing"]:
        mine = {k: v for k, v in params.items() if k.partition("__")[0] == last}
        others = {k: v for k, v in params.items() if k not in mine}
        return others, {k.partition("__")[2]: v for k, v in mine.items()}
    routed = process_routing(pipeline, "fit", **params)
    if head is None:
        return {}, dict(routed[last].fit)
    consumed = get_routing_for_object(head).consumes("fit_transform", params.keys())
    return {name: params[name] for name in consumed}, dict(routed[last].fit)
