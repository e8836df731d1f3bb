"""What a peer is told, and what it is kept from saying."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_UNKNOWN = 1.0  # the loss of a failure that comes before any success


class Losses:
    """Scores as losses; a failure costs what the worst success did."""

    def __init__(self) -> None:
        self._worst = -math.inf

    def of(self, score: float) -> float:
        """Return the loss of a score, NaN for a failure."""
        if not math.isnan(score):
            self._worst = max(self._worst, -score)
            return -score
        return self._worst if math.isfinite(self._worst) else _UNKNOWN


@contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings: what a peer says of itself is no business of a benchmark."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
