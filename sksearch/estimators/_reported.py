"""What the history of a search says about its parameters and its space."""

from typing import Any

from sklearn.utils.validation import check_is_fitted

from sksearch.history import History
from sksearch.report import SpaceReport, importances, space_report

__all__ = ["Reported"]


class Reported:
    """Reads reports from `history_`."""

    history_: History

    def importances(self) -> dict[str, float]:
        """Return how much each parameter matters for the score.

        Returns
        -------
        shares : dict of str to float
            By parameter, the largest first: the part of the variance of a model of the
            scores that the parameter takes part in. See `sksearch.report.importances`.

        Raises
        ------
        NotFittedError
            If there was no search yet.
        ValueError
            If fewer than ten candidates are complete, or all have one score.
        """
        check_is_fitted(self, "history_")
        return importances(self.history_)

    def space_report(self) -> SpaceReport:
        """Say where the space was too narrow, and what in it did not matter.

        Returns
        -------
        report : SpaceReport
            Print it, or read its attributes. See `sksearch.report.space_report`.

        Raises
        ------
        NotFittedError
            If there was no search yet.
        ValueError
            If fewer than ten candidates are complete, or all have one score.
        """
        check_is_fitted(self, "history_")
        return space_report(self.history_)

    def report(
        self, path: Any, X: Any = None, y: Any = None, *, groups: Any = None
    ) -> Any:
        """Write what was found, and what it cost, into one HTML file.

        Parameters
        ----------
        path : str or path-like
            Where to; a file that is there is replaced.
        X, y, groups : array-like, default=None
            As they went to `fit`. With them the report has warnings about the data.

        Returns
        -------
        path : Path
            The file. See `sksearch.report.write_report`.

        Raises
        ------
        NotFittedError
            If there was no search yet.
        """
        from sksearch.report import write_report

        check_is_fitted(self, "history_")
        return write_report(self, path, X, y, groups=groups)
