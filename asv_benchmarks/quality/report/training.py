"""The section on searches that train candidates on."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from asv_benchmarks.quality.report.demands import NO, YES, Demand
from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.quality.report.training_text import SEARCHES
from asv_benchmarks.quality.trained.searches import METHODS, OURS, RANDOM, Trained

SHARE_LIMIT = 0.30
ENOUGH = 5  # seeds of a problem for its held-out scores to be judged
RESTART_LIMITS = {"halving-3": 1 / 1.25, "halving-2": 1 / 1.5}


def section(found: Sequence[Trained]) -> str:
    """Return what each search trained, and what it found."""
    headers = ["problem", "search", "candidates", "trained", "if begun again"]
    headers += ["CPU seconds", "CV score", "held out", "held out - random", "seeds"]
    rows = [
        _row(found, task, method)
        for task in tasks_of(found)
        for method in METHODS
        if _of(found, task, method)
    ]
    return "\n".join(["## Training on\n", SEARCHES, table(headers, rows)])


def demands(found: Sequence[Trained]) -> list[Demand]:
    """Return what is wanted of training on."""
    return [
        _demand_of_share(found),
        _demand_of_score(found),
        *(_demand_of_restarts(found, method) for method in RESTART_LIMITS),
    ]


def tasks_of(found: Sequence[Trained]) -> list[str]:
    """Return the problems that were searched."""
    return sorted({each.task for each in found})


def _of(found: Sequence[Trained], task: str, method: str) -> list[Trained]:
    return [each for each in found if (each.task, each.method) == (task, method)]


def _row(found: Sequence[Trained], task: str, method: str) -> list[object]:
    runs = _of(found, task, method)
    return [
        task,
        method,
        f"{fmean(run.candidates for run in runs):.0f}",
        f"{fmean(run.units for run in runs):.0f}",
        f"{fmean(run.restarted for run in runs):.0f}",
        f"{fmean(run.cpu for run in runs):.1f}",
        f"{fmean(run.score for run in runs):.4f}",
        f"{fmean(run.held_out for run in runs):.4f}",
        _shown(gains(found, task, method)),
        len(runs),
    ]


def gains(found: Sequence[Trained], task: str, method: str) -> list[float]:
    """Return held-out scores less those of random search with the same seed."""
    random = {run.seed: run.held_out for run in _of(found, task, RANDOM)}
    return [
        run.held_out - random[run.seed]
        for run in _of(found, task, method)
        if run.seed in random
    ]


def _error(values: Sequence[float]) -> float:
    return stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.inf


def _shown(values: Sequence[float]) -> str:
    return f"{fmean(values):+.4f} +- {_error(values):.4f}" if values else ""


# -- demands -------------------------------------------------------------------------


def _demand_of_share(found: Sequence[Trained]) -> Demand:
    what = "epochs or trees of HyperbandSearchCV over RandomizedSearchCV's, worst"
    wanted = f"at most {SHARE_LIMIT:.2f}"
    shares = {
        task: fmean(run.units for run in ours) / fmean(run.units for run in random)
        for task in tasks_of(found)
        if (ours := _of(found, task, OURS)) and (random := _of(found, task, RANDOM))
    }
    if not shares:
        return Demand(what, wanted)
    worst = max(shares, key=shares.__getitem__)
    reached = YES if shares[worst] <= SHARE_LIMIT else NO
    return Demand(what, wanted, f"{shares[worst]:.2f}", reached, worst)


def _demand_of_score(found: Sequence[Trained]) -> Demand:
    what = "held-out score of HyperbandSearchCV less RandomizedSearchCV's, worst"
    wanted = "no lower by more than a standard error"
    by_task = {task: gains(found, task, OURS) for task in tasks_of(found)}
    by_task = {task: found for task, found in by_task.items() if len(found) >= ENOUGH}
    if not by_task:
        return Demand(what, wanted)
    margins = {task: fmean(v) / max(_error(v), 1e-12) for task, v in by_task.items()}
    worst = min(margins, key=margins.__getitem__)
    reached = YES if margins[worst] >= -1 else NO
    remark = f"{worst}, {len(by_task[worst])} seeds"
    return Demand(what, wanted, _shown(by_task[worst]), reached, remark)


def _demand_of_restarts(found: Sequence[Trained], method: str) -> Demand:
    what = f"epochs or trees over those of restarts, {method}"
    limit = RESTART_LIMITS[method]
    runs = [run for run in found if run.method == method]
    if not runs:
        return Demand(what, f"at most {limit:.2f}")
    worst = max(run.units / run.restarted for run in runs)
    reached = YES if worst <= limit else NO
    return Demand(what, f"at most {limit:.2f}", f"{worst:.2f}", reached)
