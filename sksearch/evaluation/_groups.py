"""Which fits are trained as one net; and the executor that runs them in this thread."""

import collections
import dataclasses
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from sksearch.evaluation._batched_nets import check_together, n_batches
from sksearch.evaluation._batches import run_batch
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._fold_rows import rows_of
from sksearch.evaluation._lone_nets import why_alone
from sksearch.evaluation._seeding import generator_states, generators_from
from sksearch.evaluation._train_on import TrainOn
from sksearch.history import Evaluation
from sksearch.space._identity import token

__all__ = ["GroupExecutor", "Groups", "groups_of"]

_Waiting = collections.deque[Fit]

_MOST = 64  # what more nets gain is little, and memory ends
_FEW = 3  # rows that show whether nets can be trained as one
_NUMBERS = {"lr"} | {
    f"optimizer__{name}" for name in ("lr", "weight_decay", "momentum", "betas", "eps")
}


class Groups:
    """Finds fits of equal nets among those that wait.

    Equal are nets whose parameters differ in numbers of the optimizer only, on the same
    rung, and that take as many steps for an epoch; whether they can be trained as one
    is seen from the first one, which is made for it.

    Parameters
    ----------
    evaluator : Evaluator
        Of the search.
    tell : callable
        Is given each reason for which nets are trained alone.
    """

    def __init__(self, evaluator: Evaluator, tell: Callable[[str], None]) -> None:
        self._evaluator = evaluator
        self._tell = tell
        self._reasons: dict[Hashable, str | None] = {}  # by what has one architecture
        self._nets: dict[Hashable, Any] = {}  # the first of each

    def take(self, waiting: _Waiting, n_slots: int = 1) -> list[Fit]:
        """Take the largest group of fits that are trained together.

        Small groups wait for others of their kind: a few nets on the highest rung take
        as many steps as all of them.

        Parameters
        ----------
        waiting : deque of Fit
            The fits that nobody has started, in their order.
        n_slots : int, default=1
            Among how many workers they are divided.

        Returns
        -------
        group : list of Fit
            Empty, and nothing taken, where each one is trained alone.
        """
        kinds: dict[Hashable, list[Fit]] = collections.defaultdict(list)
        for fit in waiting if len(waiting) > 1 else ():
            if self._reason(fit) is None:
                kinds[self._kind(fit)].append(fit)
        same = max(kinds.values(), key=len, default=[])  # the first of equal ones
        group = same[: min(-(-len(same) // n_slots), _MOST)]
        if len(group) < 2:
            return []
        taken = {fit.key for fit in group}
        left = [fit for fit in waiting if fit.key not in taken]
        waiting.clear()  # the search loop holds this very deque
        waiting.extend(left)
        return [dataclasses.replace(fit, together=True) for fit in group]

    def _kind(self, fit: Fit) -> Hashable:
        """Return what is equal for fits that are trained as one."""
        train, _ = self._evaluator.splits[fit.fold]
        shape = _shape(fit)
        steps = n_batches(self._nets[shape], len(_numbers(train)))
        return (fit.resource, fit.earlier[-1:], steps, *shape)

    def _reason(self, fit: Fit) -> str | None:
        """Return why nets like that of a fit are trained alone, and tell it once."""
        shape = _shape(fit)
        if shape not in self._reasons:
            reason = self._seen(fit)
            if reason not in {None, *self._reasons.values()}:
                self._tell(str(reason))
            self._reasons[shape] = reason
        return self._reasons[shape]

    def _seen(self, fit: Fit) -> str | None:
        net: Any = self._evaluator.candidate(fit)
        with generators_from(generator_states()):
            try:
                net.set_params(device="cpu", train_split=None).initialize()
            except Exception as error:
                return f"the net cannot be made: {type(error).__name__}: {error}"
            self._nets[_shape(fit)] = net
            return why_alone(net) or self._tried(fit, net)

    def _tried(self, fit: Fit, net: Any) -> str | None:
        """Return why nets fail together, by what two do with a few rows."""
        by, (train, _) = self._evaluator, self._evaluator.splits[fit.fold]
        few = _numbers(train)[:_FEW]
        try:
            rows = rows_of((few, few[:1]), net, by.X, by.y)
            check_together(net, rows.X, rows.y)
        except Exception as error:
            [said, *_] = [*str(error).splitlines(), ""]
            return f"together they fail by {type(error).__name__}: {said}"
        return None


def _numbers(rows: Any) -> Any:
    """Return the numbers of rows, which may be told by a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def _shape(fit: Fit) -> tuple[Hashable, ...]:
    """Return the parameters of a trial without the numbers of its optimizer."""
    params = fit.trial.params
    names = sorted(params.keys() - _NUMBERS)
    return tuple((name, token(params[name])) for name in names)


def groups_of(evaluator: Evaluator) -> Groups | None:
    """Return who finds groups, where a search trains nets as one."""
    train = evaluator.train
    if not isinstance(train, TrainOn) or train.tell is None:
        return None
    return Groups(evaluator, train.tell)


class GroupExecutor:
    """Runs one fit, or one group of them, at a time in the calling thread.

    Parameters
    ----------
    evaluator : Evaluator
        Runs them.
    groups : Groups
        Finds them.
    """

    def __init__(self, evaluator: Evaluator, groups: Groups) -> None:
        self._evaluator = evaluator
        self._groups = groups
        self._fits: list[Fit] = []

    @property
    def n_running(self) -> int:
        """How many fits were taken and not handed back."""
        return len(self._fits)

    def feed(self, waiting: _Waiting) -> None:
        """Take the first fit, and those that are trained with it.

        Parameters
        ----------
        waiting : deque of Fit
            The fits that nobody has started, in their order.
        """
        if not self._fits and waiting:
            self._fits = self._groups.take(waiting) or [waiting.popleft()]

    def collect(self) -> list[Evaluation]:
        """Run what was taken.

        Returns
        -------
        evaluations : list of Evaluation
            One for each fit.
        """
        fits, self._fits = self._fits, []
        return run_batch(self._evaluator, fits)

    def drain(self) -> list[Evaluation]:
        """Give up what was taken and not run.

        Returns
        -------
        evaluations : list of Evaluation
            Empty: nothing runs between two calls.
        """
        self._fits = []
        return []

    def close(self) -> None:
        """Do nothing: nothing runs between two calls."""
