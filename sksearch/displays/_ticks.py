"""Scales of axes, and ticks that do not touch."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays._extras import import_extra
from sksearch.displays._layout import inches

__all__ = [
    "cost_axis",
    "linear_axis",
    "log_axis",
    "name_ticks",
    "thin_out",
    "time_axis",
    "whole_ticks",
]

Array = NDArray[np.float64]

_MOST_NAMES = 10  # below one axis
_MOST_TICKS = 6  # of a logarithmic axis
_CHARACTER = 0.08  # inches
_UNITS = (  # what is written at an axis of times, its seconds, and from which end on
    ("hours", 3600.0, 7200.0),
    ("minutes", 60.0, 300.0),
    ("seconds", 1.0, -np.inf),
)


def linear_axis(ax: Any, low: float, high: float) -> None:
    """Let an axis reach from end to end."""
    margin = 0.04 * (high - low)
    if margin > 0.0:
        ax.set_xlim(low - margin, high + margin)


def log_axis(ax: Any, low: float, high: float) -> None:
    """Give an axis a logarithmic scale, with ticks that do not touch."""
    ticker = import_extra("matplotlib.ticker", "A plot")
    margin = (high / low) ** 0.04
    ax.set_xscale("log")
    ax.set_xlim(low / margin, high * margin)
    subs = (1.0,) if high / low > 30.0 else (1.0, 2.0, 5.0)
    n_ticks = max(3, round(inches(ax) / 0.4))
    ax.xaxis.set_major_locator(ticker.LogLocator(subs=subs, numticks=n_ticks))
    ax.xaxis.set_minor_locator(ticker.LogLocator(subs=(1.0,), numticks=99))  # decades
    ax.xaxis.set_minor_formatter(ticker.NullFormatter())
    if low >= 1e-3 and high <= 1e4:
        ax.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))


def cost_axis(ax: Any, axis: str, scores: Array) -> None:
    """Scale an axis of minus costs by the logarithm of the costs; good ends stay there.

    Parameters
    ----------
    ax : matplotlib Axes
        With everything drawn.
    axis : {"x", "y"}
        Which one.
    scores : ndarray of shape (n,)
        What it shows; those that are not below 0 are not seen.
    """
    costs = -scores[scores < 0.0]
    if not len(costs):
        return
    low, high = float(costs.min()), float(costs.max())
    scale = {"functions": (lambda s: -_log10(-s), lambda t: -(10.0**-t))}
    getattr(ax, f"set_{axis}scale")("function", **scale)
    margin = max((high / low) ** 0.04, 1.02)
    getattr(ax, f"set_{axis}lim")(-high * margin, -low / margin)
    most = _MOST_TICKS if axis == "y" else _n_beside(ax, f"{-low:g}", f"{-high:g}")
    ticks = [-tick for tick in _decade_ticks(low, high, most)]
    fix_minus = import_extra("matplotlib.ticker", "A plot").Formatter.fix_minus
    getattr(ax, f"set_{axis}ticks")(ticks, [fix_minus(f"{tick:g}") for tick in ticks])


def _n_beside(ax: Any, *labels: str) -> int:
    """Return how many labels like these have room below an axis."""
    width = _CHARACTER * (2 + max(map(len, labels)))
    return max(2, min(_MOST_TICKS, int(inches(ax) / width)))


def _log10(costs: Any) -> Any:
    return np.log10(np.maximum(costs, 1e-300))


def _decade_ticks(low: float, high: float, most: int) -> list[float]:
    """Return round numbers between two others, so many at the most.

    >>> _decade_ticks(3.0, 40.0, most=6)
    [5.0, 10.0, 20.0]
    >>> _decade_ticks(3.0, 4e6, most=6)
    [10.0, 100.0, 1000.0, 10000.0, 100000.0, 1000000.0]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        found = [float(f"{step}e{k}") for k in decades for step in steps]
        inside = [tick for tick in found if low <= tick <= high]
        if len(inside) <= most:
            return inside or [low]
    return inside[:: math.ceil(len(inside) / most)]


def whole_ticks(ax: Any) -> None:
    """Put ticks at whole numbers only."""
    ticker = import_extra("matplotlib.ticker", "A plot")
    found = {"integer": True, "min_n_ticks": 1, "steps": [1, 2, 2.5, 5, 10]}
    ax.xaxis.set_major_locator(ticker.MaxNLocator("auto", **found))


def time_axis(ax: Any) -> str:
    """Have ticks of an axis of seconds at minutes or hours; return in what they are."""
    ticker = import_extra("matplotlib.ticker", "A plot")
    ends = ax.get_xlim()
    unit, seconds, _ = next(row for row in _UNITS if ends[1] >= row[2])
    if seconds > 1.0:
        low, high = ends[0] / seconds, ends[1] / seconds
        locator = ticker.MaxNLocator(_MOST_TICKS, steps=[1, 2, 5, 10])
        found = locator.tick_values(low, high).tolist()
        shown = [tick for tick in found if low <= tick <= high]
        places = [tick * seconds for tick in shown]
        ax.set_xticks(places, [f"{tick:g}" for tick in shown])
    return unit


def thin_out(ax: Any) -> None:
    """Have fewer ticks on a linear x axis where their numbers would touch."""
    ticker = import_extra("matplotlib.ticker", "A plot")
    locator = ax.xaxis.get_major_locator()
    shown = [f"{tick:g}" for tick in ax.get_xticks()]
    most = _n_beside(ax, *shown)
    if isinstance(locator, ticker.MaxNLocator) and len(shown) > most:
        locator.set_params(nbins=most)


def name_ticks(ax: Any, labels: Sequence[str]) -> None:
    """Write choices below an axis, aslant where they would touch; of many, some."""
    n = len(labels)
    shown = np.linspace(0, n - 1, min(n, _MOST_NAMES)).round().astype(int).tolist()
    labels = [labels[place] for place in shown]
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_xticks(shown, labels, parse_math=False)
    room = inches(ax) / len(labels)
    if max(map(len, labels)) * _CHARACTER > room:
        ax.tick_params(axis="x", labelrotation=30)
        for text in ax.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")
