"""The sections of the groups: regrets and ranks of each half, ratios of one."""

from collections.abc import Collection, Sequence

from asv_benchmarks.quality import tables
from asv_benchmarks.quality.compare import (
    Ratio,
    Regrets,
    covers_half,
    enough,
    mean_ranks,
    names_of,
    ratios_to_peers,
    regrets_by_method,
    strongest,
    tasks_of,
)
from asv_benchmarks.quality.methods import NAMES, OURS
from asv_benchmarks.quality.problems import select
from asv_benchmarks.quality.report.demands import (
    REGRET_LIMITS,
    family_tasks,
    median_ratio,
)
from asv_benchmarks.quality.report.markdown import interval, mean, table
from asv_benchmarks.quality.report.text import GROUP_TEXTS
from asv_benchmarks.quality.runs import MARKS, Run

_RANK_MARKS = (50, 100)


def section(runs: Sequence[Run], group: str) -> str:
    """Return the section of a group."""
    report, choosing = (select(group, half) for half in ("report", "choosing"))
    parts = [
        f"## {group.capitalize()}\n\n{GROUP_TEXTS[group]}",
        f"### Report half\n\n{', '.join(report)}.\n",
        means(runs, report),
        "Our mean regret over that of each other method, and the pairs:\n",
        against_each(runs, report),
        *([families(runs)] if group == "tables" else []),
        f"### Choosing half\n\n{', '.join(choosing)}.\n",
        means(runs, choosing),
    ]
    return "\n".join(parts)


def means(runs: Sequence[Run], tasks: Collection[str]) -> str:
    """Return the mean regrets and ranks of the methods that ran on some tasks."""
    names = names_of([run for run in runs if run.task in tasks])
    cells: dict[str, list[str]] = {name: [name] for name in names}
    for mark in MARKS:
        by_method = regrets_by_method(runs, mark, tasks)
        for name in names:
            cells[name].append(mean(by_method.get(name, {})))
    headers = ["method", *map(str, MARKS)]
    for mark in _RANK_MARKS:
        ranks, n = mean_ranks(_widespread(runs, mark, tasks))
        headers.append(f"rank at {mark} ({n} pairs)")
        for name in names:
            cells[name].append(f"{ranks[name]:.2f}" if name in ranks else "")
    return table(headers, cells.values())


def _widespread(
    runs: Sequence[Run], mark: int, tasks: Collection[str]
) -> dict[str, Regrets]:
    """Return the regrets of the methods that ran on half of the tasks or more."""
    return {
        name: found
        for name, found in regrets_by_method(runs, mark, tasks).items()
        if covers_half(len(tasks_of(found)), tasks)
    }


def against_each(runs: Sequence[Run], tasks: Collection[str]) -> str:
    """Return our ratio to each other method at each mark."""
    others = [name for name in NAMES if name != OURS]
    columns = [ratios_to_peers(runs, mark, tasks, others) for mark in MARKS]
    rows = [
        [name, *(_with_pairs(column.get(name)) for column in columns)]
        for name in others
        if any(name in column for column in columns)
    ]
    return table(["method", *map(str, MARKS)], rows)


def _with_pairs(found: Ratio | None) -> str:
    return f"{interval(found)} ({found.n})" if found else ""


def families(runs: Sequence[Run]) -> str:
    """Compare with the median and with the strongest peer on each family of tables."""
    rows = [
        [family, mark, *_family_cells(runs, family, mark)]
        for family in tables.FAMILIES
        for mark in REGRET_LIMITS
    ]
    headers = ["family", "evaluations", "over the median peer", "strongest peer"]
    return (
        "The families of the report half: the median of our ratios to the peers that "
        "ran on half of their tasks or more, and the ratio to the strongest.\n\n"
        + table([*headers, "over the strongest peer (pairs)"], rows)
    )


def _family_cells(runs: Sequence[Run], family: str, mark: int) -> list[str]:
    tasks = family_tasks(family)
    ratios = enough(ratios_to_peers(runs, mark, tasks), tasks)
    middle = median_ratio(runs, mark, tasks)
    if middle is None:
        return ["", "", ""]
    peer = strongest(ratios)
    return [f"{middle:.2f}", peer, _with_pairs(ratios[peer])]
