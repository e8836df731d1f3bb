"""Training the last step of a pipeline."""

import copy
from dataclasses import dataclass
from typing import Any

from sksearch.evaluation._heads import transformed
from sksearch.evaluation._training import Params, Training

__all__ = ["LastStep"]


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
        X, y, of_last = transformed(estimator, X, y, params, start > 0)
        self.training.advance(estimator[-1], X, y, start, stop, of_last)

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Fit the head, and train the last step on all rows."""
        X, y, of_last = transformed(estimator, X, y, params, False)
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

    def may_change(self, estimator: Any, name: str, value: Any) -> bool:
        """Tell it of the last step: the steps before it are fitted once."""
        step, _, inner = name.partition("__")
        is_of_last = step == self.step and inner != ""
        last = estimator.steps[-1][1]
        return is_of_last and self.training.may_change(last, inner, value)

    def change(self, estimator: Any, old: Params, new: Params) -> None:
        """Change parameters of the last step."""
        of_last = [
            {name.partition("__")[2]: value for name, value in params.items()}
            for params in (old, new)
        ]
        self.training.change(estimator[-1], *of_last)
