"""Axes of all displays: new or given, their ends, ticks and legends."""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays._extras import import_extra

__all__ = [
    "begin_at",
    "cost_axis",
    "from_limit_up",
    "inches",
    "legend_above",
    "linear_axis",
    "log_axis",
    "lower_limit",
    "name_ticks",
    "new_axes",
    "panels",
    "settle",
    "share_y",
    "short_names",
    "style",
    "whole_ticks",
]

Array = NDArray[np.float64]

_PANEL = 3.2, 2.6  # inches
_MOST_NAMES = 10  # below one axis
_MOST_TICKS = 6  # of a logarithmic axis
_CHARACTER = 0.08  # inches
_FIRST = "best", "chosen", "front", "complete", "dominated"  # in a legend


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


def settle(ax: Any) -> None:
    """Give axes the place that a layout leaves beside their labels, before a legend."""
    engine = ax.figure.get_layout_engine()
    if engine is not None:
        engine.execute(ax.figure)


def inches(ax: Any) -> float:
    """Return the width of axes."""
    return float(ax.get_window_extent().width / ax.figure.dpi)


def style(ax: Any) -> None:
    """Give axes the common frame and grid, and numbers without a factor above them."""
    ticker = import_extra("matplotlib.ticker", "A plot")
    for axis in (ax.xaxis, ax.yaxis):
        if isinstance(axis.get_major_formatter(), ticker.ScalarFormatter):
            axis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
    ax.grid(True, color="0.92", linewidth=0.8)
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
    getattr(ax, f"set_{axis}ticks")(ticks, [f"{tick:g}" for tick in ticks])


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
    steps = [1, 2, 2.5, 5, 10]
    ax.xaxis.set_major_locator(ticker.MaxNLocator("auto", integer=True, steps=steps))


def name_ticks(ax: Any, labels: Sequence[str]) -> None:
    """Write choices below an axis, aslant where they would touch; of many, some."""
    n = len(labels)
    shown = np.linspace(0, n - 1, min(n, _MOST_NAMES)).round().astype(int).tolist()
    labels = [labels[place] for place in shown]
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_xticks(shown, labels)
    room = inches(ax) / len(labels)
    if max(map(len, labels)) * _CHARACTER > room:
        ax.tick_params(axis="x", labelrotation=30)
        for text in ax.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")


def short_names(names: Sequence[str], width: int = 20) -> list[str]:
    r"""Return names without the steps of a pipeline that all share, in lines.

    >>> short_names(["clf__alpha", "clf__learning_rate_init"], width=12)
    ['alpha', 'learning_\nrate_init']
    """
    heads = [name.split("__")[:-1] for name in names if name != "(branch)"]
    shared = 0
    for steps in zip(*heads, strict=False):
        if len(set(steps)) > 1:
            break
        shared += 1
    short = ["__".join(name.split("__")[shared:]) or name for name in names]
    return [_in_lines(name, width) for name in short]


def _in_lines(name: str, width: int) -> str:
    lines = [""]
    for part in re.findall(r"[^_]*_*", name):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def legend_above(ax: Any, panels: Sequence[Any] = ()) -> None:
    """Put a legend above axes, in as many columns as there is room for.

    It is that of the panels into which the axes were divided, or their own.
    """
    found = [panel.get_legend_handles_labels() for panel in panels or [ax]]
    pairs = [pair for each in found for pair in zip(*each, strict=True)]
    named: dict[str, Any] = {}
    for handle, label in pairs:
        named.setdefault(_shared_label(label, pairs), handle)
    known = dict(sorted(named.items(), key=lambda item: _rank(item[0])))
    for n_columns in range(len(known), 0, -1):
        legend = ax.legend(
            list(known.values()),
            list(known),
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=n_columns,
            frameon=False,
            fontsize=8.3 if inches(ax) > 3.0 else 7.0,
            borderaxespad=0.2,
            handletextpad=0.4,
            columnspacing=1.2,
            labelspacing=0.3,
        )
        if legend.get_window_extent().width <= 1.05 * ax.get_window_extent().width:
            break


def _shared_label(label: str, pairs: Sequence[tuple[Any, str]]) -> str:
    """Return a label without its count where panels count differently."""
    head = label.partition(" (")[0]
    same = {other for _, other in pairs if other.partition(" (")[0] == head}
    return label if len(same) == 1 else head


def _rank(label: str) -> int:
    first = [i for i, start in enumerate(_FIRST) if label.startswith(start)]
    return min(first, default=len(_FIRST))
