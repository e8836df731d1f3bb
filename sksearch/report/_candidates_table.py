"""The table of candidates, which a browser sorts."""

import math
import numbers
from typing import Any

import numpy as np

from sksearch._cost import worker_seconds
from sksearch.displays._candidates import Candidates
from sksearch.history import History
from sksearch.report._html import Markup, tag, wide

__all__ = ["candidates_table", "value_text"]

_MOST_ROWS = 2000
_LONGEST = 120  # characters of a value


def candidates_table(history: History, given: Candidates) -> Markup:
    """Return all candidates, the best first.

    Parameters
    ----------
    history : History
        The log.
    given : Candidates
        What is shown of it.
    """
    places = {trial_id: i for i, trial_id in enumerate(history.ranked(), 1)}
    final = given.is_final
    ranks = [
        places.get(i, math.inf) if is_final else math.inf
        for i, is_final in zip(given.trial_ids.tolist(), final.tolist(), strict=True)
    ]
    rows = sorted(range(len(given)), key=lambda row: (ranks[row], row))
    names = list(dict.fromkeys(name for params in given.params for name in params))
    several = len(set(given.resources.tolist())) > 1
    heads = ["rank", "candidate", *["resource"] * several, "status"]
    for name in given.means:
        heads += [name, f"std of {name}"]
    heads += ["seconds", *names]
    body = [
        _row(history, given, row, ranks[row], names, several)
        for row in rows[:_MOST_ROWS]
    ]
    table = tag(
        "table",
        tag("caption", _caption(len(rows))),
        tag("thead", tag("tr", *[_head(name) for name in heads])),
        tag("tbody", *body),
        id="candidates-table",
    )
    return wide(table, "Candidates")


def _caption(n: int) -> str:
    more = f" The best {_MOST_ROWS} of {n}." if n > _MOST_ROWS else ""
    return f"Press the name of a column to sort by it.{more}"


def _head(name: str) -> Markup:
    return tag("th", tag("button", name, type="button"), scope="col")


def _row(
    history: History,
    given: Candidates,
    row: int,
    rank: float,
    names: list[str],
    several: bool,
) -> Markup:
    trial_id, resource = int(given.trial_ids[row]), int(given.resources[row])
    cells = [_number(rank), _number(trial_id)]
    if several:
        cells.append(_number(resource))
    cells.append(tag("td", given.status[row]))
    for name in given.means:
        folds = given.fold_scores[name][row]
        spread = folds.std() if np.isfinite(folds).all() else math.nan
        cells += [_number(given.means[name][row]), _number(spread)]
    fits = history.evaluations(trial_id, resource).values()
    cells.append(_number(sum(map(worker_seconds, fits)), digits=3))
    cells += [_cell(given.params[row], name) for name in names]
    return tag("tr", *cells, class_="best" if rank == 1 else None)


def _cell(params: Any, name: str) -> Markup:
    if name not in params:
        return tag("td", "", data_value="")
    value = params[name]
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return _number(float(value)) if is_number else tag("td", value_text(value))


def _number(value: float, digits: int = 6) -> Markup:
    if not math.isfinite(value):
        return tag("td", "", class_="number", data_value="")
    shown = f"{value:.{digits}g}"
    return tag("td", shown, class_="number", data_value=repr(float(value)))


def value_text(value: Any) -> str:
    """Return a parameter's value as people read it, of long ones the beginning.

    Parameters
    ----------
    value : object
        Any.

    Examples
    --------
    >>> value_text(0.1 + 0.2), value_text("rbf"), value_text(None)
    ('0.3', 'rbf', 'None')
    """
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
