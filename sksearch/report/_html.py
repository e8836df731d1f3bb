"""HTML in which every text is escaped that was not made here."""

import html
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["Markup", "join", "rows_table", "section", "tag", "wide"]

_VOID = {"img", "meta"}


class Markup(str):
    """Text that is HTML already. All else is escaped on its way into a page."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """Return an element.

    Parameters
    ----------
    name : str
        Such as "td".
    *children : object
        `Markup` goes in as it is, all else as escaped text; None is left out.
    **attributes : object
        ``class_`` is class, ``data_value`` is data-value; None is left out.

    Examples
    --------
    >>> tag("td", "<script>", class_="number")
    '<td class="number">&lt;script&gt;</td>'
    """
    shown = "".join(
        f' {key.strip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{shown}>")
    return Markup(f"<{name}{shown}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Markup:
    """Return children one after the other."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else _escaped(child)
            for child in children
            if child is not None
        )
    )


def section(title: str, *children: object) -> Markup:
    """Return a section with its heading and an anchor."""
    name = title.lower().replace(" ", "-")
    heading = tag("h2", title, id=name)
    return tag("section", heading, *children, aria_labelledby=name)


def rows_table(caption: str, rows: Sequence[tuple[object, ...]]) -> Markup:
    """Return a table whose rows each have a name and cells."""
    body = [
        tag("tr", tag("th", name, scope="row"), *[tag("td", cell) for cell in cells])
        for name, *cells in rows
    ]
    return tag("table", tag("caption", caption), tag("tbody", *body))


def wide(table: Markup, label: str) -> Markup:
    """Return a table that scrolls by itself where it is wider than the page."""
    return tag("div", table, class_="wide", tabindex=0, role="region", aria_label=label)


def _escaped(value: object) -> str:
    """Escape a text; what no page may hold becomes a replacement character."""
    return html.escape("".join(c if _is_text(c) else "�" for c in str(value)))


def _is_text(character: str) -> bool:
    """Whether it is no control, no half of a pair, and does not turn the line."""
    return character in "\n\t" or unicodedata.category(character)[0] != "C"
