"""What a suggestion costs in a long search, and how much memory such a search takes.

Each number comes from a new process of one thread and goes to a CSV.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from asv_benchmarks.quality import memory, suggestions
from asv_benchmarks.quality.methods import OURS, version
from asv_benchmarks.quality.workers import processes

T = TypeVar("T")

MARKS = (50, 100, 500, 2000)
PEER_MARK = 100
N_CANDIDATES = 2000
TIME, MEMORY = "ms per suggestion", "MB"
MEASURABLE = (OURS, *suggestions.PEERS, "memory")


@dataclass(frozen=True, order=True)
class Cost:
    """One thing that was measured.

    Parameters
    ----------
    quantity : str
        What, in which unit: `TIME` or `MEMORY`.
    method, version : str
        Of whom.
    n : int
        Trials before the suggestions that were timed, or all that a search made.
    value : float
        The mean over the runs.
    runs : int
        How many.
    """

    quantity: str
    method: str
    n: int
    version: str
    value: float
    runs: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What a newer measurement of the same replaces."""
        return self.quantity, self.method, self.n


def measure(names: Sequence[str], n_runs: int) -> Iterator[Cost]:
    """Yield what each of `MEASURABLE` costs, one process after the other."""
    for name in names:
        if name == "memory":
            found = [_in_new_process(memory.peak, N_CANDIDATES) for _ in range(n_runs)]
            yield _cost(MEMORY, OURS, N_CANDIDATES, found)
        elif name == OURS:
            yield from _ours(n_runs)
        else:
            found = [
                _in_new_process(suggestions.after_random_points, name, PEER_MARK, seed)
                for seed in range(n_runs)
            ]
            yield _cost(TIME, name, PEER_MARK, found)


def _ours(n_runs: int) -> Iterator[Cost]:
    found = [
        _in_new_process(suggestions.in_one_run, OURS, MARKS, seed)
        for seed in range(n_runs)
    ]
    for mark, values in zip(MARKS, zip(*found, strict=True), strict=True):
        yield _cost(TIME, OURS, mark, values)


def _in_new_process(function: Callable[..., T], *args: object) -> T:
    with processes(1) as pool:
        return pool.submit(function, *args).result()


def _cost(quantity: str, method: str, n: int, values: Sequence[float]) -> Cost:
    mean = round(fmean(values), 3)
    return Cost(quantity, method, n, version(method), mean, len(values))


# -- the CSV -------------------------------------------------------------------------


def read(path: Path) -> list[Cost]:
    """Return what was measured, sorted."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return sorted(map(_from_row, csv.DictReader(file)))


def _from_row(row: dict[str, str]) -> Cost:
    return Cost(
        row["quantity"],
        row["method"],
        int(row["n"]),
        row["version"],
        float(row["value"]),
        int(row["runs"]),
    )


def update(path: Path, costs: Iterable[Cost]) -> None:
    """Put measurements into the CSV, each as soon as it comes."""
    for cost in costs:
        known = {old.key: old for old in read(path)} | {cost.key: cost}
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(field.name for field in fields(Cost))
            writer.writerows(map(astuple, sorted(known.values())))
