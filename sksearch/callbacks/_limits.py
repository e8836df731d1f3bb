"""Callbacks that end a search when a budget is spent."""

import time
from collections.abc import Callable, Mapping

from sksearch._cost import add_spent, expected_refit, is_fit
from sksearch._durations import seconds_of
from sksearch._numbers import check_count, is_finite_number
from sksearch.callbacks._base import Callback
from sksearch.history import Evaluation, History

__all__ = ["CostLimit", "FitLimit", "TimeLimit", "amounts"]


class TimeLimit(Callback):
    """Ends a search some time after its begin, once a trial is complete.

    Fits that run when the time is over are not waited for.

    Parameters
    ----------
    seconds : float or str
        How long a search may take; a text has units, as "90min", "2h" or "1h 30min".
    clock : callable, default=time.monotonic
        Returns seconds.
    with_refit : bool, default=False
        Whether the refit is to end in time too: what it should take, by the times of
        the best candidate's folds, is kept back.

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

    follows_recheck = False

    def __init__(
        self,
        seconds: float | str,
        clock: Callable[[], float] = time.monotonic,
        with_refit: bool = False,
    ) -> None:
        self.seconds = seconds
        self.clock = clock
        self.with_refit = with_refit

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
        is_over = self.clock() + self._kept(history) >= self._end
        return is_over and history.incumbent() is not None

    def _kept(self, history: History) -> float:
        """Return how many seconds are kept back for what follows."""
        return expected_refit(history) if self.with_refit else 0.0


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

    follows_recheck = False

    def __init__(self, n_fits: int) -> None:
        self.n_fits = n_fits

    def on_search_begin(self, history: History) -> bool:
        """Count what is in the log.

        Parameters
        ----------
        history : History
            The log.

        Returns
        -------
        stop : bool
            True where an earlier run has made all these fits.

        Raises
        ------
        ValueError
            If the number is none.
        """
        check_count(self.n_fits, "n_fits")
        self._n_done = sum(map(is_fit, history.records))
        return self._is_spent(history)

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
        return self._is_spent(history)

    def _is_spent(self, history: History) -> bool:
        return self._n_done >= self.n_fits and history.incumbent() is not None


class CostLimit(Callback):
    """Ends a search after an amount of workers' time, once a trial is complete.

    What counts are the seconds of fitting and scoring of all fits in the log, also of
    those that failed or were stored before a search was continued; not what is still
    running, which is not waited for.

    Parameters
    ----------
    seconds : float, str or dict
        Worker-seconds, of which two workers spend two in a second; a text has units, as
        "90min", "2h" or "1h 30min"; a dict has hours by kind, ``{"cpu_hours": 20,
        "gpu_hours": 2}`` or one of them, and the first one spent ends the search. A fit
        counts for the kind of device that its estimator is set to.
    with_refit : bool, default=False
        Whether what the refit should take, by the times of the best candidate's folds,
        is kept back.

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

    follows_recheck = False

    def __init__(
        self, seconds: float | str | Mapping[str, float], with_refit: bool = False
    ) -> None:
        self.seconds = seconds
        self.with_refit = with_refit

    def on_search_begin(self, history: History) -> bool:
        """Add up what is in the log.

        Parameters
        ----------
        history : History
            The log.

        Returns
        -------
        stop : bool
            True where earlier runs have spent an amount.
        """
        self._most = amounts(self.seconds)
        self._spent = dict.fromkeys(self._most, 0.0)
        for record in filter(is_fit, history.records):
            add_spent(self._spent, record)
        return self._is_spent(history)

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        """Tell whether an amount is spent.

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
        if is_fit(evaluation):
            add_spent(self._spent, evaluation)
        return self._is_spent(history)

    def _is_spent(self, history: History) -> bool:
        kept = self._kept(history)
        is_spent = any(self._spent[k] + kept >= most for k, most in self._most.items())
        return is_spent and history.incumbent() is not None

    def _kept(self, history: History) -> float:
        """Return how many seconds of work are kept back for what follows."""
        return expected_refit(history) if self.with_refit else 0.0


def amounts(
    cost: float | str | Mapping[str, float], name: str = "seconds"
) -> dict[str, float]:
    """Return how many seconds may be spent, by kind; of any kind under "".

    Parameters
    ----------
    cost : float, str or mapping
        As `CostLimit` takes it.
    name : str, default="seconds"
        What the argument is called in errors.

    Raises
    ------
    ValueError
        If a kind is none, or an amount is not above 0.
    """
    if not isinstance(cost, Mapping):
        return {"": seconds_of(cost, name)}
    wrong = set(cost) - {"cpu_hours", "gpu_hours"}
    if wrong or not cost:
        raise ValueError(
            f"{name}={dict(cost)!r} must have 'cpu_hours', 'gpu_hours' or both, as in "
            "{'gpu_hours': 2.5}."
        )
    for kind, hours in cost.items():
        if not is_finite_number(hours) or hours <= 0:
            raise ValueError(f"{name}[{kind!r}]={hours!r} must be hours, above 0.")
    return {kind: 3600.0 * hours for kind, hours in cost.items()}
