"""The sections of a report, each a view of the log."""

import collections
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sksearch._cost import cost_of, is_fit, worker_seconds
from sksearch._durations import duration_text
from sksearch._shown_space import ShownSpace
from sksearch.displays._candidates import Candidates
from sksearch.history import History
from sksearch.report._candidates_table import value_text
from sksearch.report._data_checks import DataFindings
from sksearch.report._failures import Failures
from sksearch.report._html import Markup, join, rows_table, tag, wide
from sksearch.report._space_report import space_report

__all__ = [
    "best_parameters",
    "cost",
    "data_warnings",
    "failures",
    "seconds_of_log",
    "space_warnings",
    "summary",
]

_MOST_CLASSES = 30
_MOST_NAMED = 10
_MOST_GROUPS = 50


def seconds_of_log(history: History) -> float:
    """Return when the last fit of a log ended; NaN where nobody noted it."""
    fits = filter(is_fit, history.records)
    ends = [fit.started + worker_seconds(fit) for fit in fits]
    return max((end for end in ends if math.isfinite(end)), default=math.nan)


def summary(source: Any, history: History, given: Candidates | None) -> Markup:
    """Say what was searched, how far it came, and what is best."""
    rows: list[tuple[object, ...]] = []
    if hasattr(source, "estimator"):
        rows.append(("Estimator", tag("code", value_text(source.estimator))))
    status = collections.Counter(history.status(t.id) for t in history.trials)
    counted = ", ".join(f"{n} {name}" for name, n in status.most_common())
    rows.append(("Candidates", f"{len(history.trials)} ({counted or 'none yet'})"))
    rows.append(("Folds", history.n_splits))
    if given is not None:
        rows += _found_rows(source, history, given)
    if history.constraints:
        bounds = [f"{n} of at least {v:g}" for n, v in history.constraints.items()]
        rows.append(("Constraints", ", ".join(bounds)))
    note = (
        "The best score is the highest of many that vary by chance, so it is somewhat "
        "too good as an estimate for new data: keep rows apart for that, or search "
        "inside a cross-validation."
    )
    return join([rows_table("What was searched", rows), tag("p", note, class_="note")])


def _found_rows(
    source: Any, history: History, given: Candidates
) -> list[tuple[object, ...]]:
    """Return who is best, and who was chosen where that is another one."""
    rows, best = list[tuple[object, ...]](), history.incumbent()
    if best is not None:
        rows += _scored_rows("Best candidate", given, _last_row(history, given, best))
        if _is_other(given, best):
            rows += _scored_rows("Chosen candidate", given, given.chosen)
    if hasattr(source, "recheck_history_"):
        rows.append(("Scored again", _scored_again(source, given)))
    return rows


def _scored_again(source: Any, given: Candidates) -> str:
    again: History = source.recheck_history_
    told = f"{len(again.trials)} candidates on {again.n_splits} other splits"
    chosen = getattr(source, "best_index_", None)
    if chosen is None:
        return told
    return f"{told}; candidate {given.trial_ids[chosen]} was chosen"


def _is_other(given: Candidates, best: int | None) -> bool:
    """Whether `refit` chose another candidate than the one with the best score."""
    return given.chosen is not None and given.trial_ids[given.chosen] != best


def _last_row(history: History, given: Candidates, trial_id: int) -> int:
    """Return the row of a candidate that was trained as far as any."""
    at_last = given.resources == history.highest()
    [row] = np.flatnonzero((given.trial_ids == trial_id) & at_last).tolist()
    return int(row)


def _scored_rows(title: str, given: Candidates, row: Any) -> list[tuple[object, ...]]:
    """Return which candidate a row is of, and its scores."""
    rows: list[tuple[object, ...]] = [(title, given.trial_ids[row])]
    for name, means in given.means.items():
        folds = given.fold_scores[name][row]
        error = folds.std(ddof=1) / math.sqrt(len(folds)) if len(folds) > 1 else np.nan
        shown = f"{means[row]:.6g}"
        if math.isfinite(error):
            shown += f" ± {error:.2g} (standard error over the folds)"
        rows.append((f"Its {name}", shown))
    return rows


def cost(source: Any, history: History) -> Markup:
    """Say what was fitted, and how long that took."""
    seconds = seconds_of_log(history)
    spent = getattr(source, "cost_", None) or cost_of(history, seconds)
    rows: list[tuple[object, ...]] = [
        ("Fits", spent["fits"]),
        ("Time of all workers", duration_text(spent["worker_seconds"])),
        ("Time of the search", duration_text(spent["wall_seconds"])),
    ]
    if hasattr(source, "refit_time_"):
        rows.append(("Time of the refit", duration_text(source.refit_time_)))
    for status, n in spent["by_status"].items():
        rows.append((f"Folds that ended as “{status}”", n))
    return rows_table("What it cost", rows)


def best_parameters(source: Any, history: History, given: Candidates | None) -> Markup:
    """Return the parameters of the model, or of the best candidate so far."""
    best = history.incumbent()
    params = getattr(source, "best_params_", None)
    if params is None and best is not None:
        params = history.trials[best].params
    if params is None:
        return tag("p", "No candidate is complete yet.")
    rows = [(name, tag("code", value_text(v))) for name, v in params.items()]
    is_other = given is not None and _is_other(given, best)
    which = "chosen" if is_other else "best"
    table = rows_table(f"Parameters of the {which} candidate", rows)
    return table if rows else tag("p", "The estimator as it is: no parameters.")


def failures(groups: Sequence[Failures]) -> Markup:
    """Return what fits said that failed, the most frequent first."""
    if not groups:
        return tag("p", "No fit failed.")
    shown = [_failure(group) for group in groups[:_MOST_GROUPS]]
    if len(groups) > _MOST_GROUPS:
        shown.append(tag("p", f"And {len(groups) - _MOST_GROUPS} other messages."))
    return join(shown)


def _failure(group: Failures) -> Markup:
    n, ids = len(group.fits), group.trial_ids
    named = ", ".join(map(str, ids[:_MOST_NAMED]))
    more = ", ..." if len(ids) > _MOST_NAMED else ""
    fits = "1 fit" if n == 1 else f"{n} fits"
    how = "its scorer failed" if group.status == "ok" else group.status
    return tag(
        "div",
        tag("h3", f"{fits}: {group.message}"),
        tag("p", f"Status: {how}. Candidates: {named}{more}."),
        tag("details", tag("summary", "The first in full"), tag("pre", group.example))
        if group.example
        else None,
    )


def data_warnings(findings: DataFindings | None) -> Markup:
    """Return warnings about the data, and the classes of each split."""
    if findings is None:
        hint = "The data were not given. For checks of classes, constant columns and "
        hint += "equal rows in training and test: search.report(path, X, y)."
        return tag("p", hint, class_="note")
    shown = [tag("p", text, class_="warning") for text in findings.warnings]
    if not shown:
        shown = [tag("p", "Nothing to say against the data.")]
    return join([*shown, _class_table(findings.class_counts)])


def _class_table(counts: Mapping[str, Sequence[int]]) -> Markup | None:
    splits = next(iter(counts.values()), [])
    if not len(splits):
        return None
    heads = [tag("th", f"split {k}", scope="col") for k in range(len(splits))]
    rows = [
        tag(
            "tr",
            tag("th", label, scope="row"),
            *[tag("td", n, class_="number") for n in of_splits],
        )
        for label, of_splits in list(counts.items())[:_MOST_CLASSES]
    ]
    caption = "Rows of each class in the test part of each split"
    if len(counts) > _MOST_CLASSES:
        caption += f"; the first {_MOST_CLASSES} of {len(counts)} classes"
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", tag("th", "class", scope="col"), *heads)),
        tag("tbody", *rows),
    )
    return wide(table, "Classes")


def space_warnings(history: History) -> Markup | None:
    """Return what the scores say of the space, where that is known and they do."""
    if isinstance(history.space, ShownSpace):
        return None
    try:
        lines = str(space_report(history)).splitlines()
    except ValueError as error:
        return tag("p", f"Not known: {error}", class_="note")
    return tag("ul", *[tag("li", line) for line in lines])
