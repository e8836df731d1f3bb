"""The registry of problems with several objectives, in two halves."""

from asv_benchmarks.quality.multi import closed_form, coco, grids
from asv_benchmarks.quality.multi.volumes import MultiProblem

FAMILIES: dict[str, tuple[str, ...]] = {
    "zdt": closed_form.ZDT,
    "dtlz": closed_form.DTLZ,
    "biobj": coco.TASKS,
    "real": grids.REAL,
    "tables": grids.TABLES,
}
TASKS = tuple(task for tasks in FAMILIES.values() for task in tasks)

# Drawn once, half of each family by `draw_half` with seed 2026, and written down.
CHOOSING = (
    "zdt2",
    "zdt4",
    "dtlz2-m2",
    "dtlz2-m3",
    "biobj-f10",
    "biobj-f28",
    "mlp_weights",
    "svc_bytes",
    "vehicle_seconds",
)
REPORT = tuple(task for task in TASKS if task not in CHOOSING)
HALVES = {"choosing": CHOOSING, "report": REPORT}

_LOADERS = {
    "zdt": closed_form.load,
    "dtlz": closed_form.load,
    "biobj": coco.load,
    "real": grids.load,
    "tables": grids.load,
}


def family(task: str) -> str:
    """Return which tasks a task is like."""
    return next(name for name, tasks in FAMILIES.items() if task in tasks)


def load(task: str) -> MultiProblem:
    """Return the problem of a task.

    Raises
    ------
    ModuleNotFoundError
        If the package with its data is not installed.
    """
    return _LOADERS[family(task)](task)
