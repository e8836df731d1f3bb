"""How long a suggestion takes once there is a history of some length.

Process CPU, all that a method does between two evaluations: what it is told, the fits
of its model, and the search for the next point.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.methods import METHODS, OURS, Method
from asv_benchmarks.quality.mixed import SPACE, Mixed
from asv_benchmarks.quality.peers.telling import quiet
from asv_benchmarks.quality.runs import search
from sksearch.optimizers import Random

WINDOW = 20  # suggestions over which the time is averaged


def in_one_run(name: str, marks: Sequence[int], seed: int) -> list[float]:
    """Return milliseconds per suggestion after each mark of one run from 0 on."""
    n = max(marks) + WINDOW
    with threadpool_limits(1):
        seconds = _seconds(METHODS[name](SPACE, seed, n), seed, n)
    return [1e3 * fmean(seconds[mark : mark + WINDOW]) for mark in marks]


def after_random_points(name: str, n: int, seed: int) -> float:
    """Return milliseconds per suggestion of a method that was told random points.

    Parameters
    ----------
    name : str
        Ours, or one of `PEERS`.
    n : int
        How many points it is told first.
    seed : int
        Of the method and the noise.
    """
    with threadpool_limits(1):
        _seconds(METHODS[name](SPACE, seed, WINDOW), seed, WINDOW)  # imports, caches
        method = METHODS[name](SPACE, seed, n + WINDOW)
        _TELL_RANDOM[name](method, n, seed)
        return 1e3 * fmean(_seconds(method, seed, WINDOW))


def _seconds(method: Method, seed: int, n: int) -> list[float]:
    return [seconds for _, seconds in search(method, Mixed(), seed, n)]


# -- random points, in the way that each method takes them ---------------------------


def _tell_ours(method: Any, n: int, seed: int) -> None:
    """Let random search make the first proposals."""
    found = method._search
    method._search = replace(found, optimizer=Random())
    _seconds(method, seed, n)
    method._search = replace(method._search, optimizer=found.optimizer)


def _tell_optuna(method: Any, n: int, seed: int) -> None:
    """Let Optuna's random sampler make the first proposals."""
    optuna = importlib.import_module("optuna")
    study = method._study
    sampler, study.sampler = study.sampler, optuna.samplers.RandomSampler(seed)
    _seconds(method, seed, n)
    study.sampler = sampler


def _tell_skopt(method: Any, n: int, seed: int) -> None:
    """Tell a list of points, after which its model is fitted once."""
    optimizer, problem = method._optimizer, Mixed()
    points = optimizer.space.rvs(n, random_state=seed)
    named = [dict(zip(method._keys, point, strict=True)) for point in points]
    params = [method._space.params(found) for found in named]
    losses = [-problem.evaluate(p, seed, i)[0] for i, p in enumerate(params)]
    with quiet():
        optimizer.tell(points, losses)


_TELL_RANDOM: dict[str, Callable[[Any, int, int], None]] = {
    OURS: _tell_ours,
    "optuna-gp": _tell_optuna,
    "skopt": _tell_skopt,
}
PEERS = tuple(name for name in _TELL_RANDOM if name != OURS)
