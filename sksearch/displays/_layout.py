"""Axes of all displays: new or given, their frame, and where they begin."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays._extras import import_extra
from sksearch.displays._ink import ink

__all__ = [
    "begin_at",
    "from_limit_up",
    "inches",
    "lower_limit",
    "new_axes",
    "panels",
    "share_y",
    "style",
]

Array = NDArray[np.float64]

_PANEL = 3.2, 2.6  # inches


def new_axes(ax: Any, figsize: tuple[float, float] | None = None) -> Any:
    """Return given axes, or those of a new figure."""
    if ax is not None:
        return ax
    pyplot = import_extra("matplotlib.pyplot", "A plot")
    return pyplot.subplots(figsize=figsize, layout="constrained")[1]


def panels(ax: Any, n: int, n_columns: int = 3) -> tuple[list[Any], Any]:
    """Return n axes, and those above which a legend for all may stand.

    Parameters
    ----------
    ax : matplotlib Axes, sequence of Axes, or None
        A single one is divided, unless n is 1; None makes a figure, of which the same
        holds. Of a sequence the legend stands above the first.
    n : int
        How many panels.
    n_columns : int, default=3
        The most beside each other.
    """
    if ax is not None and not hasattr(ax, "get_subplotspec"):
        given = _given(ax, n)
        return given, given[0]
    n_columns = min(n, n_columns)
    n_rows = math.ceil(n / n_columns)
    size = None if n == 1 else (_PANEL[0] * n_columns, _PANEL[1] * n_rows)
    whole = new_axes(ax, size)
    if n == 1:
        return [whole], whole
    place, figure = whole.get_subplotspec(), whole.figure
    if place is None:
        raise ValueError(
            f"ax was placed by hand and cannot be divided into {n} panels. Make it "
            f"with plt.subplots, or pass {n} axes."
        )
    if ax is None:
        whole.remove()
    else:
        ax.set_axis_off()
    # A row without height on top: layouts make room for the legend that it bears.
    heights = [1e-3] + [1.0] * n_rows
    grid = place.subgridspec(n_rows + 1, n_columns, height_ratios=heights)
    head = figure.add_subplot(grid[0, :])
    head.set_axis_off()
    cells = [grid[1 + i // n_columns, i % n_columns] for i in range(n)]
    return [figure.add_subplot(cell) for cell in cells], head


def _given(ax: Any, n: int) -> list[Any]:
    found = list(np.ravel(np.asarray(ax, dtype=object)))
    if len(found) != n:
        raise ValueError(
            f"ax has {len(found)} axes, and {n} panels are to be drawn. Pass {n} axes, "
            "a single one to be divided, or None."
        )
    return found


def inches(ax: Any) -> float:
    """Return the width of axes."""
    return float(ax.get_window_extent().width / ax.figure.dpi)


def style(ax: Any) -> None:
    """Give axes the common frame and grid, and numbers without a factor above them."""
    ticker = import_extra("matplotlib.ticker", "A plot")
    for axis in (ax.xaxis, ax.yaxis):
        if isinstance(axis.get_major_formatter(), ticker.ScalarFormatter):
            axis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
    ax.grid(True, color=ink(ax, 0.08), linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


def begin_at(ax: Any, left: float = -np.inf, bottom: float = -np.inf) -> None:
    """Let axes begin at finite limits, when all is drawn: they grow no more."""
    if np.isfinite(left):
        ax.set_xlim(left=left)
    if np.isfinite(bottom):
        ax.set_ylim(bottom=bottom)


def lower_limit(values: Array, quantile: float = 0.25) -> float:
    """Return where an axis may begin, so that a few bad values do not flatten it.

    Three times the span from a quantile to the best lie below that quantile; minus
    infinity where nothing is beyond.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return -np.inf
    low, best = np.quantile(finite, quantile), finite.max()
    limit = float(low - 3.0 * (best - low))
    return limit if finite.min() < limit < best else -np.inf


def from_limit_up(values: Array) -> Array:
    """Return finite values, those below the limit of the axis put there."""
    return np.maximum(values, lower_limit(values))


def share_y(axes: Sequence[Any], bottom: float) -> None:
    """Give panels of one score the same limits."""
    limits = np.array([ax.get_ylim() for ax in axes])
    low = bottom if np.isfinite(bottom) else limits[:, 0].min()
    for ax in axes:
        ax.set_ylim(low, limits[:, 1].max())
