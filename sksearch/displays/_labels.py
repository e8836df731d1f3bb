"""What stands beside axes and above them: names and legends."""

import re
import warnings
from collections.abc import Sequence
from typing import Any

from sksearch.displays._layout import inches

__all__ = ["legend_above", "name_axes", "short_names"]

_FIRST = "best", "chosen", "front", "complete", "dominated"  # in a legend
_SHORTEST = 8  # characters of a line


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
    """Break a name after underscores and at spaces."""
    lines = [""]
    for part in re.findall(r"[^_ ]*[_ ]*", name):
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def name_axes(ax: Any, *, x: str | None = None, y: str | None = None) -> None:
    """Name axes with texts that are no formulas, in lines where they are too long."""
    for axis, text, side in ((ax.xaxis, x, "width"), (ax.yaxis, y, "height")):
        if text is None:
            continue
        axis.set_label_text(text, parse_math=False)
        room = getattr(ax.get_window_extent(), side)
        taken = getattr(axis.label.get_window_extent(), side)
        if taken > room:
            fitting = int(len(text) * room / taken)
            axis.label.set_text(_in_lines(text, max(fitting, _SHORTEST)))


def legend_above(ax: Any, panels: Sequence[Any] = ()) -> None:
    """Put a legend above axes, in as many columns as there is room for.

    It is that of the panels into which the axes were divided, or their own.
    """
    _settle(ax.figure.figure)
    entries = _entries(panels or [ax])
    for n_columns in range(len(entries), 0, -1):
        legend = ax.legend(
            list(entries.values()),
            list(entries),
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
        if legend.get_window_extent().width <= ax.get_window_extent().width:
            break


def _settle(figure: Any) -> None:
    """Give axes the place that a layout leaves beside their labels."""
    engine = figure.get_layout_engine()
    if engine is not None:
        with warnings.catch_warnings():  # where nothing fits drawing warns again
            warnings.simplefilter("ignore")
            engine.execute(figure)


def _entries(panels: Sequence[Any]) -> dict[str, Any]:
    """Return what has a label, each once: a handle by its label, in order."""
    found = [panel.get_legend_handles_labels() for panel in panels]
    pairs = [pair for each in found for pair in zip(*each, strict=True)]
    named: dict[str, Any] = {}
    for handle, label in pairs:
        named.setdefault(_shared_label(label, pairs), handle)
    return dict(sorted(named.items(), key=lambda item: _rank(item[0])))


def _shared_label(label: str, pairs: Sequence[tuple[Any, str]]) -> str:
    """Return a label without its count where panels count differently."""
    head = label.partition(" (")[0]
    same = {other for _, other in pairs if other.partition(" (")[0] == head}
    return label if len(same) == 1 else head


def _rank(label: str) -> int:
    first = [i for i, start in enumerate(_FIRST) if label.startswith(start)]
    return min(first, default=len(_FIRST))
