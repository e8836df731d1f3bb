"""A model of the scores of a search, asked by coordinates of the unit cube."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History, Trial
from sksearch.space import SearchSpace
from sksearch.surrogates import GaussianProcess, compress, fold_means

__all__ = ["ScoreModel"]

Array = NDArray[np.float64]

_FEWEST = 10  # complete trials
_MOST = 500  # trials that the model sees: the newest


@dataclass(frozen=True, eq=False)
class ScoreModel:
    """The posterior mean of a Gaussian process of the scores.

    Parameters
    ----------
    space : SearchSpace
        Where.
    process : GaussianProcess
        Of the scores; as for a search, the worse half of them counts by its order only.
    """

    space: SearchSpace
    process: GaussianProcess

    @classmethod
    def fit(cls, history: History) -> "ScoreModel":
        """Fit the complete and the stopped trials of a search.

        Parameters
        ----------
        history : History
            The log.

        Returns
        -------
        model : ScoreModel
            Of its newest 500 trials.

        Raises
        ------
        ValueError
            If fewer than ten trials are complete, or all scores are equal.
        """
        n_complete = len(history.observed())
        if n_complete < _FEWEST:
            raise ValueError(
                f"This needs {_FEWEST} complete candidates, and the search has "
                f"{n_complete}. Search with a larger n_iter."
            )
        trials = _measured(history)[-_MOST:]
        table = np.array([history.fold_scores(trial.id) for trial in trials])
        y, variances = fold_means(table)
        if np.ptp(y) == 0.0:
            raise ValueError(
                f"All {len(y)} candidates have the score {y[0]:g}: no parameter "
                "matters. Search wider ranges, or take another scoring."
            )
        space = history.space
        X = space.encode([trial.params for trial in trials])
        process = GaussianProcess.fit(X, compress(y), space.groups, (), variances)
        return cls(space, process)

    def means(self, points: Array) -> Array:
        """Return the mean at points of the unit cube, shape (N, n_coordinates)."""
        params = [self.space.from_unit(u) for u in points]
        return self.process.predict(self.space.encode(params))[0]


def _measured(history: History) -> list[Trial]:
    """Return the trials that are complete or stopped, and have a finite score."""
    return [
        trial
        for trial in history.trials
        if history.status(trial.id) in ("complete", "stopped")
        and np.isfinite(history.fold_scores(trial.id)).any()
    ]
