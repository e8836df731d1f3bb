"""The section on searches with many workers."""

import math
from collections.abc import Sequence
from statistics import fmean, median

from asv_benchmarks.quality.report.demands import NO, YES, Demand
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.scaling_text import KEEPING, SCALING
from asv_benchmarks.quality.scaled.keeping import N_TRIALS, Kept
from asv_benchmarks.quality.scaled.runs import KINDS, WORKERS, Scale

BUSY_LIMIT, AT_WORKERS = 0.95, 64
KEEPING_LIMIT = 1.0  # milliseconds
_ASYNCHRONOUS = ("auto, asynchronous", "random, asynchronous")
_HEADERS = (
    "search",
    "workers",
    "candidates",
    "pending",
    "busy",
    "busy, steady",
    "seconds",
    "seconds to the target",
    "suggestions, ms",
    "all else, ms",
    "parent busy",
    "runs",
)


def section(found: Sequence[Scale], kept: Sequence[Kept]) -> str:
    """Return a line for each kind of search and number of workers, and their costs."""
    rows = [
        _row(name, n, runs)
        for name in KINDS
        for n in WORKERS
        if (runs := _of(found, name, n))
    ]
    return f"{SCALING}\n{table(_HEADERS, rows)}\n{KEEPING}\n{_kept(kept)}"


def demands(found: Sequence[Scale], kept: Sequence[Kept]) -> list[Demand]:
    """Return what is wanted of asynchronous searches, and of the parent."""
    return [
        *(busy_demand(found, name) for name in _ASYNCHRONOUS),
        keeping_demand(kept),
    ]


def busy_demand(found: Sequence[Scale], name: str) -> Demand:
    """Ask for busy workers from the beginning to the end of a search."""
    what = f"{name}: workers busy, {AT_WORKERS} of them, start-up and tail included"
    wanted = f"over {BUSY_LIMIT:.0%}"
    runs = _of(found, name, AT_WORKERS)
    if not runs:
        return Demand(what, wanted)
    share = min(run.whole for run in runs)
    steady = min(run.steady for run in runs)
    remark = f"worst of {len(runs)} runs; {steady:.1%} in the steady state"
    return Demand(what, wanted, f"{share:.1%}", _answer(share > BUSY_LIMIT), remark)


def keeping_demand(kept: Sequence[Kept]) -> Demand:
    """Ask for little bookkeeping where all candidates are trained in full."""
    what = f"parent's ms per task beside suggestions, {N_TRIALS:,} candidates in full"
    wanted = f"under {KEEPING_LIMIT:g}"
    full = [each for each in kept if each.scheduler == "in full"]
    if not full:
        return Demand(what, wanted)
    worst = max(full, key=lambda each: each.keeping)
    remark = f"{worst.optimizer}, {worst.folds} folds, worst of {len(full)} searches"
    is_reached = worst.keeping < KEEPING_LIMIT
    return Demand(what, wanted, f"{worst.keeping:.3f}", _answer(is_reached), remark)


def _answer(is_reached: bool) -> str:
    return YES if is_reached else NO


def _of(found: Sequence[Scale], name: str, n_workers: int) -> list[Scale]:
    return [run for run in found if (run.search, run.workers) == (name, n_workers)]


def _row(name: str, n_workers: int, runs: Sequence[Scale]) -> list[object]:
    return [
        name,
        n_workers,
        runs[0].trials,
        runs[0].pending,
        f"{fmean(run.whole for run in runs):.1%}",
        f"{fmean(run.steady for run in runs):.1%}",
        f"{median(run.makespan for run in runs):.0f}",
        _seconds(median(run.target for run in runs)),
        f"{fmean(run.suggesting for run in runs):.2f}",
        f"{fmean(run.keeping for run in runs):.2f}",
        f"{fmean(run.parent for run in runs):.1%}",
        len(runs),
    ]


def _seconds(found: float) -> str:
    return f"{found:.0f}" if math.isfinite(found) else "missed"


def _kept(kept: Sequence[Kept]) -> str:
    return table(
        ["optimizer", "scheduler", "folds", "committed", "tasks", "ms", "suggestions"],
        [
            [
                each.optimizer,
                each.scheduler,
                each.folds,
                "as they come" if each.asynchronous else "in order",
                each.tasks,
                f"{each.keeping:.3f}",
                f"{each.suggesting:.3f}",
            ]
            for each in sorted(kept)
        ],
    )
