"""How far candidates were trained, and what came of it on the way."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays import _ticks as ticks
from sksearch.displays._candidates import Candidates, score_label
from sksearch.displays._extras import import_extra
from sksearch.displays._foreign import read_search
from sksearch.displays._labels import legend_above, name_axes
from sksearch.history import History

__all__ = ["TrainingCurvesDisplay"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_MOST_TICKS = 8
_LINES: dict[str, dict[str, Any]] = {
    "trained less": {"colors": look.GREY, "linestyles": "-"},
    "stopped": {"colors": look.PURPLE, "linestyles": ":"},
    "failed": {"colors": look.VERMILION, "linestyles": ":"},
    "infeasible": {"colors": look.ORANGE, "linestyles": "--"},
    "complete": {"colors": look.BLUE, "linestyles": "-"},
}


class TrainingCurvesDisplay:
    """The score of each candidate by the resource that it was trained with.

    A line ends where a candidate was left behind, or at the highest rung. Where one
    training tells a whole curve, as those of ensembles do, the line has all its points.
    It is best made by `from_search` or `from_history`.

    Parameters
    ----------
    trial_ids : ndarray of int of shape (n,)
        The candidate of each point.
    resources : ndarray of int of shape (n,)
        How far it was trained.
    scores : ndarray of shape (n,)
        Its mean score there; NaN where it failed.
    kinds : ndarray of str of shape (n,)
        Of the candidate's last task: "complete" for those at the highest resource,
        "trained less", "infeasible", "stopped" or "failed".
    rungs : sequence of int
        The resources at which candidates were compared.
    best : int, default=None
        The best candidate.
    score_name : str, default="score"
        Of which score.
    resource_name : str, default="resource"
        What the resource is.

    Attributes
    ----------
    ax_ : Axes
        What was drawn on. After `plot` only.
    figure_ : Figure
        Its figure. After `plot` only.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Scores by the number of samples.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sksearch import HyperbandSearchCV
    >>> from sksearch.displays import TrainingCurvesDisplay
    >>> search = HyperbandSearchCV(
    ...     SGDClassifier(random_state=0),
    ...     {"alpha": (1e-5, 1e-1, "log-uniform")},
    ...     max_resources=9,
    ...     random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> display = TrainingCurvesDisplay.from_search(search).plot()
    >>> display.rungs, display.ax_.get_xlabel()
    ([1, 3, 9], 'epochs')
    """

    def __init__(
        self,
        *,
        trial_ids: Indices,
        resources: Indices,
        scores: Array,
        kinds: NDArray[np.str_],
        rungs: Sequence[int],
        best: int | None = None,
        score_name: str = "score",
        resource_name: str = "resource",
    ) -> None:
        self.trial_ids = np.asarray(trial_ids)
        self.resources = np.asarray(resources)
        self.scores = np.asarray(scores, dtype=float)
        self.kinds = np.asarray(kinds)
        self.rungs = list(rungs)
        self.best = best
        self.score_name = score_name
        self.resource_name = resource_name

    @classmethod
    def from_search(
        cls, search: Any, *, score: str | None = None
    ) -> "TrainingCurvesDisplay":
        """Read a fitted search.

        Parameters
        ----------
        search : estimator
            Such as `sksearch.HyperbandSearchCV` or scikit-learn's
            ``HalvingRandomSearchCV``.
        score : str, default=None
            The name of a score; None is the first objective.

        Returns
        -------
        display : TrainingCurvesDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no results.
        ValueError
            If there is no such score, or all were trained with one resource.
        """
        history, best = read_search(search)
        given = Candidates.from_history(history, score_label(search))
        best = history.incumbent() if best is None else best
        return cls._of(history, given, score, best, _resource_name(search))

    @classmethod
    def from_history(
        cls,
        history: History,
        *,
        score: str | None = None,
        resource_name: str = "resource",
    ) -> "TrainingCurvesDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log.
        score : str, default=None
            The name of a score; None is the first objective.
        resource_name : str, default="resource"
            What the resource is.

        Returns
        -------
        display : TrainingCurvesDisplay
            Not drawn yet.

        Raises
        ------
        ValueError
            If there is no result, no such score, or all were trained with one resource.
        """
        given, best = Candidates.from_history(history), history.incumbent()
        return cls._of(history, given, score, best, resource_name)

    @classmethod
    def _of(
        cls,
        history: History,
        given: Candidates,
        score: str | None,
        best: int | None,
        resource_name: str,
    ) -> "TrainingCurvesDisplay":
        name = given.check_score(score)
        curves = _curves(history, given, name)
        points = [(i, r, y) for i, curve in curves.items() for r, y in curve.items()]
        trial_ids, resources, scores = map(np.array, zip(*points, strict=True))
        if len(set(resources.tolist())) < 2:
            raise ValueError(
                f"All candidates were trained with {resource_name}={resources[0]}, so "
                "there is no curve. HyperbandSearchCV and PopulationSearchCV make some."
            )
        last = dict(zip(given.trial_ids.tolist(), given.kinds, strict=True))
        return cls(
            trial_ids=trial_ids,
            resources=resources,
            scores=scores,
            kinds=np.array([last[i] for i in trial_ids.tolist()]),
            rungs=sorted(set(given.resources.tolist())),
            best=best,
            score_name=name,
            resource_name=resource_name,
        )

    def plot(self, ax: Any = None) -> "TrainingCurvesDisplay":
        """Draw a line for each candidate, and the best one on top.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        self : TrainingCurvesDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = layout.new_axes(ax)
        ids, last = np.unique(self.trial_ids[::-1], return_index=True)
        last = len(self.trial_ids) - 1 - last
        self._draw_lines(ax, ids, self.kinds[last])
        bottom = layout.lower_limit(self.scores)
        at, scores = self.resources[last].astype(float), self.scores[last]
        look.draw_candidates(ax, at, scores, self.kinds[last], bottom=bottom)
        self._draw_best(ax)
        self._scale(ax)
        name_axes(ax, x=self.resource_name, y=self.score_name)
        layout.style(ax)
        layout.begin_at(ax, bottom=bottom)
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _line(self, trial_id: int) -> Array:
        """Return the points of one candidate that have a score, shape (n, 2)."""
        here = (self.trial_ids == trial_id) & np.isfinite(self.scores)
        return np.column_stack([self.resources[here], self.scores[here]])

    def _draw_lines(self, ax: Any, ids: Indices, kinds: NDArray[np.str_]) -> None:
        collections = import_extra("matplotlib.collections", "A plot")
        faint = float(np.clip(20.0 / len(ids), 0.25, 0.8))
        for kind, line in _LINES.items():
            lines = [self._line(i) for i in ids[kinds == kind]]
            lines = [points for points in lines if len(points) > 1]
            if lines:
                settings = {"linewidths": 1.0, "alpha": faint, "zorder": 1.5, **line}
                ax.add_collection(collections.LineCollection(lines, **settings))

    def _draw_best(self, ax: Any) -> None:
        if self.best is None:
            return
        x, y = self._line(self.best).T
        ax.plot(x, y, color=look.VERMILION, linewidth=2.0, zorder=3.5)
        look.draw_star(ax, x[-1:], y[-1:], "best")

    def _scale(self, ax: Any) -> None:
        low, high = self.resources.min(), self.resources.max()
        if high >= 8 * low:
            ticks.log_axis(ax, low, high)
        if len(self.rungs) <= _MOST_TICKS:
            ax.set_xticks(self.rungs, [str(rung) for rung in self.rungs])
            ax.set_xticks([], minor=True)

    def frame(self) -> Any:
        """Return the numbers behind the picture.

        Returns
        -------
        frame : pandas.DataFrame of n rows
            ``candidate``, ``resource``, the score by its name, ``kind``, ``is_rung``
            and ``best``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        return import_extra("pandas", "frame()").DataFrame(
            {
                "candidate": self.trial_ids,
                "resource": self.resources,
                self.score_name: self.scores,
                "kind": self.kinds,
                "is_rung": np.isin(self.resources, self.rungs),
                "best": self.trial_ids == self.best,
            }
        )


def _resource_name(search: Any) -> str:
    """Return what a search trained with; of one that chose nothing no more is known."""
    asked = getattr(search, "resource", "auto")
    chosen = getattr(search, "resource_", asked)
    return "resource" if chosen == "auto" else str(chosen)


def _curves(
    history: History, given: Candidates, name: str
) -> dict[int, dict[int, float]]:
    """Return each candidate's scores by resource, ascending."""
    curves: dict[int, dict[int, float]] = {}
    rows = zip(given.trial_ids.tolist(), given.resources.tolist(), strict=True)
    for (trial_id, resource), score in zip(rows, given.means[name], strict=True):
        folds = list(history.evaluations(trial_id, resource).values())
        curve = curves.setdefault(trial_id, {})
        curve |= {
            r: y for r, y in _told([e.curve for e in folds], name) if r not in curve
        }
        curve[resource] = float(score)
    for trial_id, curve in curves.items():
        # Who has taken over from another begins where that one was.
        for parent, resource in history.inherited(trial_id)[-1:]:
            curve[resource] = curves[parent.id][resource]
    return {i: dict(sorted(curve.items())) for i, curve in curves.items()}


def _told(
    curves: Sequence[Mapping[int, Mapping[str, float]]], name: str
) -> list[tuple[int, float]]:
    """Return the means of what all folds tell."""
    shared = set.intersection(*map(set, curves)) if curves else set()
    return [
        (resource, float(np.mean([_named(curve[resource], name) for curve in curves])))
        for resource in sorted(shared)
    ]


def _named(scores: Mapping[str, float], name: str) -> float:
    # A single score may be called otherwise in a picture.
    return next(iter(scores.values())) if len(scores) == 1 else scores[name]
