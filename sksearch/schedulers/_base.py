"""The protocol of schedulers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from sksearch.history import History, Task


@dataclass(frozen=True, slots=True)
class Start:
    """The decision to start a new trial.

    Parameters
    ----------
    resource : int, default=1
        How far its first task trains.
    params : dict or None, default=None
        Its hyper-parameters; None asks the optimizer.
    parent : int or None, default=None
        The trial whose checkpoint it continues.
    tags : dict, default={}
        Added to the tags of the trial.

    Examples
    --------
    >>> from sksearch.schedulers import Start
    >>> Start(resource=3).params is None  # the optimizer is asked
    True
    """

    resource: int = 1
    params: Mapping[str, Any] | None = None
    parent: int | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)


class Scheduler(Protocol):
    """Decides which trial starts or continues, as a function of the history."""

    def schedule(
        self, history: History, rng: np.random.Generator
    ) -> Start | Task | None:
        """Return the next decision.

        Parameters
        ----------
        history : History
            The log so far; it must not be changed.
        rng : numpy.random.Generator
            The only source of randomness allowed: the same history and generator
            give the same answer.

        Returns
        -------
        decision : Start, Task or None
            None with work pending means wait; with nothing pending, finished.
        """
        ...


def given(
    initial_params: Sequence[Mapping[str, Any]], history: History
) -> Mapping[str, Any] | None:
    """Return the parameters that were given for the next trial, None if none were."""
    number = len(history.trials)
    return initial_params[number] if number < len(initial_params) else None
