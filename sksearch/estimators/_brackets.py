"""What a multi-fidelity search plans, and what it has done."""

from collections.abc import Sequence
from typing import Any

from sksearch.history import History
from sksearch.schedulers import (
    ASHA,
    Bracket,
    Hyperband,
    bracket_plan,
    halving,
    rung_resources,
)

__all__ = ["brackets_done", "plan_brackets", "scheduler_for", "steps", "summary"]


def plan_brackets(
    scheduler: str, bounds: tuple[int, int], factor: float, n_trials: int | None
) -> list[Bracket]:
    """Return the brackets of a search; of ASHA the one that waiting would make.

    Parameters
    ----------
    scheduler : {"hyperband", "halving", "asha"}
        Which one.
    bounds : tuple of int
        The smallest and the largest resource.
    factor : float
        By which resources grow.
    n_trials : int or None
        How many trials are started; None is as many as one round of Hyperband.
    """
    resources = rung_resources(*bounds, factor)
    brackets = bracket_plan(resources, factor, n_trials)
    if scheduler == "hyperband":
        return brackets
    if n_trials is None:
        of_all = sum(bracket.sizes[0] for bracket in brackets)
        n_trials = brackets[0].sizes[0] if scheduler == "halving" else of_all
    return [halving(resources, factor, n_trials)]


def scheduler_for(
    scheduler: str,
    brackets: Sequence[Bracket],
    factor: float,
    initial_params: Sequence[Any],
) -> Hyperband | ASHA:
    """Return what decides who is trained on.

    Parameters
    ----------
    scheduler : {"hyperband", "halving", "asha"}
        Which one.
    brackets : sequence of Bracket
        Of `plan_brackets`.
    factor : float
        One in so many goes on.
    initial_params : sequence of dict
        Of the first trials.
    """
    if scheduler != "asha":
        return Hyperband(brackets, initial_params)
    [bracket] = brackets
    return ASHA(bracket.resources, factor, bracket.sizes[0], initial_params)


def brackets_done(history: History, n_brackets: int) -> list[Bracket]:
    """Return the brackets of a history: who was on their rungs.

    Parameters
    ----------
    history : History
        The log of a search.
    n_brackets : int
        How many there are.
    """
    counts: list[dict[int, int]] = [{} for _ in range(n_brackets)]
    for trial_id, resource in history.tasks():
        if history.evaluations(trial_id, resource):
            rungs = counts[history.trials[trial_id].tags["bracket"]]
            rungs[resource] = rungs.get(resource, 0) + 1
    return [
        Bracket(tuple(sorted(rungs)), tuple(rungs[r] for r in sorted(rungs)))
        for rungs in counts
    ]


def summary(
    brackets: Sequence[Bracket], resource: str, continues: bool
) -> dict[str, Any]:
    """Return what brackets cost, on each fold.

    Parameters
    ----------
    brackets : sequence of Bracket
        Planned, or done.
    resource : str
        What is spent.
    continues : bool
        Whether training goes on from rung to rung, or begins again.
    """
    spent = (n * amount for b in brackets for n, amount in steps(b, continues))
    return {
        "resource": resource,
        "brackets": [
            {"n_candidates": list(b.sizes), "n_resources": list(b.resources)}
            for b in brackets
        ],
        "n_candidates": sum(b.sizes[0] for b in brackets if b.sizes),
        "total_resources": sum(spent),
    }


def steps(bracket: Bracket, continues: bool) -> list[tuple[int, int]]:
    """Return of each rung how many stand on it, and by how much each is trained.

    Parameters
    ----------
    bracket : Bracket
        Planned, or done.
    continues : bool
        Whether training goes on from rung to rung, or begins again.

    Examples
    --------
    >>> from sksearch.estimators._brackets import steps
    >>> from sksearch.schedulers import Bracket
    >>> steps(Bracket((1, 3, 9), (9, 3, 1)), continues=True)
    [(9, 1), (3, 2), (1, 6)]
    """
    before = (0, *bracket.resources) if continues else (0,) * len(bracket.sizes)
    rungs = zip(bracket.sizes, bracket.resources, before, strict=False)
    return [(size, resource - start) for size, resource, start in rungs]
