"""Which parameters matter, and how sure that is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from sksearch._score_model import (
    ScoreModel,
    share_errors,
    shares_of,
    with_seen_space,
)
from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays._candidates import Candidates, score_label
from sksearch.displays._extras import import_extra
from sksearch.displays._foreign import read_search
from sksearch.displays._ink import ink
from sksearch.displays._labels import name_axes, short_names
from sksearch.history import History

__all__ = ["ParameterImportanceDisplay"]

Array = NDArray[np.float64]


class ParameterImportanceDisplay:
    """The share of each parameter in how much scores vary over the space.

    A share is a total effect: what a parameter does together with others counts for
    each of them, so that shares may add up to more than 1. It is that of
    `sksearch.report.importances`. It is best made by `from_search` or `from_history`.

    Parameters
    ----------
    names : sequence of str
        The parameters.
    importances : ndarray of shape (n_parameters,)
        Their shares.
    standard_errors : ndarray of shape (n_parameters,)
        How far shares would be elsewhere, had other candidates been tried.
    score_name : str, default="score"
        Of which score.
    confidence : float, default=0.9
        What the intervals are to hold.

    Attributes
    ----------
    low, high : ndarray of shape (n_parameters,)
        The ends of the intervals, of a normal distribution, not below 0.
    ax_ : Axes
        What was drawn on. After `plot` only.
    figure_ : Figure
        Its figure. After `plot` only.

    See Also
    --------
    ParameterEffectsDisplay : How parameters matter.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.displays import ParameterImportanceDisplay
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.space import Real, SearchSpace
    >>> space = SearchSpace({"a": Real(0.0, 1.0), "b": Real(0.0, 1.0)})
    >>> history, rng = History(space, seed=0, n_splits=1), np.random.default_rng(0)
    >>> for number in range(20):
    ...     params = space.sample(rng)
    ...     history.record(Trial(number, params))
    ...     history.record(Evaluation(number, 1, 0, {"score": -params["b"]}))
    >>> display = ParameterImportanceDisplay.from_history(history)
    >>> display.names, display.importances.round(1).tolist()
    (['b', 'a'], [1.0, 0.0])
    """

    def __init__(
        self,
        *,
        names: Sequence[str],
        importances: Array,
        standard_errors: Array,
        score_name: str = "score",
        confidence: float = 0.9,
    ) -> None:
        if not 0.0 < confidence < 1.0:
            raise ValueError(f"confidence={confidence!r} must lie between 0 and 1.")
        self.names = list(names)
        self.importances = np.asarray(importances, dtype=float)
        self.standard_errors = np.asarray(standard_errors, dtype=float)
        self.score_name = score_name
        self.confidence = confidence
        half = norm.ppf(0.5 + 0.5 * confidence) * self.standard_errors
        self.low = np.maximum(self.importances - half, 0.0)
        self.high = self.importances + half

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        score: str | None = None,
        confidence: float = 0.9,
        n_refits: int = 20,
        seed: int = 0,
    ) -> "ParameterImportanceDisplay":
        """Read a fitted search.

        Parameters
        ----------
        search : estimator
            A search of this package or of scikit-learn. Of the latter that space counts
            which `param_distributions` or `param_grid` say: of a grid its points.
        score : str, default=None
            The name of a score; None is the first objective.
        confidence : float, default=0.9
            What the intervals are to hold.
        n_refits : int, default=20
            How many models make the intervals, each of three quarters of the
            candidates (of at most 150).
        seed : int, default=0
            Of the draws, and of the points at which the models are asked.

        Returns
        -------
        display : ParameterImportanceDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no results.
        ValueError
            If fewer than ten candidates are complete, or all scores are equal.
        """
        history, _ = read_search(search)
        label = score_label(search)
        return cls._of(history, label, score, confidence, n_refits, seed)

    @classmethod
    def from_history(
        cls,
        history: History,
        *,
        score: str | None = None,
        confidence: float = 0.9,
        n_refits: int = 20,
        seed: int = 0,
    ) -> "ParameterImportanceDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log. Without its space, as `History.load` reads it, that space counts
            which was seen: the ranges of numbers and the choices that were tried.
        score : str, default=None
            The name of a score; None is the first objective.
        confidence : float, default=0.9
            What the intervals are to hold.
        n_refits : int, default=20
            As of `from_search`.
        seed : int, default=0
            As of `from_search`.

        Returns
        -------
        display : ParameterImportanceDisplay
            Not drawn yet.

        Raises
        ------
        ValueError
            If fewer than ten candidates are complete, or all scores are equal.
        """
        return cls._of(history, "score", score, confidence, n_refits, seed)

    @classmethod
    def _of(
        cls,
        history: History,
        label: str,
        score: str | None,
        confidence: float,
        n_refits: int,
        seed: int,
    ) -> "ParameterImportanceDisplay":
        if n_refits < 2:
            raise ValueError(
                f"n_refits={n_refits} must be 2 or more: they are compared."
            )
        history = with_seen_space(history)
        name = Candidates.from_history(history, label).check_score(score)
        model = ScoreModel.fit(history, None if score is None else name)
        shares = shares_of(model, seed)
        errors: Mapping[str, float] = share_errors(model, n_refits=n_refits, seed=seed)
        return cls(
            names=list(shares),
            importances=np.array(list(shares.values())),
            standard_errors=np.array([errors[parameter] for parameter in shares]),
            score_name=name,
            confidence=confidence,
        )

    def plot(
        self, ax: Any = None, *, max_parameters: int | None = None
    ) -> "ParameterImportanceDisplay":
        """Draw a bar with an interval for each parameter, the largest on top.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.
        max_parameters : int, default=None
            How many are drawn; None is all.

        Returns
        -------
        self : ParameterImportanceDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        n = len(self.names[:max_parameters])
        ax = layout.new_axes(ax, (6.4, 1.2 + 0.35 * n))
        where = np.arange(n)
        shares, low, high = self.importances[:n], self.low[:n], self.high[:n]
        ax.barh(where, shares, height=0.6, color=look.SKY)
        ax.errorbar(
            shares,
            where,
            xerr=np.stack([shares - np.minimum(low, shares), high - shares]),
            fmt="o",
            markersize=3.5,
            color=ink(ax),
            linewidth=1.2,
            capsize=3,
        )
        ax.set_yticks(where, short_names(self.names)[:n], parse_math=False)
        ax.set_ylim(n - 0.5, -0.5)
        told = f"importance for {self.score_name}"
        name_axes(ax, x=f"{told}, with {100 * self.confidence:g} % intervals")
        ax.set_xlim(left=0.0)
        layout.style(ax)
        ax.grid(False, axis="y")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> Any:
        """Return the numbers behind the picture.

        Returns
        -------
        frame : pandas.DataFrame of n_parameters rows
            ``parameter``, ``importance``, ``standard_error``, ``low`` and ``high``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        return import_extra("pandas", "frame()").DataFrame(
            {
                "parameter": self.names,
                "importance": self.importances,
                "standard_error": self.standard_errors,
                "low": self.low,
                "high": self.high,
            }
        )
