"""Every point of a finite space, in grid order."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from sksearch.history import History
from sksearch.optimizers._base import Proposal, next_point
from sksearch.space import SearchSpace

__all__ = ["Grid"]


@dataclass(frozen=True)
class Grid:
    """Take the points of a finite space in the order of scikit-learn's ParameterGrid.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import History
    >>> from sksearch.optimizers import Grid
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [10, 1]}), seed=0, n_splits=1)
    >>> Grid().ask(history, np.random.default_rng(0)).params
    {'C': 10}
    """

    max_pending: ClassVar[int] = 1000

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the first point of the grid that no trial has.

        Parameters
        ----------
        history : History
            The log so far.
        rng : numpy.random.Generator
            Not used.

        Returns
        -------
        proposal : Proposal or None
            None after the last point.
        """
        space = history.space
        grid = _grid(space)
        for point in range(next_point(history, "grid"), len(grid)):
            if space.key(grid[point]) not in history.keys:
                return Proposal(dict(grid[point]), {"by": "grid", "point": point})
        return None


# A memo of one search's points, so that a search does not enumerate them each time.
@lru_cache(maxsize=1)
def _grid(space: SearchSpace) -> list[dict[str, Any]]:
    return list(space.grid())
