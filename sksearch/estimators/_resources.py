"""Which resource an estimator is trained by, and between which bounds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.evaluation import (
    AddedTrees,
    Epochs,
    Evaluator,
    LastStep,
    Passes,
    Redone,
    Rows,
    Training,
    WarmStart,
    has_classes,
    row_order_of,
)
from sksearch.evaluation._heads import is_pipeline
from sksearch.evaluation._nets import is_net

__all__ = ["Data", "choose_training", "describe_data", "resource_bounds"]

_MOST_RUNGS = 5  # with min_resources="auto"
_ADDS_TREES = {
    "LGBMModel": AddedTrees("n_estimators", "init_model"),
    "XGBModel": AddedTrees("n_estimators", "xgb_model"),
    "CatBoost": AddedTrees("iterations", "init_model"),
}


@dataclass(frozen=True)
class Data:
    """What of the data decides about resources.

    Parameters
    ----------
    n_train : int
        Rows of the smallest training part.
    n_splits : int
        How many folds there are.
    n_classes : int
        1 where the target has no classes.
    how : {"stratified", "shuffled", "newest"}
        Which rows are first where there are fewer of them.
    seed : int
        Draws them.
    """

    n_train: int
    n_splits: int
    n_classes: int
    how: str
    seed: int

    def rows(self) -> Rows:
        """Return training by growing samples of the rows."""
        return Rows(self.n_train, self.how, self.seed)


# -- which -----------------------------------------------------------------------


def choose_training(
    estimator: Any,
    resource: str,
    searched: Mapping[str, list[Any]],
    max_resources: Any,
    data: Data,
) -> Training:
    """Return how an estimator is trained by a resource.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    resource : str
        "auto", "epochs", "n_samples", or an integer parameter of the estimator.
    searched : dict of str to list
        The parameters of the space, each with its choices where it has any.
    max_resources : int or "auto"
        As users pass it.
    data : Data
        For the rows.

    Returns
    -------
    training : Training
        With "auto" the first of: epochs of nets and of `partial_fit`, members of
        ensembles, trees that are added, rows; rows too where the largest resource
        shall be the estimator's own and it has none, or where the last step of a
        pipeline is searched and its choices are not all trained alike.

    Raises
    ------
    ValueError
        If the estimator has no such resource, or it is searched.
    """
    if resource == "n_samples":
        return data.rows()
    if resource == "auto":
        found = _own(estimator, searched)
        if found is None or found.parameter in searched:
            return data.rows()
        if not _are_alike(estimator, searched):
            return data.rows()
        has_most = max_resources != "auto" or _own_value(estimator, found) is not None
        return found if has_most else data.rows()
    make = _epochs if resource == "epochs" else _by
    training = make(estimator, resource, searched)
    if training.parameter in searched:
        raise ValueError(
            f"resource={resource!r} is {training.parameter}, which is searched too. "
            f"Take {training.parameter} out of param_distributions, or pass another "
            "resource."
        )
    return training


def _are_alike(estimator: Any, searched: Mapping[str, list[Any]]) -> bool:
    """Whether all that may stand as the last step is trained as the present one."""
    if not is_pipeline(estimator):
        return True
    name, last = estimator.steps[-1]
    own = _own(last, searched)
    return all(_own(choice, searched) == own for choice in searched.get(name, ()))


def _own(estimator: Any, searched: Collection[str]) -> Training | None:
    """Return the resource that an estimator is made for."""
    if is_pipeline(estimator):
        name, last = estimator.steps[-1]
        inner = _own(last, searched)
        return inner and LastStep(name, inner)
    names = _class_names(estimator)
    if is_net(estimator):
        return Epochs(_splits(estimator, searched))
    # A second pass of naive Bayes would count every row twice.
    if hasattr(estimator, "partial_fit") and "_BaseNB" not in names:
        return Passes()
    params = _params(estimator)
    if "warm_start" in params and "n_estimators" in params:
        return WarmStart("n_estimators")
    if "BaseHistGradientBoosting" in names:
        return WarmStart("max_iter")
    return next((_ADDS_TREES[name] for name in names if name in _ADDS_TREES), None)


def _epochs(estimator: Any, resource: str, searched: Collection[str]) -> Training:
    last = estimator.steps[-1][1] if is_pipeline(estimator) else estimator
    if not is_net(last) and not hasattr(last, "partial_fit"):
        raise ValueError(
            f"resource={resource!r} needs an estimator with partial_fit, which "
            f"{last!r} has not. Pass resource='n_samples', or an integer parameter of "
            "it."
        )
    training = Epochs(_splits(last, searched)) if is_net(last) else Passes()
    if last is estimator:
        return training
    return LastStep(estimator.steps[-1][0], training)


def _by(estimator: Any, parameter: str, searched: Collection[str]) -> Training:
    """Return how a parameter of the estimator is raised."""
    value = estimator.get_params(deep=True).get(parameter, "")
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_integer and value is not None:
        raise ValueError(
            f"resource={parameter!r} is no integer parameter of {estimator!r}. Pass "
            f"'auto', 'epochs', 'n_samples' or one of {_integers(estimator)}."
        )
    own = _own(estimator, searched)
    return own if own is not None and own.parameter == parameter else Redone(parameter)


def _integers(estimator: Any) -> list[str]:
    params = estimator.get_params(deep=True).items()
    return [
        name
        for name, value in params
        if isinstance(value, int) and not isinstance(value, bool)
    ]


def _splits(net: Any, searched: Collection[str]) -> bool:
    """Whether a net is to hold back rows: how is searched, or a callback wants them."""
    if any(name.rpartition("__")[2] == "train_split" for name in searched):
        return True
    monitored = (getattr(c, "monitor", "") for c in _callbacks(net))
    return any(isinstance(name, str) and "valid" in name for name in monitored)


def _callbacks(net: Any) -> list[Any]:
    callbacks = net.callbacks if isinstance(net.callbacks, list) else []
    return [c[1] if isinstance(c, tuple) else c for c in callbacks]


def _class_names(estimator: Any) -> list[str]:
    return [base.__name__ for base in type(estimator).__mro__]


def _params(estimator: Any) -> dict[str, Any]:
    return estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}


# -- how much --------------------------------------------------------------------


def resource_bounds(
    estimator: Any,
    training: Training,
    bounds: tuple[Any, Any],
    factor: float,
    data: Data,
) -> tuple[int, int]:
    """Return the smallest and the largest resource.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    training : Training
        How its resource is spent.
    bounds : tuple of int or "auto"
        `min_resources` and `max_resources`.
    factor : float
        By which resources grow from rung to rung.
    data : Data
        For the rows.

    Raises
    ------
    ValueError
        If the bounds are the wrong way round, there is no value to take for the largest
        one, or there are not so many rows.
    """
    low, high = bounds
    if high == "auto":
        high = _largest(estimator, training, data)
    is_rows = training.resource == "n_samples"
    if is_rows and high > data.n_train:
        raise ValueError(
            f"max_resources={high} is more than the {data.n_train} rows that the "
            "smallest training part has. Pass at most that, or 'auto'."
        )
    if low == "auto":
        # As in scikit-learn's halving: two rows of each class in every fold.
        fewest = 2 * data.n_splits * data.n_classes if is_rows else 1
        low = min(high, max(fewest, int(high // factor ** (_MOST_RUNGS - 1))))
    if low > high:
        raise ValueError(
            f"max_resources={high} is smaller than min_resources={low}. Raise "
            "max_resources, or pass min_resources='auto'."
        )
    return int(low), int(high)


def _largest(estimator: Any, training: Training, data: Data) -> int:
    """Return the estimator's own value."""
    if training.resource == "n_samples":
        return data.n_train
    value = _own_value(estimator, training)
    if value is None:
        raise ValueError(
            f"max_resources='auto' is the estimator's own value for "
            f"{training.resource}, but it has none. Pass max_resources."
        )
    return value


def _own_value(estimator: Any, training: Training) -> int | None:
    """Return how far an estimator would train by itself."""
    last = estimator.steps[-1][1] if is_pipeline(estimator) else estimator
    value = (
        estimator.get_params(deep=True)[training.parameter]
        if training.parameter
        else _params(last).get("max_iter")
    )
    if isinstance(value, int | np.integer) and value >= 1:
        return int(value)
    return None


def describe_data(estimator: Any, y: Any, evaluator: Evaluator, groups: Any) -> Data:
    """Return what of the data decides about resources."""
    how = row_order_of(estimator, y, evaluator.splits)
    n_classes = len(np.unique(y)) if has_classes(estimator, y) else 1
    if how == "stratified" and (n_classes == 1 or groups is not None):
        how = "shuffled"
    n_train = min(len(train) for train, _ in evaluator.splits)
    return Data(n_train, len(evaluator.splits), n_classes, how, evaluator.seed)
