"""Gaussian processes of what a search measures.

Shapes: n tasks, q outputs, d columns of the space.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History, Trial
from sksearch.optimizers._fidelity import AtResource, Resources
from sksearch.optimizers._observations import Observations, encode
from sksearch.surrogates import (
    ConstantOutputError,
    Ensemble,
    Feasibility,
    GaussianProcess,
    Hyperparameters,
    Predicts,
    compress,
)

__all__ = ["Data", "Model", "tags_of"]

Array = NDArray[np.float64]
Model = GaussianProcess | AtResource | Ensemble

_MAX_TRIALS = 500  # that a model sees
# Of those who train far so many are good enough to be told apart by their scores.
# Disasters at a high resource may not open the door to all that is below it.
_GOOD = 0.25


@dataclass(frozen=True, eq=False)
class Data:
    """What was observed, as points of a model.

    Parameters
    ----------
    history : History
        The log.
    seen : Observations
        What of it models learn from: of a long one the best, the newest, and others.
    X : ndarray of shape (n, d)
        The points of the tasks.
    X_failed : ndarray of shape (k, d)
        The points of trials that failed.
    resources : Resources or None
        How far the tasks train; None where all train as far.
    """

    history: History
    seen: Observations
    X: Array
    X_failed: Array
    resources: Resources | None

    @classmethod
    def of(cls, history: History, rng: np.random.Generator) -> "Data":
        """Read a history; `rng` draws the tasks that are seen of a long one."""
        seen = Observations.of(history).thinned(_MAX_TRIALS, rng)
        return cls(
            history,
            seen,
            encode(history.space, seen.trials),
            encode(history.space, seen.failed),
            Resources.of(seen.resources),
        )

    # -- the objectives ----------------------------------------------------------

    def fit(
        self, name: str, y: Array, variances: Array, threshold: float | None = None
    ) -> GaussianProcess:
        """Fit one output of all tasks.

        Parameters
        ----------
        name : str
            Of the model: by it the hyper-parameters of last time are found.
        y : ndarray of shape (n,)
            The output. Failures count as the worst of it, unless they prevail.
        variances : ndarray of shape (n,)
            How uncertain it is.
        threshold : float or None, default=None
            Below which the output counts by its order only; None is its median. Where
            there are resources it is never below the lower quartile of the tasks that
            train as far as proposals are to, and None is that: beside what little
            training leaves, all of these would look alike.

        Returns
        -------
        process : GaussianProcess
            Where there are resources, one of its columns is theirs.

        Raises
        ------
        ConstantOutputError
            If the output does not vary.
        """
        if self.resources is not None:
            far = float(np.quantile(y[self.is_far], _GOOD))
            threshold = far if threshold is None else max(threshold, far)
        failed = self.X_failed
        if len(failed) > len(self.X):
            failed = failed[:0]
        X = np.concatenate([self.X, failed])
        y = np.concatenate([y, np.full(len(failed), y.min())])
        variances = np.concatenate([variances, np.zeros(len(failed))])
        column = None if self.resources is None else self.resources.beside(len(failed))
        return self._fit(name, X, compress(y, threshold), variances, column)

    def _fit(
        self, name: str, X: Array, y: Array, variances: Array, column: Array | None
    ) -> GaussianProcess:
        groups = self.history.space.groups
        if column is not None:
            X = np.column_stack([X, column])
            groups = np.append(groups, groups.max(initial=-1) + 1)
        n_lengthscales, trials = len(set(groups.tolist())), self.history.trials
        newest = _newest(trials, name, n_lengthscales)
        # Each new result changes less of what is known, and each fit costs more.
        if newest and len(self.seen) > 100 and len(trials) % (len(self.seen) // 50):
            return GaussianProcess.fixed(X, y, groups, newest, variances)
        starts = _starts(newest, n_lengthscales, knows_nothing=len(trials) % 10 == 0)
        return GaussianProcess.fit(X, y, groups, starts, variances)

    def at_target(self, process: GaussianProcess) -> Model:
        """Return a model over points alone: where resources count, of a high one."""
        if self.resources is None:
            return process
        return AtResource(process, self.resources.target)

    @property
    def is_far(self) -> NDArray[np.bool_]:
        """Which tasks train as far as proposals are to, shape (n,)."""
        if self.resources is None:
            return np.ones(len(self.seen), dtype=bool)
        return self.resources.is_far

    def newest_rows(self) -> list[int]:
        """Return of each trial the row of its newest task."""
        return list({trial.id: i for i, trial in enumerate(self.seen.trials)}.values())

    def pending(self) -> Array:
        """Return the points that wait for results."""
        return encode(self.history.space, self.history.pending())

    # -- what else a candidate must do -------------------------------------------

    def success(self) -> list[Feasibility]:
        """Return how likely fits succeed, where some have failed."""
        if not len(self.X_failed):
            return []
        X = np.concatenate([self.X, self.X_failed])
        succeeded = np.arange(len(X)) < len(self.X)
        return [Feasibility.fit(X, succeeded, self.history.space.groups)]

    def bounds(self) -> dict[str, Feasibility]:
        """Return how likely each constraint is met, where that is not alike for all."""
        found = {}
        for output in np.flatnonzero(np.isfinite(self.seen.bounds)).tolist():
            with contextlib.suppress(ConstantOutputError):
                found[f"bound {output}"] = self._bound(f"bound {output}", output)
        return found

    def _bound(self, name: str, output: int) -> Feasibility:
        y, bound = self.seen.outputs[:, output], self.seen.bounds[output]
        known = np.isfinite(y)
        # Warped together, so that the bound stays between the same two outputs.
        warped = compress(np.append(y[known], bound))
        variances = self.seen.variances[known, output]
        column = None if self.resources is None else self.resources.column[known]
        process = self._fit(name, self.X[known], warped[:-1], variances, column)
        return Feasibility(self.at_target(process), float(warped[-1]), process.noise)


def _newest(
    trials: Sequence[Trial], name: str, n_lengthscales: int
) -> Hyperparameters | None:
    """Return the hyper-parameters of a model of the newest proposal."""
    for tags in (trial.tags for trial in reversed(trials)):
        if tags.get("by") == "gp":
            found = tags.get("models", {}).get(name)
            if found is None or len(found["lengthscales"]) != n_lengthscales:
                break  # before there were resources, or of another encoding
            return Hyperparameters(
                **{**found, "lengthscales": tuple(found["lengthscales"])}
            )
    return None


def _starts(
    newest: Hyperparameters | None, n_lengthscales: int, knows_nothing: bool
) -> list[Hyperparameters]:
    """Return the newest fit; now and then also what knows nothing."""
    default = Hyperparameters.default(n_lengthscales)
    if newest is None:
        return [default]
    return [newest, default] if knows_nothing else [newest]


def tags_of(models: Mapping[str, Predicts]) -> dict[str, Any]:
    """Return what the next fits begin with, as tags of a proposal."""
    found = {name: model.hyperparameters for name, model in models.items()}
    plain = {
        name: {**asdict(each), "lengthscales": list(each.lengthscales)}
        for name, each in found.items()
    }
    return {"by": "gp", "models": plain}
