"""How all displays look: colours and marks. Global settings stay alone.

The colours are those of Okabe and Ito, "Color Universal Design", 2008: told apart with
every kind of colour vision. No meaning hangs on colour alone, each mark has its shape.
"""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sksearch.displays._ink import paper
from sksearch.displays._layout import inches

__all__ = [
    "BLUE",
    "FRONT_LINE",
    "GREY",
    "KINDS",
    "ORANGE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "draw_candidates",
    "draw_star",
]

Array = NDArray[np.float64]

GREY, ORANGE, SKY, BLUE = "#999999", "#E69F00", "#56B4E9", "#0072B2"
VERMILION, PURPLE = "#D55E00", "#CC79A7"


@dataclass(frozen=True)
class Mark:
    """How one kind of candidate is drawn: the marker, and settings of `scatter`."""

    marker: str
    size: float
    settings: dict[str, Any] = field(default_factory=dict)


# In the order of drawing: what counts most lies on top.
KINDS = {
    "trained less": Mark(".", 1.6, {"color": GREY, "linewidths": 0}),
    "stopped": Mark("v", 0.9, {"facecolors": "none", "edgecolors": PURPLE}),
    "infeasible": Mark("s", 0.8, {"facecolors": "none", "edgecolors": ORANGE}),
    "dominated": Mark("o", 0.6, {"color": GREY, "linewidths": 0}),
    "complete": Mark("o", 1.0, {"color": SKY, "linewidths": 0}),
    "front": Mark("D", 0.9, {"color": BLUE, "linewidths": 0}),
    "failed": Mark("x", 1.0, {"color": VERMILION}),
}

ARROWS = "$\\downarrow$", "$\\leftarrow$", "$\\swarrow$"  # below, left, both
COUNTED = "stopped", "failed"  # a failed one may have no place in the picture
FRONT_LINE: dict[str, Any] = {"color": BLUE, "linewidth": 1.4, "zorder": 1.9}


def draw_candidates(
    ax: Any,
    x: Array,
    y: Array,
    kinds: NDArray[np.str_],
    *,
    left: float = -np.inf,
    bottom: float = -np.inf,
) -> None:
    """Draw each kind of candidate with its mark, those without a y at the foot.

    What lies below the bottom stands at the foot as well, with an arrow under its mark,
    and what lies left of the left end beside it.
    """
    area = _area(len(x), ax)
    for kind, mark in KINDS.items():
        here = kinds == kind
        if here.any():
            label = f"{kind} ({here.sum()})" if kind in COUNTED else kind
            settings = {**mark.settings, "s": area * mark.size, "marker": mark.marker}
            inside, *edges = _parts(ax, x, y, left, bottom, inset=0.05)
            _draw(inside, here, {**settings, "label": label, "zorder": 2.0})
            for edge in edges:
                _draw(edge, here, {**settings, "zorder": 2.5})
    is_far = (x < left) | (y < bottom)
    if is_far.any():
        # An empty one for the legend: which edges have arrows is not known.
        settings = {"color": GREY, "s": 1.3 * area, "zorder": 2.5}
        label = f"off the axis ({is_far.sum()})"
        ax.scatter([], [], marker=ARROWS[0], label=label, **settings)
        _, *edges = _parts(ax, x, y, left, bottom, inset=0.015)
        for edge, arrow in zip(edges, ARROWS, strict=True):
            _draw(edge, is_far, {**settings, "marker": arrow})


def draw_star(ax: Any, x: Any, y: Any, label: str) -> None:
    """Mark the best candidate, or the chosen one."""
    star = {"marker": "*", "s": 150.0, "color": VERMILION, "linewidths": 0.8}
    ax.scatter(x, y, label=label, edgecolors=[paper(ax)], zorder=4.0, **star)


class _Part(NamedTuple):
    """Some of the candidates, and where they stand in which coordinates."""

    ax: Any
    rows: NDArray[np.bool_]
    x: Array
    y: Array
    transform: Any


def _parts(
    ax: Any, x: Array, y: Array, left: float, bottom: float, inset: float
) -> list[_Part]:
    """Return what is inside, at the foot, at the left, and in the corner."""
    at = np.full(len(x), inset)  # a share of the axes
    down, aside, known = (y < bottom) | ~np.isfinite(y), x < left, np.isfinite(x)
    return [
        _Part(ax, known & ~down & ~aside, x, y, ax.transData),
        _Part(ax, known & down & ~aside, x, at, ax.get_xaxis_transform()),
        _Part(ax, known & ~down & aside, at, y, ax.get_yaxis_transform()),
        _Part(ax, known & down & aside, at, at, ax.transAxes),
    ]


def _draw(part: _Part, which: NDArray[np.bool_], settings: dict[str, Any]) -> None:
    rows = part.rows & which
    # With a label it enters the legend, even if nothing of it is inside.
    if rows.any() or "label" in settings:
        transform = part.transform
        part.ax.scatter(part.x[rows], part.y[rows], transform=transform, **settings)


def _area(n: int, ax: Any) -> float:
    """Return the area of a marker, in square points: smaller where there are many."""
    crowd = np.clip(math.sqrt(60 / max(n, 1)), 0.4, 1.0)
    return float(34.0 * crowd * np.clip(inches(ax) / 4.0, 0.5, 1.0))
