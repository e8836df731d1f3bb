"""The registry of problems: three groups, each in two halves.

Settings are chosen on one half of each group and reported on the other.
"""

from collections.abc import Callable
from functools import lru_cache

from asv_benchmarks.quality import synthetic, tables
from asv_benchmarks.quality.interface import Problem, stream
from asv_benchmarks.quality.real.tables import REAL_CHOOSING, REAL_TASKS, load_real

__all__ = [
    "CHOOSING",
    "FAMILIES",
    "GROUPS",
    "HALVES",
    "REPORT",
    "TASKS",
    "load",
    "select",
    "stream",
]

GROUPS: dict[str, tuple[str, ...]] = {
    "tables": tables.TASKS,
    "mixint": synthetic.TASKS,
    "real": REAL_TASKS,
}
FAMILIES: dict[str, tuple[str, ...]] = {
    **tables.FAMILIES,
    "mixint": synthetic.TASKS,
    "real": REAL_TASKS,
}
TASKS = tuple(task for tasks in GROUPS.values() for task in tasks)

CHOOSING = (*tables.CHOOSING, *synthetic.CHOOSING, *REAL_CHOOSING)
REPORT = tuple(task for task in TASKS if task not in CHOOSING)
HALVES = {"choosing": CHOOSING, "report": REPORT}

_LOADERS: dict[str, Callable[[str], Problem]] = {
    "tables": tables.load,
    "mixint": synthetic.load,
    "real": load_real,
}


def select(group: str, half: str) -> tuple[str, ...]:
    """Return the tasks of a group that are in a half."""
    return tuple(task for task in GROUPS[group] if task in HALVES[half])


@lru_cache(maxsize=2)
def load(task: str) -> Problem:
    """Return the problem of a task.

    Raises
    ------
    ModuleNotFoundError
        If the package with its data is not installed.
    """
    [group] = [name for name, tasks in GROUPS.items() if task in tasks]
    return _LOADERS[group](task)
