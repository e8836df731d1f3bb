"""Checkpoints are removed as soon as nobody can need them."""

from collections.abc import Callable

from sksearch.callbacks import Callback
from sksearch.evaluation import Checkpoints
from sksearch.history import Evaluation, History
from sksearch.schedulers import ASHA, Hyperband, Population

__all__ = ["Sweep", "SweepGenerations"]

_FILES_PER_RESULT = 32  # that are looked at, on average: else n results look at n^2


class _Watch:
    """Reports how much disk checkpoints take; of many files not after each result."""

    def __init__(self, checkpoints: Checkpoints, report: Callable[[int], None]) -> None:
        self._checkpoints = checkpoints
        self._report = report
        self._results_until_look = 0

    def look(self, n_files: int) -> None:
        """Look, if there were enough results for so many files.

        Raises
        ------
        CheckpointSpaceError
            If they take more space than they may.
        """
        if self._results_until_look == 0:
            self._report(self._checkpoints.n_bytes())
            self._results_until_look = 1 + n_files // _FILES_PER_RESULT
        self._results_until_look -= 1


class Sweep(Callback):
    """Removes what a search has no use for, and watches how much is left.

    Parameters
    ----------
    checkpoints : Checkpoints
        The files.
    scheduler : Hyperband or ASHA
        Knows who may still be trained on.
    report : callable
        Gets the bytes that are there: after each result, of many files after some.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        scheduler: Hyperband | ASHA,
        report: Callable[[int], None],
    ) -> None:
        self.checkpoints = checkpoints
        self.scheduler = scheduler
        self._watch = _Watch(checkpoints, report)
        self._kept: set[int] = set()

    def on_search_begin(self, history: History) -> None:
        """Look at what an earlier run may have left, at the next occasion."""
        self._kept.update(range(len(history.trials)))

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        """Remove what the result makes superfluous.

        Raises
        ------
        CheckpointSpaceError
            If what is left takes more space than it may.
        """
        trial_id, fold = evaluation.trial_id, evaluation.fold
        resources = history.resources(trial_id)
        earlier = resources[: resources.index(evaluation.resource)]
        self.checkpoints.forget(trial_id, earlier, fold)
        self._kept.add(trial_id)
        self._watch.look(len(self._kept) * history.n_splits)
        if len(history.evaluations(trial_id, evaluation.resource)) == history.n_splits:
            self._forget_losers(history)

    def _forget_losers(self, history: History) -> None:
        for trial_id in self._kept - self.scheduler.may_continue(history):
            self._kept.discard(trial_id)
            for fold in range(history.n_splits):
                resources = history.resources(trial_id)
                self.checkpoints.forget(trial_id, resources, fold)


class SweepGenerations(Callback):
    """Removes the checkpoints of generations from which nobody goes on any more.

    Parameters
    ----------
    checkpoints : Checkpoints
        The files.
    scheduler : Population
        Knows who is slowest.
    report : callable
        Gets the bytes that are there: after each result, of many files after some.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        scheduler: Population,
        report: Callable[[int], None],
    ) -> None:
        self.checkpoints = checkpoints
        self.scheduler = scheduler
        self._watch = _Watch(checkpoints, report)
        self._lowest = 0

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        """Remove what the result makes superfluous.

        Raises
        ------
        CheckpointSpaceError
            If what is left takes more space than it may.
        """
        # Of each member what it goes on from, and what it goes on to.
        self._watch.look(2 * self.scheduler.size * history.n_splits)
        trial_id, resource = evaluation.trial_id, evaluation.resource
        if len(history.evaluations(trial_id, resource)) < history.n_splits:
            return
        lowest = self.scheduler.lowest(history)
        if lowest <= self._lowest:
            return
        for trial in history.trials:
            known = history.resources(trial.id)
            gone = [r for r in known if self._lowest <= r < lowest]
            for fold in range(history.n_splits):
                self.checkpoints.forget(trial.id, gone, fold)
        self._lowest = lowest
