"""How long a model takes to answer."""

import contextlib
import numbers
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples
from threadpoolctl import ThreadpoolController  # scikit-learn requires it

from sksearch._blas import blas_limited_to
from sksearch._numbers import check_count
from sksearch.metrics._scorers import IgnoresWeights

__all__ = ["NegLatency", "neg_latency"]

_FEWEST_CALLS = 3  # of which a median says something

# Two measurements at once in one process would time each other, and limits on the
# threads of torch that overlap restore each other's.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class NegLatency(IgnoresWeights):
    """Score a model by the median of the seconds that a call takes.

    The scorer calls the model on the first rows of what it is given, again from the
    first one where there are too few: some times to warm up, then `n_repeats` times, or
    fewer but at least three where `max_time` is over before. Measurements in one
    process wait for each other; other processes should be idle, or the figures be
    measured again for the candidates that count.

    Parameters
    ----------
    batch_size : int, default=1
        How many rows a call has.
    per_row : bool, default=False
        Whether to divide by that.
    method : str, default="predict"
        What is called, such as "predict_proba" or "transform".
    n_repeats : int, default=100
        How many calls are timed.
    n_warmup : int, default=3
        How many calls come before.
    max_time : float, default=0.5
        Seconds after which no further call is timed.
    n_threads : int or None, default=1
        How many threads BLAS, OpenMP and torch may use; None leaves them alone. With
        one, the figure does not depend on how many workers share the machine. What
        estimators start by their own ``n_jobs`` stays.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sksearch.metrics import NegLatency, neg_latency
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=500).fit(X, y)
    >>> bool(neg_latency(model, X, y) < 0)
    True
    >>> throughput = NegLatency(batch_size=1000, per_row=True, n_repeats=10)
    >>> bool(throughput(model, X, y) < 0)
    True
    """

    batch_size: int = 1
    per_row: bool = False
    method: str = "predict"
    n_repeats: int = 100
    n_warmup: int = 3
    max_time: float = 0.5
    n_threads: int | None = 1

    def __post_init__(self) -> None:
        lowest = {"batch_size": 1, "n_repeats": 1, "n_warmup": 0, "n_threads": 1}
        for name, low in lowest.items():
            value = getattr(self, name)
            if name != "n_threads" or value is not None:
                check_count(value, name, low)
        is_number = isinstance(self.max_time, numbers.Real)
        if isinstance(self.max_time, bool) or not is_number or not self.max_time > 0:
            raise ValueError(f"max_time={self.max_time!r} must be above 0 seconds.")

    def __call__(
        self, estimator: Any, X: Any, y: Any = None, sample_weight: Any = None
    ) -> float:
        """Time the model.

        Parameters
        ----------
        estimator : estimator
            Fitted.
        X : array-like of shape (n_samples, n_features)
            Where the rows come from.
        y : array-like, default=None
            Not used.
        sample_weight : array-like, default=None
            Not used.

        Returns
        -------
        score : float
            Minus the median of the seconds.

        Raises
        ------
        AttributeError
            If the estimator has no such method.
        ValueError
            If `X` has no rows.
        """
        call = self._method_of(estimator)
        rows = _first_rows(X, self.batch_size)
        with _one_at_a_time, _held_to(self.n_threads):
            seconds = float(np.median(self._times(call, rows)))
        return -seconds / (self.batch_size if self.per_row else 1)

    def _method_of(self, estimator: Any) -> Callable[[Any], Any]:
        call: Callable[[Any], Any] | None = getattr(estimator, self.method, None)
        if call is None:
            raise AttributeError(
                f"method={self.method!r}: {type(estimator).__name__} has no such "
                "method. Pass NegLatency(method=...) with one that it has."
            )
        return call

    def _times(self, call: Callable[[Any], Any], rows: Any) -> list[float]:
        for _ in range(self.n_warmup):
            call(rows)
        times: list[float] = []
        while self._needs_more(times):
            begin = time.perf_counter()
            call(rows)
            times.append(time.perf_counter() - begin)
        return times

    def _needs_more(self, times: list[float]) -> bool:
        spent = len(times) >= _FEWEST_CALLS and sum(times) >= self.max_time
        return len(times) < self.n_repeats and not spent


neg_latency = NegLatency()


def _first_rows(X: Any, n: int) -> Any:
    n_rows = _num_samples(X)
    if n_rows == 0:
        raise ValueError("X has no rows, so that no call can be timed.")
    return _safe_indexing(X, np.arange(n) % n_rows)


@contextlib.contextmanager
def _held_to(n_threads: int | None) -> Iterator[None]:
    """Hold BLAS, OpenMP of this thread, and a loaded torch for a block."""
    if n_threads is None:
        yield
        return
    openmp = ThreadpoolController().select(user_api="openmp")
    with (
        blas_limited_to(n_threads),
        openmp.limit(limits=n_threads),
        _torch_held_to(n_threads),
    ):
        yield


@contextlib.contextmanager
def _torch_held_to(n_threads: int) -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(min(n_threads, before))
    try:
        yield
    finally:
        torch.set_num_threads(before)
