"""What somebody believes who is nearly right, and who is as wrong as can be."""

from functools import lru_cache
from statistics import fmean
from typing import Any

import numpy as np

from asv_benchmarks.quality.interface import Params, stream
from asv_benchmarks.transfer.families import load
from sksearch.optimizers._sobol import sobol_points
from sksearch.space import SearchSpace

__all__ = ["BELIEFS", "prior_of"]

BELIEFS = ("none", "good", "wrong")
_SPREAD = 0.15  # one standard deviation, as a share of a range
_SURE = 0.6  # that the choice which is named is the best
_N_LOOKS = 256  # for the best point where there is no table
_UNSEEN = 10_000  # a seed that no run has


def prior_of(task: str, belief: str, seed: int) -> dict[str, Any] | None:
    """Return the prior of a run, as users write it.

    Parameters
    ----------
    task : str
        What is searched.
    belief : {"none", "good", "wrong"}
        A good one is off the best point by as much as it says, one standard deviation
        on the mean; a wrong one is around the corner that is farthest from it.
    seed : int
        Of the run; draws how far a good one is off.
    """
    if belief == "none":
        return None
    rng = np.random.default_rng([stream(task, seed), 1])
    space, best = load(task).space, best_of(task)
    return {
        name: _around(values, best[name], belief == "good", rng)
        for name, values in space.items()
    }


@lru_cache(maxsize=32)
def best_of(task: str) -> Params:
    """Return the best point of a table; of a live task the best of a Sobol sequence.

    On rows that no run draws: to judge each by ten folds of all would take too long.
    """
    problem = load(task)
    space = SearchSpace(problem.space)
    if np.isfinite(space.size):
        return min(space.grid(), key=problem.regret)
    points = map(space.from_unit, sobol_points(space.n_coordinates, 0, _N_LOOKS))
    return max(points, key=lambda point: fmean(problem.evaluate(point, _UNSEEN, 0)))


def _around(values: Any, best: Any, is_good: bool, rng: np.random.Generator) -> Any:
    """Return what is believed of one parameter."""
    if isinstance(values, tuple):
        return _range(values, best, is_good, rng)
    if all(isinstance(value, int | float) for value in values):
        return _listed(values, values.index(best), is_good, rng)
    others = [value for value in values if value != best]
    if not is_good or rng.random() > _SURE:
        return others[int(rng.integers(len(others)))], _SURE
    return best, _SURE


def _range(values: Any, best: float, is_good: bool, rng: np.random.Generator) -> Any:
    low, high, *prior = values
    is_log = prior == ["log-uniform"]
    ends = np.log([low, high]) if is_log else np.array([low, high], dtype=float)
    place = ((np.log(best) if is_log else best) - ends[0]) / np.ptp(ends)
    x = _centre(place, is_good, rng)
    at, width = ends[0] + x * np.ptp(ends), _SPREAD * np.ptp(ends)
    pair = np.exp([at, width]) if is_log else np.array([at, width])
    return float(np.clip(pair[0], low, high)), float(pair[1])


def _listed(values: Any, row: int, is_good: bool, rng: np.random.Generator) -> Any:
    """Return probabilities that fall off beside one of some numbers, in order."""
    places = np.linspace(0.0, 1.0, len(values))
    x = _centre(places[row], is_good, rng)
    weights = np.exp(-0.5 * np.square((places - x) / _SPREAD)) + 1e-3
    return dict(zip(values, (weights / weights.sum()).tolist(), strict=True))


def _centre(best: float, is_good: bool, rng: np.random.Generator) -> float:
    """Return where the belief is centred, as a share of the range."""
    if not is_good:
        return 1.0 if best < 0.5 else 0.0
    return float(np.clip(best + _SPREAD * rng.standard_normal(), 0.0, 1.0))
