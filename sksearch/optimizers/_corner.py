"""From where on objectives count, where nobody says it."""

import numpy as np
from numpy.typing import NDArray

from sksearch._pareto import reference_point
from sksearch.optimizers._models import Data

__all__ = ["guessed_corner", "is_trained"]

Array = NDArray[np.float64]

_NOISE = 0.1  # of the range of the middle half


def guessed_corner(data: Data) -> Array:
    """Return a point a little below all that is no outlier.

    What was trained little is far below the front in what training changes: were it
    counted, the ends of the front would weigh most. In what training leaves as it is,
    such as a size, it says more than the few that were thought good enough to go on:
    by these alone the corner closes in on what is already known.

    Parameters
    ----------
    data : Data
        What was observed.

    Returns
    -------
    corner : ndarray of shape (n_goals,)
        One value for each objective, as models see it.
    """
    far = _below(_eligible(data, np.flatnonzero(data.is_far).tolist()))
    everywhere = _below(_eligible(data, data.newest_rows()))
    return np.where(is_trained(data), far, everywhere)


def is_trained(data: Data) -> NDArray[np.bool_]:
    """Return which objectives training changes, by the trials that were trained on.

    Parameters
    ----------
    data : Data
        What was observed.

    Returns
    -------
    is_trained : ndarray of bool of shape (n_goals,)
        Whether the median change is more than noise, a tenth of the range of the middle
        half of all tasks. True while no trial was trained on.
    """
    Y, newest = data.seen.outputs[:, : data.seen.n_goals], data.newest_rows()
    rows = {trial.id: row for row, trial in reversed([*enumerate(data.seen.trials)])}
    first = [rows[data.seen.trials[row].id] for row in newest]
    changes = np.abs(Y[newest] - Y[first])[np.not_equal(newest, first)]
    if not len(changes):
        return np.ones(Y.shape[1], dtype=bool)
    low, high = np.quantile(Y, [0.25, 0.75], axis=0)
    return np.asarray(np.median(changes, axis=0) > _NOISE * (high - low))


def _eligible(data: Data, rows: list[int]) -> Array:
    """Return the objectives of some tasks: of those that meet the constraints."""
    meets = data.seen.meets_bounds[rows]
    Y = data.seen.outputs[rows, : data.seen.n_goals]
    return Y[meets] if meets.any() else Y


def _below(Y: Array) -> Array:
    """Return a point a little below all rows that are no outliers.

    The worst of the front, which `reference_point` takes, closes in on a front that is
    still short: beyond its ends nothing would count any more. The worst of all rows is
    where one disaster puts it. Tukey's fence leaves disasters out.
    """
    low, high = np.quantile(Y, [0.25, 0.75], axis=0)
    worst = np.maximum(Y.min(axis=0), low - 1.5 * (high - low))
    below = worst - 0.1 * (Y.max(axis=0) - worst)
    return np.asarray(np.minimum(below, reference_point(Y)))
