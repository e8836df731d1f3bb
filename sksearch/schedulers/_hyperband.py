"""Brackets of successive halving."""

import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    other; while results of one are awaited the next may begin. The first of a round
    starts many trials with little, a design from which a model learns where that leads.
    After it come those that halve least: what a model proposes is mostly worth a full
    training, and of such trainings it has seen next to nothing.

    Parameters
    ----------
    brackets : sequence of Bracket
        As `bracket_plan` makes them: a round ends where the next bracket has no fewer
        rungs.
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
    _read: "dict[str, _Read]" = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_read": {}}  # it is found again

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
            Who is ready for the next rung goes first, of the bracket that began first.
        """
        left = self._left(history)
        for number, trials in left.items():
            for trial_id, resource in _promotions(
                history, self.brackets[number], trials
            ):
                if resource not in history.resources(trial_id):
                    return Task(trial_id, resource)
        for number, trials in left.items():
            bracket = self.brackets[number]
            if len(trials) < bracket.sizes[0]:
                params = given(self.initial_params, history)
                return Start(bracket.resources[0], params, tags={"bracket": number})
        return None

    def _left(self, history: History) -> dict[int, list[int]]:
        """Return the trials of each bracket that is not through."""
        read = self._read.get("last")
        if read is None or read.history() is not history:
            left: dict[int, list[int]] = {n: [] for n in _turns(self.brackets)}
            read = self._read["last"] = _Read(weakref.ref(history), left)
        for trial in history.trials[read.n_trials :]:
            read.left[trial.tags["bracket"]].append(trial.id)
        read.n_trials = len(history.trials)
        for number, trials in list(read.left.items()):
            if len(trials) < self.brackets[number].sizes[0]:
                break  # those that follow have hardly begun
            if _is_through(history, self.brackets[number], trials):
                del read.left[number]
        return read.left

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
        for number, trials in self._left(history).items():
            found.update(_in_the_race(history, self.brackets[number], trials))
        return found


@dataclass(eq=False)
class _Read:
    """What is known of a log, which only grows: no bracket is looked through again.

    Parameters
    ----------
    history : weak reference
        The log.
    left : dict of int to list of int
        The trials of the brackets that are not through, in the order of their turns.
    n_trials : int, default=0
        How many trials were read.
    """

    history: "weakref.ref[History]"
    left: dict[int, list[int]]
    n_trials: int = 0


def _turns(brackets: Sequence[Bracket]) -> list[int]:
    """Return the numbers of the brackets in the order in which they start."""
    rounds: list[list[int]] = []
    for number, bracket in enumerate(brackets):
        before = brackets[number - 1].resources if rounds else ()
        if len(bracket.resources) < len(before):
            rounds[-1].append(number)
        else:
            rounds.append([number])
    return [n for first, *others in rounds for n in [first, *reversed(others)]]


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


def _is_through(history: History, bracket: Bracket, trials: list[int]) -> bool:
    """Whether all rungs are finished: nothing follows from a bracket any more."""
    rungs = list(_rungs(history, bracket, trials))
    return len(rungs) == len(bracket.resources) and rungs[-1][1] is not None


def _in_the_race(history: History, bracket: Bracket, trials: list[int]) -> list[int]:
    """Return who may still be trained on."""
    *_, (on_rung, promoted) = _rungs(history, bracket, trials)
    return on_rung if promoted is None else promoted
