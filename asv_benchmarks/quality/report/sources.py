"""The section on what was run."""

from collections import Counter
from collections.abc import Sequence

from asv_benchmarks.quality.compare import names_of
from asv_benchmarks.quality.problems import GROUPS
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.text import METHOD_TEXTS
from asv_benchmarks.quality.runs import Run


def section(runs: Sequence[Run]) -> str:
    """Return what each method is, and how often which version of it ran."""
    names = names_of(runs)
    described = table(
        ["method", "what it is"], [[name, METHOD_TEXTS[name]] for name in names]
    )
    return f"## What was run\n\n{described}\nRuns in each group:\n\n{_counts(runs)}"


def _counts(runs: Sequence[Run]) -> str:
    counts = Counter((r.method, r.version, r.n, _group(r.task)) for r in runs)
    kinds = sorted({(method, version, n) for method, version, n, _ in counts})
    rows = [
        [*kind, *(counts[(*kind, group)] or "" for group in GROUPS)] for kind in kinds
    ]
    return table(["method", "version", "evaluations", *GROUPS], rows)


def _group(task: str) -> str:
    return next(group for group, tasks in GROUPS.items() if task in tasks)
