"""Fold racing: who cannot win any more is not evaluated on the folds that are left."""

import heapq
import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from sksearch.history import History
from sksearch.surrogates import PRIOR_DEGREES, fold_means

__all__ = ["FoldRacing"]

_N_RIVALS = 100  # of the best: they say how folds differ, and how much scores scatter
_FEWEST = 12  # below which they say it so badly that winners are lost


@dataclass(frozen=True)
class FoldRacing:
    """Stop a trial whose scores so far say that it will not beat the best one.

    From the scores on r of K folds, the mean over all K is a Student variable around
    the mean of the r, once what the folds do to everyone is taken away; its variance is
    s^2 (1/r - 1/K), as `sksearch.surrogates.fold_means` has it. The trial is stopped
    where that mean is above the best complete one with less than a chance of `risk`;
    of several objectives, where one complete trial is as good as that in all of them.
    Trials that miss a constraint stop no others.
    No model of the parameters is asked: what it expects of a trial that it proposed
    itself made more stops, and worse ones.

    Parameters
    ----------
    risk : float, default=0.01
        The chance, at each look, that a stopped trial would have been the best.
    resource : int or None, default=None
        Where trials are trained on, the resource at which they race; None is any.

    Examples
    --------
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.schedulers import FoldRacing
    >>> from sksearch.space import SearchSpace
    >>> space = SearchSpace({"C": range(1, 99)})
    >>> history = History(space, seed=0, n_splits=3)
    >>> for number in range(13):
    ...     history.record(Trial(number, {"C": number + 1}))
    ...     for fold in range(3 if number < 12 else 1):
    ...         scores = {"score": 0.5 + 0.01 * number % 0.03 + 0.1 * fold}
    ...         if number == 12:
    ...             scores = {"score": 0.2}
    ...         history.record(Evaluation(number, 1, fold, scores))
    >>> FoldRacing().stops(history, 12)
    True
    """

    risk: float = 0.01
    resource: int | None = None

    def stops(self, history: History, trial_id: int) -> bool:
        """Tell whether what is left of an unfinished trial is not worth a fit.

        Parameters
        ----------
        history : History
            The log so far.
        trial_id : int
            An unfinished trial.

        Returns
        -------
        stops : bool
            False as long as nothing is known of the trial, or of fewer than twelve
            complete ones at its resource; and where a fold failed, which is for others
            to judge.
        """
        resource = history.resources(trial_id)[-1]
        if self.resource not in (None, resource):
            return False
        scores = history.fold_scores(trial_id)
        n_known = sum(map(math.isfinite, scores))
        rivals = [trial.id for trial in history.observed(resource)]
        if not 0 < n_known == len(history.evaluations(trial_id)):
            return False
        if len(rivals) < _FEWEST:
            return False
        highest = [
            _highest(history, trial_id, rivals, name, self.risk)
            for name in history.goals
        ]
        # Of equals the first one is the best.
        return any(
            all(
                high <= history.score(i, resource, name)
                for high, name in zip(highest, history.goals, strict=True)
            )
            for i in rivals
            if history.violation(i, resource) == 0.0
        )


def _highest(
    history: History, trial_id: int, rivals: list[int], name: str | None, risk: float
) -> float:
    """Return what the mean of a trial exceeds with less than a chance of `risk`."""
    resource = history.resources(trial_id)[-1]
    means_of = {i: history.score(i, resource, name) for i in rivals}
    best = heapq.nlargest(_N_RIVALS, means_of, key=means_of.__getitem__)
    scores = history.fold_scores(trial_id, name=name)
    rows = (history.fold_scores(i, resource, name) for i in best)
    means, variances = fold_means(np.array([*rows, scores]))
    degrees = PRIOR_DEGREES + sum(map(math.isfinite, scores)) - 1
    factor = float(student.isf(risk, degrees))
    return float(means[-1] + factor * math.sqrt(variances[-1]))
