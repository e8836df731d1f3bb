"""Where candidates come from: the optimizer that was asked for, and what goes first."""

import itertools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sksearch.estimators._portfolio import portfolio
from sksearch.estimators._validation import (
    check_cost_aware,
    check_initial_params,
    check_prior,
)
from sksearch.optimizers import (
    EHVI,
    TPE,
    Auto,
    Bayesian,
    Grid,
    Optimizer,
    ParEGO,
    Random,
    Sobol,
    Source,
    Transfer,
)
from sksearch.optimizers._transfer import best_of_sources
from sksearch.space import SearchSpace

__all__ = [
    "OPTIMIZERS",
    "first_candidates",
    "make_optimizer",
    "n_points",
    "with_sources",
]

OPTIMIZERS: dict[str, Optimizer] = {
    "auto": Auto(),
    "gp": Bayesian(),
    "random": Random(),
    "sobol": Sobol(),
    "tpe": TPE(),
}
_MODELLESS = Grid | Random | Sobol

_MOST_ENTRIES = 2  # of a portfolio; more were worse after 50 candidates, and no better
_MOST_TRANSFERRED = 2  # the best of earlier searches: they may mislead
_MOST_BEFORE_A_MODEL = 1  # that proposes the like where they turn out good
_COUNTABLE = 100  # times n_iter: a space so small is counted, its constraint included


def make_optimizer(
    optimizer: Any,
    space: SearchSpace,
    n_trials: int,
    cost_aware: bool,
    known: Mapping[str, Optimizer] = OPTIMIZERS,
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
    known : dict of str to Optimizer, default=OPTIMIZERS
        Those that have a name.

    Raises
    ------
    TypeError
        If a class is passed for an instance.
    ValueError
        If the optimizer knows no costs and should, or has no model for a prior.
    """
    if isinstance(optimizer, type):
        name = optimizer.__name__
        raise TypeError(
            f"optimizer={name} is a class. Pass an instance, such as {name}()."
        )
    if cost_aware:
        aware = [name for name, each in known.items() if hasattr(each, "cost_budget")]
        check_cost_aware(optimizer, aware)
    if space.prior is not None:
        chosen = known[optimizer] if isinstance(optimizer, str) else optimizer
        check_prior(optimizer, isinstance(chosen, _MODELLESS))
    if not isinstance(optimizer, str):
        return optimizer
    if n_points(space, n_trials) <= n_trials:
        return Grid()
    named: Any = known[optimizer]
    return replace(named, cost_budget=n_trials) if cost_aware else named


def n_points(space: SearchSpace, n_trials: int) -> float:
    """Return how many points a space has, or a number above `n_trials`."""
    if space.size > _COUNTABLE * n_trials:
        return space.size
    return sum(1 for _ in itertools.islice(space.grid(), n_trials + 1))


def first_candidates(
    search: Any,
    space: SearchSpace,
    optimizer: Optimizer,
    n_trials: int,
    X: Any,
    sources: Sequence[Source] = (),
) -> list[Any]:
    """Return the user's candidates, earlier, likely, the estimator's, the portfolio's.

    Random search and grids have no design to begin: they are what they say.

    Parameters
    ----------
    search : BaseSearch
        Which estimator is tuned, and how it is to begin.
    space : SearchSpace
        What is searched.
    optimizer : Optimizer
        Which proposes the other candidates.
    n_trials : int
        How many are started at most.
    X : array-like
        The data, whose columns count.
    sources : sequence of Source, default=()
        What earlier searches have found.
    """
    first: dict[Any, Any] = {}
    for point in check_initial_params(search.initial_params, space):
        first.setdefault(space.key(point), point)
    if len(first) > n_trials:
        warnings.warn(
            f"initial_params has {len(first)} candidates, and the search starts "
            f"{n_trials}: only the first {n_trials} of them. Raise n_iter.",
            UserWarning,
            stacklevel=4,
        )
    guided = isinstance(search.optimizer, str) and _has_process(optimizer)
    most = _MOST_BEFORE_A_MODEL if guided else _MOST_TRANSFERRED
    for good in best_of_sources(sources, space, min(most, max(1, n_trials // 4))):
        first.setdefault(space.key(good), good)
    if search.initial_design == "auto" and not isinstance(optimizer, Grid | Random):
        for usual in _usual(search.estimator, space):
            first.setdefault(space.key(usual), usual)
        # What was good on other data; and there is room for points of a design.
        room = min(len(first) + _MOST_ENTRIES, n_trials // 3)
        branches = space.branches
        for entry in portfolio(search.estimator, space, branches, _n_columns(X)):
            if len(first) >= room:
                break
            first.setdefault(space.key(entry), entry)
    return list(first.values())


def _usual(estimator: Any, space: SearchSpace) -> Iterator[Any]:
    """Yield the likeliest point by the user's belief, and the estimator's own."""
    own = estimator.get_params(deep=True)
    believed = [] if space.prior is None else [{**own, **space.prior.mode}]
    points = (space.complete(values) for values in [*believed, own])
    yield from filter(None, points)


def with_sources(optimizer: Optimizer, sources: Sequence[Source]) -> Optimizer:
    """Return an optimizer that learns from earlier searches, if it has a process.

    Parameters
    ----------
    optimizer : Optimizer
        Which knows nothing of them.
    sources : sequence of Source
        What they have found.
    """
    if sources and _has_process(optimizer):
        return Transfer(optimizer, sources)
    return optimizer


def _has_process(optimizer: Optimizer) -> bool:
    return isinstance(optimizer, Auto | Bayesian | EHVI | ParEGO)


def _n_columns(X: Any) -> int | None:
    """Return the number of columns of a matrix or a frame, None for what is neither."""
    shape = getattr(X, "shape", None)
    return shape[1] if shape is not None and len(shape) == 2 else None
