"""The section on searches that look at what fits cost."""

from collections.abc import Callable, Sequence
from statistics import fmean, median

from asv_benchmarks.quality.problems import FAMILIES
from asv_benchmarks.quality.report.changes import change
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.text import COST_AWARE, COST_AWARE_TASKS
from asv_benchmarks.quality.timed.cost_aware import MARKS, Spent

Pair = tuple[Spent, Spent]  # plain, and looking at costs

_HEADERS = (
    "family",
    "seconds of",
    "trials with",
    "regret without",
    "regret with",
    "change",
    "seconds of as many trials",
    "change after as many trials",
    "pairs",
)


def section(found: Sequence[Spent]) -> str:
    """Return a line for each family and mark, then one for each problem."""
    parts = [
        "## Looking at costs\n",
        COST_AWARE,
        by_family(found),
        *_thinking(found),
        COST_AWARE_TASKS,
        by_task(found),
    ]
    return "\n".join(parts)


def pairs_of(found: Sequence[Spent], mark: int) -> list[Pair]:
    """Return the searches of the same task and seed at a mark."""
    at_mark = [each for each in found if each.mark == mark]
    aware = {(each.task, each.seed): each for each in at_mark if each.cost_aware}
    return [
        (each, aware[each.task, each.seed])
        for each in at_mark
        if not each.cost_aware and (each.task, each.seed) in aware
    ]


def by_family(found: Sequence[Spent]) -> str:
    """Return what both find in the same seconds, family by family."""
    rows = [
        [family, f"{mark} trials", *_cells(pairs)]
        for family, tasks in FAMILIES.items()
        for mark in MARKS
        if (pairs := [p for p in pairs_of(found, mark) if p[0].task in tasks])
    ]
    return table(_HEADERS, rows)


def _cells(pairs: Sequence[Pair]) -> list[str]:
    return [
        f"{median(b.trials for _, b in pairs):.0f}",
        f"{fmean(a.regret for a, _ in pairs):.4f}",
        f"{fmean(b.regret for _, b in pairs):.4f}",
        _change(pairs, lambda each: each.regret),
        f"{median(b.own_seconds / a.own_seconds for a, b in pairs):.2f}",
        _change(pairs, lambda each: each.own_regret),
        f"{len(pairs)}",
    ]


def _thinking(found: Sequence[Spent]) -> list[str]:
    pairs = pairs_of(found, max(MARKS))
    if not pairs:
        return []
    plain, aware = (fmean(pair[i].ms_per_trial for pair in pairs) for i in (0, 1))
    return [
        f"A trial takes {plain:.1f} ms of CPU beside its fits without, and "
        f"{aware:.1f} ms with it, over the first {max(MARKS)} trials. This is not "
        "among the seconds.\n"
    ]


def by_task(found: Sequence[Spent]) -> str:
    """Return the change of regret in the same seconds, problem by problem."""
    pairs = {mark: pairs_of(found, mark) for mark in MARKS}
    tasks = list(dict.fromkeys(a.task for each in pairs.values() for a, _ in each))
    of_task = {each.task: each for each in found}
    rows = [
        [
            task,
            f"{of_task[task].spread:.1f}",
            f"{of_task[task].rank_of_best:.2f}",
            *(_of_task(each, task) for each in pairs.values()),
        ]
        for task in tasks
    ]
    headers = [f"seconds of {mark} trials" for mark in MARKS]
    return table(["problem", "spread", "rank of the best", *headers], rows)


def _of_task(pairs: Sequence[Pair], task: str) -> str:
    own = [pair for pair in pairs if pair[0].task == task]
    trials = median(b.trials for _, b in own)
    return f"{_change(own, lambda each: each.regret)} ({trials:.0f})"


def _change(pairs: Sequence[Pair], value: Callable[[Spent], float]) -> str:
    by_task: dict[str, list[float]] = {}
    for a, b in pairs:
        by_task.setdefault(a.task, []).append(value(b) - value(a))
    return change(by_task)
