"""What every optimizer is: a question about the history, and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from sksearch.history import History

__all__ = ["Optimizer", "Proposal"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The parameters an optimizer wants to see evaluated next.

    Parameters
    ----------
    params : dict
        Complete and legal parameters.
    tags : dict, default={}
        JSON values that the optimizer finds again in the trial made of this proposal.
        `"by"` names what made the proposal.

    Examples
    --------
    >>> from sksearch.optimizers import Proposal
    >>> Proposal({"C": 10}, {"by": "random"}).params
    {'C': 10}
    """

    params: Mapping[str, Any]
    tags: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Optimizer(Protocol):
    """What says with which parameters the next trial starts.

    An optimizer keeps no state: its answer is a function of the history and the
    generator. What it wants to remember it writes into the tags of its proposals.

    Attributes
    ----------
    max_pending : int
        How many trials may be unfinished when it is asked, at no loss of quality.
    """

    @property
    def max_pending(self) -> int: ...

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the next trial.

        Parameters
        ----------
        history : History
            The log so far; it is read, never written.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        proposal : Proposal or None
            Parameters that no trial of the history has; None when none are left.
        """
        ...


def next_point(history: History, by: str) -> int:
    """Return where a sequence goes on: after the newest point that it gave."""
    for trial in reversed(history.trials):
        if trial.tags.get("by") == by:
            return int(trial.tags["point"]) + 1
    return 0
