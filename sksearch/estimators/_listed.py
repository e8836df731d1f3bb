"""Candidates of one log that start in another one."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from sksearch.history import History, Task, Trial
from sksearch.optimizers import Proposal
from sksearch.schedulers import Start

__all__ = ["AsListed", "Listed", "listed_key", "listed_trials", "top_candidates"]


def top_candidates(history: History, n: int) -> list[Trial]:
    """Return the best candidates of a log, of those that were trained farthest.

    Parameters
    ----------
    history : History
        The log.
    n : int
        How many at most.

    Returns
    -------
    trials : list of Trial
        The best first.
    """
    return [history.trials[trial_id] for trial_id in history.ranked()[:n]]


def listed_trials(history: History) -> dict[Hashable, int]:
    """Return the trials of a log of listed candidates, by whom they stand for.

    Parameters
    ----------
    history : History
        The log of those that were listed.

    Returns
    -------
    trial_ids : dict of hashable to int
        By what `listed_key` says of the candidate.
    """
    return {listed_key(history, t.tags["candidate"], t): t.id for t in history.trials}


def listed_key(history: History, number: int, trial: Trial) -> Hashable:
    """Return by what a candidate is known in both logs.

    Its number as well as its parameters: of two members of a population that end with
    the same ones each has a schedule of its own.

    Parameters
    ----------
    history : History
        Either log.
    number : int
        Of the candidate in the log where it was found.
    trial : Trial
        With its parameters.
    """
    return number, history.space.key(trial.params)


@dataclass(frozen=True)
class Listed:
    """Start candidates that are known beforehand, but for those in the log already.

    Parameters
    ----------
    candidates : sequence of Trial
        Of another log, in their order.
    resource : int
        How far they train.
    """

    candidates: Sequence[Trial]
    resource: int

    def schedule(
        self, history: History, rng: np.random.Generator
    ) -> Start | Task | None:
        """Return the next start, or the order to train a candidate as far as wanted.

        Parameters
        ----------
        history : History
            The log so far.
        rng : numpy.random.Generator
            Not used.
        """
        known = listed_trials(history)
        for candidate in self.candidates:
            trial_id = known.get(listed_key(history, candidate.id, candidate))
            if trial_id is None:
                tags = {"candidate": candidate.id}
                return Start(self.resource, candidate.params, tags=tags)
            if self.resource not in history.resources(trial_id):
                return Task(trial_id, self.resource)
        return None


class AsListed:
    """Proposes nothing: all candidates are given.

    Attributes
    ----------
    max_pending : int
        All of them at once: nothing is learned from the results.
    """

    max_pending = 1000

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Return None."""
        return None
