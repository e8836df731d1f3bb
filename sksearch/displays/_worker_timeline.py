"""Who fitted what when."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch._cost import is_fit, worker_seconds
from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays import _ticks as ticks
from sksearch.displays._candidates import history_of
from sksearch.displays._extras import import_extra
from sksearch.displays._ink import ink, paper
from sksearch.displays._labels import legend_above, name_axes
from sksearch.history import Evaluation, History

__all__ = ["WorkerTimelineDisplay"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_MOST_NAMES = 12  # rows with a name
_HEIGHT = 0.8  # of a row
_NARROW = 0.04  # inches
_BARS = {"fit": look.SKY, "best": look.BLUE, "failed": look.VERMILION}


class WorkerTimelineDisplay:
    """Which worker fitted which candidate when, and when it had nothing to do.

    A bar is one fit on one fold, with its scoring. The grey of a row is the time in
    which its worker was idle, or busy with what is in no log: starting, loading data,
    and fits that were called off. A worker that had to be replaced has two rows. It is
    best made by `from_search` or `from_history`.

    Parameters
    ----------
    workers : sequence of str
        One for each row, in the order of their first fits.
    rows : ndarray of int of shape (n_fits,)
        The worker of each fit.
    starts, ends : ndarray of shape (n_fits,)
        In seconds since the search began.
    trial_ids, resources, folds : ndarray of int of shape (n_fits,)
        What was fitted.
    status : ndarray of str of shape (n_fits,)
        "ok", "failed", "timed_out", "out_of_memory" or "worker_died".
    best : int, default=None
        The best candidate.

    Attributes
    ----------
    busy : ndarray of shape (n_workers,)
        The share of the time from the first start to the last end of all in which each
        worker fitted or scored.
    ax_ : Axes
        What was drawn on. After `plot` only.
    figure_ : Figure
        Its figure. After `plot` only.

    See Also
    --------
    OptimizationHistoryDisplay : Scores by time.

    Examples
    --------
    >>> from sksearch.displays import WorkerTimelineDisplay
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=2)
    >>> history.record(Trial(0, {"C": 10}))
    >>> for fold, start in enumerate([0.0, 3.0]):
    ...     times = {"started": start, "fit_time": 1.0, "score_time": 0.0}
    ...     fit = Evaluation(0, 1, fold, {"score": 0.9}, worker="12", **times)
    ...     history.record(fit)
    >>> display = WorkerTimelineDisplay.from_history(history)
    >>> display.workers, display.busy.tolist()
    (['12'], [0.5])
    """

    def __init__(
        self,
        *,
        workers: Sequence[str],
        rows: Indices,
        starts: Array,
        ends: Array,
        trial_ids: Indices,
        resources: Indices,
        folds: Indices,
        status: NDArray[np.str_],
        best: int | None = None,
    ) -> None:
        self.workers = list(workers)
        self.rows = np.asarray(rows)
        self.starts = np.asarray(starts, dtype=float)
        self.ends = np.asarray(ends, dtype=float)
        self.trial_ids = np.asarray(trial_ids)
        self.resources = np.asarray(resources)
        self.folds = np.asarray(folds)
        self.status = np.asarray(status)
        self.best = best
        self.busy = self._busy()

    @classmethod
    def from_search(cls, search: Any) -> "WorkerTimelineDisplay":
        """Read a fitted search of this package.

        Parameters
        ----------
        search : estimator
            A search with a ``history_``.

        Returns
        -------
        display : WorkerTimelineDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no history; scikit-learn's do not say who fitted what.
        ValueError
            If there is no result, or none has a time.
        """
        return cls.from_history(history_of(search))

    @classmethod
    def from_history(cls, history: History) -> "WorkerTimelineDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log.

        Returns
        -------
        display : WorkerTimelineDisplay
            Not drawn yet.

        Raises
        ------
        ValueError
            If there is no result, or none has a time.
        """
        results = [record for record in history.records if is_fit(record)]
        if not results:
            raise ValueError(
                "The history has no result yet. Wait for the first fit, or pass a "
                "search that was fitted."
            )
        fits = sorted(filter(_has_times, results), key=lambda fit: fit.started)
        if not fits:
            raise ValueError("No result of this history says when it was made.")
        workers = {str(fit.worker): row for row, fit in _first_of_each(fits)}
        return cls(
            workers=list(workers),
            rows=np.array([workers[str(fit.worker)] for fit in fits]),
            starts=np.array([fit.started for fit in fits]),
            ends=np.array([fit.started + worker_seconds(fit) for fit in fits]),
            trial_ids=np.array([fit.trial_id for fit in fits]),
            resources=np.array([fit.resource for fit in fits]),
            folds=np.array([fit.fold for fit in fits]),
            status=np.array([fit.status for fit in fits]),
            best=history.incumbent(),
        )

    def _busy(self) -> Array:
        """Return shares of the whole time; overlaps, as of clocks, count once."""
        whole = self.ends.max() - self.starts.min()
        seconds = np.zeros(len(self.workers))
        for row in range(len(seconds)):
            here = self.rows == row
            starts, ends = self.starts[here], np.maximum.accumulate(self.ends[here])
            before = np.concatenate([[-np.inf], ends[:-1]])
            fresh = ends - np.maximum(starts, before)
            seconds[row] = np.maximum(fresh, 0.0).sum()
        return seconds / whole if whole > 0.0 else np.ones(len(seconds))

    @property
    def kinds(self) -> NDArray[np.str_]:
        """How each bar is drawn: "fit", "best" or "failed"."""
        of_best = self.trial_ids == (-1 if self.best is None else self.best)
        kinds = np.where(of_best, "best", "fit")
        return np.where(self.status == "ok", kinds, "failed")

    def plot(self, ax: Any = None) -> "WorkerTimelineDisplay":
        """Draw a row for each worker, and in it a bar for each fit.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        self : WorkerTimelineDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        n = len(self.workers)
        ax = layout.new_axes(ax, (6.4, 1.3 + 0.32 * min(n, 16)))
        begin, end = self.starts.min(), self.ends.max()
        span = max(float(end - begin), 1e-9)
        idle = [(begin, span)]
        for row in range(n):
            label = "idle" if row == 0 else None
            ax.broken_barh(idle, _band(row), facecolors=[ink(ax, 0.12)], label=label)
        for kind in _BARS:
            self._draw(ax, kind, span)
        ax.set_ylim(n - 0.5, -0.5)
        margin = 0.01 * span
        ax.set_xlim(begin - margin, end + margin)
        self._name_rows(ax)
        layout.style(ax)
        ax.grid(False)
        unit = ticks.time_axis(ax)
        name_axes(ax, x=f"{unit} since the search began", y="worker: share busy")
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw(self, ax: Any, kind: str, span: float) -> None:
        which = self.kinds == kind
        label: str | None = f"failed ({which.sum()})" if kind == "failed" else kind
        for row in sorted(set(self.rows[which].tolist())):
            here = which & (self.rows == row)
            widths = self.ends[here] - self.starts[here]
            bars = list(zip(self.starts[here], widths, strict=True))
            is_narrow = np.median(widths) / span * layout.inches(ax) < _NARROW
            bar = _bar(kind, is_narrow, paper(ax))
            ax.broken_barh(bars, _band(row), label=label, **bar)
            label = None

    def _name_rows(self, ax: Any) -> None:
        n = len(self.workers)
        shown = np.linspace(0, n - 1, min(n, _MOST_NAMES)).round().astype(int)
        names = [f"{row + 1}: {self.busy[row]:.0%}" for row in shown]
        small = 8.3 if layout.inches(ax) > 3.0 else 7.0
        ax.set_yticks(shown, names, fontsize=small)
        ax.tick_params(axis="y", length=0)

    def frame(self) -> Any:
        """Return the numbers behind the picture.

        Returns
        -------
        frame : pandas.DataFrame of n_fits rows
            ``worker``, ``start``, ``end``, ``candidate``, ``resource``, ``fold``,
            ``status`` and ``best``, by start.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        return import_extra("pandas", "frame()").DataFrame(
            {
                "worker": [self.workers[row] for row in self.rows],
                "start": self.starts,
                "end": self.ends,
                "candidate": self.trial_ids,
                "resource": self.resources,
                "fold": self.folds,
                "status": self.status,
                "best": self.trial_ids == (-1 if self.best is None else self.best),
            }
        )


def _bar(kind: str, is_narrow: bool, behind: Any) -> dict[str, Any]:
    """Return how a bar is drawn; an edge or a hatch would hide a narrow one."""
    color = _BARS[kind]
    if is_narrow:
        return {"facecolors": [color], "linewidths": 0.0}
    if kind == "failed":
        return {"facecolors": [behind], "edgecolors": [color], "hatch": "////"}
    return {"facecolors": [color], "edgecolors": [behind], "linewidths": 0.7}


def _band(row: int) -> tuple[float, float]:
    return row - _HEIGHT / 2, _HEIGHT


def _has_times(fit: Evaluation) -> bool:
    return bool(np.isfinite([fit.started, fit.fit_time]).all())


def _first_of_each(fits: Sequence[Evaluation]) -> list[tuple[int, Evaluation]]:
    """Return the first fit of each worker, with the worker's number."""
    first: dict[str, Evaluation] = {}
    for fit in fits:
        first.setdefault(str(fit.worker), fit)
    return list(enumerate(first.values()))
