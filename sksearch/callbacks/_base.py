"""The protocol of callbacks."""

import inspect
from typing import Any, ClassVar

from sksearch.callbacks._plan import Plan
from sksearch.history import Evaluation, History

__all__ = ["Callback"]


class Callback:
    """Reads the history while a search runs; every method may be left out.

    A search calls `on_fit_begin`, `on_search_begin`, `on_evaluation` for each result,
    `on_search_end`, and after the refit `on_fit_end`.

    Attributes
    ----------
    follows_recheck : bool
        Whether it hears of a re-check (`n_recheck`) too, as of a search with a history
        of its own. A True from `on_evaluation` does not end that one.

    Examples
    --------
    >>> from sksearch.callbacks import Callback
    >>> class StopAt(Callback):
    ...     def __init__(self, score):
    ...         self.score = score
    ...
    ...     def on_evaluation(self, history, evaluation):
    ...         best = history.incumbent()
    ...         return best is not None and history.score(best) >= self.score
    """

    follows_recheck: ClassVar[bool] = True

    def __repr__(self) -> str:
        # As estimators show themselves: the arguments that differ from their defaults.
        arguments = inspect.signature(type(self)).parameters.values()
        known = [(a, vars(self)[a.name]) for a in arguments if a.name in vars(self)]
        shown = [f"{a.name}={v!r}" for a, v in known if repr(v) != repr(a.default)]
        return f"{type(self).__name__}({', '.join(shown)})"

    def on_fit_begin(self, search: Any, plan: Plan) -> None:
        """Hear that `fit` was called with good arguments, and what it will do.

        Parameters
        ----------
        search : BaseSearch
            The search; its `history_` may have records of an earlier run.
        plan : Plan
            How many fits there will be, and within which budgets.
        """

    def on_search_begin(self, history: History) -> bool | None:
        """Hear that a search begins.

        Parameters
        ----------
        history : History
            The log; empty unless the search continues.

        Returns
        -------
        stop : bool or None
            True ends the search before it fits anything more.
        """
        return None

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool | None:
        """Hear that a result was committed.

        Parameters
        ----------
        history : History
            The log, the result included.
        evaluation : Evaluation
            The result; one with status "skipped" and no scores where a fold was spared.

        Returns
        -------
        stop : bool or None
            True ends the search; it keeps what is finished.
        """
        return None

    def on_search_end(self, history: History) -> None:
        """Hear that a search ended, for whatever reason.

        Parameters
        ----------
        history : History
            The whole log.
        """

    def on_fit_end(self, search: Any, error: BaseException | None) -> None:
        """Hear that `fit` ends, after the refit if there was one.

        Parameters
        ----------
        search : BaseSearch
            The search, fitted unless there is an error.
        error : BaseException or None
            What `fit` raises, `KeyboardInterrupt` too; it is not to be raised here.
        """
