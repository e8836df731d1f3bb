"""The protocol of callbacks."""

from typing import ClassVar

from sksearch.history import Evaluation, History

__all__ = ["Callback"]


class Callback:
    """Reads the history while a search runs; every method may be left out.

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
