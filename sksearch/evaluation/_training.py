"""Ways to train an estimator up to a resource, and on from there.

Each has one verb, ``advance(estimator, X, y, start, stop, params)``: what was trained
up to `start` is then trained up to `stop`. From 0 to c is the same as from 0 to b and
on to c: as many epochs or trees, and where the library allows it the same predictions.
"""

import contextlib
import inspect
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import unique_labels

from sksearch._sklearn_compat import change_solver, check_method_params
from sksearch.evaluation._boosters import trained_in_full
from sksearch.evaluation._changes import may_change
from sksearch.evaluation._curves import first_members, first_trees
from sksearch.evaluation._fitting import fit_rows
from sksearch.evaluation._row_order import row_order

__all__ = [
    "AddedTrees",
    "Passes",
    "Redone",
    "Rows",
    "Training",
    "WarmStart",
]

Params = Mapping[str, Any]

_N_SEEDS = 2**32  # of numpy's `RandomState`


class Training(Protocol):
    """How a resource is spent on an estimator.

    Attributes
    ----------
    resource : str
        Its name: "epochs", "n_samples", or that of the estimator's parameter.
    parameter : str or None
        The parameter of the estimator that holds it, None if there is none.
    continues : bool
        Whether training goes on where it stopped; else it begins again each time.
    """

    @property
    def resource(self) -> str: ...
    @property
    def parameter(self) -> str | None: ...
    @property
    def continues(self) -> bool: ...

    def advance(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        start: int,
        stop: int,
        params: Params,
    ) -> None:
        """Train on.

        Parameters
        ----------
        estimator : estimator
            Trained up to `start`, or with `start` 0 a fresh one; trained up to `stop`
            afterwards.
        X, y : array-like
            The training rows; `y` may be None.
        start, stop : int
            The resource spent before and after.
        params : dict
            What the user passes to `fit`, for these rows.
        """
        ...

    def finish(self, estimator: Any, X: Any, y: Any) -> None:
        """Do what ends a training, before the estimator is used."""
        ...

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Train the best candidate on all rows, as a user would where that is the same.

        Parameters
        ----------
        estimator : estimator
            With the best parameters, the one that holds the resource among them.
        X, y : array-like
            All rows.
        resource : int
            How far.
        params : dict
            What the user passes to `fit`.
        """
        ...

    def shortened(self, estimator: Any, resource: int) -> Any:
        """Return what an estimator was after less training, or None if that is lost."""
        ...

    def state(self, estimator: Any) -> Any:
        """Return what has to be kept for training to go on in another process."""
        ...

    def restored(self, estimator: Any, state: Any, X: Any, y: Any) -> Any:
        """Return the trained estimator; the one given has the trial's parameters."""
        ...

    def may_change(self, estimator: Any, name: str, value: Any) -> bool:
        """Tell whether a parameter may change between two segments of a training.

        Parameters
        ----------
        estimator : estimator
            What is tuned.
        name : str
            The parameter.
        value : object
            One that it may have.
        """
        ...

    def change(self, estimator: Any, old: Params, new: Params) -> None:
        """Let a restored estimator train on by other parameters.

        Parameters
        ----------
        estimator : estimator
            From `restored`.
        old, new : dict
            The parameters that differ: as it was trained by, and as it goes on.
        """
        ...


class _Whole:
    """The state of an estimator is all of it, and nothing ends its training."""

    def finish(self, estimator: Any, X: Any, y: Any) -> None:
        """Do nothing."""

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Fit it."""
        fit_rows(estimator, X, y, params)

    def shortened(self, estimator: Any, resource: int) -> Any:
        """Return None: what is trained is another estimator then."""
        return None

    def state(self, estimator: Any) -> Any:
        """Return the estimator."""
        return estimator

    def restored(self, estimator: Any, state: Any, X: Any, y: Any) -> Any:
        """Return the estimator that was kept."""
        return state

    def may_change(self, estimator: Any, name: str, value: Any) -> bool:
        """Tell whether what is trained later alone depends on it."""
        return may_change(estimator, name)

    def change(self, estimator: Any, old: Params, new: Params) -> None:
        """Set the parameters, by which training goes on."""
        estimator.set_params(**new)
        change_solver(estimator, old, new)


@dataclass(frozen=True)
class _Counted(_Whole):
    """The resource is a parameter of the estimator, and named like it."""

    parameter: str

    @property
    def resource(self) -> str:
        """The name of the parameter."""
        return self.parameter


@dataclass(frozen=True)
class Passes(_Whole):
    """Passes over the training rows, each a call of `partial_fit`."""

    resource = "epochs"
    parameter = None
    continues = True

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Pass over the rows so many times more."""
        target = () if y is None else (y,)
        classes = _classes(estimator, y)
        if start == 0:
            _take_passes(estimator, y)
        seed = _seed_of_order(estimator)
        for number in range(start, stop):
            with _in_new_order(estimator, seed, number):
                estimator.partial_fit(X, *target, **classes, **params)

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Pass over the rows: `fit` has a way of its own to shuffle and to end."""
        self.advance(estimator, X, y, 0, resource, params)


def _seed_of_order(estimator: Any) -> int | None:
    """Return the integer by which an estimator shuffles rows; None if it has none."""
    params = estimator.get_params(deep=False)
    seed = params.get("random_state")
    is_integer = isinstance(seed, int | np.integer)
    return int(seed) if is_integer and params.get("shuffle", False) else None


@contextlib.contextmanager
def _in_new_order(estimator: Any, seed: int | None, number: int) -> Iterator[None]:
    """Let a pass shuffle the rows by a seed of its own.

    `partial_fit` makes its generator of `random_state` each time, so that of an integer
    all passes would have the order of the first, where those of `fit` go on drawing.
    """
    if seed is None:
        yield
        return
    of_user = estimator.random_state
    estimator.random_state = (seed + number) % _N_SEEDS
    try:
        yield
    finally:
        estimator.random_state = of_user


def _classes(estimator: Any, y: Any) -> dict[str, Any]:
    """Return the classes that `partial_fit` wants with its first rows.

    All calls have the same: those of the training rows, as in `fit`.
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


@dataclass(frozen=True)
class WarmStart(_Counted):
    """Members of an ensemble that keeps those it has, with `warm_start`.

    Parameters
    ----------
    parameter : str
        How many there are.
    """

    continues = True

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Add members."""
        estimator.set_params(warm_start=True, **{self.parameter: stop})
        with warnings.catch_warnings():
            # The rows are the same, so that class weights are too.
            warnings.filterwarnings("ignore", message="class_weight presets")
            fit_rows(_without_stopping(estimator), X, y, params)

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Fit it, without what would end it before."""
        fit_rows(_without_stopping(estimator), X, y, params)

    def shortened(self, estimator: Any, resource: int) -> Any:
        """Return the ensemble of the first members."""
        return first_members(estimator, resource)


@dataclass(frozen=True)
class AddedTrees(_Counted):
    """Trees that are added to those of a model that `fit` is given.

    Parameters
    ----------
    parameter : str
        How many there are.
    argument : str
        The argument of `fit` that takes the model.
    """

    argument: str

    continues = True

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Add trees: `fit` takes the number of the new ones.

        How many there are is the search's to say: early stopping of the model's own is
        left out, unless the user passes rows for it.
        """
        params = trained_in_full(estimator, params)
        if start == 0:
            estimator.set_params(**{self.parameter: stop})
            fit_rows(estimator, X, y, params)
            return
        seed = estimator.get_params(deep=False).get("random_state")
        # A segment draws its rows and columns anew: with the seed of the last one it
        # would draw the same ones again.
        number = seed if isinstance(seed, int | np.integer) else 0
        before = _booster(estimator)
        added = {self.parameter: stop - start, "random_state": int(number) + start}
        if hasattr(estimator, "is_fitted"):  # CatBoost, whose parameters are fixed then
            estimator.__init__(**{**estimator.get_params(), **added})
            fit_rows(estimator, X, y, {**params, self.argument: before})
            return
        estimator.set_params(**added)
        fit_rows(estimator, X, y, {**params, self.argument: before})
        estimator.set_params(**{self.parameter: stop, "random_state": seed})

    def shortened(self, estimator: Any, resource: int) -> Any:
        """Return the model of the first trees, where its library can tell."""
        return first_trees(estimator, resource)


@dataclass(frozen=True)
class Redone(_Counted):
    """A parameter whose larger value needs a fit of its own.

    Parameters
    ----------
    parameter : str
        An integer parameter of the estimator.
    """

    continues = False

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Fit from the beginning."""
        estimator.set_params(**{self.parameter: stop})
        fit_rows(estimator, X, y, params)


@dataclass(frozen=True)
class Rows(_Whole):
    """Training rows: fewer of them at first, each time with those of before.

    Parameters
    ----------
    most : int
        So many rows or more stand for all.
    how : {"stratified", "shuffled", "newest"}
        Which rows are first: an equal share of each class, any, or the last ones.
    seed : int
        Draws them.
    """

    most: int
    how: str
    seed: int = 0

    resource = "n_samples"
    parameter = None
    continues = False

    def advance(
        self, estimator: Any, X: Any, y: Any, start: int, stop: int, params: Params
    ) -> None:
        """Fit some of the rows from the beginning."""
        n = len(y) if y is not None else X.shape[0]
        if stop >= min(self.most, n):
            fit_rows(estimator, X, y, params)
            return
        rows = np.sort(self._order(n, y)[:stop])
        params = check_method_params(X, params=params, indices=rows)
        target = None if y is None else _safe_indexing(y, rows)
        fit_rows(estimator, _safe_indexing(X, rows), target, params)

    def _order(self, n: int, y: Any) -> Any:
        """Return the rows, those first that belong to the smallest samples."""
        return row_order(n, y, self.how, self.seed)


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


def _without_stopping(estimator: Any) -> Any:
    """Switch off what would stop training by itself above ten thousand rows."""
    if estimator.get_params(deep=False).get("early_stopping") == "auto":
        estimator.set_params(early_stopping=False)
    return estimator


def _booster(estimator: Any) -> Any:
    """Return the trained trees in the form that `fit` takes."""
    if hasattr(estimator, "booster_"):
        return estimator.booster_  # LightGBM
    if hasattr(estimator, "get_booster"):
        return estimator.get_booster()  # XGBoost
    return estimator.copy()  # CatBoost
