"""The protocol of callbacks."""

from sksearch.history import Evaluation, History

__all__ = ["Callback"]


class Callback:
    """Reads the history while a search runs; every method may be left out.

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
