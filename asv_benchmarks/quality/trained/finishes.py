"""Seconds until a search has the score that `RandomizedSearchCV(n_iter=60)` ends with.

Nothing of sksearch is imported here: dask-ml runs in an environment that is too old.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from asv_benchmarks.quality.timed.goals import Done, Goal

N_RANDOM = 60
_ROUNDING = 5e-7  # scores are written with six digits: who ties is there
TARGET = "RandomizedSearchCV"
DASK = "dask-ml HyperbandSearchCV"
INSTALL_DASK = (
    "python -m venv .venv-dask && .venv-dask/bin/pip install "
    '"dask-ml==2024.4.4" "dask[distributed]==2024.8.2" "scikit-learn==1.5.2"'
)


@dataclass(frozen=True, order=True)
class Finish:
    """One search on its way to the target.

    Parameters
    ----------
    task, search : str
        The problem and what searches it.
    seed : int
        Of the search.
    version : str
        Of what searches.
    seconds : float
        CPU seconds until the target was reached, or those of the target's search.
    reached : int
        1 if it was reached in these, else 0.
    spent, wall : float
        CPU seconds and seconds on the wall that the search ran.
    score : float
        The best mean over the folds of a candidate that was trained in full.
    in_full : int
        How many candidates were.
    target, whole, found : float
        Of the target's search: its score, its CPU seconds, and those until it had the
        best candidate.
    """

    task: str
    search: str
    seed: int
    version: str
    seconds: float
    reached: int
    spent: float
    wall: float
    score: float
    in_full: int
    target: float
    whole: float
    found: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What a newer run of the same replaces."""
        return self.task, self.search, self.seed

    @property
    def goal(self) -> Goal:
        """The score to reach, in no more time than the target's search took."""
        return Goal(self.target - _ROUNDING, self.whole)


def judged(
    target: Finish,
    search: str,
    version: str,
    path: list[Done],
    spent: float,
    wall: float,
) -> Finish:
    """Return what a search made of a target's goal."""
    goal = target.goal
    best = max((done.score for done in path), default=float("nan"))
    return Finish(
        target.task,
        search,
        target.seed,
        version,
        round(goal.seconds(path), 3),
        int(any(map(goal.is_met, path))),
        round(spent, 3),
        round(wall, 3),
        round(best, 6),
        len(path),
        target.target,
        target.whole,
        target.found,
    )


def targets(done: Iterable[Finish], task: str) -> dict[int, Finish]:
    """Return the targets of a task that are known, by seed."""
    return {f.seed: f for f in done if (f.task, f.search) == (task, TARGET)}
