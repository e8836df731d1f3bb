"""What a fit leaves beside its scores: predictions of its test rows, and its model.

Neither belongs into the history, which is small and is written as text. So they travel
with the result from the worker, wherever that is, and are taken off it before the
result reaches the log.
"""

import collections
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sksearch.evaluation._executors import Executor
from sksearch.history import Evaluation

__all__ = ["Keep", "KeepingExecutor", "Kept", "decoded", "in_all_columns"]

Predictions = Mapping[str, Any]
_CODES = "codes"  # stands for "predict" where labels are kept as their numbers


@dataclass(frozen=True, slots=True)
class Kept(Evaluation):
    """A result with what is kept of its fit.

    Parameters
    ----------
    trial_id, resource, fold : int
        Which fit this is; what follows, up to `best_iteration`, is as in `Evaluation`.
    scores, train_scores, fit_time, score_time, n_test, status, error, started : object
        What came of it.
    worker, device, curve, best_iteration : object
        The same.
    predictions : dict of str to ndarray
        By the name of the method, for the test rows in their order.
    model : estimator or None
        The fitted model.
    """

    predictions: Predictions = field(default_factory=dict)
    model: Any = None

    def bare(self) -> Evaluation:
        """Return the result alone, as the history takes it.

        Returns
        -------
        evaluation : Evaluation
            Without what is kept.
        """
        names = (each.name for each in dataclasses.fields(Evaluation))
        return Evaluation(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class Keep:
    """Says what is kept of every fit; picklable.

    Parameters
    ----------
    methods : sequence of tuple of str, default=()
        Of each tuple the first method that a model has is called.
    classes : ndarray of shape (n_classes,) or None, default=None
        All classes, sorted: columns are theirs, also where a fold lacks one.
    models : bool, default=False
        Whether the model is kept.
    """

    methods: Sequence[tuple[str, ...]] = ()
    classes: Any = None
    models: bool = False

    def __call__(self, result: Evaluation, estimator: Any, X: Any) -> Kept:
        """Return a result with what is kept.

        Parameters
        ----------
        result : Evaluation
            What came of the fit.
        estimator : estimator
            The model.
        X : array-like
            The test rows.

        Raises
        ------
        ValueError
            If a model predicts several arrays at once.
        """
        names = (each.name for each in dataclasses.fields(Evaluation))
        fields = {name: getattr(result, name) for name in names}
        found = dict(
            pair
            for names in self.methods
            if (pair := self._predict(estimator, names, X))
        )
        return Kept(
            **fields, predictions=found, model=estimator if self.models else None
        )

    def _predict(
        self, estimator: Any, names: tuple[str, ...], X: Any
    ) -> tuple[str, Any] | None:
        method = next((name for name in names if hasattr(estimator, name)), None)
        if method is None:
            return None
        try:
            found = getattr(estimator, method)(X)
        except Exception:  # the scorer met it too, and its error is in the log
            return None
        if isinstance(found, list) and np.ndim(found[0]) > 1:
            raise ValueError(
                f"return_oof=True keeps one array, and {method} of {estimator!r} gives "
                f"a list of {len(found)}, one for each output. Score by predict, or "
                "pass return_oof=False."
            )
        values = np.asarray(found)
        if self.classes is None:
            return method, values
        if method == "predict":
            return _encoded(values, self.classes)
        return method, in_all_columns(values, method, estimator, self.classes)


def decoded(predictions: Predictions, classes: Any) -> dict[str, Any]:
    """Return predictions by the names of their methods, labels as they were.

    Parameters
    ----------
    predictions : dict of str to ndarray
        As a `Kept` has them.
    classes : ndarray or None
        As the `Keep` had them.

    Returns
    -------
    predictions : dict of str to ndarray
        With "predict" for what was kept as numbers of classes.
    """
    return {
        "predict" if name == _CODES else name: (
            classes[values] if name == _CODES else values
        )
        for name, values in predictions.items()
    }


def _encoded(labels: Any, classes: Any) -> tuple[str, Any]:
    """Return labels as small numbers, unless one is none of the classes."""
    if labels.ndim != 1 or not np.isin(labels, classes).all():
        return "predict", labels
    codes = np.searchsorted(classes, labels)
    return _CODES, codes.astype(np.min_scalar_type(len(classes)))


def in_all_columns(values: Any, method: str, estimator: Any, classes: Any) -> Any:
    """Give a class that no training row had its column, as `cross_val_predict` does.

    Parameters
    ----------
    values : ndarray of shape (n_rows,) or (n_rows, n_known)
        What a model predicted.
    method : str
        By which method, such as "predict_proba".
    estimator : estimator
        The model, with `classes_`.
    classes : ndarray of shape (n_classes,)
        All classes, sorted, among them those of the model.

    Returns
    -------
    values : ndarray of shape (n_rows,) or (n_rows, n_classes)
        The same where the model knows all classes. Else the others have the
        probability 0, or the lowest decision.
    """
    known = np.asarray(getattr(estimator, "classes_", classes))
    if len(known) == len(classes) or known.ndim != 1:
        return values
    nothing = {"predict_proba": 0.0}.get(method, np.finfo(values.dtype).min)
    table = np.full((len(values), len(classes)), nothing, dtype=values.dtype)
    if values.ndim == 1:  # of two classes the decision is one column
        values = np.column_stack([-values, values])
    table[:, np.searchsorted(classes, known)] = values
    return table


class KeepingExecutor:
    """An executor whose results are relieved of what is kept.

    Parameters
    ----------
    executor : Executor
        Runs the fits.
    take : callable
        Gets every `Kept`.

    Examples
    --------
    >>> from collections import deque
    >>> from sksearch.evaluation import Fit, Kept, KeepingExecutor, SerialExecutor
    >>> from sksearch.history import Trial
    >>> fits = SerialExecutor(lambda fit: Kept(*fit.key, predictions={"predict": [1]}))
    >>> kept = []
    >>> executor = KeepingExecutor(fits, kept.append)
    >>> executor.feed(deque([Fit(Trial(0, {"C": 1}), resource=1, fold=2)]))
    >>> [evaluation] = executor.collect()
    >>> hasattr(evaluation, "predictions"), kept[0].predictions
    (False, {'predict': [1]})
    """

    def __init__(self, executor: Executor, take: Callable[[Kept], None]) -> None:
        self._executor = executor
        self._take = take

    @property
    def n_running(self) -> int:
        """How many fits were taken and not handed back."""
        return self._executor.n_running

    def feed(self, waiting: "collections.deque[Any]") -> None:
        """Take from the left of `waiting` what can start now.

        Parameters
        ----------
        waiting : deque of Fit
            The fits that nobody has started, in their order.
        """
        self._executor.feed(waiting)

    def collect(self) -> list[Evaluation]:
        """Wait until something is done.

        Returns
        -------
        evaluations : list of Evaluation
            At least one, of fits that were taken.
        """
        return [self._relieved(each) for each in self._executor.collect()]

    def drain(self) -> list[Evaluation]:
        """Return what is done or about to be, starting nothing.

        Returns
        -------
        evaluations : list of Evaluation
            Of fits that were taken; the others are given up.
        """
        return [self._relieved(each) for each in self._executor.drain()]

    def close(self) -> None:
        """Release the workers."""
        self._executor.close()

    def _relieved(self, result: Evaluation) -> Evaluation:
        if not isinstance(result, Kept):  # the fit has failed
            return result
        self._take(result)
        return result.bare()
