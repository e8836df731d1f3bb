"""From the arguments of a search to how far its candidates are trained."""

import dataclasses
import numbers
from typing import Any

from sksearch._sklearn_compat import Interval, StrOptions
from sksearch.estimators._batching import told_of_batching
from sksearch.estimators._resources import (
    Data,
    choose_training,
    describe_data,
    resource_bounds,
)
from sksearch.estimators._rungs import OnRungs
from sksearch.estimators._validation import COUNT, count_splits, searched_choices
from sksearch.evaluation import Evaluator, Training

__all__ = [
    "RUNG_CONSTRAINTS",
    "check_rows_known",
    "data_before",
    "most_bytes",
    "start_on_rungs",
    "training_of",
]

RUNG_CONSTRAINTS: dict[str, list[Any]] = {
    "resource": [str],
    "min_resources": [StrOptions({"auto"}), COUNT],
    "max_resources": [StrOptions({"auto"}), COUNT],
    "factor": [Interval(numbers.Real, 1, None, closed="neither")],
    "n_iter": [COUNT, None],
    "max_checkpoint_bytes": [StrOptions({"auto"}), COUNT],
}


def start_on_rungs(
    search: Any, evaluator: Evaluator | None, y: Any, groups: Any
) -> OnRungs:
    """Return the rungs of a search that begins, and tell them as its attributes.

    Parameters
    ----------
    search : BaseSearch
        With the parameters of `HyperbandSearchCV`.
    evaluator : Evaluator or None
        With the data and the splits; None tells nothing, for there are none yet.
    y, groups : array-like or None
        What is known of the rows.

    Raises
    ------
    ValueError
        Without data, if the resource is rows and `max_resources` is "auto".
    """
    if evaluator is None:
        return _before_data(search)
    data = describe_data(search.estimator, y, evaluator, groups)
    rungs = _rungs(search, data)
    tell = told_of_batching(search, evaluator, rungs.training)
    rungs = dataclasses.replace(rungs, tell=tell)
    search.min_resources_, search.max_resources_ = rungs.bounds
    search.resource_ = rungs.training.resource
    search.continued_ = rungs.training.continues
    search.checkpoint_bytes_ = 0
    if search.verbose:
        how = "trained on" if search.continued_ else "fitted again at each rung"
        print(
            f"resource {search.resource_!r} from {search.min_resources_} to "
            f"{search.max_resources_}: candidates are {how}"
        )
    return rungs


def _before_data(search: Any) -> OnRungs:
    rungs = _rungs(search, data_before(search))
    check_rows_known(search, rungs.training)
    return rungs


def data_before(search: Any) -> Data:
    """Return what is known of the data of a search before there are any."""
    is_auto = search.max_resources == "auto"
    most = 2**62 if is_auto else int(search.max_resources)
    n_splits = count_splits(search.cv) or 1
    return Data(most, n_splits, 1, "shuffled", 0)


def check_rows_known(search: Any, training: Training) -> None:
    """Raise ValueError where only data tell how many rows there are."""
    if training.resource == "n_samples" and search.max_resources == "auto":
        raise ValueError(
            "max_resources='auto' is the number of training rows, which only the data "
            "tell. Pass X and y, or max_resources, or read metadata_ after fit."
        )


def training_of(search: Any, data: Data) -> Training:
    """Return how the candidates of a search are trained, as its arguments say."""
    searched = searched_choices(search.param_distributions)
    return choose_training(
        search.estimator, search.resource, searched, search.max_resources, data
    )


def most_bytes(search: Any) -> int | None:
    """Return what checkpoints of a search may take; None is half of what is free."""
    most = search.max_checkpoint_bytes
    return None if most == "auto" else most


def _rungs(search: Any, data: Data) -> OnRungs:
    training = training_of(search, data)
    bounds = resource_bounds(
        search.estimator,
        training,
        (search.min_resources, search.max_resources),
        search.factor,
        data,
    )
    which = search.scheduler
    if which == "auto":
        which = "asha" if search.asynchronous else "hyperband"
    return OnRungs(
        training,
        bounds,
        search.factor,
        which,
        search.n_iter,
        most_bytes(search),
    )
