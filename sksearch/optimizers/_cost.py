"""What an evaluation costs, as far as it counts.

Expected improvement per second, EI / c(x), never goes where fits are dear, even if the
optimum is there. With cost cooling, EI / c(x)^alpha, alpha falls from 1 to 0 while the
budget is spent (Lee, Perrone, Archambeau and Seeger, "Cost-aware Bayesian
optimization", 2020, section 3.3).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History, Trial
from sksearch.optimizers._observations import encode
from sksearch.surrogates import GaussianProcess

__all__ = ["Cost", "fit_cost"]

Array = NDArray[np.float64]

_FEWEST = 5  # trials; with fewer, all cost the same
_LEAST = 1e-4  # seconds: what is shorter is overhead and noise


@dataclass(frozen=True)
class Cost:
    """-alpha ln c(x), what the cost takes off an acquisition.

    Parameters
    ----------
    process : GaussianProcess
        The logarithm of the seconds that a fit takes.
    alpha : float
        1 counts all of it, 0 nothing.
    """

    process: GaussianProcess
    alpha: float

    def value(self, X: Array) -> Array:
        """Return it at points of shape (m, d)."""
        return -self.alpha * self.process.predict(X)[0]

    def value_and_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return it at points of shape (m, d), and its gradient."""
        found = self.process.predict_with_gradient(X)
        return -self.alpha * found.mean, -self.alpha * found.mean_gradient


def fit_cost(history: History, trials: Sequence[Trial], n_trials: int) -> list[Cost]:
    """Fit the times that some trials took.

    Parameters
    ----------
    history : History
        The log.
    trials : sequence of Trial
        Those that the model of the scores sees.
    n_trials : int
        The budget: after so many trials costs do not count any more.

    Returns
    -------
    costs : list of Cost
        One, or none where nothing is known of costs, or all are alike.
    """
    alpha = 1.0 - len(history.trials) / n_trials
    seconds = {trial.id: _seconds(history, trial) for trial in trials}
    timed = [trial for trial in trials if math.isfinite(seconds[trial.id])]
    logs = np.log([max(seconds[trial.id], _LEAST) for trial in timed])
    if alpha <= 0.0 or len(timed) < _FEWEST or np.ptp(logs) < 1e-9:
        return []
    space = history.space
    process = GaussianProcess.fit(encode(space, timed), logs, space.groups)
    return [Cost(process, alpha)]


def _seconds(history: History, trial: Trial) -> float:
    """Return the mean time of a trial's first fits, NaN where none was taken.

    For one unit of the resource: what is trained on was begun cheaply.
    """
    folds = history.evaluations(trial.id, trial.resource).values()
    times = [fold.fit_time + fold.score_time for fold in folds]
    known = [time for time in times if math.isfinite(time)]
    return sum(known) / len(known) / trial.resource if known else math.nan
