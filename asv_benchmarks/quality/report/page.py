"""The sections in their order."""

from collections.abc import Sequence
from pathlib import Path

from asv_benchmarks.quality.methods import NAMES, OURS
from asv_benchmarks.quality.multi.runs import MultiRun
from asv_benchmarks.quality.overhead import Cost
from asv_benchmarks.quality.problems import GROUPS
from asv_benchmarks.quality.racing import Race
from asv_benchmarks.quality.report import (
    choices,
    finishing,
    groups,
    races,
    reaches,
    scaling,
    sources,
    spending,
    standing,
    text,
    training,
    volumes,
    waiting,
)
from asv_benchmarks.quality.report import costs as costs_section
from asv_benchmarks.quality.report import starts as starts_section
from asv_benchmarks.quality.report.demands import all_demands
from asv_benchmarks.quality.runs import Run
from asv_benchmarks.quality.scaled.keeping import Kept
from asv_benchmarks.quality.scaled.runs import Scale
from asv_benchmarks.quality.selecting import Chosen
from asv_benchmarks.quality.starts import Started
from asv_benchmarks.quality.timed.checking import Check
from asv_benchmarks.quality.timed.cost_aware import Spent
from asv_benchmarks.quality.timed.reaching import Reach
from asv_benchmarks.quality.trained.finishes import Finish
from asv_benchmarks.quality.trained.searches import Trained
from asv_benchmarks.quality.trained.waiting import Wait

_DEVICES = Path(__file__).parents[2] / "devices" / "h200.md"


def page(
    runs: Sequence[Run],
    costs: Sequence[Cost],
    found: Sequence[Race] = (),
    started: Sequence[Started] = (),
    timed: Sequence[Reach] = (),
    checks: Sequence[Check] = (),
    spent: Sequence[Spent] = (),
    trained: Sequence[Trained] = (),
    waits: Sequence[Wait] = (),
    finished: Sequence[Finish] = (),
    multi: Sequence[MultiRun] = (),
    chosen: Sequence[Chosen] = (),
    scales: Sequence[Scale] = (),
    kept: Sequence[Kept] = (),
) -> str:
    """Return the whole page as Markdown."""
    demands = [
        *all_demands(runs, costs),
        *reaches.demands(timed),
        *training.demands(trained),
        waiting.demand(waits),
        *finishing.demands(finished),
        *volumes.demands(multi),
        *scaling.demands(scales, kept),
    ]
    parts = [
        text.INTRODUCTION.format(ours=OURS),
        standing.section(demands, _versions(runs, costs)),
        text.READING,
        *(groups.section(runs, group) for group in GROUPS),
        costs_section.section(runs, costs),
        reaches.section(timed, checks),
        races.section(found),
        starts_section.section(started),
        spending.section(spent),
        training.section(trained),
        waiting.section(waits),
        finishing.section(finished),
        volumes.section(multi),
        choices.section(chosen),
        scaling.section(scales, kept),
        text.DEVICES.format(measured=_of_devices()),
        sources.section(runs),
        text.LIMITS,
        text.RERUN.format(methods=" ".join(NAMES)),
    ]
    return "\n".join(parts)


def _of_devices() -> str:
    return _DEVICES.read_text(encoding="utf-8").rstrip()


def _versions(runs: Sequence[Run], costs: Sequence[Cost]) -> set[str]:
    """Return the versions of ours that the numbers come from."""
    of_runs = {run.version for run in runs if run.method == OURS}
    of_costs = {cost.version for cost in costs if cost.method == OURS}
    return of_runs | of_costs
