"""Scores against each parameter, and what a model makes of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._score_model import prior_points, shares_of, with_seen_space
from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays import _ticks as ticks
from sksearch.displays._candidates import Candidates, score_label
from sksearch.displays._effects import (
    between,
    chosen_parameters,
    effect_of,
    effects_model,
    values_of,
    values_of_all,
)
from sksearch.displays._extras import import_extra
from sksearch.displays._foreign import read_search
from sksearch.displays._ink import ink
from sksearch.displays._labels import legend_above, name_axes, short_names
from sksearch.displays._values import ValueAxis
from sksearch.history import History

__all__ = ["ParameterEffectsDisplay"]

Array = NDArray[np.float64]

_N_POINTS = 128  # over which a mean is taken
_SPREAD = 0.22  # of choices, to either side


class ParameterEffectsDisplay:
    """The score of each candidate against each parameter, one panel for each.

    A line is the partial dependence: the mean of a Gaussian process of the scores at
    one value, over what the space allows of the others. It is drawn from ten complete
    candidates on. What lies off the axis counts for it as if it lay at its foot. Of a
    search with several resources it is that at the highest. Axes are logarithmic where
    the space is. It is best made by `from_search` or `from_history`.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Mean score of each row of `cv_results_`.
    kinds : ndarray of str of shape (n,)
        "complete", "trained less" (than the others), "infeasible" (misses a
        constraint), "stopped" or "failed".
    params : sequence of dict
        Of each row; a parameter of another branch is missing.
    effects : dict of str to tuple
        By parameter: the values of the line, and the means there, shape (n_values,)
        each; empty without a line. The order is that of the panels.
    axes : dict of str to ValueAxis
        Where the values of each parameter stand.
    score_name : str, default="score"
        Of which score.

    Attributes
    ----------
    parameters : list of str
        One for each panel: with a model those that matter most come first.
    axes_ : ndarray of Axes of shape (n_parameters,)
        What was drawn on. After `plot` only, as all that follows.
    ax_ : Axes
        The first of them.
    figure_ : Figure
        Theirs.

    See Also
    --------
    ParameterImportanceDisplay : How much parameters matter.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sksearch.displays import ParameterEffectsDisplay
    >>> search = GridSearchCV(SVC(), {"C": [0.1, 1, 10], "kernel": ["linear", "rbf"]})
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> display = ParameterEffectsDisplay.from_search(search).plot()
    >>> [ax.get_xscale() for ax in display.axes_]
    ['log', 'linear']
    """

    def __init__(
        self,
        *,
        scores: Array,
        kinds: NDArray[np.str_],
        params: Sequence[Mapping[str, Any]],
        effects: Mapping[str, tuple[Sequence[Any], Array]],
        axes: Mapping[str, ValueAxis],
        score_name: str = "score",
    ) -> None:
        self.scores = np.asarray(scores, dtype=float)
        self.kinds = np.asarray(kinds)
        self.params = list(params)
        self.effects = dict(effects)
        self.axes = dict(axes)
        self.score_name = score_name
        self.parameters = list(self.effects)

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        parameters: Sequence[str] | None = None,
        score: str | None = None,
        seed: int = 0,
    ) -> "ParameterEffectsDisplay":
        """Read a fitted search.

        Parameters
        ----------
        search : estimator
            A search of this package or of scikit-learn. Of the latter that space counts
            which `param_distributions` or `param_grid` say: of a grid its points.
        parameters : sequence of str, default=None
            The panels; None is all parameters that have several values.
        score : str, default=None
            The name of a score; None is the first objective.
        seed : int, default=0
            Of the points over which means are taken.

        Returns
        -------
        display : ParameterEffectsDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no results.
        ValueError
            If there is no such score or parameter, or none has several values.
        """
        history, _ = read_search(search)
        return cls._of(history, score_label(search), parameters, score, seed)

    @classmethod
    def from_history(
        cls,
        history: History,
        *,
        parameters: Sequence[str] | None = None,
        score: str | None = None,
        seed: int = 0,
    ) -> "ParameterEffectsDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log. Without its space, as `History.load` reads it, that space counts
            which was seen: the ranges of numbers and the choices that were tried.
        parameters : sequence of str, default=None
            The panels; None is all parameters that have several values.
        score : str, default=None
            The name of a score; None is the first objective.
        seed : int, default=0
            Of the points over which means are taken.

        Returns
        -------
        display : ParameterEffectsDisplay
            Not drawn yet.

        Raises
        ------
        ValueError
            If there is no result, no such score or parameter, or none has several
            values.
        """
        return cls._of(history, "score", parameters, score, seed)

    @classmethod
    def _of(
        cls,
        history: History,
        label: str,
        parameters: Sequence[str] | None,
        score: str | None,
        seed: int,
    ) -> "ParameterEffectsDisplay":
        history = with_seen_space(history)
        given = Candidates.from_history(history, label)
        name = given.check_score(score)
        points = prior_points(history.space, _N_POINTS, seed)
        seen = values_of([*points, *given.params])
        chosen = chosen_parameters(parameters, seen)
        drawn = values_of(points)
        axes = {p: ValueAxis.of(drawn.get(p, seen[p]), seen[p]) for p in chosen}
        model = effects_model(history, None if score is None else name, given, name)
        if model is not None and parameters is None:
            shares = shares_of(model, seed)
            chosen = sorted(chosen, key=lambda p: -shares.get(p, 0.0))
        effects = {p: effect_of(model, points, p, axes[p], seen[p]) for p in chosen}
        return cls._made(given, name, effects, axes)

    @classmethod
    def _made(
        cls, given: Candidates, name: str, effects: Any, axes: Any
    ) -> "ParameterEffectsDisplay":
        return cls(
            scores=given.means[name],
            kinds=given.kinds,
            params=given.params,
            effects=effects,
            axes=axes,
            score_name=name,
        )

    def plot(self, ax: Any = None, *, n_columns: int = 3) -> "ParameterEffectsDisplay":
        """Draw one panel for each parameter.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of Axes, default=None
            Where; None makes a figure. One for each parameter, or a single one that is
            divided.
        n_columns : int, default=3
            The most panels beside each other.

        Returns
        -------
        self : ParameterEffectsDisplay
            With `axes_`, `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the number of axes is not that of the panels.
        """
        panels, whole = layout.panels(ax, len(self.parameters), n_columns)
        bottom = layout.lower_limit(self.scores)
        for panel, name in zip(panels, self.parameters, strict=True):
            self._draw(panel, name, bottom)
        for panel, name in zip(panels, short_names(self.parameters), strict=True):
            name_axes(panel, x=name)
        for panel in panels[::n_columns]:
            name_axes(panel, y=self.score_name)
        layout.share_y(panels, bottom)
        legend_above(whole, panels)
        self.axes_ = np.array(panels, dtype=object)
        self.ax_, self.figure_ = panels[0], panels[0].figure
        return self

    def _draw(self, ax: Any, name: str, bottom: float) -> None:
        having = [i for i, params in enumerate(self.params) if name in params]
        axis = self.axes[name]
        x = axis.places([self.params[i][name] for i in having])
        if axis.scale == "choices":
            x = x + _SPREAD * between(len(x))
            ticks.name_ticks(ax, axis.labels)
        elif axis.scale == "log":
            ticks.log_axis(ax, *axis.ends)
        else:
            ticks.linear_axis(ax, *axis.ends)
            if axis.is_whole:
                ticks.whole_ticks(ax)
        scores, kinds = self.scores[having], self.kinds[having]
        look.draw_candidates(ax, x, scores, kinds, bottom=bottom)
        self._draw_line(ax, axis, *self.effects[name])
        layout.style(ax)
        ticks.thin_out(ax)

    def _draw_line(
        self, ax: Any, axis: ValueAxis, values: Sequence[Any], means: Array
    ) -> None:
        if not len(values):
            return
        # Choices have no order: nothing lies between two of them.
        shape = "D" if axis.scale == "choices" else "-"
        line = {"color": ink(ax), "linewidth": 1.6, "markersize": 5, "zorder": 3}
        ax.plot(axis.places(values), means, shape, label="mean of a model", **line)

    def frame(self, kind: str = "candidates") -> Any:
        """Return the numbers behind the picture.

        Parameters
        ----------
        kind : {"candidates", "effects"}, default="candidates"
            The points or the lines.

        Returns
        -------
        frame : pandas.DataFrame
            Of n rows: ``param_*`` for each parameter, then the score by its name and
            ``kind``. Or one row for each value of each line: ``parameter``, ``value``
            and ``mean``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If `kind` is neither.
        """
        if kind not in ("candidates", "effects"):
            raise ValueError(f"kind={kind!r} is neither 'candidates' nor 'effects'.")
        pandas = import_extra("pandas", "frame()")
        if kind == "candidates":
            columns = values_of_all(self.params, self.parameters)
            columns |= {self.score_name: self.scores, "kind": self.kinds}
            return pandas.DataFrame(columns)
        rows = [
            (parameter, value, mean)
            for parameter, (values, means) in self.effects.items()
            for value, mean in zip(values, means, strict=True)
        ]
        return pandas.DataFrame(rows, columns=["parameter", "value", "mean"])
