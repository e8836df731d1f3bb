"""The tables of the user guide."""

import math
import re
from collections.abc import Iterable, Sequence
from statistics import fmean, stdev

from scipy.stats import t

from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.recheck.problems import PROBLEMS
from asv_benchmarks.recheck.runs import Choice

__all__ = ["TABLES", "filled", "interval"]

_HEADERS = ("problem", "held-out score", "change [95 %]", "too good by", "pairs")


def interval(changes: Sequence[float]) -> str:
    """Return a mean and its interval by Student's t, over independent draws of rows."""
    if len(changes) < 2:
        return ""
    half = t.ppf(0.975, len(changes) - 1) * stdev(changes) / math.sqrt(len(changes))
    centre = fmean(changes)
    return f"{centre:+.4f} [{centre - half:+.4f}, {centre + half:+.4f}]"


def _pairs(
    done: Iterable[Choice], problem: str, base: str, way: str
) -> list[tuple[Choice, Choice]]:
    by_key = {each.key: each for each in done if each.problem == problem}
    seeds = sorted({each.seed for each in by_key.values()})
    keys = [((problem, base, seed), (problem, way, seed)) for seed in seeds]
    return [(by_key[a], by_key[b]) for a, b in keys if a in by_key and b in by_key]


def _row(problem: str, pairs: Sequence[tuple[Choice, Choice]]) -> list[object]:
    changes = [new.held_out - old.held_out for old, new in pairs]
    old, new = (fmean(pair[i].held_out for pair in pairs) for i in (0, 1))
    told = [new.best if math.isnan(new.again) else new.again for _, new in pairs]
    good = [
        fmean(old.best - old.held_out for old, _ in pairs),
        fmean(told) - new,
    ]
    return [
        problem,
        f"{old:.4f} → {new:.4f}",
        interval(changes),
        f"{good[0]:+.4f} → {good[1]:+.4f}",
        len(pairs),
    ]


def _comparison(done: Sequence[Choice], base: str, way: str) -> str:
    rows = [
        _row(problem, pairs)
        for problem in PROBLEMS
        if (pairs := _pairs(done, problem, base, way))
    ]
    if not rows:
        return ""
    fits = [
        round(fmean(each.n_fits for each in done if each.way == name))
        for name in (base, way)
    ]
    head = f"**{base} → {way}** ({fits[0]} → {fits[1]} fits)"
    return f"{head}\n\n{table(_HEADERS, rows)}"


TABLES = {
    "recheck": (
        ("40", "20, then 5 again"),
        ("40", "30, then 5 again"),
        ("40", "40, then 5 again"),
        ("60 on one holdout", "40 on one holdout, then 5 again"),
    ),
    "reshuffle": (
        ("one holdout", "reshuffled holdout"),
        ("40", "reshuffled folds"),
    ),
}


def filled(page: str, name: str, done: Sequence[Choice]) -> str:
    """Return a page with the tables of a name between the lines that name it.

    Raises
    ------
    ValueError
        If the page has no such lines.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"The page has no lines {begin!r} and {end!r}. Put them in.")
    tables = (_comparison(done, base, way) for base, way in TABLES[name])
    made = "\n\n".join(each.strip() for each in tables if each)
    return pattern.sub(lambda _: f"{begin}\n\n{made}\n\n{end}", page)
