"""How much of the space of scores a search came to dominate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.displays import _layout as layout
from sksearch.displays import _look as look
from sksearch.displays import _ticks as ticks
from sksearch.displays._extras import import_extra
from sksearch.displays._labels import name_axes
from sksearch.displays._pareto_front import ParetoFrontDisplay
from sksearch.history import History

__all__ = ["HypervolumeDisplay"]

Array = NDArray[np.float64]


class HypervolumeDisplay:
    """The hypervolume of the front after each candidate.

    It is the volume between a reference point and what the front dominates; it never
    falls. It is best made by `from_search` or `from_history`.

    Parameters
    ----------
    hypervolumes : ndarray of shape (n,)
        After each row of `cv_results_`.
    reference : ndarray of shape (n_objectives,)
        The scores above which they are counted.
    objectives : sequence of str
        Names of the scores.

    Attributes
    ----------
    ax_ : Axes
        What was drawn on. After `plot` only.
    figure_ : Figure
        Its figure. After `plot` only.

    See Also
    --------
    ParetoFrontDisplay : The front itself.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.displays import HypervolumeDisplay
    >>> display = HypervolumeDisplay(
    ...     hypervolumes=np.array([0.0, 0.4, 0.4, 0.7]),
    ...     reference=np.array([0.5, -9.0]),
    ...     objectives=["accuracy", "neg_latency"],
    ... )
    >>> display.plot().ax_.get_ylabel()
    'hypervolume'
    """

    def __init__(
        self, *, hypervolumes: Array, reference: Array, objectives: Sequence[str]
    ) -> None:
        self.hypervolumes = np.asarray(hypervolumes, dtype=float)
        self.reference = np.asarray(reference, dtype=float)
        self.objectives = list(objectives)

    @classmethod
    def from_search(
        cls, search: Any, *, objectives: Sequence[str] | None = None
    ) -> "HypervolumeDisplay":
        """Read a fitted search.

        Parameters
        ----------
        search : estimator
            As of `ParetoFrontDisplay.from_search`.
        objectives : sequence of str, default=None
            Two or more scorers; None is what the search maximised, or all.

        Returns
        -------
        display : HypervolumeDisplay
            Not drawn yet.

        Raises
        ------
        NotFittedError
            If the search has no results.
        ValueError
            If there are fewer than two objectives, or one that is not a score.
        """
        return cls._of(ParetoFrontDisplay.from_search(search, objectives=objectives))

    @classmethod
    def from_history(
        cls, history: History, *, objectives: Sequence[str] | None = None
    ) -> "HypervolumeDisplay":
        """Read the log of a search, which may still run.

        Parameters
        ----------
        history : History
            The log.
        objectives : sequence of str, default=None
            Two or more scorers; None is what the search maximises, or all.

        Returns
        -------
        display : HypervolumeDisplay
            Not drawn yet.

        Raises
        ------
        ValueError
            If there is no result, or fewer than two objectives, or one that is not a
            score.
        """
        return cls._of(ParetoFrontDisplay.from_history(history, objectives=objectives))

    @classmethod
    def _of(cls, front: ParetoFrontDisplay) -> "HypervolumeDisplay":
        return cls(
            hypervolumes=front.hypervolumes,
            reference=front.reference,
            objectives=front.objectives,
        )

    def plot(self, ax: Any = None) -> "HypervolumeDisplay":
        """Draw the hypervolume over the candidates.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        self : HypervolumeDisplay
            With `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = layout.new_axes(ax)
        at = np.arange(1, len(self.hypervolumes) + 1)
        ax.step(at, self.hypervolumes, where="post", color=look.BLUE, linewidth=1.6)
        ax.scatter(at[-1:], self.hypervolumes[-1:], s=20, color=look.BLUE)
        name_axes(ax, x="candidates", y="hypervolume")
        ax.set_ylim(bottom=0.0)
        ticks.whole_ticks(ax)
        layout.style(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def frame(self) -> Any:
        """Return the numbers behind the picture.

        Returns
        -------
        frame : pandas.DataFrame of n rows
            ``hypervolume``, after each row of `cv_results_`.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = import_extra("pandas", "frame()")
        return pandas.DataFrame({"hypervolume": self.hypervolumes})
