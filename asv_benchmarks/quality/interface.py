"""What a problem is: a space, noisy scores, and how far a point is from the best."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Params = Mapping[str, Any]
# Of each parameter a list of choices, or a tuple that is a range. A list of spaces is
# one conditional space, as in BayesSearchCV.
Space = dict[str, Any]


class Problem(Protocol):
    """What methods are compared on."""

    @property
    def name(self) -> str:
        """The task."""

    @property
    def family(self) -> str:
        """Which tasks it is like."""

    @property
    def space(self) -> Space | list[Space]:
        """What may be tried."""

    def evaluate(self, params: Params, seed: int, number: int) -> tuple[float, ...]:
        """Return the fold scores of one evaluation, greater is better.

        The noise follows from the seed of the run and the number of the evaluation, so
        that all methods meet the same. NaN stands for a failure.
        """

    def regret(self, params: Params) -> float:
        """Return how far a point is from the best: 0 is that, 1 the median point."""


def stream(task: str, seed: int) -> int:
    """Return the seed of one run on one task: no two tasks share a stream."""
    return int(np.random.default_rng([seed, zlib.crc32(task.encode())]).integers(2**31))


def draw_half(families: Iterable[Sequence[str]], seed: int) -> tuple[str, ...]:
    """Draw half of each family, the smaller half if its number is odd."""
    rng = np.random.default_rng(seed)
    return tuple(
        str(task)
        for tasks in families
        for task in sorted(rng.permutation(tasks)[: len(tasks) // 2])
    )
