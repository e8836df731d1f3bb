"""Callbacks that end a search when a budget is spent."""

import time
from collections.abc import Callable

from sksearch._cost import is_fit, worker_seconds
from sksearch._durations import seconds_of
from sksearch.callbacks._base import Callback
from sksearch.history import Evaluation, History

__all__ = ["CostLimit", "FitLimit", "TimeLimit"]


class TimeLimit(Callback):
    """Ends a search some time after its begin, once a trial is complete.

    Fits that run when the time is over are not waited for.

    Parameters
    ----------
    seconds : float or str
        How long a search may take; a text has units, as "90min", "2h" or "1h 30min".
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
    ...     {"n_neighbors": range(1, 70)},
    ...     optimizer="random",
    ...     callbacks=[TimeLimit(1e-9)],
    ... )
    >>> len(search.fit(*load_iris(return_X_y=True)).history_.observed())
    1
    """

    def __init__(
        self, seconds: float | str, clock: Callable[[], float] = time.monotonic
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
        self._end = self.clock() + seconds_of(self.seconds, "seconds")

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


class FitLimit(Callback):
    """Ends a search after a number of fits, once a trial is complete.

    Fits that were stored before a search was continued count; folds that were skipped
    do not. Fits that run when the number is reached are not waited for.

    Parameters
    ----------
    n_fits : int
        How many fits may be committed, failed ones included.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import FitLimit
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": range(1, 70)},
    ...     optimizer="random",
    ...     cv=2,
    ...     callbacks=[FitLimit(7)],
    ... )
    >>> search.fit(*load_iris(return_X_y=True)).cost_["fits"]
    7
    """

    def __init__(self, n_fits: int) -> None:
        self.n_fits = n_fits

    def on_search_begin(self, history: History) -> None:
        """Count what is in the log.

        Parameters
        ----------
        history : History
            The log.
        """
        self._n_done = sum(map(is_fit, history.records))

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        """Tell whether the number is reached.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.

        Returns
        -------
        stop : bool
            False as long as no trial is complete.
        """
        self._n_done += is_fit(evaluation)
        return self._n_done >= self.n_fits and history.incumbent() is not None


class CostLimit(Callback):
    """Ends a search after an amount of workers' time, once a trial is complete.

    What counts are the seconds of fitting and scoring of all fits in the log, also of
    those that failed or were stored before a search was continued; not what is still
    running, which is not waited for.

    Parameters
    ----------
    seconds : float or str
        Worker-seconds, of which two workers spend two in a second; a text has units, as
        "90min", "2h" or "1h 30min".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import CostLimit
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": range(1, 100)},
    ...     optimizer="random",
    ...     callbacks=[CostLimit("0.000001s")],
    ... )
    >>> search.fit(*load_iris(return_X_y=True)).cost_["fits"]
    5
    """

    def __init__(self, seconds: float | str) -> None:
        self.seconds = seconds

    def on_search_begin(self, history: History) -> None:
        """Add up what is in the log.

        Parameters
        ----------
        history : History
            The log.
        """
        self._most = seconds_of(self.seconds, "seconds")
        self._spent = sum(map(worker_seconds, filter(is_fit, history.records)))

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        """Tell whether the amount is spent.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.

        Returns
        -------
        stop : bool
            False as long as no trial is complete.
        """
        self._spent += worker_seconds(evaluation)
        return self._spent >= self._most and history.incumbent() is not None
