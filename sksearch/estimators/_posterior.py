"""What the model of a search expects of each candidate, as columns of the table."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._score_model import ScoreModel
from sksearch.estimators._results import Row
from sksearch.history import History
from sksearch.surrogates import ConstantOutputError, NotPositiveDefiniteError

__all__ = ["posterior_columns"]

_PREFIX = "posterior_mean_test_"


def posterior_columns(refit: Any, history: History, rows: Sequence[Row]) -> Any:
    """Return the columns of posterior means that a rule of selection reads.

    Parameters
    ----------
    refit : object
        The rule; what it reads is in its attribute ``reads``, if it has one.
    history : History
        The log.
    rows : sequence of tuple of int
        The tasks that the table shows.

    Returns
    -------
    columns : dict of str to ndarray
        None of them where nothing is read: a model takes time.
    """
    wanted = [n for n in getattr(refit, "reads", ()) if n.startswith(_PREFIX)]
    return {
        name: _posterior_means(history, rows, name.removeprefix(_PREFIX))
        for name in wanted
    }


def _posterior_means(
    history: History, rows: Sequence[Row], name: str
) -> NDArray[np.float64]:
    means = np.array([history.score(*row, name) for row in rows])
    try:
        model = ScoreModel.fit(history, name)
    except (ValueError, ConstantOutputError, NotPositiveDefiniteError) as reason:
        warnings.warn(
            f"No model of {name!r} can be made, so that the mean scores themselves "
            f"stand in {_PREFIX + name!r}. {reason}",
            UserWarning,
            stacklevel=2,
        )
        return means
    expected = model.means_of([history.trials[trial_id].params for trial_id, _ in rows])
    return np.where(np.isfinite(means), expected, np.nan)
