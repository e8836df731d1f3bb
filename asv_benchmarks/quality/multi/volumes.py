"""How much of the best volume some points dominate.

Losses: smaller is better, as these problems are written. Every objective is scaled by
the ideal, the best that each can be alone, and by a reference point, so that the volume
lies in the unit cube; it is divided by that of the true front.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from asv_benchmarks.quality.interface import Array, Params, Space
from sksearch._pareto import hypervolume, is_nondominated

__all__ = ["MultiProblem", "Scale", "reference"]

_BEYOND = 0.1  # of the front's range: how far the reference point lies beyond its ends


@dataclass(frozen=True, eq=False)
class Scale:
    """In which units the objectives of a problem count.

    Parameters
    ----------
    ideal, reference : ndarray of shape (m,)
        The best of each objective, and the losses from which on nothing counts.
    best : float, default=1.0
        The volume of the true front in these units.
    """

    ideal: Array
    reference: Array
    best: float = 1.0

    def share(self, losses: Array) -> float:
        """Return the volume of some points, shape (n, m), as a share of the best."""
        return self.volume(losses) / self.best

    def volume(self, losses: Array) -> float:
        """Return the volume of some points in units of the box."""
        gains = (self.reference - losses) / (self.reference - self.ideal)
        front = gains[is_nondominated(gains)]
        return float(hypervolume(front, np.zeros(len(self.ideal))))


@dataclass(frozen=True, eq=False)
class MultiProblem:
    """What methods are compared on; the kinds of problems inherit from it.

    Parameters
    ----------
    name : str
        The task.
    space : dict of str to list or tuple
        What may be tried.
    scale : Scale
        In which units its objectives count.
    """

    name: str
    space: Space
    scale: Scale

    @property
    def n_objectives(self) -> int:
        """How many there are."""
        return len(self.scale.ideal)

    def evaluate(self, params: Params, seed: int, number: int) -> Array:
        """Return what a method is told: the losses, with noise if there is any.

        The noise follows from the seed of the run and the number of the evaluation, so
        that all methods meet the same.
        """
        return self.losses(params)

    def losses(self, params: Params) -> Array:
        """Return the losses without noise, shape (m,)."""
        raise NotImplementedError

    def share(self, points: Sequence[Params]) -> float:
        """Return which share of the best volume some points dominate."""
        return self.scale.share(np.array([self.losses(point) for point in points]))


def reference(ideal: Array, nadir: Array, losses: Array) -> Array:
    """Return where nothing counts any more.

    A tenth beyond the worst of the front, so that its ends count; and no better than
    the median of points at random, so that there is something to see before a search
    gets near the front.

    Parameters
    ----------
    ideal, nadir : ndarray of shape (m,)
        The best and the worst of each objective on the true front.
    losses : ndarray of shape (n, m)
        Of points at random, or of all.
    """
    return np.maximum(nadir + _BEYOND * (nadir - ideal), np.median(losses, axis=0))
