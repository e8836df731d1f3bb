"""Population-based training: the worst go on from the state of the best."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sksearch.history import History, Task
from sksearch.schedulers._bandit import Bandit
from sksearch.schedulers._base import Start, given
from sksearch.schedulers._explore import Explore

__all__ = ["Population"]


@dataclass(frozen=True)
class Population:
    """Train members side by side, and let the worst take over from the best.

    All members are trained by one step. Then those in the lowest quantile, and those
    that have failed, are each replaced by a new trial: it goes on from the state of one
    of the highest quantile (exploit), with its parameters moved (explore). All others
    go on as they are. Which trials are members of a generation is who was trained to
    its resource; the tag "member" of a trial says whose place it has.

    Parameters
    ----------
    resources : sequence of int
        At which members are compared, in rising order; the last one is the end.
    size : int
        How many members there are.
    quantile : float, default=0.25
        The share that is replaced, at least one member and at most half of them.
    explore : Explore or Bandit, default=Explore()
        Says with which parameters a member goes on.
    initial_params : sequence of dict, default=()
        The parameters of the first members, before the optimizer is asked.
    waits : bool, default=True
        Whether a generation is compared when all of it are there; else each member with
        those that are there already.

    References
    ----------
    .. [1] M. Jaderberg, V. Dalibard, S. Osindero, W. M. Czarnecki, J. Donahue, A.
       Razavi, O. Vinyals, T. Green, I. Dunning, K. Simonyan, C. Fernando and K.
       Kavukcuoglu, "Population Based Training of Neural Networks", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.schedulers import Population
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"lr": (0.1, 0.9)}), seed=0, n_splits=1)
    >>> scheduler, rng = Population((1, 2), size=2), np.random.default_rng(0)
    >>> for number, lr in enumerate([0.2, 0.5]):
    ...     start = scheduler.schedule(history, rng)
    ...     history.record(Trial(number, {"lr": lr}, start.resource, tags=start.tags))
    ...     history.record(Evaluation(number, 1, fold=0, scores={"score": lr}))
    >>> start = scheduler.schedule(history, rng)
    >>> start.parent, start.resource, start.tags
    (1, 2, {'by': 'explore', 'member': 0})
    """

    resources: Sequence[int]
    size: int
    quantile: float = 0.25
    explore: Explore | Bandit = field(default_factory=Explore)
    initial_params: Sequence[Mapping[str, Any]] = ()
    waits: bool = True

    def schedule(
        self, history: History, rng: np.random.Generator
    ) -> Start | Task | None:
        """Return the next decision.

        Parameters
        ----------
        history : History
            The log so far.
        rng : numpy.random.Generator
            Draws parents and parameters.

        Returns
        -------
        decision : Start, Task or None
            Who goes on, of the generation that is farthest; else a new member.
        """
        for low, high in reversed(list(itertools.pairwise(self.resources))):
            for trial_id in self._ready(history, low, high):
                decision = self._next(history, trial_id, low, high, rng)
                if decision is not None:
                    return decision
        number = len(history.trained(self.resources[0]))
        if number >= self.size:
            return None
        params = given(self.initial_params, history)
        return Start(self.resources[0], params, tags={"member": number})

    def _ready(self, history: History, low: int, high: int) -> list[int]:
        """Return who is done at a resource and has not gone on, by member."""
        done, further = history.settled(low), history.trained(high)
        if len(further) >= self.size or (self.waits and len(done) < self.size):
            return []
        gone = {_member(history, trial_id) for trial_id in further}
        ready = [i for i in done if _member(history, i) not in gone]
        return sorted(ready, key=lambda trial_id: _member(history, trial_id))

    def _next(
        self,
        history: History,
        trial_id: int,
        low: int,
        high: int,
        rng: np.random.Generator,
    ) -> Start | Task | None:
        """Let a member go on, or put another in its place; None where there is none."""
        done = history.settled(low)
        ranked = history.ranked(low, done)
        n = min(math.ceil(self.quantile * len(done) - 1e-9), len(done) // 2)
        if trial_id in ranked[: len(done) - n]:
            return Task(trial_id, high)
        if not ranked:
            return None
        best = ranked[: max(n, 1)]
        parent = best[int(rng.integers(len(best)))]
        params = self.explore.heir(history, parent, high, rng)
        tags = {"by": "explore", "member": _member(history, trial_id)}
        return Start(high, params, parent, tags)

    def lowest(self, history: History) -> int:
        """Return the lowest resource from which somebody may still go on.

        Parameters
        ----------
        history : History
            The log so far.

        Returns
        -------
        resource : int
            0 while members begin.
        """
        found: set[int] = set()
        for before, resource in reversed(
            list(itertools.pairwise((0, *self.resources)))
        ):
            found |= {_member(history, i) for i in history.trained(resource)}
            if len(found) >= self.size:  # the slowest of them is here
                at_work = {at for _, at in history.open_tasks()}
                return before if resource in at_work else resource
        return 0


def _member(history: History, trial_id: int) -> int:
    return int(history.trials[trial_id].tags["member"])
