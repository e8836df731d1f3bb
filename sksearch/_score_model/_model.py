"""A model of the scores of a search, asked by coordinates or by parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._blas import blas_limited_to
from sksearch.history import History
from sksearch.space import SearchSpace
from sksearch.surrogates import GaussianProcess, Hyperparameters, compress, fold_means

__all__ = ["ScoreModel"]

Array = NDArray[np.float64]

_FEWEST = 10  # complete trials
_MOST = 500  # results that the model sees: the newest


@dataclass(frozen=True, eq=False)
class ScoreModel:
    """The posterior mean of a Gaussian process of the scores.

    Where trials were trained by several resources, the resource is one more column of
    the model, and the mean is that at the highest.

    Parameters
    ----------
    space : SearchSpace
        Where.
    process : GaussianProcess
        Of the scores.
    points : ndarray of shape (n, n_columns) or (n, n_columns + 1)
        The encoded trials that it saw, the last column being the resource.
    y, variances : ndarray of shape (n,)
        Their scores as they are, and how much more each varies than all do.
    outputs : callable
        What is made of the scores before the process sees them.
    """

    space: SearchSpace
    process: GaussianProcess
    points: Array
    y: Array
    variances: Array
    outputs: Callable[[Array], Array]

    @classmethod
    def fit(
        cls,
        history: History,
        name: str | None = None,
        outputs: Callable[[Array], Array] = compress,
    ) -> "ScoreModel":
        """Fit the complete and the stopped trials of a search.

        Parameters
        ----------
        history : History
            The log.
        name : str or None, default=None
            Of which score; None is the (first) objective.
        outputs : callable, default=compress
            Takes scores and returns what the process sees. By default the worse half
            counts by its order only, as for a search.

        Returns
        -------
        model : ScoreModel
            Of its newest 500 results.

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
        tasks = _measured(history, name)[-_MOST:]
        y, variances = fold_means(
            np.array([history.fold_scores(*task, name) for task in tasks])
        )
        if np.ptp(y) == 0.0:
            raise ValueError(
                f"All {len(y)} candidates have the score {y[0]:g}: no parameter "
                "matters. Search wider ranges, or take another scoring."
            )
        points = history.space.encode([history.trials[i].params for i, _ in tasks])
        resource = _column(np.array([resource for _, resource in tasks]))
        points = np.column_stack([points, resource])
        return cls._of(history.space, points, y, variances, outputs)

    @classmethod
    def _of(
        cls,
        space: SearchSpace,
        points: Array,
        y: Array,
        variances: Array,
        outputs: Callable[[Array], Array],
        starts: Sequence[Hyperparameters] = (),
    ) -> "ScoreModel":
        groups = space.groups
        if points.shape[1] > len(groups):
            groups = np.append(groups, groups.max(initial=-1) + 1)
        with blas_limited_to(1):  # threads cost more than they save at this size
            process = GaussianProcess.fit(points, outputs(y), groups, starts, variances)
        return cls(space, process, points, y, variances, outputs)

    def of_some(self, rows: NDArray[np.intp]) -> "ScoreModel":
        """Return the model that some of the trials make, from where this one is.

        Raises
        ------
        ConstantOutputError
            If their scores do not vary.
        """
        return self._of(
            self.space,
            self.points[rows],
            self.y[rows],
            self.variances[rows],
            self.outputs,
            [self.process.hyperparameters],
        )

    def means(self, points: Array) -> Array:
        """Return the mean at points of the unit cube, shape (N, n_coordinates)."""
        return self.means_of([self.space.from_unit(u) for u in points])

    def means_of(self, params: Sequence[Mapping[str, Any]]) -> Array:
        """Return the mean at N points of the space, shape (N,)."""
        X = self.space.encode(params)
        n_more = self.points.shape[1] - X.shape[1]
        with blas_limited_to(1):
            return self.process.predict(np.hstack([X, np.ones((len(X), n_more))]))[0]


def _measured(history: History, name: str | None) -> list[tuple[int, int]]:
    """Return the tasks that are complete or stopped, and have a finite score."""
    return [
        task
        for task in history.tasks()
        if history.status(*task) in ("complete", "stopped")
        and np.isfinite(history.fold_scores(*task, name)).any()
    ]


def _column(resources: NDArray[np.int_]) -> Array:
    """Return logarithms in the unit interval, (n, 1); (n, 0) of equal resources."""
    low, high = np.log(resources.min()), np.log(resources.max())
    if low == high:
        return np.empty((len(resources), 0))
    return np.asarray((np.log(resources) - low) / (high - low))[:, np.newaxis]
