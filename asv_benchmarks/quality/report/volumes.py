"""The section on several objectives: volumes, what was demanded of them, and times."""

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean

from asv_benchmarks.quality.compare import (
    Ratio,
    Regrets,
    covers_half,
    enough,
    mean_regret,
    ratio,
    strongest,
    tasks_of,
)
from asv_benchmarks.quality.multi.methods import NAMES, OURS, PEERS
from asv_benchmarks.quality.multi.problems import FAMILIES, HALVES, TASKS
from asv_benchmarks.quality.multi.runs import MARKS, MultiRun
from asv_benchmarks.quality.report.changes import change
from asv_benchmarks.quality.report.demands import NO, UNKNOWN, YES, Demand
from asv_benchmarks.quality.report.markdown import interval, table
from asv_benchmarks.quality.report.text import MULTI as TEXT

VOLUME_MARKS = (50, 100)
TIME_LIMITS = {2: 40, 3: 150}  # milliseconds, by the number of objectives
TIMES_FASTER, SLOW_PEER = 10, "optuna-gp"
_OF_THREE = tuple(task for task in TASKS if task.endswith("-m3"))
_OF_TWO = tuple(task for task in TASKS if task not in _OF_THREE)


def section(runs: Sequence[MultiRun]) -> str:
    """Return the tables of each half, those of tasks, and the times."""
    halves = [
        part
        for name in ("report", "choosing")
        for part in (
            f"### {name.capitalize()} half\n\n{', '.join(HALVES[name])}.\n",
            means(runs, HALVES[name]),
        )
    ]
    parts = [
        "## Several objectives\n",
        TEXT,
        "### All tasks\n",
        means(runs, TASKS),
        "Our mean regret over that of each other method, all tasks, and the pairs:\n",
        against_each(runs, TASKS),
        "The same on the report half:\n",
        against_each(runs, HALVES["report"]),
        *halves,
        "### Task by task\n\nMean share of the best volume after 50 evaluations:\n",
        by_task(runs, 50),
        "After 100:\n",
        by_task(runs, 100),
        "### Times\n\nMilliseconds of process CPU per suggestion, means over runs. "
        "What else a machine\ndoes shows in them: in an earlier run the same proposals "
        "of `auto` took a quarter less.\n",
        times(runs),
    ]
    return "\n".join(parts)


# -- numbers ---------------------------------------------------------------------------


def shares(
    runs: Sequence[MultiRun], method: str, mark: int, tasks: Collection[str]
) -> Regrets:
    """Return a method's shares of the best volume by (task, seed)."""
    return {
        (run.task, run.seed): run.volume(mark)
        for run in _that_reached(runs, method, mark, tasks)
    }


def regrets(
    runs: Sequence[MultiRun], method: str, mark: int, tasks: Collection[str]
) -> Regrets:
    """Return how far, in logarithms, a method's volumes are from the best."""
    return {
        (run.task, run.seed): run.regret(mark)
        for run in _that_reached(runs, method, mark, tasks)
    }


def _that_reached(
    runs: Sequence[MultiRun], method: str, mark: int, tasks: Collection[str]
) -> list[MultiRun]:
    return [r for r in runs if r.method == method and r.task in tasks and r.n >= mark]


def ratios(
    runs: Sequence[MultiRun], mark: int, tasks: Collection[str], names: Sequence[str]
) -> dict[str, Ratio]:
    """Return our mean regret over that of others, on what both ran."""
    ours = regrets(runs, OURS, mark, tasks)
    found = {name: ratio(ours, regrets(runs, name, mark, tasks)) for name in names}
    return {name: each for name, each in found.items() if each is not None}


def gains(
    runs: Sequence[MultiRun], mark: int, tasks: Collection[str]
) -> dict[str, dict[str, list[float]]]:
    """Return by peer and task by how much our share is larger, seed by seed.

    Peers that ran on fewer than half of the tasks say more of these than of themselves.
    """
    found = {}
    for peer in PEERS:
        pairs = _paired(
            shares(runs, OURS, mark, tasks), shares(runs, peer, mark, tasks)
        )
        if pairs and covers_half(len(pairs), tasks):
            found[peer] = pairs
    return found


def _paired(ours: Regrets, theirs: Regrets) -> dict[str, list[float]]:
    by_task: dict[str, list[float]] = {}
    for pair in sorted(ours.keys() & theirs.keys()):
        by_task.setdefault(pair[0], []).append(ours[pair] - theirs[pair])
    return by_task


def milliseconds(
    runs: Sequence[MultiRun], method: str, tasks: Collection[str]
) -> Regrets:
    """Return the times of suggestions before the hundredth, by (task, seed)."""
    return {
        (run.task, run.seed): run.cpu_100
        for run in _that_reached(runs, method, 100, tasks)
    }


# -- demands ---------------------------------------------------------------------------


def demands(runs: Sequence[MultiRun]) -> list[Demand]:
    """Return what is wanted of searches of several objectives."""
    return [
        *(volume_demand(runs, mark) for mark in VOLUME_MARKS),
        *(regret_demand(runs, mark) for mark in VOLUME_MARKS),
        *(time_demand(runs, m) for m in TIME_LIMITS),
        factor_demand(runs),
    ]


def volume_demand(runs: Sequence[MultiRun], mark: int) -> Demand:
    """Compare our mean volume with that of the best peer, on all tasks."""
    what = f"several objectives: volume after {mark}, ours less the strongest peer's"
    found = gains(runs, mark, TASKS)
    if not found:
        return Demand(what, "above 0")
    mean = {peer: fmean(map(fmean, by.values())) for peer, by in found.items()}
    peer = min(mean, key=lambda name: mean[name])
    n, n_tasks = sum(map(len, found[peer].values())), len(found[peer])
    remark = (
        f"{peer}, strongest of {len(found)}; {n} pairs on {n_tasks} of {len(TASKS)} "
        f"tasks{_not_run(found)}"
    )
    reached = _verdict(mean[peer] > 0, found)
    return Demand(what, "above 0", _difference(found[peer]), reached, remark)


def regret_demand(runs: Sequence[MultiRun], mark: int) -> Demand:
    """Compare our regret with that of the best peer, on the tasks not chosen on."""
    what = f"several objectives: regret after {mark} over the strongest peer's"
    tasks = HALVES["report"]
    found = enough(ratios(runs, mark, tasks, PEERS), tasks)
    if not found:
        return Demand(what, "below 1")
    peer = strongest(found)
    remark = (
        f"report half; {peer}, strongest of {len(found)}; {found[peer].n} pairs on "
        f"{found[peer].n_tasks} of {len(tasks)} tasks{_not_run(found)}"
    )
    reached = _verdict(found[peer].value < 1, found)
    return Demand(what, "below 1", interval(found[peer]), reached, remark)


def _difference(by_task: Mapping[str, Sequence[float]]) -> str:
    """Return the mean and its error over seeds, which one seed says nothing of."""
    if max(map(len, by_task.values())) == 1:
        return f"{fmean(map(fmean, by_task.values())):+.4f}, of one seed"
    return change(by_task)


def _verdict(is_ahead: bool, found: Collection[str]) -> str:
    """Say yes only where all peers ran; behind one of them is behind."""
    return UNKNOWN if is_ahead and set(found) < set(PEERS) else _answer(is_ahead)


def _not_run(found: Collection[str]) -> str:
    """Name the peers that did not get so far on enough tasks to count."""
    lacking = [peer for peer in PEERS if peer not in found]
    return f"; not run on enough tasks: {', '.join(lacking)}" if lacking else ""


def time_demand(runs: Sequence[MultiRun], m: int) -> Demand:
    """Compare the time of our suggestions with its limit."""
    limit = TIME_LIMITS[m]
    what = f"time of a suggestion at n = 100, {m} objectives"
    found = milliseconds(runs, OURS, _OF_TWO if m == 2 else _OF_THREE)
    if not found:
        return Demand(what, f"at most {limit} ms")
    by_task = {task: _of_task(found, task) for task in tasks_of(found)}
    mean, slowest = mean_regret(found), max(by_task, key=lambda task: by_task[task])
    remark = f"mean of {len(found)} runs; slowest {slowest}, {by_task[slowest]:.1f} ms"
    reached = _answer(mean <= limit)
    return Demand(what, f"at most {limit} ms", f"{mean:.1f} ms", reached, remark)


def _of_task(found: Mapping[tuple[str, int], float], task: str) -> float:
    return fmean(value for (name, _), value in found.items() if name == task)


def factor_demand(runs: Sequence[MultiRun]) -> Demand:
    """Compare the time of our suggestions with that of the slow peer's."""
    what = f"time of {SLOW_PEER} over ours at n = 100, 2 objectives"
    wanted = f"at least {TIMES_FASTER}"
    sides = [milliseconds(runs, name, _OF_TWO) for name in (OURS, SLOW_PEER)]
    both = sides[0].keys() & sides[1].keys()
    if not both:
        return Demand(what, wanted)
    ours, theirs = (mean_regret({pair: side[pair] for pair in both}) for side in sides)
    remark = f"{theirs:.0f} ms to {ours:.1f} ms; {len(both)} pairs of runs"
    reached = _answer(theirs / ours >= TIMES_FASTER)
    return Demand(what, wanted, f"{theirs / ours:.1f}", reached, remark)


def _answer(is_reached: bool) -> str:
    return YES if is_reached else NO


# -- tables ----------------------------------------------------------------------------


def means(runs: Sequence[MultiRun], tasks: Collection[str]) -> str:
    """Return a line for each method: mean shares and mean regrets."""
    rows = [
        [
            name,
            *(_mean(shares(runs, name, mark, tasks), True) for mark in MARKS),
            *(_mean(regrets(runs, name, mark, tasks), False) for mark in MARKS),
        ]
        for name in _names(runs, tasks)
    ]
    headers = [f"volume at {mark} (runs)" for mark in MARKS]
    return table(["method", *headers, *(f"regret at {mark}" for mark in MARKS)], rows)


def _mean(found: Regrets, has_count: bool) -> str:
    if not found:
        return ""
    count = f" ({len(found)})" if has_count else ""
    return f"{mean_regret(found):.4f}{count}"


def _names(runs: Sequence[MultiRun], tasks: Collection[str]) -> list[str]:
    found = {run.method for run in runs if run.task in tasks}
    return [name for name in NAMES if name in found]


def against_each(runs: Sequence[MultiRun], tasks: Collection[str]) -> str:
    """Return our ratio to each other method at each mark."""
    names = [name for name in _names(runs, tasks) if name != OURS]
    columns = [ratios(runs, mark, tasks, names) for mark in MARKS]
    rows = [[name, *(_pairs(column.get(name)) for column in columns)] for name in names]
    return table(["method", *map(str, MARKS)], rows)


def _pairs(found: Ratio | None) -> str:
    return f"{interval(found)} ({found.n})" if found else ""


def by_task(runs: Sequence[MultiRun], mark: int) -> str:
    """Return a line for each task, the largest volume in bold."""
    names = _names(runs, TASKS)
    rows = []
    for task in (task for tasks in FAMILIES.values() for task in tasks):
        found = {name: shares(runs, name, mark, (task,)) for name in names}
        mean = {name: mean_regret(each) for name, each in found.items() if each}
        best = max(mean.values(), default=0.0)
        cells = [_cell(mean.get(name), best) for name in names]
        if mean:
            rows.append([task, *cells])
    return table(["task", *names], rows)


def _cell(value: float | None, best: float) -> str:
    if value is None:
        return ""
    return f"**{value:.4f}**" if value == best else f"{value:.4f}"


def times(runs: Sequence[MultiRun]) -> str:
    """Return each method's version, and its times before the marks, by objectives."""
    rows = [
        [
            name,
            ", ".join(sorted({run.version for run in runs if run.method == name})),
            *(
                _time(runs, name, tasks, mark)
                for tasks in (_OF_TWO, _OF_THREE)
                for mark in VOLUME_MARKS
            ),
        ]
        for name in _names(runs, TASKS)
    ]
    headers = [f"{m} objectives, at {mark}" for m in (2, 3) for mark in VOLUME_MARKS]
    return table(["method", "version", *headers], rows)


def _time(
    runs: Sequence[MultiRun], name: str, tasks: Collection[str], mark: int
) -> str:
    reached = _that_reached(runs, name, mark, tasks)
    values = [run.cpu_50 if mark == 50 else run.cpu_100 for run in reached]
    return f"{fmean(values):.1f} ({len(values)})" if values else ""
