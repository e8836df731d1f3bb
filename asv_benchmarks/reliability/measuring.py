"""Makes everything happen that the page tells of."""

import importlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from asv_benchmarks.reliability import orphans
from asv_benchmarks.reliability.killed import server
from asv_benchmarks.reliability.machine import cores, versions
from asv_benchmarks.reliability.resuming import kill_and_resume, reference_of
from asv_benchmarks.reliability.rows import Cost, Killed, Orphaned
from asv_benchmarks.reliability.searches import CLASSES, NETS

__all__ = ["costs", "kills", "left_behind"]

# asv's functions are not typed.
_journal: Any = importlib.import_module("asv_benchmarks.benchmarks.journal")


def kills(n_kills: int) -> Iterator[Killed]:
    """Yield searches of each class until so many kills have met one that ran."""
    names = [*CLASSES, NETS]
    with server(names) as ask:
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                reference = reference_of(name, Path(folder))
            # Threads share the generator of torch, and with it what nets learn.
            backends = ["sequential"] if name == NETS else ["sequential", "threading"]
            for backend in backends:
                done, seed = 0, 0
                while done < n_kills / len(backends):
                    with tempfile.TemporaryDirectory() as place:
                        found = kill_and_resume(
                            ask, reference, Path(place), name, backend, seed
                        )
                    yield Killed(
                        name, backend, seed, found.n_killed, found.n_fitted_twice,
                        found.most_in_flight,
                        int(found.is_same and not found.leaves_checkpoints),
                        versions(), cores(),
                    )  # fmt: skip
                    done, seed = done + found.n_killed, seed + 1


def left_behind() -> Iterator[Orphaned]:
    """Yield how long workers live whose search is killed while they hang."""
    for setup in orphans.SETUPS:
        for deed in orphans.HUNG:
            with tempfile.TemporaryDirectory() as folder:
                parent, workers = orphans.start(Path(folder), setup, deed)
                seconds = orphans.kill_parent(parent, workers, 20.0)
            shown = -1.0 if seconds is None else round(seconds, 2)
            yield Orphaned(setup, deed, shown, versions(), cores())


def costs(n_rounds: int, n_trials: int = 1000) -> Iterator[Cost]:
    """Yield the median of the CPU time that a journal adds, in pairs of runs."""
    for order, in_order in (("in turn", True), ("before their turn", False)):
        with tempfile.TemporaryDirectory() as folder:
            extra = []
            for number in range(n_rounds):
                path = os.path.join(folder, f"{number}.jsonl")
                with_it = _cpu_seconds(n_trials, path, in_order)
                extra.append(with_it - _cpu_seconds(n_trials, None, in_order))
            size = os.stat(path).st_size * 1000 // n_trials
        ms = round(1e3 * median(extra) / (5 * n_trials), 4)
        yield Cost(order, n_trials, ms, size, versions(), cores())


def _cpu_seconds(n_trials: int, path: str | None, in_order: bool) -> float:
    begin = process_time()
    _journal.run(n_trials, path, in_order)
    return process_time() - begin
