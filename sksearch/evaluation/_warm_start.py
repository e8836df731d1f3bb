"""Training of an ensemble that keeps the members it has."""

import warnings
from dataclasses import dataclass
from typing import Any

from sksearch.evaluation._curves import first_members
from sksearch.evaluation._fitting import fit_rows
from sksearch.evaluation._training import Counted, Params

__all__ = ["WarmStart"]


@dataclass(frozen=True)
class WarmStart(Counted):
    """Members of an ensemble that keeps those it has, with `warm_start`.

    Parameters
    ----------
    parameter : str
        How many there are.
    """

    continues = True

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Add members."""
        estimator.set_params(warm_start=True, **{self.parameter: stop})
        with warnings.catch_warnings():
            # The rows are the same, so that class weights are too.
            warnings.filterwarnings("ignore", message="class_weight presets")
            fit_rows(_without_stopping(estimator), X, y, params)

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Fit it, without what would end it before."""
        fit_rows(_without_stopping(estimator), X, y, params)

    def shortened(self, estimator: Any, resource: int) -> Any:
        """Return the ensemble of the first members."""
        return first_members(estimator, resource)


def _without_stopping(estimator: Any) -> Any:
    """Switch off what would stop training by itself above ten thousand rows."""
    if estimator.get_params(deep=False).get("early_stopping") == "auto":
        estimator.set_params(early_stopping=False)
    return estimator
