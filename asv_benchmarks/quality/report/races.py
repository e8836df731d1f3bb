"""The section on fold racing."""

from collections.abc import Callable, Sequence
from statistics import fmean

from asv_benchmarks.quality.racing import Plan, Race
from asv_benchmarks.quality.report.changes import change
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.text import RACING

_HEADERS = (
    "search",
    "fits spared",
    "winners stopped",
    "trials without, with",
    "regret without",
    "regret with",
    "change",
    "change of held-out regret",
    "pairs",
)


def section(races: Sequence[Race]) -> str:
    """Return a line for each plan."""
    plans = sorted({race.plan for race in races}, key=lambda p: (p.workers, p.trials))
    rows = [_row([race for race in races if race.plan == plan], plan) for plan in plans]
    return "\n".join(["## Fold racing\n", RACING, table(_HEADERS, rows)])


def _row(races: Sequence[Race], plan: Plan) -> list[object]:
    by_key = {(race.task, race.seed, race.racing): race for race in races}
    keys = [
        (r.task, r.seed) for r in races if r.racing and (r.task, r.seed, 0) in by_key
    ]
    pairs = [(by_key[*key, 0], by_key[*key, 1]) for key in keys]
    spared = fmean(1.0 - b.fits / (a.fits / a.trials * b.trials) for a, b in pairs)
    return [
        plan,
        f"{spared:.0%}",
        f"{fmean(b.lost for _, b in pairs):.1%}",
        ", ".join(f"{fmean(pair[i].trials for pair in pairs):.0f}" for i in (0, 1)),
        f"{fmean(a.regret for a, _ in pairs):.4f}",
        f"{fmean(b.regret for _, b in pairs):.4f}",
        _change(pairs, lambda race: race.regret),
        _change(pairs, lambda race: race.held_out_regret),
        len(pairs),
    ]


def _change(pairs: Sequence[tuple[Race, Race]], value: Callable[[Race], float]) -> str:
    by_task: dict[str, list[float]] = {}
    for a, b in pairs:
        by_task.setdefault(a.task, []).append(value(b) - value(a))
    return change(by_task)
