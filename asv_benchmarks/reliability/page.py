"""The page: what was done, and what came of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.reliability.deeds import DEEDS
from asv_benchmarks.reliability.fates import SETTINGS
from asv_benchmarks.reliability.nested import MODELS, SPLITS
from asv_benchmarks.reliability.rows import (
    Broken,
    Cost,
    Fate,
    Killed,
    Nested,
    Orphaned,
)
from asv_benchmarks.reliability.text import (
    COSTS,
    FATES,
    HOSTILE,
    INTRODUCTION,
    JOURNALS,
    KILLS,
    NESTED,
    ORPHANS,
)

__all__ = ["page"]


def page(
    kills: Sequence[Killed],
    fates: Sequence[Fate],
    orphans: Sequence[Orphaned],
    journals: Sequence[Broken],
    costs: Sequence[Cost],
    nested: Sequence[Nested],
) -> str:
    """Return the whole page as Markdown."""
    hostile = [row for row in journals if row.harm.startswith("hostile: ")]
    harmed = [row for row in journals if row not in hostile]
    parts = [
        INTRODUCTION,
        *(KILLS, _kills(kills), _made_with(kills)),
        *(FATES, _fates(fates), _made_with(fates)),
        *(ORPHANS, _orphans(orphans), _made_with(orphans)),
        *(JOURNALS, _journals(harmed), _made_with(harmed)),
        *(HOSTILE, _hostile(hostile), _made_with(hostile)),
        *(COSTS, _costs(costs), _made_with(costs)),
        *(NESTED, _nested(nested), _made_with(nested)),
    ]
    return "\n".join(parts)


def _made_with(rows: Iterable[Any]) -> str:
    """Return the versions and cores behind some rows."""
    found = sorted({(row.versions, row.cores) for row in rows})
    return "".join(f"Measured with {v}, on {n} cores.\n" for v, n in found)


def _kills(rows: Sequence[Killed]) -> str:
    lines = []
    for name in sorted({row.search for row in rows}):
        of = [row for row in rows if row.search == name]
        n_killed = sum(row.n_killed for row in of)
        n_good = sum(
            row.n_killed for row in of if row.is_same and not row.n_fitted_twice
        )
        n_twice = sum(row.n_fitted_twice for row in of)
        most = [_most_in_flight(of, b) for b in ("sequential", "threading")]
        lines.append([name, len(of), n_killed, n_good, n_twice, *most])
    headers = ["search", "searches", "kills", "survived", "fitted twice"]
    workers = ["most in flight, one worker", "most in flight, two threads"]
    return table(headers + workers, lines)


def _most_in_flight(rows: Iterable[Killed], backend: str) -> int | str:
    found = [row.most_in_flight for row in rows if row.backend == backend]
    return max(found, default="not tried")


def _fates(rows: Sequence[Fate]) -> str:
    found = {(row.setting, row.deed): row for row in rows}
    known = [name for name in SETTINGS if any(row.setting == name for row in rows)]
    lines = [
        [name, *(_fate(found.get((name, deed))) for deed in DEEDS)] for name in known
    ]
    return table(["where", *DEEDS], lines)


def _fate(row: Fate | None) -> str:
    if row is None:
        return "not tried"
    if row.outcome == "refused at the start":
        return row.outcome
    if row.outcome.startswith("the "):
        return f"{row.outcome}; {row.kept} of 3 others in the journal"
    return f"`{row.outcome}`; {row.others_ok} of 3 others ok"


def _orphans(rows: Sequence[Orphaned]) -> str:
    deeds = list(dict.fromkeys(row.deed for row in rows))
    found = {(row.setup, row.deed): row.seconds for row in rows}
    setups = list(dict.fromkeys(row.setup for row in rows))
    lines = [
        [setup, *(_seconds(found.get((setup, deed))) for deed in deeds)]
        for setup in setups
    ]
    return table(["search", *deeds], lines)


def _seconds(value: float | None) -> str:
    if value is None:
        return "not tried"
    return "they stay" if value < 0 else f"{value:.2f} s"


def _journals(rows: Sequence[Broken]) -> str:
    lines = [[r.harm, r.tried, r.refused, r.resumed, r.wrong] for r in rows]
    headers = ["harm", "tried", "refused", "went on to the same result", "wrong"]
    return table(headers, lines)


def _hostile(rows: Sequence[Broken]) -> str:
    lines = [[r.harm.removeprefix("hostile: "), _hostile_outcome(r)] for r in rows]
    return table(["what the file holds", "what came of it"], lines)


def _hostile_outcome(row: Broken) -> str:
    if row.wrong:
        return "wrong"
    return "refused" if row.refused else "went on to the same result"


def _costs(rows: Sequence[Cost]) -> str:
    lines = [
        [r.order, r.n_trials, f"{r.ms:.3f}", f"{r.bytes_per_1000 / 1e6:.2f}"]
        for r in rows
    ]
    headers = ["results come", "candidates", "CPU ms per evaluation"]
    return table([*headers, "MB per 1,000 candidates"], lines)


def _nested(rows: Sequence[Nested]) -> str:
    headers = [f"outer {outer}, inner {inner}" for outer, inner in SPLITS]
    whole = [(model, _whole_rounds(rows, model)) for model in MODELS]
    lines = [_nested_line(model, found) for model, found in whole if found]
    return table(["model", "rounds", *headers, "ratio", "wanted"], lines)


def _whole_rounds(rows: Sequence[Nested], model: str) -> list[Nested]:
    """Return the rows of rounds that were not interrupted."""
    found = [row for row in rows if row.model == model]
    counts = Counter[int](row.round for row in found)
    return [row for row in found if counts[row.round] == len(SPLITS)]


def _nested_line(model: str, rows: Sequence[Nested]) -> list[object]:
    medians = {
        split: median(r.seconds for r in rows if (r.outer, r.inner) == split)
        for split in SPLITS
    }
    ratio = medians[2, 2] / min(medians[2, 1], medians[1, 2])
    n_rounds = len({row.round for row in rows})
    shown = [f"{medians[split]:.1f} s" for split in SPLITS]
    return [model, n_rounds, *shown, f"{ratio:.2f}", "at most 1.15"]
