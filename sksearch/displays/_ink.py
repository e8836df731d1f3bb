"""Colours that stand out on whatever paper a style or a user has chosen."""

from typing import Any

from sksearch.displays._extras import import_extra

__all__ = ["ink", "is_dark", "paper"]

Color = tuple[float, ...]

_MIDDLE = 0.18  # luminance at which black and white stand out alike


def paper(ax: Any) -> Color:
    """Return the colour behind what is drawn on axes; below clear ones lies white."""
    to_rgba = import_extra("matplotlib.colors", "A plot").to_rgba
    color: Color = (1.0, 1.0, 1.0)
    for layer in (ax.figure.figure, ax.figure, ax):  # a subfigure lies on its figure
        *rgb, alpha = to_rgba(layer.get_facecolor())
        color = _mixed(color, tuple(rgb), alpha)
    return color


def is_dark(ax: Any) -> bool:
    """Return whether white stands out more than black."""
    red, green, blue = (((part + 0.055) / 1.055) ** 2.4 for part in paper(ax))
    # WCAG 2.2, relative luminance
    return bool(0.2126 * red + 0.7152 * green + 0.0722 * blue < _MIDDLE)


def ink(ax: Any, strength: float = 1.0) -> Color:
    """Return black, on dark axes white; of less strength, nearer to the paper.

    Parameters
    ----------
    ax : matplotlib Axes
        What is drawn on.
    strength : float, default=1.0
        0 is the colour of the paper.
    """
    return _mixed(paper(ax), (1.0,) * 3 if is_dark(ax) else (0.0,) * 3, strength)


def _mixed(one: Color, two: Color, share: float) -> Color:
    return tuple(a + share * (b - a) for a, b in zip(one, two, strict=True))
