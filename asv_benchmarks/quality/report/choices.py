"""The section on rules of selection."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from scipy.stats import t

from asv_benchmarks.quality.real.tables import REAL_CHOOSING
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.text import SELECTING
from asv_benchmarks.quality.selecting import Chosen, Setting

_HEADERS = (
    "the search sees",
    "regret by mean",
    "regret by posterior mean",
    "change [95 %]",
    "report half alone [95 %]",
    "another candidate",
    "runs",
)


def section(chosen: Sequence[Chosen]) -> str:
    """Return a line for each setting."""
    settings = sorted({each.setting for each in chosen}, key=_order)
    rows = [_row([c for c in chosen if c.setting == s], s) for s in settings]
    return "\n".join(["## Choosing by the model\n", SELECTING, table(_HEADERS, rows)])


def _order(setting: Setting) -> tuple[bool, float, int]:
    return setting.noise == 0.0, setting.noise, setting.folds


def _row(chosen: Sequence[Chosen], setting: Setting) -> list[object]:
    reported = [each for each in chosen if each.task not in REAL_CHOOSING]
    differs = [each.by_mean != each.by_posterior for each in chosen]
    return [
        _words(setting),
        f"{fmean(each.by_mean for each in chosen):.4f}",
        f"{fmean(each.by_posterior for each in chosen):.4f}",
        change(chosen),
        change(reported),
        f"{fmean(differs):.0%}",
        len(chosen),
    ]


def _words(setting: Setting) -> str:
    if setting.noise:
        return f"{setting.folds} folds, independent noise times {setting.noise:g}"
    return f"{setting.folds} of the 5 real folds"


def change(chosen: Sequence[Chosen]) -> str:
    """Return the mean change and its interval, by Student's t over the problems.

    Over problems, not over seeds: the seeds of a problem share its data.
    """
    by_task: dict[str, list[float]] = {}
    for each in chosen:
        by_task.setdefault(each.task, []).append(each.by_posterior - each.by_mean)
    means = [fmean(values) for values in by_task.values()]
    if len(means) < 2:
        return ""
    half = t.ppf(0.975, len(means) - 1) * stdev(means) / math.sqrt(len(means))
    centre = fmean(means)
    return f"{centre:+.4f} [{centre - half:+.4f}, {centre + half:+.4f}]"
