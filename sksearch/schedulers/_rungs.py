"""Rungs and brackets, counted in integers.

floor(log(R / r, factor)) loses a rung where the logarithm falls just below an integer,
as for 243 and 3, or 1000 and 10; dividing does not.
"""

from dataclasses import dataclass

__all__ = ["Bracket", "bracket_plan", "halving", "rung_resources"]


@dataclass(frozen=True)
class Bracket:
    """A round of successive halving.

    Parameters
    ----------
    resources : tuple of int
        Of its rungs, in rising order.
    sizes : tuple of int
        How many trials each rung takes.

    Examples
    --------
    >>> from sksearch.schedulers import Bracket
    >>> bracket = Bracket(resources=(1, 3, 9), sizes=(9, 3, 1))
    >>> sum(bracket.sizes)  # trainings
    13
    """

    resources: tuple[int, ...]
    sizes: tuple[int, ...]


def rung_resources(low: int, high: int, factor: float) -> tuple[int, ...]:
    """Return the resources of the rungs, which end exactly at `high`.

    Parameters
    ----------
    low, high : int
        The smallest and the largest resource, `low` at least 1.
    factor : float
        By which resources grow from rung to rung, above 1.

    Returns
    -------
    resources : tuple of int
        In rising order.

    Examples
    --------
    >>> rung_resources(1, 243, 3)
    (1, 3, 9, 27, 81, 243)
    >>> rung_resources(2, 1000, 10)
    (10, 100, 1000)
    """
    rungs = [high]
    while (lower := int(rungs[-1] // factor)) >= low:
        rungs.append(lower)
    return tuple(rungs[::-1])


def bracket_plan(
    resources: tuple[int, ...], factor: float, n_trials: int | None = None
) -> list[Bracket]:
    """Return the brackets of Hyperband, the one that halves most first.

    Bracket s of s_max + 1 starts ceil((s_max + 1) / (s + 1) factor^s) trials on its
    s + 1 rungs and takes one in `factor` of them to the next (Li, Jamieson, DeSalvo,
    Rostamizadeh and Talwalkar, "Hyperband", JMLR 2018, algorithm 1).

    Parameters
    ----------
    resources : tuple of int
        Of all rungs, as `rung_resources` returns them.
    factor : float
        As there.
    n_trials : int or None, default=None
        How many trials to start: brackets come round until there are so many, and the
        last one takes those that are left. None is one round.

    Returns
    -------
    brackets : list of Bracket
        At least one.

    Examples
    --------
    >>> for bracket in bracket_plan((1, 3, 9, 27), 3):
    ...     print(bracket.sizes, bracket.resources)
    (27, 9, 3, 1) (1, 3, 9, 27)
    (12, 4, 1) (3, 9, 27)
    (6, 2) (9, 27)
    (4,) (27,)
    """
    most = len(resources)
    round_ = [(_n_starts(most, s, factor), resources[-s:]) for s in range(most, 0, -1)]
    brackets: list[Bracket] = []
    left = sum(n for n, _ in round_) if n_trials is None else n_trials
    while left > 0:
        n, rungs = round_[len(brackets) % most]
        brackets.append(halving(rungs, factor, min(n, left)))
        left -= n
    return brackets


def _n_starts(most: int, n_rungs: int, factor: float) -> int:
    """Return ceil(most / n_rungs * factor^(n_rungs - 1)), of integers exactly."""
    return int(-(-most * factor ** (n_rungs - 1) // n_rungs))


def halving(resources: tuple[int, ...], factor: float, n_trials: int) -> Bracket:
    """Return the bracket that starts some trials and takes one in `factor` of them on.

    Parameters
    ----------
    resources : tuple of int
        Of its rungs.
    factor : float
        Above 1.
    n_trials : int
        How many start.

    Returns
    -------
    bracket : Bracket
        One trial at least gets to the last rung, however few start.

    Examples
    --------
    >>> halving((1, 3, 9), 3, 10).sizes
    (10, 3, 1)
    """
    sizes = [n_trials]
    while len(sizes) < len(resources):
        sizes.append(max(1, int(sizes[-1] // factor)))
    return Bracket(resources, tuple(sizes))
