"""What one fit is asked for: which trial, on which fold, how far and from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sksearch.history import Trial

__all__ = ["Fit", "Segment"]

Segment = tuple[Trial, int]  # who was trained, and up to which resource


@dataclass(frozen=True, slots=True)
class Fit:
    """One fit to run: a trial on a fold, up to a resource.

    Parameters
    ----------
    trial : Trial
        Which parameters.
    resource : int
        How far.
    fold : int
        On which split.
    earlier : tuple of int, default=()
        The resources that the trial was trained to before, in rising order.
    context : object, default=None
        The callback context of scikit-learn for this fit.
    before : dict of str to float, default={}
        The scores of the training that this one goes on from, where they are needed.
    inherited : tuple of (Trial, int), default=()
        Whose trainings the trial went on from when it started, as
        `History.inherited` tells them.
    together : bool, default=False
        Whether it travels with fits that are trained with it as one net.
    ready : tuple or None, default=None
        What has been trained so, and the states of the generators then.
    """

    trial: Trial
    resource: int
    fold: int
    earlier: tuple[int, ...] = ()
    context: Any = None
    before: Mapping[str, float] = field(default_factory=dict)
    inherited: tuple[Segment, ...] = ()
    together: bool = False
    ready: tuple[Any, Any] | None = None

    @property
    def path(self) -> tuple[Segment, ...]:
        """All trainings that lead to the result of this fit, itself the last."""
        own = ((self.trial, resource) for resource in (*self.earlier, self.resource))
        return *self.inherited, *own

    @property
    def key(self) -> tuple[int, int, int]:
        """What tells this fit from every other of its search."""
        return self.trial.id, self.resource, self.fold
