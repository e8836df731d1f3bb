"""The tables of the user guide, made of the rows."""

from collections.abc import Sequence

import numpy as np

from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.trust.judging import AGAIN, DIGITS
from asv_benchmarks.trust.rows import Judged
from asv_benchmarks.trust.samples import SETTINGS

__all__ = ["MADE", "coverage", "random_labels", "share_covered", "tables"]

MADE = "<!-- Made by `python -m asv_benchmarks.trust`; changes here are lost. -->\n"
NULL = [name for name, setting in SETTINGS.items() if setting.signal == 0.0]


def tables(rows: Sequence[Judged]) -> dict[str, str]:
    """Return the texts of the files that the guide includes."""
    first = [row for row in rows if row.seed not in AGAIN]
    again = [row for row in rows if row.seed in AGAIN]
    return {
        "random_labels": MADE + random_labels(first) + _made_with(first, NULL),
        "coverage": MADE + coverage(first) + _made_with(first, list(SETTINGS)),
        "again": MADE + coverage(again) + _made_with(again, list(SETTINGS)),
        "digits": MADE + digits(first) + _made_with(first, [DIGITS]),
    }


def _of(rows: Sequence[Judged], name: str) -> list[Judged]:
    return [row for row in rows if row.setting == name]


def _mean(values: Sequence[float]) -> str:
    """Return a mean and its standard error, of what is known."""
    known = np.array([v for v in values if v == v])
    if len(known) < 2:
        return ""
    return f"{known.mean():.3f} ± {known.std(ddof=1) / np.sqrt(len(known)):.3f}"


def random_labels(rows: Sequence[Judged]) -> str:
    """Return what is said of models that can be right by chance only."""
    lines = []
    for name in NULL:
        found = _of(rows, name)
        nested = [row for row in found if row.nested == row.nested]
        if not found:
            continue
        means = [
            _mean([getattr(row, column) for row in found])
            for column in ("best", "corrected", "nested")
        ]
        lines.append([name, f"{len(found)} ({len(nested)})", *means])
    headers = ["what differs", "searches (nested)", "best CV score", "BBC", "nested"]
    return table(headers, lines)


def share_covered(rows: Sequence[Judged], truth: str, by: str = "corrected") -> float:
    """Return how often an interval held the truth."""
    inside = [
        getattr(row, f"{by}_low") <= getattr(row, truth) <= getattr(row, f"{by}_high")
        for row in rows
        if getattr(row, by) == getattr(row, by)
    ]
    return float(np.mean(inside)) if inside else float("nan")


def share_narrowed(rows: Sequence[Judged], truth: str) -> float:
    """Return the same of intervals that are right for given models.

    A draw leaves a share 1/e of the rows, and the mean of such a sample of n rows has
    the variance (1 - 1/e) e s^2 / n; to s^2 / n it is narrowed by (e - 1)^(1/2).
    """
    half = 1.96 / np.sqrt(np.e - 1)
    inside = [
        abs(row.corrected - getattr(row, truth)) <= half * row.corrected_error
        for row in rows
    ]
    return float(np.mean(inside))


def bias(rows: Sequence[Judged], column: str, truth: str) -> float:
    """Return by how many standard errors a score is above the truth on average."""
    above = [getattr(row, column) - getattr(row, truth) for row in rows]
    return float(np.mean(above) / np.mean([row.corrected_error for row in rows]))


def coverage(rows: Sequence[Judged]) -> str:
    """Return what the intervals hold."""
    by_name = {name: _of(rows, name) for name in SETTINGS}
    lines = [_covered(name, found) for name, found in by_name.items() if found]
    headers = [
        "data", "searches", "best CV score", "BBC", "BBC, refitted model",
        "95 % interval holds it", "the same, refitted model", "narrowed interval",
        "spread",
    ]  # fmt: skip
    return table(headers, lines)


def _covered(name: str, found: Sequence[Judged]) -> list[object]:
    spread = np.std([row.corrected - row.folds for row in found], ddof=1)
    error = np.mean([row.corrected_error for row in found])
    return [
        name,
        len(found),
        f"{bias(found, 'best', 'folds'):+.2f}",
        f"{bias(found, 'corrected', 'folds'):+.2f}",
        f"{bias(found, 'corrected', 'refitted'):+.2f}",
        f"{share_covered(found, 'folds'):.1%}",
        f"{share_covered(found, 'refitted'):.1%}",
        f"{share_narrowed(found, 'folds'):.1%}",
        f"{spread / error:.2f}",
    ]


def digits(rows: Sequence[Judged]) -> str:
    """Return what is said of trees for a hundred digits, beside the truth."""
    found = _of(rows, DIGITS)
    told = {"best CV score": "best", "BBC": "corrected", "nested": "nested"}
    lines = [_beside_the_truth(title, found, column) for title, column in told.items()]
    lines.append(["the truth", _mean([row.refitted for row in found]), "", "", ""])
    headers = ["", "mean", "above the truth", "root mean square error",
               "95 % interval holds it"]  # fmt: skip
    return table(headers, lines if found else [])


def _beside_the_truth(title: str, found: Sequence[Judged], column: str) -> list[object]:
    above = [getattr(row, column) - row.refitted for row in found]
    held = "" if column == "best" else f"{share_covered(found, 'refitted', column):.0%}"
    means = [_mean([getattr(row, column) for row in found]), _mean(above)]
    return [title, *means, f"{np.sqrt(np.mean(np.square(above))):.3f}", held]


def _made_with(rows: Sequence[Judged], names: Sequence[str]) -> str:
    found = sorted({row.versions for row in rows if row.setting in names})
    return "".join(f"\nMeasured with {v}.\n" for v in found)
