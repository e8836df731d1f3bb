"""Differences of pairs of runs, as a mean and its standard error."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, variance


def change(by_task: Mapping[str, Sequence[float]]) -> str:
    """Return the mean difference and its standard error over the seeds of the tasks.

    Parameters
    ----------
    by_task : dict of str to sequence of float
        One difference for each seed. A task counts once, however many it has.
    """
    mean = fmean(map(fmean, by_task.values()))
    errors = [variance(each) / len(each) for each in by_task.values() if len(each) > 1]
    error = math.sqrt(sum(errors)) / len(by_task)
    return f"{mean:+.4f} +- {error:.4f}"
