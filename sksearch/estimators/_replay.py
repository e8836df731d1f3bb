"""Scores of resampled rows, from predictions that were made once.

What compares rows one by one, such as the accuracy, is a mean over rows: all draws of
all candidates are then one product of matrices. Any other score is computed by its own
scorer, which is given an estimator that replays what was predicted.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from sksearch import _sklearn_compat as compat

__all__ = ["Rescorer", "is_mean_over_rows", "rescorer"]

Predictions = Mapping[str, Any]


class Rescorer(Protocol):
    """Scores rows as often as each is drawn."""

    def of_all(self, weights: Any) -> Any:
        """Return the scores of all candidates, shape (n_draws, n_candidates).

        `weights` of shape (n_draws, n_rows) counts how often a row is drawn.
        """
        ...

    def of_each(self, weights: Any, chosen: Any) -> Any:
        """Return for each draw the score of its own candidate."""
        ...


def rescorer(
    scorer: Any,
    candidates: Sequence[Predictions],
    y: Any,
    classes: Any,
    params: Mapping[str, Any],
) -> Rescorer:
    """Return what scores draws of rows.

    Parameters
    ----------
    scorer : scorer of scikit-learn
        Made by `make_scorer`, or known by a name.
    candidates : sequence of dict
        Of each candidate the predictions by the name of the method.
    y : ndarray of shape (n_rows, ...)
        The target.
    classes : ndarray or None
        All classes, sorted.
    params : dict
        What the scorer is given, such as weights, with one entry for each row.
    """
    function, sign, options = compat.scorer_parts(scorer)
    is_binary = classes is not None and len(classes) == 2
    known = _BY_ROW.get(function)
    if options or params or not (is_binary or function not in _OF_TWO):
        return _Replay(scorer, candidates, y, classes, params)
    found = [_taken(scorer, each) for each in candidates]
    if known is not None:
        table = np.array([known.values(each, y, classes) for each in found])
        return _Means(table, sign, known.end)
    if function is metrics.roc_auc_score:
        return _Auc(np.array(list(map(_of_second, found))), y == classes[1])
    return _Replay(scorer, candidates, y, classes, params)


def is_mean_over_rows(scorer: Any) -> bool:
    """Whether a score is a function of the mean of what each row has."""
    return compat.scorer_parts(scorer)[0] in _BY_ROW


def _taken(scorer: Any, predictions: Predictions) -> Any:
    """Return the predictions that a scorer takes."""
    names = compat.response_methods(scorer)
    return next(predictions[name] for name in names if name in predictions)


# -- means over rows ---------------------------------------------------------------


@dataclass(frozen=True)
class _ByRow:
    """A score that is a function of the mean of what each row has."""

    values: Callable[[Any, Any, Any], Any]
    end: Callable[[Any], Any] = np.asarray


def _is_right(labels: Any, y: Any, classes: Any) -> Any:
    same = np.asarray(labels) == np.asarray(y)
    return (same if same.ndim == 1 else same.all(axis=1)).astype(float)


def _over_outputs(values: Any) -> Any:
    return values if values.ndim == 1 else values.mean(axis=1)


def _square(found: Any, y: Any, classes: Any) -> Any:
    return _over_outputs((np.asarray(y, dtype=float) - found) ** 2)


def _distance(found: Any, y: Any, classes: Any) -> Any:
    return _over_outputs(np.abs(np.asarray(y, dtype=float) - found))


def _surprise(probabilities: Any, y: Any, classes: Any) -> Any:
    column = np.searchsorted(classes, np.asarray(y))
    of_class = np.take_along_axis(probabilities, column[:, None], axis=1)[:, 0]
    least = np.finfo(probabilities.dtype).eps
    return -np.log(np.clip(of_class, least, 1 - least))


def _brier(probabilities: Any, y: Any, classes: Any) -> Any:
    return (_of_second(probabilities) - (np.asarray(y) == classes[1])) ** 2


def _of_second(values: Any) -> Any:
    """Return what was predicted for the second class of two."""
    return values if values.ndim == 1 else values[:, 1]


_BY_ROW: dict[Any, _ByRow] = {
    metrics.accuracy_score: _ByRow(_is_right),
    metrics.mean_squared_error: _ByRow(_square),
    metrics.root_mean_squared_error: _ByRow(_square, np.sqrt),
    metrics.mean_absolute_error: _ByRow(_distance),
    metrics.log_loss: _ByRow(_surprise),
    metrics.brier_score_loss: _ByRow(_brier),
}
_OF_TWO = metrics.brier_score_loss, metrics.roc_auc_score  # fast for two classes


class _Means:
    """A table with a value for every (candidate, row)."""

    def __init__(self, table: Any, sign: int, end: Callable[[Any], Any]) -> None:
        self._table = table
        self._sign = sign
        self._end = end

    def of_all(self, weights: Any) -> Any:
        total = weights.sum(axis=1, keepdims=True)
        return self._sign * self._end(_ratio(weights @ self._table.T, total))

    def of_each(self, weights: Any, chosen: Any) -> Any:
        sums = np.einsum("ij,ij->i", weights, self._table[chosen])
        return self._sign * self._end(_ratio(sums, weights.sum(axis=1)))


def _ratio(above: Any, below: Any) -> Any:
    """Divide; nothing over nothing is NaN, a draw that cannot be scored."""
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


# -- the area under the curve ------------------------------------------------------


class _Auc:
    """The share of pairs in the right order, an equal pair counting half."""

    def __init__(self, values: Any, is_positive: Any) -> None:
        self._values = values
        self._positive = is_positive

    def of_all(self, weights: Any) -> Any:
        return np.column_stack([self._of(weights, v) for v in self._values])

    def of_each(self, weights: Any, chosen: Any) -> Any:
        found = np.full(len(weights), np.nan)
        for number in np.unique(chosen):
            draws = chosen == number
            found[draws] = self._of(weights[draws], self._values[number])
        return found

    def _of(self, weights: Any, values: Any) -> Any:
        order = np.argsort(values)
        w, positive = weights[:, order], self._positive[order]
        starts = np.flatnonzero(np.diff(values[order], prepend=np.nan))
        above = np.add.reduceat(w * positive, starts, axis=1)
        below = np.add.reduceat(w * ~positive, starts, axis=1)
        lower = np.cumsum(below, axis=1) - below / 2  # of equal ones a half
        pairs = above.sum(axis=1) * below.sum(axis=1)
        return _ratio((above * lower).sum(axis=1), pairs)


# -- any score ---------------------------------------------------------------------


class _Replay:
    """Asks the scorer itself, draw by draw."""

    def __init__(
        self,
        scorer: Any,
        candidates: Sequence[Predictions],
        y: Any,
        classes: Any,
        params: Mapping[str, Any],
    ) -> None:
        self._scorer = scorer
        self._models = [_model(c, classes) for c in candidates]
        self._y = y
        self._params = params
        takes_labels = compat.response_methods(scorer) == ("predict",)
        self._n_classes = 1 if classes is None or takes_labels else 2

    def of_all(self, weights: Any) -> Any:
        with _quiet():
            return np.array([[self._of(m, w) for m in self._models] for w in weights])

    def of_each(self, weights: Any, chosen: Any) -> Any:
        pairs = zip(weights, chosen, strict=True)
        with _quiet():
            return np.array([self._of(self._models[i], w) for w, i in pairs])

    def _of(self, model: Any, weights: Any) -> float:
        rows = np.repeat(np.arange(len(weights)), weights.astype(int))
        y = self._y[rows]
        # Of one class some rankings are 0 or 1 by convention, which says nothing.
        if len(rows) == 0 or (self._n_classes > 1 and len(np.unique(y)) < 2):
            return np.nan
        drawn = compat.check_method_params(self._y, params=self._params, indices=rows)
        try:
            return float(self._scorer(model, rows, y, **drawn))
        except ValueError:  # as of a class that is not among the rows
            return np.nan


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let scorers not warn of draws without a class, a thousand times."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Replayed(BaseEstimator):
    """Predicts for a number of a row what was predicted for the row."""

    def __init__(self, predictions: Predictions) -> None:
        self.predictions = predictions
        for name, values in predictions.items():
            setattr(self, name, _method(name, values))


class _ReplayedClassifier(ClassifierMixin, _Replayed):
    pass


class _ReplayedRegressor(RegressorMixin, _Replayed):
    pass


def _method(name: str, values: Any) -> Callable[[Any], Any]:
    def method(rows: Any) -> Any:
        return values[rows]

    method.__name__ = name
    return method


def _model(predictions: Predictions, classes: Any) -> Any:
    if classes is None:
        return _ReplayedRegressor(predictions)
    model = _ReplayedClassifier(predictions)
    model.classes_ = classes
    return model
