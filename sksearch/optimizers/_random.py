"""Random search."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sksearch.history import History
from sksearch.optimizers._base import Proposal

__all__ = ["Random"]


@dataclass(frozen=True)
class Random:
    """Draw each point from the distributions of the space, without repeats.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import History, Trial
    >>> from sksearch.optimizers import Random
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=1)
    >>> history.record(Trial(0, {"C": 10}))
    >>> Random().ask(history, np.random.default_rng(0)).params
    {'C': 1}
    """

    max_pending: ClassVar[int] = 1000

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose a point that no trial has.

        Parameters
        ----------
        history : History
            The log so far.
        rng : numpy.random.Generator
            Where the point comes from.

        Returns
        -------
        proposal : Proposal or None
            None when every point of a finite space has been tried.
        """
        params = history.space.sample(rng, exclude=history.keys)
        return None if params is None else Proposal(params, {"by": "random"})
