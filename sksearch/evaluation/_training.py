"""Ways to train an estimator up to a resource, and on from there.

Each has one verb, ``advance(estimator, X, y, start, stop, params)``: what was trained
up to `start` is then trained up to `stop`. From 0 to c is the same as from 0 to b and
on to c: as many epochs or trees, and where the library allows it the same predictions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sksearch._sklearn_compat import change_solver
from sksearch.evaluation._changes import may_change
from sksearch.evaluation._fitting import fit_rows

__all__ = ["Counted", "Params", "Training", "Whole"]

Params = Mapping[str, Any]


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


class Whole:
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
class Counted(Whole):
    """The resource is a parameter of the estimator, and named like it."""

    parameter: str

    @property
    def resource(self) -> str:
        """The name of the parameter."""
        return self.parameter
