"""Functions whose fronts are known: ZDT1 to 4 and 6, DTLZ2 and 7.

Zitzler, Deb and Thiele (2000), "Comparison of multiobjective evolutionary algorithms:
empirical results"; Deb, Thiele, Laumanns and Zitzler (2005), "Scalable test problems
for evolutionary multiobjective optimization". In five and six dimensions: a hundred
evaluations in the thirty of the first paper say little of any search.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from asv_benchmarks.quality.interface import Array, Params, Space, stream
from asv_benchmarks.quality.multi.volumes import MultiProblem, Scale, reference

ZDT_DIMENSION, DTLZ_DIMENSION = 5, 6
ZDT = tuple(f"zdt{number}" for number in (1, 2, 3, 4, 6))
DTLZ = tuple(f"dtlz{number}-m{m}" for number in (2, 7) for m in (2, 3))
# The best and the worst of each objective on the front. The first objective of ZDT6 is
# not 0 anywhere; the other numbers that are not whole are ends of pieces of fronts.
ENDS: dict[str, tuple[list[float], list[float]]] = {
    **dict.fromkeys(("zdt1", "zdt2", "zdt4"), ([0.0, 0.0], [1.0, 1.0])),
    "zdt3": ([0.0, -0.773369], [0.851833, 1.0]),
    "zdt6": ([0.280775, 0.0], [1.0, 0.921165]),
    "dtlz2-m2": ([0.0] * 2, [1.0] * 2),
    "dtlz2-m3": ([0.0] * 3, [1.0] * 3),
    "dtlz7-m2": ([0.0, 2.307005], [0.859401, 4.0]),
    "dtlz7-m3": ([0.0, 0.0, 2.614009], [0.859401, 0.859401, 6.0]),
}
_N_RANDOM = 2_000
_N_LEVELS = 1_000  # of the midpoint rule, in each objective but the last


@dataclass(frozen=True, eq=False)
class ClosedForm(MultiProblem):
    """A function without noise.

    Parameters
    ----------
    name, space, scale
        As of `MultiProblem`.
    function : callable
        From x of shape (d,) to the losses (m,).
    """

    function: Callable[[Array], Array]

    def losses(self, params: Params) -> Array:
        """Return the losses of a point."""
        return self.function(np.array([params[name] for name in self.space]))


# -- functions -------------------------------------------------------------------------


def zdt(number: int, x: Array) -> Array:
    """Return the two losses of one of ZDT's functions."""
    first, rest = float(x[0]), x[1:]
    if number == 6:
        first = float(1.0 - np.exp(-4.0 * x[0]) * np.sin(6.0 * np.pi * x[0]) ** 6)
        g = 1.0 + 9.0 * rest.mean() ** 0.25
    elif number == 4:
        waves = rest**2 - 10.0 * np.cos(4.0 * np.pi * rest)
        g = 1.0 + 10.0 * len(rest) + waves.sum()
    else:
        g = 1.0 + 9.0 * rest.mean()
    return np.array([first, g * _zdt_shape(number, first, g)])


def _zdt_shape(number: int, first: Array | float, g: float) -> Array:
    ratio = np.asarray(first) / g
    if number in (2, 6):
        return np.asarray(1.0 - ratio**2)
    shape = 1.0 - np.sqrt(ratio)
    waves = ratio * np.sin(10.0 * np.pi * np.asarray(first)) if number == 3 else 0.0
    return np.asarray(shape - waves)


def dtlz2(m: int, x: Array) -> Array:
    """Return the losses of DTLZ2: its front is a part of the unit sphere."""
    angles, rest = x[: m - 1] * np.pi / 2.0, x[m - 1 :]
    radius = 1.0 + ((rest - 0.5) ** 2).sum()
    cosines = np.concatenate([[1.0], np.cumprod(np.cos(angles))])
    sines = np.concatenate([[1.0], np.sin(angles[::-1])])
    return np.asarray(radius * cosines[::-1] * sines)


def dtlz7(m: int, x: Array) -> Array:
    """Return the losses of DTLZ7: its front is in 2^(m - 1) pieces."""
    g = 1.0 + 9.0 * x[m - 1 :].mean()
    return np.append(x[: m - 1], _dtlz7_last(list(x[: m - 1]), g))


def _dtlz7_last(others: list[Array], g: float) -> Array:
    waves = [f / (1.0 + g) * (1.0 + np.sin(3.0 * np.pi * f)) for f in others]
    return np.asarray((1.0 + g) * (len(others) + 1 - sum(waves)))


# -- fronts ----------------------------------------------------------------------------


def lowest(task: str, others: list[Array]) -> Array:
    """Return the last loss on the front's surface, at levels of the others.

    Beyond 1, which no other loss exceeds on these fronts, it stays what it is there.
    """
    number, _ = _parse(task)
    within = [np.minimum(f, 1.0) for f in others]
    if task in ZDT:
        shape = _zdt_shape(number, within[0], 1.0)
        return np.where(within[0] >= ENDS[task][0][0], shape, np.inf)
    if number == 2:
        return np.asarray(np.sqrt(np.maximum(1.0 - sum(f**2 for f in within), 0.0)))
    return _dtlz7_last(within, 1.0)


def best_volume(task: str, scale: Scale) -> float:
    """Return the volume of the front by the midpoint rule, in units of the box."""
    attained = attained_below(task, scale.reference)
    low, high = scale.ideal, scale.reference
    heights = np.maximum(high[-1] - attained, 0.0) / (high[-1] - low[-1])
    # The levels begin at 0, the ideal at what the front has.
    widths = high[:-1] / (high[:-1] - low[:-1])
    return float(heights.mean() * np.prod(widths))


def attained_below(task: str, highest: Array) -> Array:
    """Return the least of the last objective below levels of the others.

    The levels are the middles of a thousand steps from 0, below which no objective but
    the last is in these problems, to `highest`.
    """
    levels = [(np.arange(_N_LEVELS) + 0.5) / _N_LEVELS * top for top in highest[:-1]]
    attained = lowest(task, list(np.meshgrid(*levels, indexing="ij")))
    for axis in range(attained.ndim):
        attained = np.minimum.accumulate(attained, axis=axis)
    return attained


# -- problems --------------------------------------------------------------------------


@cache
def load(task: str) -> ClosedForm:
    """Return a function by the name of its task."""
    number, m = _parse(task)
    shapes = {2: dtlz2, 7: dtlz7}

    def function(x: Array) -> Array:
        return zdt(number, x) if task in ZDT else shapes[number](m, x)

    space = _space(task)
    ideal, nadir = map(np.array, ENDS[task])
    rng = np.random.default_rng(stream(task, 0))
    low, high = np.array(list(space.values())).T
    drawn = rng.uniform(low, high, (_N_RANDOM, len(space)))
    corner = reference(ideal, nadir, np.array([function(x) for x in drawn]))
    best = best_volume(task, Scale(ideal, corner))
    return ClosedForm(task, space, Scale(ideal, corner, best), function)


def _space(task: str) -> Space:
    n = ZDT_DIMENSION if task in ZDT else DTLZ_DIMENSION
    others = (-5.0, 5.0) if task == "zdt4" else (0.0, 1.0)
    return {f"x{i}": others if i else (0.0, 1.0) for i in range(n)}


def _parse(task: str) -> tuple[int, int]:
    """Return the number of a function and how many objectives it has."""
    number = next(int(letter) for letter in task if letter.isdigit())
    return number, 2 if task in ZDT else int(task[-1])
