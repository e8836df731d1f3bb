"""The pictures of a report, as data in its page."""

import base64
import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from sksearch import displays
from sksearch.displays._candidates import Candidates
from sksearch.displays._extras import import_extra
from sksearch.report._html import Markup, tag

__all__ = ["figures"]

_MOST_SVG = 400_000  # bytes, from which on an image of points is smaller
_MOST_PANELS = 9


class Figure(NamedTuple):
    """A title, what it shows, the display that does it, and its size in inches."""

    title: str
    caption: str
    display: Any
    size: tuple[float, float]
    options: Mapping[str, Any] = MappingProxyType({})


def figures(source: Any, given: Candidates) -> Iterator[Markup]:
    """Draw what the data of a search allow.

    Parameters
    ----------
    source : BaseSearch or History
        What displays are made from.
    given : Candidates
        Its candidates.

    Yields
    ------
    figure : Markup
        A figure, or a sentence that says why there is none.
    """
    for figure in _wanted(given):
        heading, caption = tag("h3", figure.title), figure.caption
        try:
            display = _made(figure, source)
            image = _drawn(display, figure.size, f"{figure.title}. {caption}")
        except (ValueError, ArithmeticError, ImportError) as error:
            yield tag("div", heading, tag("p", f"Not drawn: {error}", class_="note"))
            continue
        yield tag("div", heading, tag("figure", image, tag("figcaption", caption)))


def _made(figure: Figure, source: Any) -> Any:
    is_search = hasattr(source, "fit")
    make = figure.display.from_search if is_search else figure.display.from_history
    return make(source, **figure.options)


def _wanted(given: Candidates) -> Iterator[Figure]:
    name = given.objectives[0]
    yield Figure(
        "Scores in the order of the search",
        f"{_best_text(given, name)} Shaded: one standard error over the folds.",
        displays.OptimizationHistoryDisplay,
        (7.5, 3.6),
    )
    if len(given.objectives) > 1:
        yield from _of_objectives(given)
    if len(set(given.resources.tolist())) > 1:
        yield Figure(
            "Scores by training",
            f"{name} of each candidate by how far it was trained.",
            displays.TrainingCurvesDisplay,
            (7.5, 3.6),
        )
    yield from _of_parameters(given, name)
    yield Figure(
        "The best candidates on each fold",
        f"{name} on every fold, joined by grey lines, and the means as bars. Where "
        "lines cross, folds disagree on which candidate is better.",
        displays.FoldScoresDisplay,
        (7.5, 3.6),
    )
    yield Figure(
        "Workers",
        "Which worker was busy when: a bar is a fit on one fold, grey is idle time.",
        displays.WorkerTimelineDisplay,
        (9.0, 3.2),
    )


def _of_objectives(given: Candidates) -> Iterator[Figure]:
    names, m = ", ".join(given.objectives), len(given.objectives)
    n_pairs = m * (m - 1) // 2
    yield Figure(
        "Front",
        f"The candidates that no other one beats in all of {names}; greater is better.",
        displays.ParetoFrontDisplay,
        (7.5, 3.8) if m == 2 else (9.0, 0.6 + 2.6 * math.ceil(n_pairs / 3)),
    )
    yield Figure(
        "Growth of the front",
        f"The volume that the front dominates after each of {len(given)} candidates.",
        displays.HypervolumeDisplay,
        (7.5, 3.0),
    )


def _of_parameters(given: Candidates, name: str) -> Iterator[Figure]:
    parameters = _parameters(given)
    yield Figure(
        "Importance of parameters",
        f"The share of each parameter in how {name} varies, by a model of the scores, "
        "with 90 % intervals.",
        displays.ParameterImportanceDisplay,
        (7.5, 0.9 + 0.3 * min(len(parameters), 20)),
    )
    yield _of_effects(parameters, name)
    yield Figure(
        "Candidates by parameter",
        f"A line for each of {len(given)} candidates, from parameter to parameter; the "
        f"darker, the better its {name}.",
        displays.ParallelCoordinatesDisplay,
        (9.0, 3.8),
    )


def _of_effects(parameters: Sequence[str], name: str) -> Figure:
    """Return the effects of all parameters, or of as many as there is room for."""
    n_rows = math.ceil(min(max(len(parameters), 1), _MOST_PANELS) / 3)
    asked = parameters[:_MOST_PANELS] if len(parameters) > _MOST_PANELS else None
    more = (
        f" The first {_MOST_PANELS} of {len(parameters)} parameters." if asked else ""
    )
    return Figure(
        "Effects of parameters",
        f"{name} of each candidate against each parameter; lines are means of a model "
        f"of the scores.{more}",
        displays.ParameterEffectsDisplay,
        (9.0, 0.6 + 2.6 * n_rows),
        {"parameters": asked},
    )


def _parameters(given: Candidates) -> list[str]:
    """Return the parameters that have several values."""
    seen: dict[str, set[str]] = {}
    for params in given.params:
        for name, value in params.items():
            seen.setdefault(name, set()).add(str(value))
    return [name for name, values in seen.items() if len(values) > 1]


def _best_text(given: Candidates, name: str) -> str:
    scores = np.where(given.is_final, given.means[name], np.nan)
    if not np.isfinite(scores).any():
        return f"{name} of {len(given)} candidates, of which none is complete."
    place = int(np.nanargmax(scores))
    best = f"the highest, {scores[place]:.6g}, is of candidate {given.trial_ids[place]}"
    return f"{name} of {len(given)} candidates; {best}."


def _drawn(display: Any, size: tuple[float, float], alt: str) -> Markup:
    """Draw on a figure of no window, and return it as an image with its data."""
    with warnings.catch_warnings(), _own_style():
        # A letter that the font lacks is a box; the table has it as it is.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = _plotted(display, size)
        kind, content = "svg+xml", _saved(figure, "svg")
        if len(content) > _MOST_SVG:
            kind, content = "png", _saved(figure, "png")
    data = base64.b64encode(content).decode("ascii")
    return tag(
        "img",
        src=f"data:image/{kind};base64,{data}",
        alt=alt,
        width=round(96 * size[0]),
        height=round(96 * size[1]),
    )


def _own_style() -> Any:
    """Return a context that draws alike in every session; only its fonts stay."""
    told = import_extra("matplotlib", "A figure of the report").rcParams
    fonts = {k: told[k] for k in told if k.startswith("font.") and k != "font.size"}
    ours = {**fonts, "svg.hashsalt": "sksearch"}  # no random names inside
    style = import_extra("matplotlib.style", "A figure of the report")
    return style.context(["default", ours])


def _plotted(display: Any, size: tuple[float, float]) -> Any:
    """Return a new figure with the picture of a display."""
    agg = import_extra("matplotlib.backends.backend_agg", "A figure of the report")
    figure = import_extra("matplotlib.figure", "A figure of the report").Figure(
        figsize=size, layout="constrained"
    )
    agg.FigureCanvasAgg(figure)
    display.plot(figure.subplots())
    return figure


def _saved(figure: Any, kind: str) -> bytes:
    """Return the same bytes for the same picture: none of them tells the time."""
    file = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    figure.savefig(file, format=kind, dpi=180, metadata=metadata)
    return _numbered(file.getvalue()) if kind == "svg" else file.getvalue()


def _numbered(svg: bytes) -> bytes:
    """Name clip paths by their order.

    matplotlib names them by a hash of their ends, and the last digits of these differ
    from run to run where panels are laid out.
    """
    places: dict[bytes, int] = {}
    return re.sub(
        rb"\bp[0-9a-f]{10}\b",
        lambda name: b"p%d" % places.setdefault(name[0], len(places)),
        svg,
    )
