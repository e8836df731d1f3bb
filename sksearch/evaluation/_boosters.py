"""How LightGBM and XGBoost spell early stopping and queries.

Both libraries are optional: their estimators are known by the names of their classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.evaluation._heads import is_pipeline, last_step, shared_out

__all__ = [
    "Booster",
    "best_iteration",
    "booster_of",
    "final_params",
    "is_ranker",
    "stops_early",
    "trained_in_full",
    "without_stoppers",
]

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Booster:
    """What a library calls things.

    Parameters
    ----------
    patience : tuple of str
        Names of the parameter that stops early; of several that are set the first
        one counts.
    rounds : tuple of str
        Names of the parameter that is the number of rounds.
    of_eval : dict of str to str
        Arguments of `fit` with an entry per row, and what they are called for the rows
        of an evaluation set.
    quiet : dict
        What `fit` is given so that it does not print a line per round.
    """

    patience: tuple[str, ...]
    rounds: tuple[str, ...]
    of_eval: Mapping[str, str]
    quiet: Mapping[str, Any]


_LIGHTGBM = Booster(
    patience=(
        "early_stopping_round",
        "early_stopping",
        "n_iter_no_change",
        "early_stopping_rounds",
    ),
    rounds=(
        "n_estimators",
        "num_iterations",
        "num_iteration",
        "n_iter",
        "num_tree",
        "num_trees",
        "num_round",
        "num_rounds",
        "nrounds",
        "num_boost_round",
        "max_iter",
    ),
    of_eval={
        "sample_weight": "eval_sample_weight",
        "init_score": "eval_init_score",
        "group": "eval_group",
    },
    quiet={},
)
_XGBOOST = Booster(
    patience=("early_stopping_rounds",),
    rounds=("n_estimators",),
    of_eval={
        "sample_weight": "sample_weight_eval_set",
        "base_margin": "base_margin_eval_set",
        "group": "eval_group",
    },
    quiet={"verbose": False},
)
_BY_CLASS = {"LGBMModel": _LIGHTGBM, "XGBModel": _XGBOOST}
_RANKERS = {"LGBMRanker", "XGBRanker"}


def booster_of(estimator: Any) -> Booster | None:
    """Return how the library of an estimator calls things, None for other ones."""
    names = [base.__name__ for base in type(estimator).__mro__]
    return next((_BY_CLASS[name] for name in names if name in _BY_CLASS), None)


def is_ranker(estimator: Any) -> bool:
    """Whether an estimator, or its last step, ranks the rows of queries."""
    bases = type(last_step(estimator)).__mro__
    return any(base.__name__ in _RANKERS for base in bases)


def stops_early(estimator: Any, params: Params) -> bool:
    """Whether `fit` would stop early, if it were given the rows to stop by.

    Parameters
    ----------
    estimator : estimator
        One of LightGBM or XGBoost, or a pipeline that ends in one; of others nothing
        is known.
    params : dict
        What the user passes to `fit`.

    Returns
    -------
    stops_early : bool
        False where the user passes the rows.
    """
    if booster_of(last_step(estimator)) is None:
        return False
    while is_pipeline(estimator):
        _, params = shared_out(estimator, params)
        estimator = estimator.steps[-1][1]
    if params.get("eval_set") is not None or params.get("eval_X") is not None:
        return False
    return _patience(estimator) > 0 or any(map(_stops, params.get("callbacks") or ()))


def _patience(estimator: Any) -> int:
    """Return how many rounds without progress an estimator waits, 0 for no end."""
    names, own = booster_of(estimator), estimator.get_params(deep=False)
    assert names is not None
    value = next((own[name] for name in names.patience if name in own), None)
    return int(value) if isinstance(value, int | np.integer) else 0


def without_stoppers(params: Params) -> dict[str, Any]:
    """Return parameters of `fit` without LightGBM's callback that stops early.

    Parameters
    ----------
    params : dict
        Of an estimator, or with the prefix of a step of a pipeline.

    Returns
    -------
    params : dict
        With all other callbacks.
    """
    lists = {
        name: [callback for callback in value if not _stops(callback)]
        for name, value in params.items()
        if name.rpartition("__")[2] == "callbacks" and value is not None
    }
    return {**params, **lists}


def _stops(callback: Any) -> bool:
    return type(callback).__name__ == "_EarlyStoppingCallback"


def trained_in_full(estimator: Any, params: Params) -> Params:
    """Switch early stopping off, unless the user passes the rows to stop by.

    Parameters
    ----------
    estimator : estimator
        Its parameter is set.
    params : dict
        What the user passes to `fit`.

    Returns
    -------
    params : dict
        What is left of it.
    """
    if not stops_early(estimator, params):
        return params
    estimator.set_params(**final_params(estimator, None))
    return without_stoppers(params)


def final_params(estimator: Any, n_rounds: int | None) -> dict[str, Any]:
    """Return the parameters that train an estimator so far, and without a stop.

    Parameters
    ----------
    estimator : estimator
        One of LightGBM or XGBoost, or a pipeline that ends in one.
    n_rounds : int or None
        None leaves their number as it is.

    Returns
    -------
    params : dict
        Under all names by which the estimator has the parameter.
    """
    if is_pipeline(estimator):
        name, last = estimator.steps[-1]
        inner = final_params(last, n_rounds)
        return {f"{name}__{key}": value for key, value in inner.items()}
    names, own = booster_of(estimator), estimator.get_params(deep=False)
    assert names is not None
    params: dict[str, Any] = {name: None for name in names.patience if name in own}
    if n_rounds is not None:
        params |= {name: n_rounds for name in names.rounds if name in own}
    return params


def best_iteration(estimator: Any) -> int:
    """Return how many rounds a fitted estimator predicts by.

    Parameters
    ----------
    estimator : estimator
        One that stopped early, or a pipeline that ends in one. Where it has no best
        round, as with LightGBM's dart, all of them count.
    """
    model = last_step(estimator)
    if hasattr(model, "get_booster"):  # XGBoost, which counts from 0
        return int(model.best_iteration) + 1
    return int(model.best_iteration_) or int(model.n_estimators_)
