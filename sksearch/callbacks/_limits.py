"""Callbacks that end a search."""

import time
from collections.abc import Callable

from sksearch.callbacks._base import Callback
from sksearch.history import Evaluation, History

__all__ = ["TimeLimit"]


class TimeLimit(Callback):
    """Ends a search some time after its begin, once a trial is complete.

    Fits that run when the time is over are not waited for.

    Parameters
    ----------
    seconds : float
        How long a search may take.
    clock : callable, default=time.monotonic
        Returns seconds.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import TimeLimit
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": range(1, 100)},
    ...     optimizer="random",
    ...     callbacks=[TimeLimit(1e-9)],
    ... )
    >>> len(search.fit(*load_iris(return_X_y=True)).history_.observed())
    1
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self.clock = clock

    def on_search_begin(self, history: History) -> None:
        """Start the clock.

        Parameters
        ----------
        history : History
            The log.
        """
        self._end = self.clock() + self.seconds

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        """Tell whether the time is over.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.

        Returns
        -------
        stop : bool
            False as long as no trial is complete: such a search would show nothing.
        """
        return self.clock() >= self._end and history.incumbent() is not None
