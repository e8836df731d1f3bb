"""The section on the portfolio that a search starts with."""

import math
from collections.abc import Collection, Sequence
from statistics import fmean, stdev

from asv_benchmarks.quality.problems import select
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.text import STARTS as TEXT
from asv_benchmarks.quality.starts import MARKS, STARTS, Started

# What is compared with what.
_CHANGES = (("own", "sobol"), ("portfolio", "own"), ("portfolio", "sobol"))

Regrets = dict[tuple[str, int], float]  # by task and seed


def section(found: Sequence[Started]) -> str:
    """Return the regrets of each half at each mark, and those of each problem."""
    parts = ["## Portfolio\n", TEXT]
    for half in ("report", "choosing"):
        tasks = select("real", half)
        here = [each for each in found if each.task in tasks]
        parts += [f"### {half.capitalize()} half of the portfolio\n", _means(here)]
    parts += ["### Both halves of the portfolio\n", _means(found)]
    parts += ["Each problem, portfolio against the estimator's own:\n", _tasks(found)]
    return "\n".join(parts)


def _means(found: Sequence[Started]) -> str:
    headers = ["candidates", *STARTS, *(f"{a} - {b}" for a, b in _CHANGES), "runs"]
    rows = [_row(found, mark) for mark in MARKS if found]
    return table(headers, rows)


def _row(found: Sequence[Started], mark: int) -> list[object]:
    regrets = {start: _regrets(found, start, mark) for start in STARTS}
    return [
        mark,
        *(f"{fmean(regrets[start].values()):.4f}" for start in STARTS),
        *(_change(regrets[a], regrets[b]) for a, b in _CHANGES),
        len(regrets["portfolio"]),
    ]


def _regrets(found: Sequence[Started], start: str, mark: int) -> Regrets:
    """Return the regrets of the tasks and seeds that all starts ran."""
    by_key = {each.key: each.regret for each in found}
    whole = [
        (each.task, each.seed)
        for each in found
        if (each.start, each.n_iter) == (start, mark)
        and all((each.task, each.seed, other, mark) in by_key for other in STARTS)
    ]
    return {key: by_key[*key, start, mark] for key in whole}


def _change(a: Regrets, b: Regrets) -> str:
    """Return the mean difference, and its standard error over the problems."""
    tasks = sorted({task for task, _ in a})
    means = [fmean(_differences(a, b, task)) for task in tasks]
    return f"{fmean(means):+.4f} +- {_error(means):.4f}"


def _tasks(found: Sequence[Started]) -> str:
    tasks = sorted({each.task for each in found})
    rows = [[task, *(_of_task(found, task, mark) for mark in MARKS)] for task in tasks]
    return table(["problem", *MARKS], rows)


def _of_task(found: Sequence[Started], task: str, mark: int) -> str:
    """Return the mean difference on a problem, and its standard error over seeds."""
    a, b = (_regrets(found, start, mark) for start in ("portfolio", "own"))
    differences = _differences(a, b, task)
    return f"{fmean(differences):+.3f} +- {_error(differences):.3f}"


def _differences(a: Regrets, b: Regrets, task: str) -> list[float]:
    return [value - b[key] for key, value in a.items() if key[0] == task]


def _error(values: Collection[float]) -> float:
    return stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
