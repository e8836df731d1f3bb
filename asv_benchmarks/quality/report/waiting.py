"""The section on what it costs that candidates wait on disk between two rungs."""

from collections.abc import Callable, Sequence
from statistics import median

from asv_benchmarks.quality.report.demands import NO, YES, Demand
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.training_text import WAITING
from asv_benchmarks.quality.trained.waiting import LONG, Wait

LIMIT = 0.05
Rung = tuple[str, int, int]

_HEADERS = ("candidate", "rung", "MB written", "trained, s", "write, ms", "read, ms")
_SHARES = ("clone, ms", "share of CPU", "share of wall", "runs")


def section(found: Sequence[Wait]) -> str:
    """Return a line for each rung."""
    rows = [_row(rung, runs) for rung, runs in _by_rung(found).items()]
    return f"{WAITING}\n{table((*_HEADERS, *_SHARES), rows)}"


def demand(found: Sequence[Wait]) -> Demand:
    """Return what is wanted of rungs that train for a second or more."""
    what = "write + read + clone over training, rungs of a second or more, worst"
    wanted = f"under {LIMIT:.0%}"
    shares = {
        rung: _median(runs, share_of_cpu)
        for rung, runs in _by_rung(found).items()
        if _median(runs, lambda run: run.train) >= LONG
    }
    if not shares:
        return Demand(what, wanted)
    worst = max(shares, key=shares.__getitem__)
    reached = YES if shares[worst] < LIMIT else NO
    remark = f"{_named(worst)}; {len(shares)} rungs of {len({r[0] for r in shares})}"
    return Demand(what, wanted, f"{shares[worst]:.1%}", reached, f"{remark} candidates")


def share_of_cpu(run: Wait) -> float:
    """Return the CPU of waiting over that of training."""
    return (run.write + run.read + run.clone) / run.train


def _share_of_wall(run: Wait) -> float:
    return run.wall_rest / run.wall_train


def _by_rung(found: Sequence[Wait]) -> dict[Rung, list[Wait]]:
    rungs: dict[Rung, list[Wait]] = {}
    for run in sorted(found):
        rungs.setdefault((run.task, run.start, run.stop), []).append(run)
    return rungs


def _row(rung: Rung, runs: Sequence[Wait]) -> list[object]:
    task, start, stop = rung
    parts: list[Callable[[Wait], float]] = [
        lambda run: run.write,
        lambda run: run.read,
        lambda run: run.clone,
    ]
    return [
        task,
        f"{start} to {stop}",
        f"{_median(runs, lambda run: run.n_bytes) / 1e6:.1f}",
        f"{_median(runs, lambda run: run.train):.2f}",
        *(f"{1e3 * _median(runs, part):.1f}" for part in parts),
        f"{_median(runs, share_of_cpu):.1%}",
        f"{_median(runs, _share_of_wall):.1%}",
        len(runs),
    ]


def _named(rung: Rung) -> str:
    return f"{rung[0]}, {rung[1]} to {rung[2]}"


def _median(runs: Sequence[Wait], value: Callable[[Wait], float]) -> float:
    return median(value(run) for run in runs)
