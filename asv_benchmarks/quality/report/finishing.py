"""The section on seconds until a search has the score of a random one."""

from collections.abc import Sequence
from statistics import fmean, median

from asv_benchmarks.quality.report.demands import NO, YES, Demand
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.training_text import FINISHING
from asv_benchmarks.quality.trained.finishes import DASK, N_RANDOM, TARGET, Finish
from asv_benchmarks.quality.trained.finishing import ASHA, OURS
from asv_benchmarks.quality.trained.pruned import PRUNED

TIMES_FASTER = 3
PEERS = (PRUNED, DASK)
SEARCHES = (TARGET, OURS, ASHA, *PEERS)

_HEADERS = ("problem", "search", "version", "reached", "CPU s to the score")
_MORE = (
    f"{TARGET}'s whole time over it",
    f"{TARGET}'s time to the score over it",
    "CPU s in all",
    "wall s in all",
    "score",
    "in full",
    "seeds",
)


def section(found: Sequence[Finish]) -> str:
    """Return a line for each search of each problem."""
    rows = [
        _row(task, runs)
        for task in tasks_of(found)
        for search in SEARCHES
        if (runs := _of(found, task, search))
    ]
    return f"{FINISHING}\n{table((*_HEADERS, *_MORE), rows)}"


def demands(found: Sequence[Finish]) -> list[Demand]:
    """Return what is wanted of the time to the score."""
    return [_demand_of_time(found), *(_demand_of_peer(found, peer) for peer in PEERS)]


def tasks_of(found: Sequence[Finish]) -> list[str]:
    """Return the problems that were searched."""
    return sorted({each.task for each in found})


def times_faster(runs: Sequence[Finish]) -> tuple[float, float]:
    """Return medians of the target's whole time and of its time to the score.

    Both are over a search's; a miss is as slow as all of the target's search.
    """
    whole = median(run.whole / run.seconds for run in runs)
    return whole, median(run.found / run.seconds for run in runs)


def _of(found: Sequence[Finish], task: str, search: str) -> list[Finish]:
    return [f for f in found if (f.task, f.search) == (task, search)]


def _row(task: str, runs: Sequence[Finish]) -> list[object]:
    reached = sum(run.reached for run in runs)
    is_limit = 2 * reached <= len(runs)  # the median is of a search that missed
    return [
        task,
        runs[0].search,
        runs[0].version,
        f"{reached} of {len(runs)}",
        f"{'>' if is_limit else ''}{median(run.seconds for run in runs):.1f}",
        *(f"{factor:.2f}" for factor in times_faster(runs)),
        f"{median(run.spent for run in runs):.1f}",
        f"{median(run.wall for run in runs):.1f}",
        f"{fmean(run.score for run in runs):.4f}",
        f"{median(run.in_full for run in runs):.0f}",
        len(runs),
    ]


def _demand_of_time(found: Sequence[Finish]) -> Demand:
    what = f"time of {TARGET}({N_RANDOM}) over {OURS}'s to its score, worst"
    wanted = f"at least {TIMES_FASTER} on each problem, by either reading"
    factors = {
        task: times_faster(runs)
        for task in tasks_of(found)
        if (runs := _of(found, task, OURS))
    }
    if not factors:
        return Demand(what, wanted)
    worst = [min(of_all) for of_all in zip(*factors.values(), strict=True)]
    text = f"{worst[0]:.2f} of its whole time, {worst[1]:.2f} of its time to the score"
    listed = ", ".join(
        f"{both[0]:.2f} and {both[1]:.2f} on {task} "
        f"({len(_of(found, task, OURS))} seeds)"
        for task, both in factors.items()
    )
    return Demand(what, wanted, text, YES if min(worst) >= TIMES_FASTER else NO, listed)


def _demand_of_peer(found: Sequence[Finish], peer: str) -> Demand:
    what = f"time of {peer} over {OURS}'s to that score, medians"
    pairs = _pairs(found, peer)
    if not pairs:
        return Demand(what, "above 1")
    theirs, ours = ([pair[i] for pair in pairs] for i in (0, 1))
    factor = median(f.seconds for f in theirs) / median(f.seconds for f in ours)
    remark = (
        f"{pairs[0][0].task}; it reached {sum(f.reached for f in theirs)} of "
        f"{len(pairs)}, ours {sum(f.reached for f in ours)}"
    )
    return Demand(what, "above 1", f"{factor:.2f}", YES if factor > 1 else NO, remark)


def _pairs(found: Sequence[Finish], peer: str) -> list[tuple[Finish, Finish]]:
    """Return the searches of a peer and of ours that had the same target."""
    ours = {(f.task, f.seed): f for f in found if f.search == OURS}
    return [
        (f, ours[f.task, f.seed])
        for f in sorted(found)
        if f.search == peer and (f.task, f.seed) in ours
    ]
