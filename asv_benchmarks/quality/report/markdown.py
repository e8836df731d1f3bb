"""Numbers and tables as Markdown."""

from collections.abc import Iterable, Sequence

from asv_benchmarks.quality.compare import Ratio, Regrets, mean_regret


def table(headers: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a table, or that there is nothing to show."""
    found = list(rows)
    if not found:
        return "Nothing was run yet.\n"
    lines = [headers, ["---"] * len(headers), *found]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def interval(found: Ratio | None) -> str:
    """Return a ratio and its interval; nothing if there is none."""
    if found is None:
        return ""
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def mean(found: Regrets) -> str:
    """Return a mean regret and how many runs it is of; nothing if there is none."""
    return f"{mean_regret(found):.4f} ({len(found)})" if found else ""
