"""The real problems with the seconds of their fits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asv_benchmarks.quality.interface import Array
from asv_benchmarks.quality.real.seconds import load_seconds
from asv_benchmarks.quality.real.tables import RealProblem, load_real


@dataclass(frozen=True, eq=False)
class TimedProblem:
    """A real problem, and how long a fit takes at each of its points.

    Parameters
    ----------
    problem : RealProblem
        The scores.
    seconds : ndarray of shape (n_points,)
        Of one fit and its score.
    """

    problem: RealProblem
    seconds: Array

    @property
    def n_folds(self) -> int:
        """How many folds each candidate is fitted on."""
        return int(self.problem.scores.shape[1])

    @cached_property
    def means(self) -> Array:
        """The mean score of each point, NaN where a fit failed."""
        means: Array = self.problem.scores.mean(axis=1)
        return means

    def rows(self, points: Iterable[Mapping[str, Any]]) -> NDArray[np.int_]:
        """Return the rows of points."""
        return np.array([self.problem.index(point) for point in points])


def load_timed(task: str) -> TimedProblem:
    """Read a problem and its seconds."""
    return TimedProblem(load_real(task), load_seconds(task))
