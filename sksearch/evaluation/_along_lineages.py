"""Candidates of one log, trained as they came to be in another one."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sksearch.evaluation._fits import Fit, Segment
from sksearch.evaluation._train_on import TrainOn

__all__ = ["AlongLineages"]


@dataclass(frozen=True)
class AlongLineages:
    """Trains a listed candidate from the beginning, along the path that led to it.

    Parameters
    ----------
    train : TrainOn
        How candidates are trained; without checkpoints.
    paths : dict of int to tuple of (Trial, int)
        By the number of a candidate in the other log, which is the tag "candidate":
        who was trained up to which resource, itself the last.
    """

    train: TrainOn
    paths: Mapping[int, tuple[Segment, ...]]

    @property
    def continues(self) -> bool:
        """Whether segments go on from each other."""
        return self.train.continues

    def curve(self, fit: Fit, estimator: Any) -> Iterator[tuple[int, Any]]:
        """Yield nothing: each generation is a point of the curve."""
        yield from ()

    def __call__(
        self, fit: Fit, estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
    ) -> Any:
        """Return the candidate, trained on the rows of the fit."""
        *inherited, (trial, _) = self.paths[fit.trial.tags["candidate"]]
        # By its number in the other log: those of this one are those of others there.
        original = dataclasses.replace(
            fit, trial=trial, earlier=(), inherited=tuple(inherited)
        )
        return self.train(original, estimator, X, y, params)
