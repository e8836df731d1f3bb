"""What it costs that candidates wait on disk between two rungs, beside their training.

One candidate climbs a few rungs, as a search trains it: cloned, read, trained, written.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any, cast

from sklearn.base import clone
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.trained.problems import digits
from asv_benchmarks.quality.workers import processes
from sksearch.evaluation import (
    AddedTrees,
    Checkpoints,
    Epochs,
    Fit,
    TrainOn,
    open_checkpoints,
)
from sksearch.history import Trial

REPEATS = 3
LONG = 1.0  # seconds of training from which a rung counts
_SEED = 0


@dataclass(frozen=True, order=True)
class Wait:
    """One rung of one candidate.

    Parameters
    ----------
    task : str
        What is trained.
    start, stop : int
        Epochs or trees before the rung and after it.
    repeat : int
        Which of the repetitions.
    n_bytes : int
        Of the file that is written.
    train : float
        CPU seconds of training.
    write, read, clone : float
        CPU seconds of writing what the next rung begins with, of reading what the last
        one left, and of cloning the estimator.
    wall_train, wall_rest : float
        Seconds on the wall, of training and of the three others together.
    """

    task: str
    start: int
    stop: int
    repeat: int
    n_bytes: int
    train: float
    write: float
    read: float
    clone: float
    wall_train: float
    wall_rest: float

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What a newer run of the same replaces."""
        return self.task, self.start, self.stop, self.repeat


# -- what is trained -------------------------------------------------------------------


@dataclass(frozen=True)
class Climb:
    """A candidate and its rungs.

    Parameters
    ----------
    data : callable
        Returns the rows and their classes.
    estimator : callable
        Returns the candidate.
    training : Training
        How it is trained on.
    rungs : tuple of int
        Where training stops; there is a further one, so that all are written.
    """

    data: Any
    estimator: Any
    training: Any
    rungs: tuple[int, ...]


def wide(optimizer: str) -> Any:
    """Return a function that makes a net of 10 MB."""

    def make() -> Any:
        import torch
        from skorch import NeuralNetClassifier

        from asv_benchmarks.quality.trained.nets import Wide

        torch.manual_seed(_SEED)
        return NeuralNetClassifier(
            Wide,
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=getattr(torch.optim, optimizer),
            lr=1e-3,
            max_epochs=27,
            verbose=0,
        )

    return make


def trees() -> Any:
    """Return the boosted trees of LightGBM, of which the last rung has 200."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=600, random_state=_SEED, n_jobs=1, verbose=-1)


def rows() -> Any:
    """Return 100,000 rows and their classes, for trees to take a while."""
    return make_classification(
        100_000, n_features=20, n_informative=10, random_state=_SEED
    )


CLIMBS = {
    "net of 10 MB, SGD": Climb(digits, wide("SGD"), Epochs(), (3, 9, 27)),
    "net of 10 MB, Adam": Climb(digits, wide("Adam"), Epochs(), (3, 9, 27)),
    "LightGBM, 200 trees": Climb(
        rows, trees, AddedTrees("n_estimators", "init_model"), (22, 66, 200)
    ),
}

# -- the clock -------------------------------------------------------------------------


class Clock:
    """Adds up the seconds of named parts."""

    def __init__(self) -> None:
        self.cpu: Counter[str] = Counter()
        self.wall: Counter[str] = Counter()

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Count what is inside for a part."""
        cpu, wall = process_time(), perf_counter()
        try:
            yield
        finally:
            self.cpu[part] += process_time() - cpu  # type: ignore[assignment]
            self.wall[part] += perf_counter() - wall  # type: ignore[assignment]


@dataclass(frozen=True)
class TimedTraining:
    """A training with a clock at each of its steps."""

    training: Any
    clock: Clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self.training, name)

    def advance(self, *args: Any) -> None:
        """Train on."""
        with self.clock.of("train"):
            self.training.advance(*args)

    def state(self, estimator: Any) -> Any:
        """Return what is kept."""
        with self.clock.of("write"):
            return self.training.state(estimator)

    def restored(self, *args: Any) -> Any:
        """Return the candidate that was kept."""
        with self.clock.of("read"):
            return self.training.restored(*args)


@dataclass(frozen=True)
class TimedCheckpoints(Checkpoints):
    """Files with a clock at their writing and reading."""

    clock: Clock

    def save(self, fit: Fit, content: Any) -> None:
        """Write a file."""
        with self.clock.of("write"):
            super().save(fit, content)

    def load(self, fit: Fit) -> Any:
        """Read a file."""
        with self.clock.of("read"):
            return super().load(fit)


# -- the measurement -------------------------------------------------------------------


def climb(task: str, repeat: int) -> list[Wait]:
    """Train a candidate from rung to rung, with one thread."""
    plan = CLIMBS[task]
    X, y = plan.data()
    with threadpool_limits(1), open_checkpoints() as checkpoints:
        _one_torch_thread()
        return [
            _rung(task, plan, earlier, stop, repeat, checkpoints, X, y)
            for earlier, stop in _steps(plan.rungs)
        ]


def _steps(rungs: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], int]]:
    for k, stop in enumerate(rungs):
        yield rungs[:k], stop


def _rung(
    task: str,
    plan: Climb,
    earlier: tuple[int, ...],
    stop: int,
    repeat: int,
    checkpoints: Checkpoints,
    X: Any,
    y: Any,
) -> Wait:
    clock, before = Clock(), checkpoints.n_bytes()
    files = TimedCheckpoints(checkpoints.folder, checkpoints.most_bytes, clock)
    training = cast(Any, TimedTraining(plan.training, clock))
    original = plan.estimator()
    with clock.of("clone"):
        estimator = clone(original)
    fit = Fit(Trial(0, {}), stop, fold=0, earlier=earlier)
    TrainOn(training, files, plan.rungs[0], stop + 1)(fit, estimator, X, y, {})
    cpu, wall = clock.cpu, clock.wall
    parts = (cpu["train"], cpu["write"], cpu["read"], cpu["clone"])
    walls = (wall["train"], sum(wall.values()) - wall["train"])
    return Wait(
        task,
        max(earlier, default=0),
        stop,
        repeat,
        checkpoints.n_bytes() - before,
        *(round(seconds, 6) for seconds in (*parts, *walls)),
    )


def _one_torch_thread() -> None:
    try:
        import torch
    except ModuleNotFoundError:
        return
    torch.set_num_threads(1)


def missing(done: Iterable[Wait], tasks: Iterable[str]) -> list[tuple[str, int]]:
    """Return what was not measured."""
    known = {(each.task, each.repeat) for each in done}
    wanted = itertools.product(tasks, range(REPEATS))
    return [pair for pair in wanted if pair not in known]


def run_all(wanted: Iterable[tuple[str, int]]) -> Iterator[Wait]:
    """Yield what is measured, one candidate after the other in a process of its own."""
    with processes(1) as pool:
        for task, repeat in wanted:
            yield from pool.submit(climb, task, repeat).result()
