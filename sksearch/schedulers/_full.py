"""Every trial is evaluated once, in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.history import History, Task
from sksearch.schedulers._base import Start, given


@dataclass(frozen=True)
class FullEvaluation:
    """Start `n_trials` trials, each on every fold.

    Parameters
    ----------
    n_trials : int
        How many.
    initial_params : sequence of dict, default=()
        The parameters of the first trials, before the optimizer is asked.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import History, Trial
    >>> from sksearch.schedulers import FullEvaluation
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=1)
    >>> FullEvaluation(1).schedule(history, np.random.default_rng(0))
    Start(resource=1, params=None, parent=None, tags={})
    """

    n_trials: int
    initial_params: Sequence[Mapping[str, Any]] = ()

    def schedule(
        self, history: History, rng: np.random.Generator
    ) -> Start | Task | None:
        """Return the start of the next trial until there are enough.

        Parameters
        ----------
        history : History
            The log so far.
        rng : numpy.random.Generator
            Not used.

        Returns
        -------
        decision : Start or None
            What comes next.
        """
        if len(history.trials) >= self.n_trials:
            return None
        return Start(params=given(self.initial_params, history))
