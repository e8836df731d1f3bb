"""Workers, a parent and a clock that only exist on paper."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sksearch.evaluation import Fit
from sksearch.history import Evaluation, History
from sksearch.optimizers import Optimizer, Proposal

Clock = Callable[[], float]
Replay = Callable[[Fit], tuple[float, float]]


class ParentTime:
    """Virtual time, in which the one thread that decides takes what it really takes.

    Parameters
    ----------
    clock : callable
        Seconds of the thread.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock, self._since = clock, clock()
        self.now = self.busy = 0.0

    def charge(self, seconds: float = 0.0) -> None:
        """Let pass what the parent has worked since `resume`, and `seconds` more."""
        worked = self._clock() - self._since + seconds
        self.now += worked
        self.busy += worked
        self.resume()

    def resume(self) -> None:
        """Leave out what has run since `charge`: it is of the simulation itself."""
        self._since = self._clock()


@dataclass(frozen=True)
class TimedOptimizer:
    """An optimizer that is asked with a watch in the hand.

    Parameters
    ----------
    optimizer : Optimizer
        Who is asked.
    clock : callable
        Seconds of the thread.
    asked : list of float
        What each question took is added here.
    """

    optimizer: Optimizer
    clock: Clock
    asked: list[float]

    max_pending = 1  # of no interest: who asks has been told how many

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Ask."""
        begin = self.clock()
        proposal = self.optimizer.ask(history, rng)
        self.asked.append(self.clock() - begin)
        return proposal


class VirtualExecutor:
    """Workers whose fits take the seconds that they are said to take.

    A worker that becomes free waits until the parent hands it a fit, and the parent
    does one thing at a time, whoever waits.

    Parameters
    ----------
    replay : callable
        Takes a `Fit`, returns its score and its seconds.
    n_workers : int
        How many fits run at once.
    time : ParentTime
        The time, which this moves.
    send_seconds : float
        Of the parent, for each fit that it hands out.
    """

    def __init__(
        self, replay: Replay, n_workers: int, time: ParentTime, send_seconds: float
    ) -> None:
        self._replay, self._time, self._send = replay, time, send_seconds
        self._free = list(range(n_workers))  # a heap: the first of them is next
        self._running: list[tuple[float, int, int, Evaluation]] = []
        self.spans: list[tuple[float, float]] = []  # of all fits, as they began

    @property
    def n_running(self) -> int:
        """How many fits were taken and not handed back."""
        return len(self._running)

    def feed(self, waiting: deque[Fit]) -> None:
        """Hand fits to the workers that are free."""
        self._time.charge()
        while waiting and self._free:
            self._start(waiting.popleft())
        self._time.resume()

    def _start(self, fit: Fit) -> None:
        worker, (score, seconds) = heapq.heappop(self._free), self._replay(fit)
        self._time.resume()
        self._time.charge(self._send)
        begin = self._time.now
        found = Evaluation(
            *fit.key,
            scores={"score": score},
            fit_time=seconds,
            score_time=0.0,
            status="ok" if np.isfinite(score) else "failed",
            started=begin,
            worker=str(worker),
        )
        entry = begin + seconds, len(self.spans), worker, found
        heapq.heappush(self._running, entry)
        self.spans.append((begin, begin + seconds))

    def collect(self) -> list[Evaluation]:
        """Go to the end of the fit that ends first, if that is not past."""
        self._time.charge()
        end, _, worker, found = heapq.heappop(self._running)
        heapq.heappush(self._free, worker)
        self._time.now = max(self._time.now, end)
        self._time.resume()
        return [found]

    def drain(self) -> list[Evaluation]:
        """Give up what runs."""
        self._running.clear()
        return []

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
