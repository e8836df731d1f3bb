"""Training of boosted trees by a `fit` that is given the model and adds to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.evaluation._boosters import trained_in_full
from sksearch.evaluation._curves import first_trees
from sksearch.evaluation._fitting import fit_rows
from sksearch.evaluation._training import Counted, Params

__all__ = ["AddedTrees"]


@dataclass(frozen=True)
class AddedTrees(Counted):
    """Trees that are added to those of a model that `fit` is given.

    Parameters
    ----------
    parameter : str
        How many there are.
    argument : str
        The argument of `fit` that takes the model.
    """

    argument: str

    continues = True

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Add trees: `fit` takes the number of the new ones.

        How many there are is the search's to say: early stopping of the model's own is
        left out, unless the user passes rows for it.
        """
        params = trained_in_full(estimator, params)
        if start > 0:
            self._add(estimator, X, y, start, stop, params)
            return
        estimator.set_params(**{self.parameter: stop})
        fit_rows(estimator, X, y, params)

    def _add(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        seed = estimator.get_params(deep=False).get("random_state")
        # A segment draws its rows and columns anew: with the seed of the last one it
        # would draw the same ones again.
        number = seed if isinstance(seed, int | np.integer) else 0
        added = {self.parameter: stop - start, "random_state": int(number) + start}
        params = {**params, self.argument: _booster(estimator)}
        if hasattr(estimator, "is_fitted"):  # CatBoost, whose parameters are fixed then
            estimator.__init__(**{**estimator.get_params(), **added})
            fit_rows(estimator, X, y, params)
            return
        estimator.set_params(**added)
        fit_rows(estimator, X, y, params)
        estimator.set_params(**{self.parameter: stop, "random_state": seed})

    def shortened(self, estimator: Any, resource: int) -> Any:
        """Return the model of the first trees, where its library can tell."""
        return first_trees(estimator, resource)


def _booster(estimator: Any) -> Any:
    """Return the trained trees in the form that `fit` takes."""
    if hasattr(estimator, "booster_"):
        return estimator.booster_  # LightGBM
    if hasattr(estimator, "get_booster"):
        return estimator.get_booster()  # XGBoost
    return estimator.copy()  # CatBoost
