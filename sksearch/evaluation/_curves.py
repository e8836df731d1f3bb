"""What a boosted model or a forest was with fewer members, without another fit."""

import copy
import itertools
from typing import Any

__all__ = ["curve_resources", "first_members", "first_trees"]

_MEMBERS = ("estimators_", "estimators_features_", "_predictors")
_SHORTEST = 16  # of the resource: to predict again and again costs time


def curve_resources(low: int, high: int) -> list[int]:
    """Return resources between two, each twice the last, without the upper one.

    >>> curve_resources(1, 10)
    [1, 2, 4, 8]
    >>> curve_resources(1, 1000)
    [62, 124, 248, 496, 992]
    """
    low = max(low, high // _SHORTEST)
    doubled = (low * 2**k for k in itertools.count())
    return list(itertools.takewhile(lambda resource: resource < high, doubled))


def first_members(ensemble: Any, n: int) -> Any:
    """Return an ensemble of scikit-learn with its first members alone.

    Parameters
    ----------
    ensemble : estimator
        Fitted, with more members; it is not changed.
    n : int
        How many to keep.

    Returns
    -------
    ensemble : estimator or None
        None where it is not known what its members are.
    """
    names = [name for name in _MEMBERS if hasattr(ensemble, name)]
    if not names:
        return None
    shorter = copy.copy(ensemble)
    for name in names:
        setattr(shorter, name, getattr(ensemble, name)[:n])
    if hasattr(shorter, "n_estimators"):  # by which bagging divides
        shorter.n_estimators = n
    return shorter


def first_trees(model: Any, n: int) -> Any:
    """Return a model of LightGBM that predicts by its first trees.

    Parameters
    ----------
    model : estimator
        Fitted, with more trees; it is not changed.
    n : int
        How many rounds to keep.

    Returns
    -------
    model : estimator or None
        None for other libraries.
    """
    if not hasattr(model, "booster_"):
        return None
    shorter = copy.copy(model)
    shorter._Booster = _FirstTrees(model.booster_, n)
    return shorter


class _FirstTrees:
    """A booster of LightGBM whose predictions stop after some rounds.

    All methods of its estimators predict through this one, whichever a scorer asks.
    """

    def __init__(self, booster: Any, n: int) -> None:
        self._booster, self._n = booster, n

    def __getattr__(self, name: str) -> Any:
        if name == "_booster":  # a copy that is not filled yet
            raise AttributeError(name)
        return getattr(self._booster, name)

    def __reduce__(self) -> tuple[Any, ...]:
        text = self._booster.model_to_string(num_iteration=self._n)
        return type(self._booster), (None, None, None, text)

    def dump_model(self, **params: Any) -> Any:
        return self._booster.dump_model(**{**params, "num_iteration": self._n})

    def predict(self, data: Any, **params: Any) -> Any:
        return self._booster.predict(data, **{**params, "num_iteration": self._n})
