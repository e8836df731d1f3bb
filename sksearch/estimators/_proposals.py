"""Where candidates come from: the optimizer that was asked for, and what goes first."""

import itertools
from collections.abc import Sequence
from typing import Any

from sksearch.estimators._validation import check_cost_aware, check_initial_params
from sksearch.optimizers import (
    TPE,
    Auto,
    Bayesian,
    Grid,
    Optimizer,
    Random,
    Sobol,
)
from sksearch.space import SearchSpace

__all__ = ["OPTIMIZERS", "first_candidates", "make_optimizer", "n_points"]

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "auto": Auto,
    "gp": Bayesian,
    "random": Random,
    "sobol": Sobol,
    "tpe": TPE,
}
_COST_AWARE: dict[str, type[Auto] | type[Bayesian]] = {"auto": Auto, "gp": Bayesian}

_COUNTABLE = 100  # times n_iter: a space so small is counted, its constraint included


def make_optimizer(
    optimizer: Any, space: SearchSpace, n_trials: int, cost_aware: bool
) -> Optimizer:
    """Return the optimizer of a search.

    Parameters
    ----------
    optimizer : str or Optimizer
        As users pass it.
    space : SearchSpace
        What is searched; if `n_trials` are enough for every point it is a grid.
    n_trials : int
        How many are started at most.
    cost_aware : bool
        Whether proposals are made by what is gained per second.

    Raises
    ------
    TypeError
        If a class is passed for an instance.
    ValueError
        If the optimizer knows no costs and should.
    """
    if isinstance(optimizer, type):
        name = optimizer.__name__
        raise TypeError(
            f"optimizer={name} is a class. Pass an instance, such as {name}()."
        )
    if cost_aware:
        check_cost_aware(optimizer, _COST_AWARE)
    if not isinstance(optimizer, str):
        return optimizer
    if n_points(space, n_trials) <= n_trials:
        return Grid()
    if cost_aware:
        return _COST_AWARE[optimizer](cost_budget=n_trials)
    return OPTIMIZERS[optimizer]()


def n_points(space: SearchSpace, n_trials: int) -> float:
    """Return how many points a space has, or a number above `n_trials`."""
    if space.size > _COUNTABLE * n_trials:
        return space.size
    return sum(1 for _ in itertools.islice(space.grid(), n_trials + 1))


def first_candidates(
    initial_params: Sequence[Any],
    estimator: Any,
    space: SearchSpace,
    optimizer: Optimizer,
) -> list[Any]:
    """Return the user's candidates, and the estimator's own where they are legal.

    Random search and grids have no design to begin: they are what they say.

    Parameters
    ----------
    initial_params : sequence of dict
        As users pass them.
    estimator : estimator
        What is tuned.
    space : SearchSpace
        What is searched.
    optimizer : Optimizer
        Which proposes the other candidates.
    """
    points = check_initial_params(initial_params, space)
    if not isinstance(optimizer, Grid | Random):
        own = space.complete(estimator.get_params(deep=True))
        points += [] if own is None else [own]
    distinct: dict[Any, Any] = {}
    for point in points:
        distinct.setdefault(space.key(point), point)
    return list(distinct.values())
