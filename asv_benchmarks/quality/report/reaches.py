"""The section on seconds until a search has what random search ends with."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median

from asv_benchmarks.quality.report.demands import NO, UNKNOWN, YES, Demand
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.reach_numbers import (
    OURS,
    RANDOM,
    Medians,
    firsts,
    medians,
    of_random,
    ratio,
    shared,
    wholes,
    with_jobs,
)
from asv_benchmarks.quality.report.text import REACHING, REACHING_CHECKED
from asv_benchmarks.quality.timed.checking import Check
from asv_benchmarks.quality.timed.reaching import N_JOBS, TIMES_LONGER, Reach
from asv_benchmarks.quality.timed.searches import SEARCHES

RATIO_LIMIT, FIRST_LIMIT = 0.25, 2 / 3


def section(reaches: Sequence[Reach], checks: Sequence[Check] = ()) -> str:
    """Return what each search takes, and how near virtual time is to real time."""
    return "\n".join(
        [
            "## Seconds to the score of random search\n",
            REACHING,
            *(_of(reaches, n) for n in N_JOBS),
            REACHING_CHECKED,
            checked(checks),
        ]
    )


def demands(reaches: Sequence[Reach]) -> list[Demand]:
    """Return what is wanted of ours, with one worker and with two."""
    return [ask(reaches, n) for n in N_JOBS for ask in (ratio_demand, first_demand)]


# -- demands -------------------------------------------------------------------------


def ratio_demand(reaches: Sequence[Reach], n_jobs: int) -> Demand:
    """Compare ours with random search, by the reading that is the worse for ours."""
    what = f"seconds to the score of {RANDOM} over its own, n_jobs={n_jobs}"
    wanted = f"at most {RATIO_LIMIT}, by either reading"
    found = medians(reaches, n_jobs)
    of_whole = ratio(found, OURS, wholes(reaches, n_jobs, "whole"))
    of_other = ratio(found, OURS, of_random(found))
    if of_whole is None or of_other is None:
        return Demand(what, wanted)
    text = f"{of_whole:.2f} of its whole time, {of_other:.2f} of its time to the score"
    is_reached = max(of_whole, of_other) <= RATIO_LIMIT
    remark = f"medians over {len(found)} problems"
    return Demand(what, wanted, text, _answer(is_reached), remark)


def first_demand(reaches: Sequence[Reach], n_jobs: int) -> Demand:
    """Count the problems on which ours is the fastest of all searches."""
    what = f"problems on which {OURS} reaches it first, n_jobs={n_jobs}"
    wanted = "at least two thirds"
    found = medians(shared(reaches), n_jobs)
    if not found or any(len(by) < len(SEARCHES) for by in found.values()):
        return Demand(what, wanted, reached=UNKNOWN)
    first = firsts(found)
    won = sum(name == OURS for name in first.values())
    lost = [f"{name or 'none'} on {t}" for t, name in first.items() if name != OURS]
    is_reached = won >= FIRST_LIMIT * len(first)
    text = f"{won} of {len(first)}"
    return Demand(what, wanted, text, _answer(is_reached), ", ".join(lost))


def _answer(is_reached: bool) -> str:
    return YES if is_reached else NO


# -- tables --------------------------------------------------------------------------


def _of(reaches: Sequence[Reach], n_jobs: int) -> str:
    parts = [
        f"### n_jobs={n_jobs}\n",
        f"Median seconds over the seeds that all ran, {_n_seeds(reaches)}:\n",
        by_task(shared(reaches), n_jobs),
        "Over all problems and seeds:\n",
        by_search(reaches, n_jobs),
    ]
    return "\n".join(parts)


def _n_seeds(reaches: Sequence[Reach]) -> str:
    counts = Counter(task for task, _ in {(r.task, r.seed) for r in shared(reaches)})
    least, most = (f(counts.values(), default=0) for f in (min, max))
    return str(most) if least == most else f"{least} to {most}"


def by_task(reaches: Sequence[Reach], n_jobs: int) -> str:
    """Return a line for each problem, with the fastest in bold."""
    found, first = medians(reaches, n_jobs), firsts(medians(reaches, n_jobs))
    whole = wholes(reaches, n_jobs, "whole")
    names = [name for name in SEARCHES if any(name in by for by in found.values())]
    rows = [
        [task, *(_cell(by.get(n), whole[task], first[task] == n) for n in names)]
        + [f"{whole[task]:.2f}"]
        for task, by in found.items()
    ]
    return table(["problem", *names, "whole time of the target"], rows)


def _cell(seconds: float | None, whole: float, is_first: bool) -> str:
    if seconds is None:
        return ""
    is_given_up = seconds >= 0.98 * TIMES_LONGER * whole  # the limits differ by seed
    text = f"> {seconds:.2f}" if is_given_up else f"{seconds:.2f}"
    return f"**{text}**" if is_first else text


def by_search(reaches: Sequence[Reach], n_jobs: int) -> str:
    """Return a line for each search: ratios, how often it is first and gets there."""
    found = medians(reaches, n_jobs)
    first = list(firsts(medians(shared(reaches), n_jobs)).values())
    rows = [
        [
            search,
            *_ratios(found, search, reaches, n_jobs),
            first.count(search),
            f"{fmean(each.reached for each in of):.0%}",
            f"{median(each.candidates for each in of):.0f}",
            len(of),
        ]
        for search in SEARCHES
        if (
            of := [each for each in with_jobs(reaches, n_jobs) if each.search == search]
        )
    ]
    return table(
        [
            "search",
            "over the target's whole time",
            "over its time to its best",
            f"over {RANDOM}",
            "first on",
            "target reached",
            "candidates",
            "runs",
        ],
        rows,
    )


def _ratios(
    found: Medians, search: str, reaches: Sequence[Reach], n_jobs: int
) -> list[str]:
    others = [
        wholes(reaches, n_jobs, "whole"),
        wholes(reaches, n_jobs, "found"),
        of_random(found),
    ]
    values = [ratio(found, search, other) for other in others]
    return ["" if value is None else f"{value:.2f}" for value in values]


def checked(checks: Sequence[Check]) -> str:
    """Return a line for each search that was run."""
    rows = [
        [
            each.task,
            each.search,
            each.n_jobs,
            f"{each.real:.2f}",
            f"{each.virtual:.2f}",
            f"{each.virtual / each.real:.2f}",
        ]
        for each in checks
    ]
    return table(
        ["problem", "search", "n_jobs", "real seconds", "virtual seconds", "ratio"],
        rows,
    )
