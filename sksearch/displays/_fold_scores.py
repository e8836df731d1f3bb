"""How the best candidates fare on each fold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays import _ticks as ticks
from sksearch.displays._candidates import Candidates
from sksearch.displays._extras import import_extra
from sksearch.displays._ink import ink
from sksearch.displays._labels import legend_above, name_axes
from sksearch.history import History

__all__ = ["FoldScoresDisplay"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_MOST_FOLDS = 10  # of which each has a line


class FoldScoresDisplay:
    """The scores of the best candidates on every fold, and their means.

    All candidates are scored on the same folds: the line of a harder fold lies low for
    all, and says nothing against any. Where lines cross, folds disagree on which
    candidate is better. It is best made by `from_search` or `from_history`.

    Parameters
    ----------
    scores : ndarray of shape (n, n_splits)
        Of each candidate on each fold, the best candidate first.
    means : ndarray of shape (n,)
        Of the candidates.
    trial_ids : ndarray of int of shape (n,)
        Which candidates.
    params : sequence of dict
        Of each.
    chosen : int, default=None
        The candidate that the search chose, where it says so.
    score_name : str, default="score"
        Of which score.

    Attributes
    ----------
    ax_ : Axes
        What was drawn on. After `plot` only.
    figure_ : Figure
        Its figure. After `plot` only.

    See Also
    --------
    OptimizationHistoryDisplay : All candidates.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sksearch.displays import FoldScoresDisplay
    >>> search = GridSearchCV(SVC(), {"C": [0.001, 1, 10]})
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> display = FoldScoresDisplay.from_search(search)
    >>> display.trial_ids.tolist(), display.scores.shape
    ([2, 1, 0], (3, 5))
    """

    def __init__(
        self,
        *,
        scores: Array,
        means: Array,
        trial_ids: Indices,
        params: Sequence[Mapping[str, Any]],
        chosen: int | None = None,
        score_name: str = "score",
    ) -> None:
        self.scores = np.asarray(scores, dtype=float)
        self.means = np.asarray(means, dtype=float)
        self.trial_ids = np.asarray(trial_ids)
        self.params = list(params)
        self.chosen = chosen
        self.score_name = score_name

    @classmethod
    def from_search(
        cls, search: Any, *, score: str | None = None
    ) -> "FoldScoresDisplay":
        """Read a fitted search.

        Parameters
        ----------
        search : estimator
            A search of this package or of scikit-learn.
        score : str, default=None
            The name of a score; None is the first objective.

        Returns
        -------
        display : FoldScoresDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no results.
        ValueError
            If there is no such score, or no candidate with scores on all folds.
        """
        return cls._of(Candidates.from_search(search), score)

    @classmethod
    def from_history(
        cls, history: History, *, score: str | None = None
    ) -> "FoldScoresDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log.
        score : str, default=None
            The name of a score; None is the first objective.

        Returns
        -------
        display : FoldScoresDisplay
            Not drawn yet.

        Raises
        ------
        ValueError
            If there is no result, no such score, or no candidate with scores on all
            folds.
        """
        return cls._of(Candidates.from_history(history), score)

    @classmethod
    def _of(cls, given: Candidates, score: str | None) -> "FoldScoresDisplay":
        name = given.check_score(score)
        means = given.means[name]
        known = given.is_final & (given.status == "complete") & np.isfinite(means)
        rows = np.flatnonzero(known)
        if not len(rows):
            raise ValueError(
                "No candidate is complete and meets the constraints, so there are no "
                "folds to compare. Wait for one, or see why fits failed."
            )
        rows = rows[np.argsort(-means[rows], kind="stable")]
        chosen = None if given.chosen is None else int(given.trial_ids[given.chosen])
        return cls(
            scores=given.fold_scores[name][rows],
            means=means[rows],
            trial_ids=given.trial_ids[rows],
            params=[given.params[row] for row in rows.tolist()],
            chosen=chosen,
            score_name=name,
        )

    def plot(self, ax: Any = None, *, max_candidates: int = 10) -> "FoldScoresDisplay":
        """Draw the points of each candidate above its number, and lines for folds.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.
        max_candidates : int, default=10
            How many are drawn, from the best on.

        Returns
        -------
        self : FoldScoresDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `max_candidates` is below 1.
        """
        if max_candidates < 1:
            raise ValueError(f"max_candidates={max_candidates!r} must be 1 or more.")
        ax = layout.new_axes(ax)
        self._draw_folds(ax, self.scores[:max_candidates])
        self._draw_means(ax, self.means[:max_candidates])
        name_axes(ax, x="candidates, the best first", y=self.score_name)
        layout.style(ax)
        ax.grid(False, axis="x")
        names = [str(i) for i in self.trial_ids[:max_candidates]]
        ticks.name_ticks(ax, names)
        if layout.inches(ax) < 0.35 * len(names):
            ax.tick_params(axis="x", labelsize=7.5)
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_folds(self, ax: Any, scores: Array) -> None:
        """Draw a point for each score, and a line for each fold if these are few."""
        n, n_splits = scores.shape
        x, size = np.repeat(np.arange(n), n_splits), 26.0
        if n_splits <= _MOST_FOLDS:
            line = {"color": look.GREY, "linewidth": 0.7, "alpha": 0.7}
            ax.plot(np.arange(n), scores, zorder=1.5, **line)
        else:  # the points of one candidate stand beside each other
            x, size = x + np.tile(np.linspace(-0.25, 0.25, n_splits), n), 9.0
        point = {"color": look.SKY, "linewidths": 0, "zorder": 2.0, "s": size}
        ax.scatter(x, scores.ravel(), label="score on a fold", **point)

    def _draw_means(self, ax: Any, means: Array) -> None:
        """Draw a bar for each mean, and a star on that of the chosen candidate."""
        at = np.arange(len(means))
        bar = {"color": ink(ax), "linewidth": 2.0, "zorder": 3.0}
        ax.hlines(means, at - 0.3, at + 0.3, label="mean", **bar)
        [here] = np.nonzero(self.trial_ids[: len(means)] == self.chosen)
        if self.chosen is not None and len(here):
            look.draw_star(ax, here, means[here], "chosen")

    def frame(self) -> Any:
        """Return the numbers behind the picture.

        Returns
        -------
        frame : pandas.DataFrame of n * n_splits rows
            ``candidate``, ``rank`` (from 1), ``fold``, the score by its name, ``mean``
            and ``params``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        n, n_splits = self.scores.shape
        rows = np.repeat(np.arange(n), n_splits)
        return import_extra("pandas", "frame()").DataFrame(
            {
                "candidate": self.trial_ids[rows],
                "rank": rows + 1,
                "fold": np.tile(np.arange(n_splits), n),
                self.score_name: self.scores.ravel(),
                "mean": self.means[rows],
                "params": [self.params[row] for row in rows],
            }
        )
