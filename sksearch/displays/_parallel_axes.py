"""The axes of parallel coordinates: where values stand, and what is written there."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays._effects import between
from sksearch.displays._ink import ink, paper
from sksearch.displays._values import ValueAxis

__all__ = [
    "between_bins",
    "draw_axis",
    "last_parts",
    "share_of",
    "spread_choices",
    "texts_of",
]

Array = NDArray[np.float64]

_N_BINS = 5
_MOST_CHOICES = 8  # with a text
_SPREAD = 0.025  # of candidates with one choice, to either side
_HALO: dict[str, Any] = {"alpha": 0.8, "linewidth": 0, "pad": 0.6}


def share_of(axis: ValueAxis, places: Array) -> Array:
    """Return places on an axis as shares of its length."""
    low, high = axis.ends
    if axis.scale == "choices":
        low, high = 0.0, len(axis.choices) - 1.0
    if axis.scale == "log":
        places, low, high = np.log(places), np.log(low), np.log(high)
    if low == high:
        return np.where(np.isfinite(places), 0.5, np.nan)
    return np.asarray((places - low) / (high - low))


def spread_choices(axis: ValueAxis, at: Array) -> Array:
    """Move candidates with one choice apart, or a single line would hide them."""
    if axis.scale != "choices" or len(at) < 3:
        return at
    return at + _SPREAD * between(len(at))


def last_parts(names: Sequence[str]) -> list[str]:
    """Return names without the steps of a pipeline, where they stay different."""
    last = [name.split("__")[-1] for name in names]
    return [
        short if last.count(short) == 1 else name
        for short, name in zip(last, names, strict=True)
    ]


def texts_of(axis: ValueAxis, room: float) -> dict[float, str]:
    """Return what stands at an axis, by the share of its length."""
    if axis.scale == "choices":
        n = len(axis.choices)
        shown = np.linspace(0, n - 1, min(n, _MOST_CHOICES)).round().astype(int)
        shares = share_of(axis, shown.astype(float))
        return {float(s): axis.labels[i] for s, i in zip(shares, shown, strict=True)}
    low, high = axis.ends
    middle = np.sqrt(low) * np.sqrt(high) if axis.scale == "log" else (low + high) / 2
    numbers = np.array([low, middle, high])
    if axis.is_whole:
        numbers = numbers.round()
    shares = share_of(axis, numbers)
    form = _whole if axis.is_whole and high < 1e5 else partial(_short, room > 0.7)
    return {float(s): form(v) for s, v in zip(shares, numbers, strict=True)}


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _short(is_wide: bool, value: float) -> str:
    """Return a number in few digits.

    >>> _short(True, 0.01234), _short(False, 956.1)
    ('0.0123', '956')
    """
    if 100.0 <= abs(value) < 1e5:
        return _whole(value)
    return f"{value:.3g}" if is_wide else f"{value:.2g}"


def draw_axis(ax: Any, place: int, texts: Mapping[float, str], room: float) -> None:
    """Draw one axis: ends above and below it, all else to its right."""
    ax.plot([place, place], [0.0, 1.0], color=ink(ax, 0.75), linewidth=1.0, zorder=3.2)
    size = 7.5 if room > 0.7 else 6.0
    longest = max(3, int(room * 72 / size / 0.62) - 1)
    halo = {"facecolor": paper(ax), **_HALO}
    settings: dict[str, Any] = {"fontsize": size, "zorder": 3.4, "bbox": halo}
    settings |= {"color": ink(ax), "parse_math": False}
    for share, text in texts.items():
        is_long = len(text) > longest and not text[-1].isdigit()
        text = text[: longest - 1] + "…" if is_long else text
        if share in (0.0, 1.0):
            side = "top" if share == 0.0 else "bottom"
            y = -0.04 if share == 0.0 else 1.04
            ax.text(place, y, text, ha="center", va=side, **settings)
        else:
            ax.text(place + 0.04, share, text, ha="left", va="center", **settings)


def between_bins(at: Array, scores: Array) -> float:
    """Return the share of the variance of ranks between fifths of an axis.

    Candidates without the parameter are one more bin. The share is adjusted for the
    number of bins, else few candidates would differ along every axis.
    """
    known = np.isfinite(scores)
    at, ranks = at[known], scores[known].argsort().argsort().astype(float)
    if len(ranks) < 2 or not np.isfinite(at).any():
        return 0.0
    edges = np.quantile(at[np.isfinite(at)], np.linspace(0, 1, _N_BINS + 1)[1:-1])
    bins = np.where(np.isfinite(at), np.searchsorted(edges, at, side="right"), -1)
    means = {b: ranks[bins == b].mean() for b in set(bins.tolist())}
    within = np.var([means[b] - r for b, r in zip(bins.tolist(), ranks, strict=True)])
    left = max(len(ranks) - len(means), 1)
    return float(1.0 - within / ranks.var() * (len(ranks) - 1) / left)
