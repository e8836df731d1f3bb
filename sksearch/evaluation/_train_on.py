"""One candidate, trained from where its checkpoint left it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sksearch.evaluation._checkpoints import Checkpoints
from sksearch.evaluation._curves import curve_resources
from sksearch.evaluation._devices import device_of
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._lineage import taken_over, train_along
from sksearch.evaluation._seeding import generator_states, generators_from
from sksearch.evaluation._training import Training

__all__ = ["TrainOn"]


@dataclass(frozen=True)
class TrainOn:
    """Trains a candidate up to a resource, from where it was if that is known.

    Parameters
    ----------
    training : Training
        How its resource is spent.
    checkpoints : Checkpoints
        Where it is kept between two segments.
    min_resource, max_resource : int
        The bounds of the resource: at the upper one nothing is kept any more.
    tell : callable or None, default=None
        Nets that differ in numbers of their optimizers only are trained as one; is
        given the reason where others are not. None trains each alone.
    """

    training: Training
    checkpoints: Checkpoints
    min_resource: int
    max_resource: int
    tell: Callable[[str], None] | None = None

    @property
    def continues(self) -> bool:
        """Whether a segment goes on from the one before it."""
        return self.training.continues

    def curve(self, fit: Fit, estimator: Any) -> Iterator[tuple[int, Any]]:
        """Yield what a candidate was after less training, where that is still known.

        Parameters
        ----------
        fit : Fit
            What was trained.
        estimator : estimator
            The trained candidate.

        Yields
        ------
        resource : int
            From the smallest one on; nothing below the highest rung.
        estimator : estimator
            The candidate as it was.
        """
        if fit.resource < self.max_resource:
            return
        for resource in curve_resources(self.min_resource, self.max_resource):
            shorter = self.training.shortened(estimator, resource)
            if shorter is None:
                return
            yield resource, shorter

    def __call__(
        self, fit: Fit, estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
    ) -> Any:
        """Train, and keep what the next segment needs.

        Parameters
        ----------
        fit : Fit
            Which trial, how far, and to which resources it was trained before.
        estimator : estimator
            With the trial's parameters, not fitted.
        X, y : array-like
            The training rows.
        params : dict
            What the user passes to `fit`, for these rows.

        Returns
        -------
        estimator : estimator
            The trained one.
        """
        training = self.training
        if not training.continues:
            training.advance(estimator, X, y, 0, fit.resource, params)
            return estimator
        if fit.ready is not None:
            return self._taken(fit, X, y)
        device = device_of(estimator)
        path, kept = fit.path, self.checkpoints.load(fit)
        model, start, states = None, 0, None
        if kept is not None:
            state, states = kept
            [(before, start), (trial, _)] = path[-2:]
            model = taken_over(training, estimator, state, before, trial, X, y)
            path = path[-1:]
        with generators_from(states, device):
            # Segment by segment also where it begins again: the seeds of some
            # libraries are those of a segment.
            trained = train_along(training, estimator, path, X, y, params, model, start)
            if fit.resource < self.max_resource:
                # Before it is scored: to predict draws from torch's generator.
                self.checkpoints.save(
                    fit, (training.state(trained), generator_states(device))
                )
        training.finish(trained, X, y)
        return trained

    def _taken(self, fit: Fit, X: Any, y: Any) -> Any:
        """Return a candidate that has been trained with others, and keep its state."""
        assert fit.ready is not None
        trained, states = fit.ready
        if fit.resource < self.max_resource:
            self.checkpoints.save(fit, (self.training.state(trained), states))
        self.training.finish(trained, X, y)
        return trained
