"""Each candidate as a line through the axes of its parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays._candidates import Candidates
from sksearch.displays._effects import (
    chosen_parameters,
    distinct,
    values_of,
    values_of_all,
)
from sksearch.displays._extras import import_extra
from sksearch.displays._ink import ink, is_dark
from sksearch.displays._labels import legend_above
from sksearch.displays._parallel_axes import (
    between_bins,
    draw_axis,
    last_parts,
    share_of,
    spread_choices,
    texts_of,
)
from sksearch.displays._values import ValueAxis
from sksearch.history import History

__all__ = ["ParallelCoordinatesDisplay"]

Array = NDArray[np.float64]

_UNSET = -0.22  # below an axis
_ROOM = 0.55  # inches, for one axis
_PALE, _DARK = "#C9DDEE", "#08306B"  # of low and high scores
_DIM, _BRIGHT = "#28486B", "#DCEBF7"  # on dark axes


class ParallelCoordinatesDisplay:
    """Each candidate as a line from parameter to parameter, to its score at the right.

    The better a candidate, the darker its line (on dark axes the brighter), and it lies
    above those of the worse; the best is red and thick. A failed one is dotted, and
    ends before the score. Below an axis, at "unset", pass candidates that have no such
    parameter. It is best made by `from_search` or `from_history`.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Mean score of each row of `cv_results_`.
    kinds : ndarray of str of shape (n,)
        "complete", "trained less" (than the others), "infeasible" (misses a
        constraint), "stopped" or "failed".
    params : sequence of dict
        Of each row; a parameter of another branch is missing.
    axes : dict of str to ValueAxis
        Where the values of each parameter stand; the order is that of the picture.
    score_name : str, default="score"
        Of which score.

    Attributes
    ----------
    parameters : list of str
        Those along which scores differ most come first, unless they were asked for.
    best : int or None
        The row of the best complete candidate.
    ax_ : Axes
        What was drawn on. After `plot` only.
    figure_ : Figure
        Its figure. After `plot` only.

    See Also
    --------
    ParameterEffectsDisplay : Each parameter alone, with the mean of a model.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sksearch.displays import ParallelCoordinatesDisplay
    >>> search = GridSearchCV(SVC(), {"C": [0.1, 1, 10], "kernel": ["linear", "rbf"]})
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> display = ParallelCoordinatesDisplay.from_search(search).plot()
    >>> sorted(display.parameters), display.best == int(search.best_index_)
    (['C', 'kernel'], True)
    """

    def __init__(
        self,
        *,
        scores: Array,
        kinds: NDArray[np.str_],
        params: Sequence[Mapping[str, Any]],
        axes: Mapping[str, ValueAxis],
        score_name: str = "score",
    ) -> None:
        self.scores = np.asarray(scores, dtype=float)
        self.kinds = np.asarray(kinds)
        self.params = list(params)
        self.axes = dict(axes)
        self.score_name = score_name
        self.parameters = list(self.axes)
        counts = (self.kinds == "complete") & np.isfinite(self.scores)
        ranked = np.where(counts, self.scores, -np.inf)
        self.best = int(ranked.argmax()) if counts.any() else None

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        parameters: Sequence[str] | None = None,
        score: str | None = None,
    ) -> "ParallelCoordinatesDisplay":
        """Read a fitted search.

        Parameters
        ----------
        search : estimator
            A search of this package or of scikit-learn.
        parameters : sequence of str, default=None
            The axes, from left to right; None is all that have several
            values, or all where none has.
        score : str, default=None
            The name of a score; None is the first objective.

        Returns
        -------
        display : ParallelCoordinatesDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no results.
        ValueError
            If there is no such score or parameter.
        """
        return cls._of(Candidates.from_search(search), parameters, score)

    @classmethod
    def from_history(
        cls,
        history: History,
        *,
        parameters: Sequence[str] | None = None,
        score: str | None = None,
    ) -> "ParallelCoordinatesDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log.
        parameters : sequence of str, default=None
            The axes, from left to right; None is all that have several
            values, or all where none has.
        score : str, default=None
            The name of a score; None is the first objective.

        Returns
        -------
        display : ParallelCoordinatesDisplay
            Not drawn yet.

        Raises
        ------
        ValueError
            If there is no result, or no such score or parameter.
        """
        return cls._of(Candidates.from_history(history), parameters, score)

    @classmethod
    def _of(
        cls, given: Candidates, parameters: Sequence[str] | None, score: str | None
    ) -> "ParallelCoordinatesDisplay":
        name = given.check_score(score)
        seen = values_of(given.params)
        several = [name for name in seen if len(distinct(seen[name])) > 1]
        asked = several or list(seen) if parameters is None else parameters
        chosen = chosen_parameters(asked, seen)
        # All values, not the distinct ones: their medians tell the scale.
        axes = {p: ValueAxis.of(seen[p]) for p in chosen}
        made = cls(
            scores=given.means[name],
            kinds=given.kinds,
            params=given.params,
            axes=axes,
            score_name=name,
        )
        if parameters is None:
            made.parameters.sort(key=lambda p: -between_bins(made._at(p), made.scores))
            made.axes = {p: axes[p] for p in made.parameters}
        return made

    def _at(self, name: str) -> Array:
        """Return where the candidates cross an axis, from 0 to 1; NaN: they do not."""
        values, axis = [params.get(name, np.nan) for params in self.params], self.axes
        is_there = np.array([name in params for params in self.params])
        return np.where(
            is_there, share_of(axis[name], axis[name].places(values)), np.nan
        )

    def plot(
        self, ax: Any = None, *, max_parameters: int | None = None
    ) -> "ParallelCoordinatesDisplay":
        """Draw a line for each candidate, the best on top.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.
        max_parameters : int or None, default=None
            How many axes beside that of the score, from the first on; None is as many
            as there is room for, 0.55 inches each.

        Returns
        -------
        self : ParallelCoordinatesDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = layout.new_axes(ax, (8.0, 4.0))
        if max_parameters is None:
            max_parameters = max(2, int(layout.inches(ax) / _ROOM) - 1)
        names = self.parameters[:max_parameters]
        low, high = self._score_ends()
        score = np.clip((self.scores - low) / max(high - low, 1e-300), 0.0, 1.0)
        columns = [spread_choices(self.axes[name], self._at(name)) for name in names]
        has_unset = [bool(np.isnan(at).any()) for at in columns]
        columns = [np.where(np.isnan(at), _UNSET, at) for at in columns]
        self._draw_lines(ax, np.column_stack([*columns, score]))
        room = layout.inches(ax) / (len(names) + 1)
        texts = [texts_of(self.axes[name], room) for name in names]
        texts.append({0.0: f"{low:.3g}", 1.0: f"{high:.3g}"})
        for place, shown in enumerate(texts):
            draw_axis(ax, place, shown, room)
        for place in np.flatnonzero(has_unset).tolist():
            unset = {"ha": "center", "va": "top", "fontsize": 6.5}
            ax.text(place, _UNSET - 0.03, "unset", color=ink(ax, 0.7), **unset)
        self._frame_axes(ax, [*last_parts(names), self.score_name], any(has_unset))
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _frame_axes(self, ax: Any, labels: Sequence[str], has_unset: bool) -> None:
        ax.set_xlim(-0.5, len(labels) - 0.5)
        ax.set_ylim(_UNSET - 0.12 if has_unset else -0.12, 1.12)
        ax.set_yticks([])
        size = 9.0 if layout.inches(ax) / len(labels) > 0.8 else 8.0
        ax.set_xticks(range(len(labels)), labels, fontsize=size, parse_math=False)
        if max(map(len, labels)) * size > 110 * layout.inches(ax) / len(labels):
            for text in ax.get_xticklabels():
                text.set(rotation=30, ha="right", rotation_mode="anchor")
        ax.spines[["left", "right", "top", "bottom"]].set_visible(False)
        ax.tick_params(axis="x", length=0)

    def _score_ends(self) -> tuple[float, float]:
        """Return the ends of the axis of scores; a few far below stand at its foot."""
        finite = self.scores[np.isfinite(self.scores)]
        if not len(finite):
            return 0.0, 1.0
        low = max(layout.lower_limit(self.scores), float(finite.min()))
        return low, float(finite.max())

    def _draw_lines(self, ax: Any, heights: Array) -> None:
        """Draw what stands at these heights on the axes, the score being the last."""
        collections = import_extra("matplotlib.collections", "A plot")
        lines = np.stack(np.broadcast_arrays(np.arange(heights.shape[1]), heights), -1)
        failed = self.kinds == "failed"
        width = float(np.clip(60.0 / max(len(lines), 1), 0.6, 1.4))
        self._draw_scored(ax, lines, failed, width)
        if failed.any():
            dotted: dict[str, Any] = {"colors": look.VERMILION, "linestyles": ":"}
            dotted |= {"linewidths": max(width, 0.9)}
            dotted |= {"label": f"failed ({failed.sum()})"}
            ax.add_collection(collections.LineCollection(list(lines[failed]), **dotted))
        if self.best is not None:
            line = {"color": look.VERMILION, "linewidth": 2.4, "zorder": 3.0}
            ax.plot(*lines[self.best].T, label="best", **line)

    def _draw_scored(self, ax: Any, lines: Array, failed: Any, width: float) -> None:
        """Draw all but the failed and the best, the better above the worse."""
        collections = import_extra("matplotlib.collections", "A plot")
        colors = import_extra("matplotlib.colors", "A plot")
        low, high = (_DIM, _BRIGHT) if is_dark(ax) else (_PALE, _DARK)
        shades = colors.LinearSegmentedColormap.from_list("", [low, high])
        score = lines[:, -1, 1]
        order = np.argsort(np.where(np.isfinite(score), score, -1.0), kind="stable")
        rows = [row for row in order if not failed[row] and row != self.best]
        shown = {"colors": shades(score[rows]), "linewidths": width}
        ax.add_collection(collections.LineCollection(list(lines[rows]), **shown))
        for shade, label in ((low, "low score"), (high, "high score")):
            ax.plot([], [], color=shade, linewidth=2.0, label=label)

    def frame(self) -> Any:
        """Return the numbers behind the picture.

        Returns
        -------
        frame : pandas.DataFrame of n rows
            ``param_*`` for each parameter, then the score by its name and ``kind``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        columns = values_of_all(self.params, self.parameters)
        columns |= {self.score_name: self.scores, "kind": self.kinds}
        return import_extra("pandas", "frame()").DataFrame(columns)
