"""How many bytes a model takes."""

import pickle
from types import FunctionType
from typing import Any

import numpy as np

from sksearch.metrics._nets import modules_of, state_bytes
from sksearch.metrics._scorers import CostScorer

__all__ = ["neg_model_size"]

_AROUND = 15  # head, frame and end of a pickle, and a number in its place


@CostScorer
def neg_model_size(estimator: Any) -> float:
    """Score a model by the bytes of its pickle, or of the state of its net.

    The pickle is that of protocol 5, counted while it is written and never held in
    memory. Equal texts count once, so that the same model has the same size in
    whichever process it was fitted (a model of LightGBM also notes its number of
    threads, which takes some bytes); functions and classes count as their names. Of
    nets, modules of torch and estimators of skorch, wherever they stand in the model,
    the tensors of the ``state_dict`` count, parameters and buffers, and nothing else.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X, y : array-like, default=None
        Not used: scorers are called with them.

    Returns
    -------
    score : float
        Minus the bytes.

    Raises
    ------
    TypeError
        If the model cannot be pickled.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sksearch.metrics import neg_model_size
    >>> X, y = load_iris(return_X_y=True)
    >>> small, large = (RandomForestClassifier(n).fit(X, y) for n in (5, 50))
    >>> bool(neg_model_size(small) > neg_model_size(large))
    True
    """
    if modules := modules_of(estimator):
        return -float(state_bytes(modules))
    counter = _Counter()
    pickler = _CountingPickler(counter, protocol=5)
    try:
        pickler.dump(estimator)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise TypeError(
            f"neg_model_size: {type(estimator).__name__} cannot be pickled: {error}. "
            "Take locks, generators and open files out of the fitted model, or write "
            "a scorer of your own, a function of (estimator, X, y)."
        ) from error
    return -float(counter.n_bytes + pickler.n_bytes)


class _Counter:
    """A file that counts what is written, and keeps none of it."""

    def __init__(self) -> None:
        self.n_bytes = 0

    def write(self, data: Any) -> int:
        self.n_bytes += memoryview(data).nbytes
        return memoryview(data).nbytes


class _CountingPickler(pickle.Pickler):
    """Counts by itself what no file of a model should depend on how to hold.

    Pickle stores an object a second time where an equal one is another object, which
    texts and types of arrays are or are not by the way in which they came here.
    """

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.n_bytes = 0
        self._known: dict[Any, int] = {}
        self._nets: list[Any] = []  # so that no two have the same id

    def persistent_id(self, obj: Any) -> int | None:
        if isinstance(obj, str | bytes | np.dtype):
            return self._number((type(obj), obj), lambda: _bytes_inside(obj))
        if isinstance(obj, type | FunctionType):
            name = f"{obj.__module__}.{obj.__qualname__}"
            return self._number((type(obj), name), lambda: _bytes_inside(name))
        if modules := modules_of(obj):
            self._nets.append(obj)
            return self._number((type(obj), id(obj)), lambda: state_bytes(modules))
        return None

    def _number(self, key: Any, count: Any) -> int:
        if key not in self._known:
            self._known[key] = len(self._known)
            self.n_bytes += count()
        return self._known[key]


def _bytes_inside(value: Any) -> int:
    """Return what a value adds to a pickle, where its number is written anyhow."""
    return max(0, len(pickle.dumps(value, protocol=5)) - _AROUND)
