"""Callbacks that end a search which has found enough."""

import collections
import math

from sksearch._numbers import is_count, is_finite_number
from sksearch.callbacks._base import Callback
from sksearch.history import Evaluation, History

__all__ = ["NoImprovement", "TargetScore"]


class TargetScore(Callback):
    """Ends a search once the best candidate has a given score.

    Parameters
    ----------
    score : float
        Of the (first) objective, averaged over the folds. A candidate that misses a
        constraint does not count. Where candidates are trained on, those count that
        were trained farthest so far.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import TargetScore
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": range(1, 100)},
    ...     callbacks=[TargetScore(0.9)],
    ... )
    >>> search.fit(*load_iris(return_X_y=True)).cost_["fits"]
    5
    """

    follows_recheck = False

    def __init__(self, score: float) -> None:
        self.score = score

    def on_search_begin(self, history: History) -> None:
        """Refuse a score that none can reach or miss.

        Parameters
        ----------
        history : History
            The log.

        Raises
        ------
        ValueError
            If the score is no finite number.
        """
        if not is_finite_number(self.score):
            raise ValueError(
                f"TargetScore(score={self.score!r}) needs a finite number, in units of "
                "the score: greater is better, so that errors are below 0."
            )

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        """Tell whether the score is reached.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.

        Returns
        -------
        stop : bool
            Whether it is.
        """
        resource = history.highest()
        if resource is None or evaluation.resource != resource:
            return False
        trial_id = evaluation.trial_id  # only this trial can be new among the complete
        meets = history.violation(trial_id, resource) == 0.0
        return meets and history.score(trial_id, resource) >= self.score


class NoImprovement(Callback):
    """Ends a search when the last trials have not improved on the best.

    Parameters
    ----------
    n_trials : int
        How many trials in a row, whether complete, failed or stopped. Where candidates
        are trained on, each rung of one counts.
    tolerance : float, default=0.0
        An improvement is more than this. With several objectives it is a candidate that
        no other one beats in all of them, and this has to be 0.

    Notes
    -----
    A higher resource than any before is an improvement by itself. A candidate that
    misses a constraint is none, unless it misses less than all before.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import NoImprovement
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": range(1, 100)},
    ...     callbacks=[NoImprovement(10)],
    ...     random_state=0,
    ... )
    >>> len(search.fit(*load_iris(return_X_y=True)).history_.trials) < 50
    True
    """

    follows_recheck = False

    def __init__(self, n_trials: int, tolerance: float = 0.0) -> None:
        self.n_trials = n_trials
        self.tolerance = tolerance

    def on_search_begin(self, history: History) -> None:
        """Follow what is in the log.

        Parameters
        ----------
        history : History
            The log; what was stored before a search was continued counts.

        Raises
        ------
        ValueError
            If an argument has no meaning.
        """
        self._check(len(history.goals))
        self._standing, self._best = (-math.inf, -math.inf), -math.inf
        self._n_since = 0
        self._n_folds: collections.Counter[tuple[int, int]] = collections.Counter()
        for record in history.records:
            if isinstance(record, Evaluation):
                self._follow(history, record)

    def _check(self, n_goals: int) -> None:
        is_known = is_finite_number(self.tolerance) and self.tolerance >= 0.0
        if not is_count(self.n_trials) or not is_known:
            raise ValueError(
                f"NoImprovement(n_trials={self.n_trials!r}, "
                f"tolerance={self.tolerance!r}) needs a number of trials of 1 or more, "
                "and a finite tolerance of at least 0."
            )
        if n_goals > 1 and self.tolerance:
            raise ValueError(
                f"tolerance={self.tolerance} has no meaning for {n_goals} objectives, "
                "where an improvement is a new point of the front. Leave it at 0."
            )

    def on_evaluation(self, history: History, evaluation: Evaluation) -> bool:
        """Tell whether the last trials were in vain.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.

        Returns
        -------
        stop : bool
            False as long as no trial is complete.
        """
        self._follow(history, evaluation)
        return self._n_since >= self.n_trials and history.incumbent() is not None

    def _follow(self, history: History, evaluation: Evaluation) -> None:
        """Count a trial that is finished with this result."""
        task = evaluation.trial_id, evaluation.resource
        self._n_folds[task] += 1
        if self._n_folds[task] < history.n_splits:
            return
        del self._n_folds[task]
        self._n_since = 0 if self._improves(history, *task) else self._n_since + 1

    def _improves(self, history: History, trial_id: int, resource: int) -> bool:
        score = history.score(trial_id, resource)
        if not math.isfinite(score):
            return False
        # In the order in which the history ranks: what is trained farthest goes first,
        # then what meets the constraints.
        standing = float(resource), -history.violation(trial_id, resource)
        if standing < self._standing:
            return False
        if standing == self._standing and not self._is_better(history, trial_id, score):
            return False
        self._standing, self._best = standing, score
        return True

    def _is_better(self, history: History, trial_id: int, score: float) -> bool:
        if len(history.goals) > 1:
            return trial_id in history.front(int(self._standing[0]))
        return score > self._best + self.tolerance
