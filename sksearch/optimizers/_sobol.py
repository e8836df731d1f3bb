"""A space-filling design: scrambled Sobol points."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sksearch.history import History
from sksearch.optimizers._base import Proposal, next_point

__all__ = ["Sobol"]

Array = NDArray[np.float64]

_N_TRIES = 64


@dataclass(frozen=True)
class Sobol:
    """Take the next point of a scrambled Sobol sequence, without repeats.

    The sequence is scrambled by the seed of the search. A point that the constraint
    rejects, or that has been tried, is passed over; where that happens too often the
    point is drawn at random.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import History, Trial
    >>> from sksearch.optimizers import Sobol
    >>> from sksearch.space import Real, SearchSpace
    >>> history = History(SearchSpace({"x": Real(0.0, 1.0)}), seed=0, n_splits=1)
    >>> for i in range(8):
    ...     proposal = Sobol().ask(history, np.random.default_rng(i))
    ...     history.record(Trial(i, proposal.params, tags=proposal.tags))
    >>> sorted(int(8 * trial.params["x"]) for trial in history.trials)
    [0, 1, 2, 3, 4, 5, 6, 7]
    """

    max_pending: ClassVar[int] = 1000

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the next point of the sequence.

        Parameters
        ----------
        history : History
            The log so far; its seed scrambles the sequence.
        rng : numpy.random.Generator
            Used where the sequence has no new legal point to give.

        Returns
        -------
        proposal : Proposal or None
            None when every point of a finite space has been tried.
        """
        space = history.space
        first = next_point(history, "sobol")
        for point in range(first, first + _N_TRIES):
            u = _unit_point(space.n_coordinates, history.seed, point)
            params = space.from_unit(u)
            if space.key(params) not in history.keys and space.allows(params):
                return Proposal(params, {"by": "sobol", "point": point})
        drawn = space.sample(rng, exclude=history.keys)
        return (
            None if drawn is None else Proposal(drawn, {"by": "sobol", "point": point})
        )


def _unit_point(n_coordinates: int, seed: int, point: int) -> Array:
    points = sobol_points(n_coordinates, seed, 1 << max(6, point.bit_length()))
    return np.asarray(points[point])


# A memo: the first points of a longer sequence are those of a shorter one.
@lru_cache(maxsize=8)
def sobol_points(n_coordinates: int, seed: int, size: int) -> Array:
    """Return the first `size` (a power of 2) points of the sequence of a seed."""
    if n_coordinates == 0:
        return np.empty((size, 0))
    sequence = qmc.Sobol(n_coordinates, seed=np.random.default_rng(seed))
    points: Array = sequence.random(size)
    points.setflags(write=False)
    return points
