"""The tables of the user guide, made of the rows."""

from collections.abc import Sequence

import numpy as np

from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.trust.judging import DIGITS
from asv_benchmarks.trust.rows import Judged
from asv_benchmarks.trust.samples import SETTINGS

__all__ = ["coverage", "random_labels", "share_covered", "tables"]

MADE = (
    "<!-- Made by `python -m asv_benchmarks.trust report`; changes here are lost. -->\n"
)
NULL = [name for name, setting in SETTINGS.items() if setting.signal == 0.0]


def tables(rows: Sequence[Judged]) -> dict[str, str]:
    """Return the texts of the files that the guide includes."""
    return {
        "random_labels": MADE + random_labels(rows) + _made_with(rows, NULL),
        "coverage": MADE + coverage(rows) + _made_with(rows, list(SETTINGS)),
        "digits": MADE + digits(rows) + _made_with(rows, [DIGITS]),
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


def bias(rows: Sequence[Judged], column: str, truth: str) -> float:
    """Return by how many standard errors a score is above the truth on average."""
    above = [getattr(row, column) - getattr(row, truth) for row in rows]
    return float(np.mean(above) / np.mean([row.corrected_error for row in rows]))


def coverage(rows: Sequence[Judged]) -> str:
    """Return what the intervals hold."""
    lines = []
    for name in SETTINGS:
        found = _of(rows, name)
        if not found:
            continue
        biases = [
            f"{bias(found, column, truth):+.2f}"
            for truth in ("folds", "refitted")
            for column in ("best", "corrected")
        ]
        held = [f"{share_covered(found, t):.1%}" for t in ("folds", "refitted")]
        spread = np.std([row.corrected - row.folds for row in found], ddof=1)
        error = np.mean([row.corrected_error for row in found])
        lines.append(
            [name, len(found), biases[0], biases[1], biases[3], *held,
             f"{spread / error:.2f}"]
        )  # fmt: skip
    headers = [
        "data", "searches", "best CV score", "BBC", "BBC, refitted model",
        "95 % interval holds it", "the same, refitted model", "spread",
    ]  # fmt: skip
    return table(headers, lines)


def digits(rows: Sequence[Judged]) -> str:
    """Return what is said of trees for a hundred digits, beside the truth."""
    found = _of(rows, DIGITS)
    if not found:
        return table([], [])
    lines = []
    for title, column in (
        ("best CV score", "best"), ("BBC", "corrected"), ("nested", "nested"),
        ("the truth", "refitted"),
    ):  # fmt: skip
        above = [getattr(row, column) - row.refitted for row in found]
        is_truth = column == "refitted"
        held = (
            ""
            if column in ("best", "refitted")
            else share_covered(found, "refitted", column)
        )
        lines.append([
            title,
            _mean([getattr(row, column) for row in found]),
            "" if is_truth else _mean(above),
            "" if is_truth else f"{np.sqrt(np.mean(np.square(above))):.3f}",
            f"{held:.0%}" if held != "" else "",
        ])  # fmt: skip
    headers = ["", "mean", "above the truth", "root mean square error",
               "95 % interval holds it"]  # fmt: skip
    return table(headers, lines)


def _made_with(rows: Sequence[Judged], names: Sequence[str]) -> str:
    found = sorted({row.versions for row in rows if row.setting in names})
    return "".join(f"\nMeasured with {v}.\n" for v in found)
