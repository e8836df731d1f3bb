"""The section on costs: time of suggestions, and memory."""

from collections.abc import Sequence
from statistics import fmean

from asv_benchmarks.quality.compare import names_of
from asv_benchmarks.quality.overhead import MEMORY, TIME, Cost
from asv_benchmarks.quality.problems import GROUPS
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.text import COSTS, MEMORY_TEXT
from asv_benchmarks.quality.runs import Run

_WINDOWS = {"31-50": "cpu_50", "81-100": "cpu_100"}


def section(runs: Sequence[Run], costs: Sequence[Cost]) -> str:
    """Return the tables of what was measured."""
    return "\n".join(
        [
            "## Costs\n",
            COSTS,
            _measured(costs, TIME),
            MEMORY_TEXT,
            _measured(costs, MEMORY),
            "In the runs of the groups above, milliseconds of process CPU per "
            "suggestion, fits of the model included; means over all runs:\n",
            _in_runs(runs),
        ]
    )


def _measured(costs: Sequence[Cost], quantity: str) -> str:
    rows = [
        [cost.method, cost.version, cost.n, f"{cost.value:.1f}", cost.runs]
        for cost in costs
        if cost.quantity == quantity
    ]
    return table(["method", "version", "n", quantity, "runs"], rows)


def _in_runs(runs: Sequence[Run]) -> str:
    headers = [f"{group}, {window}" for group in GROUPS for window in _WINDOWS]
    rows = [
        [
            name,
            *(
                _mean_time([r for r in runs if r.task in tasks], name, field)
                for tasks in GROUPS.values()
                for field in _WINDOWS.values()
            ),
        ]
        for name in names_of(runs)
    ]
    return table(["method", *headers], rows)


def _mean_time(runs: Sequence[Run], name: str, field: str) -> str:
    values = [getattr(run, field) for run in runs if run.method == name]
    known = [value for value in values if value == value]
    return f"{fmean(known):.1f}" if known else ""
