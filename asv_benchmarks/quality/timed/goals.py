"""When a search has what is wanted of it, or has had its time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ROUNDING = 1e-9  # means of the same scores, added up in another order


@dataclass(frozen=True)
class Done:
    """A candidate that a search has finished.

    Parameters
    ----------
    at : float
        Seconds from the start of the search.
    score : float
        The mean over its folds; NaN if it failed.
    """

    at: float
    score: float


@dataclass(frozen=True)
class Goal:
    """A score to reach.

    Parameters
    ----------
    score : float
        The least mean score that will do.
    limit : float
        Seconds after which a search is given up.
    """

    score: float
    limit: float

    def is_met(self, done: Done) -> bool:
        """Whether a candidate is good enough, and in time."""
        return done.score >= self.score - _ROUNDING and done.at <= self.limit

    def is_over(self, done: Done) -> bool:
        """Whether nothing after a candidate counts."""
        return self.is_met(done) or done.at >= self.limit

    def seconds(self, path: Sequence[Done]) -> float:
        """Return when the goal was met, or the limit."""
        return min((d.at for d in path if self.is_met(d)), default=self.limit)

    def follow(self, path: Iterable[Done]) -> list[Done]:
        """Return what a search finishes until nothing counts any more."""
        seen: list[Done] = []
        for done in path:
            seen.append(done)
            if self.is_over(done):
                break
        return seen
