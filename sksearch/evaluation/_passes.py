"""Training by passes over the rows, each a call of `partial_fit`."""

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import is_classifier
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import unique_labels

from sksearch.evaluation._training import Params, Whole

__all__ = ["Passes"]

_N_SEEDS = 2**32  # of numpy's `RandomState`


@dataclass(frozen=True)
class Passes(Whole):
    """Passes over the training rows, each a call of `partial_fit`."""

    resource = "epochs"
    parameter = None
    continues = True

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Pass over the rows so many times more."""
        target = () if y is None else (y,)
        classes, always = _classes(estimator, y), _always_wants_classes(estimator)
        if start == 0:
            _take_passes(estimator, y)
        for number in range(start, stop):
            is_known = number > start
            # To look through the same rows again takes up to a tenth of a pass.
            with _in_new_order(estimator, number), _unchecked(is_known):
                told = {} if is_known and not always else classes
                estimator.partial_fit(X, *target, **told, **params)

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Pass over the rows: `fit` has a way of its own to shuffle and to end."""
        self.advance(estimator, X, y, 0, resource, params)


@contextlib.contextmanager
def _in_new_order(estimator: Any, number: int) -> Iterator[None]:
    """Let a pass shuffle the rows by a seed of its own.

    `partial_fit` makes its generator of `random_state` each time, so that of an integer
    all passes would have the order of the first, where those of `fit` go on drawing.
    """
    seeds = [_seed_of_order(part) for part in _parts(estimator)] if number > 0 else []
    try:
        _move_seeds(estimator, seeds, number)
        yield
    finally:  # in parts that may be copies by now, one for each
        _move_seeds(estimator, seeds, 0)


def _move_seeds(estimator: Any, seeds: Sequence[Any], by: int) -> None:
    for part, seed in zip(_parts(estimator), seeds, strict=False):
        if seed is not None:
            part.random_state = (int(seed) + by) % _N_SEEDS if by else seed


def _parts(estimator: Any) -> Iterator[Any]:
    """Yield an estimator, and those that it has made: of each target, of each class."""
    yield estimator
    made = getattr(estimator, "estimators_", ())
    for part in made if isinstance(made, list) else ():
        if hasattr(part, "get_params"):
            yield from _parts(part)


def _seed_of_order(estimator: Any) -> Any:
    """Return the integer by which an estimator shuffles rows; None if it has none."""
    params = estimator.get_params(deep=False)
    seed = params.get("random_state")
    is_integer = isinstance(seed, int | np.integer)
    return seed if is_integer and params.get("shuffle", False) else None


def _always_wants_classes(estimator: Any) -> bool:
    """Whether classes are no option of `partial_fit`; scikit-learn's want them once."""
    wanted = inspect.signature(estimator.partial_fit).parameters.get("classes")
    return wanted is not None and wanted.default is wanted.empty


def _unchecked(is_known: bool) -> contextlib.AbstractContextManager[None]:
    """Let scikit-learn's estimators take rows and parameters as valid."""
    if not is_known:
        return contextlib.nullcontext()
    found: contextlib.AbstractContextManager[None] = config_context(
        assume_finite=True, skip_parameter_validation=True
    )
    return found


def _classes(estimator: Any, y: Any) -> dict[str, Any]:
    """Return the classes that `partial_fit` wants with its first rows.

    They are those of the training rows, as in `fit`.
    """
    takes = inspect.signature(estimator.partial_fit).parameters.values()
    is_asked = any(p.name == "classes" or p.kind is p.VAR_KEYWORD for p in takes)
    if not is_classifier(estimator) or not is_asked:
        return {}
    if np.ndim(y) == 1:
        return {"classes": np.unique(y)}
    # By its name: importing the class would make every import of ours longer.
    if any(cls.__name__ == "MultiOutputClassifier" for cls in type(estimator).__mro__):
        return {"classes": [np.unique(column) for column in np.asarray(y).T]}
    return {"classes": unique_labels(y)}


def _take_passes(estimator: Any, y: Any) -> None:
    """Set what `partial_fit` refuses, as it sees a part of the rows only.

    All of them come in each pass: balanced weights are known, and to stop early is the
    search's part.
    """
    params = estimator.get_params(deep=False)
    if params.get("early_stopping") is True:
        estimator.set_params(early_stopping=False)
    if params.get("class_weight") == "balanced":
        classes = np.unique(y)
        weights = compute_class_weight("balanced", classes=classes, y=np.ravel(y))
        by_class = dict(zip(classes.tolist(), weights.tolist(), strict=True))
        estimator.set_params(class_weight=by_class)
