"""What the portfolio brings: searches of the real problems with three kinds of start.

No entry of the portfolio was chosen on data of these problems.
"""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from asv_benchmarks.quality import public
from asv_benchmarks.quality.interface import stream
from asv_benchmarks.quality.lock import alone_in
from asv_benchmarks.quality.real.remembered import search_arguments
from asv_benchmarks.quality.real.tables import REAL_TASKS
from asv_benchmarks.quality.workers import processes
from sksearch.space import SearchSpace

MARKS = (10, 16, 32, 50)
# Sobol points; the estimator's own parameters before them; a portfolio between the two.
STARTS = ("sobol", "own", "portfolio")


@dataclass(frozen=True, order=True)
class Started:
    """One search.

    Parameters
    ----------
    task : str
        The problem.
    seed : int
        Of the search.
    start : {"sobol", "own", "portfolio"}
        How it began.
    n_iter : int
        Candidates.
    regret : float
        Of the best one: 0 at the best point of the problem and 1 at the median.
    """

    task: str
    seed: int
    start: str
    n_iter: int
    regret: float

    @property
    def key(self) -> tuple[str, int, str, int]:
        """What a newer run of the same replaces."""
        return self.task, self.seed, self.start, self.n_iter


def begin(task: str, seed: int, start: str) -> list[Started]:
    """Search a problem, and return what was found at each mark.

    A search of ten candidates is the beginning of a longer one: there is room for all
    of a portfolio.
    """
    options = _options(task, start)
    with threadpool_limits(1):
        path = list(public.search(task, stream(task, seed), MARKS[-1], **options))
    return [
        Started(task, seed, start, mark, round(path[mark - 1][0], 6)) for mark in MARKS
    ]


def _options(task: str, start: str) -> dict[str, Any]:
    if start == "portfolio":
        return {"initial_design": "auto"}
    arguments = search_arguments(task)
    space = SearchSpace(arguments["param_distributions"])
    own = space.complete(arguments["estimator"].get_params(deep=True))
    first = [own] if own is not None and start == "own" else []
    return {"initial_design": "sobol", "initial_params": first}


# -- the CSV -------------------------------------------------------------------------


def read(path: Path) -> list[Started]:
    """Return what was run, sorted."""
    if not path.exists():
        return []
    kinds = {field.name: field.type for field in fields(Started)}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [
        Started(**{name: kinds[name](value) for name, value in row.items()})  # type: ignore[operator]
        for row in rows
    ]
    return sorted({each.key: each for each in found}.values())


def missing(done: Iterable[Started], n_seeds: int) -> list[tuple[str, int, str]]:
    """Return what was not run."""
    known = {found.key[:3] for found in done}
    wanted = itertools.product(REAL_TASKS, range(n_seeds), STARTS)
    return [key for key in wanted if key not in known]


def run_all(
    wanted: Sequence[tuple[str, int, str]], n_jobs: int
) -> Iterator[list[Started]]:
    """Yield the searches as they end."""
    with processes(n_jobs) as pool:
        futures = [pool.submit(begin, *key) for key in wanted]
        for future in as_completed(futures):
            yield future.result()


def update(path: Path, found: Iterable[list[Started]]) -> None:
    """Add to the CSV, now and then while they come."""
    known = read(path)
    for number, each in enumerate(found, start=1):
        known += each
        if number % 20 == 0:
            _write(path, known)
    _write(path, known)


def _write(path: Path, found: Iterable[Started]) -> None:
    with alone_in(path.parent), path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Started))
        writer.writerows(map(astuple, sorted(found)))
