"""The front of a search with several objectives."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._pareto import is_nondominated, reference_point, shown_hypervolume
from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays import _ticks as ticks
from sksearch.displays._candidates import Candidates
from sksearch.displays._extras import import_extra
from sksearch.displays._labels import legend_above, name_axes
from sksearch.history import History

__all__ = ["ParetoFrontDisplay"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_MOMENTS = 0.25, 0.5  # of the candidates
_QUANTILE = 0.1  # the ends of a front are worth seeing
_FEWEST = 8  # of which a quarter is worth a line


class ParetoFrontDisplay:
    """The candidates that no other one beats in all objectives, and how they came.

    With two objectives one panel, with more one for each pair: in a pair a candidate
    of the front may lie behind others, as it is better in a third objective. Greater is
    better on all axes. It is best made by `from_search` or `from_history`.

    Parameters
    ----------
    scores : ndarray of shape (n, n_objectives)
        Mean scores of each row of `cv_results_`; NaN where there are none.
    kinds : ndarray of str of shape (n,)
        "complete", "trained less" (than the others), "infeasible" (misses a
        constraint), "stopped" or "failed".
    objectives : sequence of str
        Names of the columns.
    params : sequence of dict
        Of each row.
    chosen : int, default=None
        The row that was chosen from the front.
    reference : array-like of shape (n_objectives,), default=None
        Scores above it count for the hypervolume; None is a tenth of the front's range
        below its worst values.
    log_scores : collection of str, default=()
        Names of objectives that are negative and vary by factors, as minus a time does:
        their axes are logarithmic.

    Attributes
    ----------
    front : ndarray of int of shape (n_front,)
        Rows of the front, by the first objective, worst first.
    fronts : dict of int to ndarray of int
        The front after a quarter, half and all of the rows, by their number; of fewer
        than eight rows the last alone.
    hypervolumes : ndarray of shape (n,)
        The volume between the reference and the front after each row.
    axes_ : ndarray of Axes of shape (n_pairs,)
        What was drawn on. After `plot` only, as all that follows.
    ax_ : Axes
        The first of them.
    figure_ : Figure
        Theirs.

    See Also
    --------
    sksearch.MultiObjectiveSearchCV : The search; `pareto_index_` is `front`.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.displays import ParetoFrontDisplay
    >>> display = ParetoFrontDisplay(
    ...     scores=np.array([[0.9, -5.0], [0.8, -2.0], [0.7, -4.0]]),
    ...     kinds=np.array(["complete"] * 3),
    ...     objectives=["accuracy", "neg_latency"],
    ...     params=[{"depth": 5}, {"depth": 2}, {"depth": 1}],
    ... )
    >>> display.front
    array([1, 0])
    """

    def __init__(
        self,
        *,
        scores: Array,
        kinds: NDArray[np.str_],
        objectives: Sequence[str],
        params: Sequence[Mapping[str, Any]],
        chosen: int | None = None,
        reference: Any = None,
        log_scores: Collection[str] = (),
    ) -> None:
        self.scores = np.asarray(scores, dtype=float)
        self.kinds = np.asarray(kinds)
        self.objectives = list(objectives)
        self.params = list(params)
        self.chosen = chosen
        self.log_scores = frozenset(log_scores)
        n = len(self.scores)
        self.front = self._front(n)
        shares = _MOMENTS if n >= _FEWEST else ()
        moments = [*(round(share * n) for share in shares), n]
        self.fronts = {moment: self._front(moment) for moment in moments}
        self.reference = self._reference(reference)
        self.hypervolumes = self._hypervolumes()

    @classmethod
    def from_search(
        cls, search: Any, *, objectives: Sequence[str] | None = None
    ) -> "ParetoFrontDisplay":
        """Read a fitted search, with or without several objectives.

        Parameters
        ----------
        search : estimator
            A search of this package, or of scikit-learn with several scorers.
        objectives : sequence of str, default=None
            Two or more scorers; None is what the search maximised, or all.

        Returns
        -------
        display : ParetoFrontDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no results.
        ValueError
            If there are fewer than two objectives, or one that is not a score.
        """
        reference = getattr(search, "reference_point_", None)
        given = Candidates.from_search(search)
        return cls._of(given, objectives, None if objectives else reference)

    @classmethod
    def from_history(
        cls, history: History, *, objectives: Sequence[str] | None = None
    ) -> "ParetoFrontDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log.
        objectives : sequence of str, default=None
            Two or more scorers; None is what the search maximises, or all.

        Returns
        -------
        display : ParetoFrontDisplay
            Not drawn yet, and without a chosen candidate.

        Raises
        ------
        ValueError
            If there is no result, or fewer than two objectives, or one that is not a
            score.
        """
        return cls._of(Candidates.from_history(history), objectives)

    @classmethod
    def _of(
        cls, given: Candidates, names: Sequence[str] | None, reference: Any = None
    ) -> "ParetoFrontDisplay":
        if names is None:
            names = given.objectives if len(given.objectives) > 1 else list(given.means)
        names = [names] if isinstance(names, str) else names
        names = [given.check_score(name, "objectives") for name in names]
        if len(set(names)) < 2:
            raise ValueError(
                f"A front needs two objectives, and there is {names}. Search with two "
                "or more scorers, and name them in objectives."
            )
        if reference is not None and not np.isfinite(reference).all():
            reference = None
        scores = np.column_stack([given.means[name] for name in names])
        return cls(
            scores=scores,
            kinds=given.kinds,
            objectives=names,
            params=given.params,
            chosen=given.chosen,
            reference=reference,
            log_scores=given.log_scores,
        )

    def _front(self, n: int) -> Indices:
        """Return the front of the first n rows."""
        rows = np.flatnonzero(self._counts[:n])
        if not len(rows):
            return rows
        rows = rows[is_nondominated(self.scores[rows])]
        return rows[np.argsort(self.scores[rows, 0], kind="stable")]

    @property
    def _counts(self) -> NDArray[np.bool_]:
        complete = self.kinds == "complete"
        return np.asarray(complete & np.isfinite(self.scores).all(axis=1))

    def _reference(self, given: Any) -> Array:
        if given is not None:
            return np.asarray(given, dtype=float)
        if not len(self.front):
            return np.full(len(self.objectives), np.nan)
        return np.asarray(reference_point(self.scores[self.front]))

    def _hypervolumes(self) -> Array:
        """Return the volume after each row, computed only where the front changes."""
        volumes, front = np.zeros(len(self.scores)), np.empty((0, len(self.objectives)))
        for row in np.flatnonzero(self._counts):
            point = self.scores[row]
            if (front >= point).all(axis=1).any():
                continue
            front = np.vstack([front, point])
            front = front[is_nondominated(front)]
            volumes[row:] = shown_hypervolume(front, self.reference)
        return volumes

    def plot(self, ax: Any = None, *, over_time: bool = True) -> "ParetoFrontDisplay":
        """Draw the front, what it beats, and the candidate that was chosen.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of Axes, default=None
            Where; None makes a figure. For several pairs one for each, or a single one
            that is divided.
        over_time : bool, default=True
            Whether the front after a quarter and half of the candidates is drawn too,
            with two objectives.

        Returns
        -------
        self : ParetoFrontDisplay
            With `axes_`, `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the number of axes is not that of the pairs.
        """
        pairs = list(itertools.combinations(range(len(self.objectives)), 2))
        axes, whole = layout.panels(ax, len(pairs))
        for panel, pair in zip(axes, pairs, strict=True):
            self._draw(panel, pair, over_time and len(pairs) == 1)
        legend_above(whole, axes)
        self.axes_ = np.array(axes, dtype=object)
        self.ax_, self.figure_ = axes[0], axes[0].figure
        return self

    def _draw(self, ax: Any, pair: tuple[int, int], over_time: bool) -> None:
        x, y = self.scores[:, pair[0]], self.scores[:, pair[1]]
        kinds = np.where(self.kinds == "complete", "dominated", self.kinds)
        kinds[self.front] = "front"
        names = self.objectives[pair[0]], self.objectives[pair[1]]
        ends = map(self._lower_end, names, (x, y))
        limits = dict(zip(("left", "bottom"), ends, strict=True))
        look.draw_candidates(ax, x, y, kinds, **limits)
        if over_time:
            self._draw_earlier(ax, x, y)
        if len(self.objectives) == 2:
            ax.step(x[self.front], y[self.front], where="pre", **look.FRONT_LINE)
        if self.chosen is not None:
            look.draw_star(ax, x[self.chosen], y[self.chosen], "chosen")
        name_axes(ax, x=names[0], y=names[1])
        layout.begin_at(ax, **limits)
        layout.style(ax)
        ticks.thin_out(ax)
        for axis, name, values in zip("xy", names, (x, y), strict=True):
            if name in self.log_scores:
                ticks.cost_axis(ax, axis, values)

    def _lower_end(self, name: str, scores: Array) -> float:
        """Return where the axis of a score begins; logarithmic ones hold all."""
        is_log = name in self.log_scores
        return -np.inf if is_log else layout.lower_limit(scores, _QUANTILE)

    def _draw_earlier(self, ax: Any, x: Array, y: Array) -> None:
        for dashes, (moment, rows) in zip(
            (":", "--"), self.fronts.items(), strict=False
        ):
            if moment < len(x) and len(rows):
                label = f"front after {moment}"
                line = {**look.FRONT_LINE, "linestyle": dashes, "color": look.SKY}
                line["marker"] = "."  # a front of one is no line
                ax.step(x[rows], y[rows], where="pre", label=label, **line)

    def frame(self) -> Any:
        """Return the numbers behind the picture.

        Returns
        -------
        frame : pandas.DataFrame of n rows
            One column for each objective, then ``kind``, ``on_front``, ``chosen``,
            ``hypervolume`` (after this row) and ``params``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        rows = np.arange(len(self.scores))
        columns = dict(zip(self.objectives, self.scores.T, strict=True))
        return import_extra("pandas", "frame()").DataFrame(
            {
                **columns,
                "kind": self.kinds,
                "on_front": np.isin(rows, self.front),
                "chosen": rows == self.chosen if self.chosen is not None else False,
                "hypervolume": self.hypervolumes,
                "params": self.params,
            }
        )
