"""Asynchronous successive halving."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.history import History, Task
from sksearch.schedulers._base import Start, given

__all__ = ["ASHA"]


@dataclass(frozen=True)
class ASHA:
    """Promote whoever is in the top of a rung now, without waiting for the others.

    Nobody ever waits, and now and then a trial is promoted that a full rung would not
    have taken, the less often the fuller the rung.

    Parameters
    ----------
    resources : sequence of int
        Of the rungs, in rising order, as `rung_resources` returns them.
    factor : float
        One in so many goes on.
    n_trials : int
        How many are started.
    initial_params : sequence of dict, default=()
        The parameters of the first trials, before the optimizer is asked.

    References
    ----------
    .. [1] L. Li, K. Jamieson, A. Rostamizadeh, E. Gonina, M. Hardt, B. Recht and A.
       Talwalkar, "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import History
    >>> from sksearch.schedulers import ASHA
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": range(9)}), seed=0, n_splits=1)
    >>> ASHA((1, 3, 9), 3, 27).schedule(history, np.random.default_rng(0)).resource
    1
    """

    resources: Sequence[int]
    factor: float
    n_trials: int
    initial_params: Sequence[Mapping[str, Any]] = ()

    def schedule(
        self, history: History, rng: np.random.Generator
    ) -> Start | Task | None:
        """Return the next decision.

        Parameters
        ----------
        history : History
            The log so far.
        rng : numpy.random.Generator
            Not used.

        Returns
        -------
        decision : Start, Task or None
            A promotion if one is due, to the highest rung first; else a new trial.
        """
        for low, high in reversed(list(itertools.pairwise(self.resources))):
            promoted = history.trained(high)
            for trial_id in self._top(history, low):
                if trial_id not in promoted:
                    return Task(trial_id, high)
        if len(history.trials) >= self.n_trials:
            return None
        params = given(self.initial_params, history)
        return Start(self.resources[0], params, tags={"bracket": 0})

    def _top(self, history: History, resource: int) -> list[int]:
        """Return who of a rung may go on: one in `factor` of those that are done."""
        n_done = len(history.settled(resource))
        return history.ranked(resource)[: int(n_done // self.factor)]

    def may_continue(self, history: History) -> set[int]:
        """Return the trials that may still be trained on.

        Parameters
        ----------
        history : History
            The log so far.

        Returns
        -------
        trial_ids : set of int
            Those in training, and all that have neither failed nor reached the highest
            rung: others may fall behind them until the end.
        """
        status = {trial.id: history.status(trial.id) for trial in history.trials}
        top = self.resources[-1]
        return {
            trial_id
            for trial_id, found in status.items()
            if found == "pending"
            or (found == "complete" and top not in history.resources(trial_id))
        }
