"""From the arguments of a population's search to how its members are trained."""

import numbers
from typing import Any

from sksearch._sklearn_compat import HasMethods, Interval, RealNotInt, StrOptions
from sksearch.estimators._generations import InGenerations
from sksearch.estimators._planning import (
    RUNG_CONSTRAINTS,
    check_rows_known,
    data_before,
    most_bytes,
    training_of,
)
from sksearch.estimators._resources import Data, describe_data, resource_bounds
from sksearch.estimators._validation import COUNT
from sksearch.evaluation import Evaluator, Training
from sksearch.schedulers import Bandit, Explore
from sksearch.space import SearchSpace

__all__ = ["GENERATION_CONSTRAINTS", "start_in_generations"]

_SHARED = "resource", "max_resources", "max_checkpoint_bytes"
GENERATION_CONSTRAINTS: dict[str, list[Any]] = {
    **{name: RUNG_CONSTRAINTS[name] for name in _SHARED},
    "population_size": [Interval(numbers.Integral, 2, None, closed="left")],
    "step": [COUNT, Interval(RealNotInt, 0, 1, closed="right")],
    "quantile": [Interval(numbers.Real, 0, 0.5, closed="right")],
    "explore": [StrOptions({"perturb", "resample", "pb2"})],
    "resample_probability": [Interval(numbers.Real, 0, 1, closed="both")],
    "fixed_params": [list, tuple],
    "optimizer": [StrOptions({"sobol", "random"}), HasMethods(["ask"])],
}


def start_in_generations(
    search: Any, evaluator: Evaluator | None, y: Any, groups: Any
) -> InGenerations:
    """Return the generations of a search that begins, and tell them as attributes.

    Parameters
    ----------
    search : PopulationSearchCV
        With its parameters.
    evaluator : Evaluator or None
        With the data and the splits; None tells nothing, for there are none yet.
    y, groups : array-like or None
        What is known of the rows.

    Raises
    ------
    ValueError
        If the estimator cannot train on, a step is larger than the whole, or no
        parameter may change in training.
    """
    if evaluator is None:
        generations = _generations(search, data_before(search))
        check_rows_known(search, generations.training)
        return generations
    data = describe_data(search.estimator, y, evaluator, groups)
    generations = _generations(search, data)
    search.max_resources_ = generations.resource
    search.step_ = generations.resources[0]
    search.fixed_params_ = sorted(generations.explore.fixed)
    search.resource_ = generations.training.resource
    search.checkpoint_bytes_ = 0
    if search.verbose:
        print(
            f"resource {search.resource_!r} to {search.max_resources_}: "
            f"{search.population_size} members, compared every {search.step_}"
        )
    return generations


def _generations(search: Any, data: Data) -> InGenerations:
    training = training_of(search, data)
    bounds = (1, search.max_resources)
    _, high = resource_bounds(search.estimator, training, bounds, 2, data)
    resources = _resources(search.step, high)
    if len(resources) > 1:
        _check_trains_on(search, training)
    return InGenerations(
        training,
        resources,
        search.population_size,
        search.quantile,
        _explore(search, training, len(resources) > 1),
        not search.asynchronous,
        most_bytes(search),
    )


def _resources(step: Any, high: int) -> tuple[int, ...]:
    """Return where members are compared; the last step may be a shorter one."""
    if not isinstance(step, numbers.Integral):
        step = max(1, round(step * high))
    if step > high:
        raise ValueError(
            f"step={step} is larger than max_resources={high}. Pass a smaller one, or "
            "a share such as 0.1."
        )
    return (*range(int(step), high, int(step)), high)


def _check_trains_on(search: Any, training: Training) -> None:
    if training.continues:
        return
    raise ValueError(
        f"{search.estimator!r} cannot be trained on by resource={training.resource!r}, "
        "and a member of a population goes on from the state of another one. That "
        "takes partial_fit, an ensemble with warm_start, LightGBM, XGBoost or a skorch "
        "net, in a pipeline as its last step, and a max_resources where it has no "
        "value of its own. Use HyperbandSearchCV, or pass step=1.0 for one generation."
    )


def _explore(search: Any, training: Training, is_trained_on: bool) -> Explore | Bandit:
    """Return how parameters move, and check that some do."""
    space = SearchSpace(search.param_distributions)
    known = [name for name in search.fixed_params if name not in space.names]
    if known:
        raise ValueError(
            f"fixed_params has {known}, which are not in param_distributions. Pass "
            f"names among {list(space.names)}."
        )
    bound = _never_changed(search.estimator, space, training)
    fixed = set(search.fixed_params) | bound
    if is_trained_on and fixed == set(space.names):
        raise ValueError(_why_nothing_moves(search, sorted(fixed), sorted(bound)))
    probability = 1.0 if search.explore == "resample" else search.resample_probability
    explore = Explore(probability, frozenset(fixed))
    return Bandit(explore) if search.explore == "pb2" else explore


def _why_nothing_moves(search: Any, fixed: list[str], bound: list[str]) -> str:
    if fixed == bound:
        return (
            f"None of {fixed} may change while {search.estimator!r} is trained: what "
            "it has learned depends on them. Search a learning rate or a penalty as "
            "well, or use HyperbandSearchCV."
        )
    anyway = f", for {bound} cannot change anyway" if bound else ""
    return (
        f"fixed_params={search.fixed_params!r} leaves nothing that may change while "
        f"{search.estimator!r} is trained{anyway}. Take a parameter out of it, search "
        "another one as well, or use HyperbandSearchCV."
    )


def _never_changed(estimator: Any, space: SearchSpace, training: Training) -> set[str]:
    """Return the parameters that trained candidates of an estimator cannot change."""
    return {
        name
        for dimensions in space.branches
        for name, dimension in dimensions.items()
        if not training.may_change(estimator, name, dimension.ppf(0.5))
    }
