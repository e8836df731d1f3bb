"""Scores in the order of the search, and the best so far."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays import _ticks as ticks
from sksearch.displays._candidates import Candidates
from sksearch.displays._extras import import_extra
from sksearch.displays._labels import legend_above, name_axes
from sksearch.history import History

__all__ = ["OptimizationHistoryDisplay"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_X = "candidates", "time"


class OptimizationHistoryDisplay:
    """The score of each candidate in the order of the search, and the best so far.

    The best is among the candidates that meet all constraints and were trained as far
    as any; so it never falls. It is best made by `from_search` or `from_history`.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Mean score of each row of `cv_results_`, greater is better. Of a stopped row it
        is the mean over the folds that were run, of a failed one NaN.
    standard_errors : ndarray of shape (n,)
        Of these means over the folds: their standard deviation by the root of their
        number; NaN where there are fewer than two. Folds share training rows, so it
        says how much folds differ rather than how well the score is known.
    kinds : ndarray of str of shape (n,)
        "complete", "trained less" (than the others), "infeasible" (misses a
        constraint), "stopped" or "failed".
    resources : ndarray of int of shape (n,)
        How far each was trained.
    elapsed : ndarray of shape (n,)
        Seconds from the start of the search to each row's last result; NaN if unknown.
    score_name : str
        What the score is called.
    log_scale : bool, default=False
        Whether scores are negative and vary by factors, as minus a time does: their
        axis is logarithmic then.

    Attributes
    ----------
    best : ndarray of int of shape (n,)
        The best row up to each row; -1 while there is none.
    ax_ : Axes
        What was drawn on. After `plot` only.
    figure_ : Figure
        Its figure. After `plot` only.

    See Also
    --------
    ParetoFrontDisplay : For several objectives.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.displays import OptimizationHistoryDisplay
    >>> search = BayesSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": range(1, 9), "min_samples_leaf": range(1, 30)},
    ...     n_iter=8,
    ...     random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> display = OptimizationHistoryDisplay.from_search(search)
    >>> bool(display.scores[display.best[-1]] == search.best_score_)
    True
    >>> display.plot().ax_.get_ylabel()
    'score'
    """

    def __init__(
        self,
        *,
        scores: Array,
        standard_errors: Array,
        kinds: NDArray[np.str_],
        resources: Indices,
        elapsed: Array,
        score_name: str,
        log_scale: bool = False,
    ) -> None:
        self.scores = np.asarray(scores, dtype=float)
        self.standard_errors = np.asarray(standard_errors, dtype=float)
        self.kinds = np.asarray(kinds)
        self.resources = np.asarray(resources)
        self.elapsed = np.asarray(elapsed, dtype=float)
        self.score_name = score_name
        self.log_scale = log_scale
        self.best = self._best(np.arange(len(self.scores)))

    @classmethod
    def from_search(
        cls, search: Any, *, score: str | None = None
    ) -> "OptimizationHistoryDisplay":
        """Read a fitted search.

        Parameters
        ----------
        search : estimator
            A search of this package or of scikit-learn.
        score : str, default=None
            The name of a score; None is the first objective.

        Returns
        -------
        display : OptimizationHistoryDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no results.
        ValueError
            If there is no such score.
        """
        return cls._of(Candidates.from_search(search), score)

    @classmethod
    def from_history(
        cls, history: History, *, score: str | None = None
    ) -> "OptimizationHistoryDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log.
        score : str, default=None
            The name of a score; None is the first objective.

        Returns
        -------
        display : OptimizationHistoryDisplay
            Not drawn yet.

        Raises
        ------
        ValueError
            If there is no result, or no such score.
        """
        return cls._of(Candidates.from_history(history), score)

    @classmethod
    def _of(cls, given: Candidates, score: str | None) -> "OptimizationHistoryDisplay":
        name = given.check_score(score)
        return cls(
            scores=given.means[name],
            standard_errors=_standard_errors(given.fold_scores[name]),
            kinds=given.kinds,
            resources=given.resources,
            elapsed=given.elapsed,
            score_name=name,
            log_scale=name in given.log_scores,
        )

    def _best(self, order: Indices) -> Indices:
        """Return the best row after each step of an order; of equals the first."""
        best, found = -1, np.empty(len(order), dtype=np.intp)
        for place, row in enumerate(order):
            counts = self.kinds[row] == "complete" and np.isfinite(self.scores[row])
            if counts and (best < 0 or self.scores[row] > self.scores[best]):
                best = int(row)
            found[place] = best
        return found

    def plot(self, ax: Any = None, *, x: str = "candidates") -> Any:
        """Draw all candidates, and the best so far with its standard error.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.
        x : {"candidates", "time"}, default="candidates"
            What the search is measured by: rows of `cv_results_`, or time, in seconds,
            minutes or hours.

        Returns
        -------
        self : OptimizationHistoryDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `x` is neither, or no times are known.
        """
        position, order = self._positions(x)
        ax = layout.new_axes(ax)
        bottom = -np.inf if self.log_scale else layout.lower_limit(self.scores)
        look.draw_candidates(ax, position, self.scores, self.kinds, bottom=bottom)
        self._draw_best(ax, position[order], self._best(order))
        name_axes(ax, x=self._scale_x(ax, x), y=self.score_name)
        layout.begin_at(ax, bottom=bottom)
        layout.style(ax)
        if self.log_scale:
            ticks.cost_axis(ax, "y", self.scores)
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _positions(self, x: str) -> tuple[Array, Indices]:
        """Return where each row stands, and the rows in that order."""
        if x not in _X:
            raise ValueError(f"x={x!r} is neither 'candidates' nor 'time'.")
        if x == "candidates":
            return np.arange(1.0, len(self.scores) + 1), np.arange(len(self.scores))
        if not np.isfinite(self.elapsed).any():
            raise ValueError(
                "x='time' needs times, and none are known. Pass x='candidates'."
            )
        known = np.flatnonzero(np.isfinite(self.elapsed))
        return self.elapsed, known[np.argsort(self.elapsed[known], kind="stable")]

    def _scale_x(self, ax: Any, x: str) -> str:
        """Put ticks where they say something, and return what that is."""
        if x == "time":
            return f"{ticks.time_axis(ax)} since the search began"
        ticks.whole_ticks(ax)
        several = len(set(self.resources.tolist())) > 1
        return "candidates, each time they were trained" if several else "candidates"

    def _draw_best(self, ax: Any, position: Array, best: Indices) -> None:
        there = best >= 0
        if not there.any():
            return
        at, score = position[there], self.scores[best[there]]
        error = self.standard_errors[best[there]]
        if np.isfinite(error).any():
            ax.fill_between(
                at,
                score - error,
                score + error,
                step="post",
                color=look.BLUE,
                alpha=0.15,
                linewidth=0,
                label="± 1 standard error",
            )
        ax.step(
            at, score, where="post", color=look.BLUE, linewidth=1.6, label="best so far"
        )
        final = np.flatnonzero(best == best[-1])[0]
        look.draw_star(ax, position[final], self.scores[best[-1]], "best")

    def frame(self) -> Any:
        """Return the numbers behind the picture.

        Returns
        -------
        frame : pandas.DataFrame of n rows
            The score by its name, ``standard_error``, ``kind``, ``resource``,
            ``elapsed`` and ``best_so_far``, a score.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        best = np.where(self.best < 0, np.nan, self.scores[self.best])
        return import_extra("pandas", "frame()").DataFrame(
            {
                self.score_name: self.scores,
                "standard_error": self.standard_errors,
                "kind": self.kinds,
                "resource": self.resources,
                "elapsed": self.elapsed,
                "best_so_far": best,
            }
        )


def _standard_errors(folds: Array) -> Array:
    """Return the standard error of the mean of each row, NaN with fewer than two."""
    n = np.isfinite(folds).sum(axis=1)
    mean = np.where(n > 0, np.nansum(folds, axis=1) / np.maximum(n, 1), 0.0)
    squares = np.nansum((folds - mean[:, None]) ** 2, axis=1)
    return np.where(
        n > 1, np.sqrt(squares / np.maximum(n - 1, 1) / np.maximum(n, 1)), np.nan
    )
