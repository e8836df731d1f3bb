"""Brackets of successive halving."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.history import History, Task
from sksearch.schedulers._base import Start, given
from sksearch.schedulers._rungs import Bracket

__all__ = ["Hyperband"]


@dataclass(frozen=True)
class Hyperband:
    """Train many trials a little, and ever fewer of them ever further.

    A bracket starts its trials at the resource of its first rung. Once a rung is full
    and finished its best trials go on to the next, and no others. Brackets follow each
    other; while results of one are awaited the next may begin.

    Parameters
    ----------
    brackets : sequence of Bracket
        As `bracket_plan` makes them.
    initial_params : sequence of dict, default=()
        The parameters of the first trials, before the optimizer is asked.

    References
    ----------
    .. [1] L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh and A. Talwalkar, "Hyperband:
       A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.schedulers import Hyperband, bracket_plan
    >>> from sksearch.space import SearchSpace
    >>> scheduler = Hyperband(bracket_plan((1, 3), 3))
    >>> history = History(SearchSpace({"C": range(9)}), seed=0, n_splits=1)
    >>> rng = np.random.default_rng(0)
    >>> for number in range(3):
    ...     start = scheduler.schedule(history, rng)
    ...     trial = Trial(number, {"C": number}, start.resource, tags=start.tags)
    ...     history.record(trial)
    ...     history.record(Evaluation(number, 1, fold=0, scores={"score": number}))
    >>> scheduler.schedule(history, rng)
    Task(trial_id=2, resource=3)
    """

    brackets: Sequence[Bracket]
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
            Who is ready for the next rung goes first, of the oldest bracket.
        """
        started = self._started(history)
        for bracket, trials in zip(self.brackets, started, strict=True):
            for trial_id, resource in _promotions(history, bracket, trials):
                if resource not in history.resources(trial_id):
                    return Task(trial_id, resource)
        for number, trials in enumerate(started):
            bracket = self.brackets[number]
            if len(trials) < bracket.sizes[0]:
                params = given(self.initial_params, history)
                return Start(bracket.resources[0], params, tags={"bracket": number})
        return None

    def _started(self, history: History) -> list[list[int]]:
        """Return the trials of each bracket."""
        started: list[list[int]] = [[] for _ in self.brackets]
        for trial in history.trials:
            started[trial.tags["bracket"]].append(trial.id)
        return started

    def may_continue(self, history: History) -> set[int]:
        """Return the trials that may still be trained on.

        Parameters
        ----------
        history : History
            The log so far.

        Returns
        -------
        trial_ids : set of int
            All that are not out: those of unfinished rungs, and the promoted ones.
        """
        found: set[int] = set()
        for bracket, trials in zip(self.brackets, self._started(history), strict=True):
            found.update(_in_the_race(history, bracket, trials))
        return found


def _rungs(
    history: History, bracket: Bracket, trials: list[int]
) -> Iterator[tuple[list[int], list[int] | None]]:
    """Yield who stands on each rung, and who of them is promoted, if that is known."""
    on_rung = trials
    for k, resource in enumerate(bracket.resources):
        is_full = len(on_rung) == bracket.sizes[0] or k > 0
        if not is_full or not history.settled(resource) >= set(on_rung):
            yield on_rung, None
            return
        n_next = [*bracket.sizes, 0][k + 1]
        promoted = history.ranked(resource, on_rung)[:n_next]
        yield on_rung, promoted
        on_rung = promoted


def _promotions(
    history: History, bracket: Bracket, trials: list[int]
) -> Iterator[tuple[int, int]]:
    """Yield who goes on, and to which resource."""
    rungs = _rungs(history, bracket, trials)
    for (_, promoted), resource in zip(rungs, bracket.resources[1:], strict=False):
        for trial_id in promoted or ():
            yield trial_id, resource


def _in_the_race(history: History, bracket: Bracket, trials: list[int]) -> list[int]:
    """Return who may still be trained on."""
    *_, (on_rung, promoted) = _rungs(history, bracket, trials)
    return on_rung if promoted is None else promoted
