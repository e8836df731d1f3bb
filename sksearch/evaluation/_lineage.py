"""Training along a lineage: on from the state of another candidate."""

from collections.abc import Sequence
from typing import Any

from sklearn.base import clone

from sksearch.evaluation._fits import Segment
from sksearch.evaluation._seeding import generator_states, generators_from
from sksearch.evaluation._training import Params, Training
from sksearch.history import Trial
from sksearch.space._identity import token

__all__ = ["taken_over", "train_along"]


def train_along(
    training: Training,
    estimator: Any,
    path: Sequence[Segment],
    X: Any,
    y: Any,
    params: Params,
    model: Any = None,
    start: int = 0,
) -> Any:
    """Train through segments, each with the parameters of its trial.

    Parameters
    ----------
    training : Training
        How the resource is spent; it goes on from where it was.
    estimator : estimator
        With the parameters of the last trial, not fitted; a model is made of it.
    path : sequence of (Trial, int)
        Who is trained up to which resource, in rising order.
    X, y : array-like
        The training rows.
    params : dict
        What the user passes to `fit`, for these rows.
    model : estimator or None, default=None
        The first trial of the path, trained up to `start`; None begins with it.
    start : int, default=0
        Where the path begins.

    Returns
    -------
    model : estimator
        The trained one.
    """
    trial, last = path[0][0], path[-1][0]
    if model is None:
        model = _with_params(estimator, trial, last)
    for other, stop in path:
        if other.id != trial.id:
            # As if it came from its checkpoint, which draws nothing.
            with generators_from(generator_states()):
                of_other = _with_params(estimator, other, last)
                state = training.state(model)
                model = taken_over(training, of_other, state, trial, other, X, y)
        training.advance(model, X, y, start, stop, params)
        trial, start = other, stop
    return model


def taken_over(
    training: Training,
    estimator: Any,
    state: Any,
    before: Trial,
    after: Trial,
    X: Any,
    y: Any,
) -> Any:
    """Return what goes on from the state of a trial with the parameters of another.

    Parameters
    ----------
    training : Training
        How the resource is spent.
    estimator : estimator
        With the parameters of `after`, not fitted.
    state : object
        What the training kept of `before`.
    before, after : Trial
        Whose state it is, and who goes on; often the same.
    X, y : array-like
        The training rows.
    """
    model = training.restored(estimator, state, X, y)
    old = {
        name: value
        for name, value in before.params.items()
        if name not in after.params or token(after.params[name]) != token(value)
    }
    if old:
        training.change(model, old, {name: after.params[name] for name in old})
    return model


def _with_params(estimator: Any, trial: Trial, last: Trial) -> Any:
    if trial.id == last.id:  # that one is watched by callbacks
        return estimator
    return clone(estimator).set_params(**clone(dict(trial.params), safe=False))
