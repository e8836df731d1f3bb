"""What each step of training has changed, as the model of a bandit sees it.

Shapes: n steps, d columns of the space.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History

__all__ = [
    "ScoreChanges",
    "Step",
    "in_units",
    "relative_gains",
    "situations",
    "standing",
    "steps_of",
]

Array = NDArray[np.float64]

_MOST = 2.0  # units, in which a disaster is bad enough
_USUAL = 0.9  # the share of changes that say what is large


@dataclass(frozen=True)
class Step:
    """A trial is trained on, from the state of itself or of its parent.

    Parameters
    ----------
    trial_id, resource : int
        Who is trained, and how far.
    before : tuple of (int, int) or None
        Whose state that was, and how far it had been trained; None begins.
    """

    trial_id: int
    resource: int
    before: tuple[int, int] | None


def steps_of(history: History) -> Iterator[Step]:
    """Yield all steps of a log, finished or not, in its order."""
    for trial_id, resource in history.tasks():
        own = [r for r in history.resources(trial_id) if r < resource]
        inherited = history.inherited(trial_id)
        before = None
        if own:
            before = trial_id, own[-1]
        elif inherited:
            before = inherited[-1][0].id, inherited[-1][1]
        yield Step(trial_id, resource, before)


@dataclass(frozen=True, eq=False)
class ScoreChanges:
    """What steps have gained that are done.

    Parameters
    ----------
    times : ndarray of shape (n,)
        The resources at which they ended.
    X : ndarray of shape (n, 1 + d)
        As `situations` has it.
    y : ndarray of shape (n,)
        What each gained more than others of its generation, as `relative_gains` and
        `in_units` have it.
    """

    times: Array
    X: Array
    y: Array

    @classmethod
    def of(cls, history: History, steps: Iterable[Step], most: int) -> "ScoreChanges":
        """Read them from a log; of more than `most` those that trained farthest."""
        generations: dict[int, list[Step]] = {}
        for step in steps:
            if step.trial_id in history.settled(step.resource):
                generations.setdefault(step.resource, []).append(step)
        found: list[tuple[Step, float]] = []
        for resource in sorted(generations):
            here = generations[resource]
            gains = relative_gains(np.array([_gain(history, step) for step in here]))
            found += zip(here, gains.tolist(), strict=True)
        found = [(step, gain) for step, gain in found if np.isfinite(gain)][-most:]
        kept = [step for step, _ in found]
        times, X = situations(history, kept)
        return cls(times, X, in_units(np.array([gain for _, gain in found])))


def situations(history: History, steps: Sequence[Step]) -> tuple[Array, Array]:
    """Return when steps end, and what they begin with.

    Parameters
    ----------
    history : History
        The log.
    steps : sequence of Step
        Of trials that are in it.

    Returns
    -------
    times : ndarray of shape (n,)
        Their resources.
    X : ndarray of shape (n, 1 + d)
        Where the score before stands among those of its resource, from 0 to 1, and the
        encoded parameters.
    """
    params = [history.trials[step.trial_id].params for step in steps]
    X = history.space.encode(params)
    before = [standing(history, step.before) for step in steps]
    times = np.array([step.resource for step in steps], dtype=float)
    return times, np.column_stack([np.array(before, dtype=float), X])


def standing(history: History, before: tuple[int, int] | None) -> float:
    """Return the share of scores at a resource that are lower than a trial's.

    Equal ones count half; a half is also where nothing was trained before.
    """
    if before is None:
        return 0.5
    resource, own = before[1], history.score(*before)
    scores = [history.score(i, resource) for i in history.settled(resource)]
    finite = np.array([score for score in scores if np.isfinite(score)])
    lower, equal = np.sum(finite < own), np.sum(finite == own)
    return float(lower + 0.5 * equal) / len(finite) if len(finite) else 0.5


def _gain(history: History, step: Step) -> float:
    """Return by how much the score has changed, for each unit of the resource.

    Where members begin all are alike, so that what their score was counts for none.
    """
    after = history.score(step.trial_id, step.resource)
    if step.before is None:
        return after / step.resource
    return (after - history.score(*step.before)) / (step.resource - step.before[1])


def relative_gains(gains: Array) -> Array:
    """Compare the gains of one generation with each other.

    Early in training all gain much and late all gain little, whatever they do: a model
    of the gains themselves would have to learn that first. It also lets the first
    generation count, which nobody knows the score before of.

    Parameters
    ----------
    gains : ndarray of shape (n,)
        NaN of those that failed.

    Returns
    -------
    relative : ndarray of shape (n,)
        The distance to the median. Who has failed has the least of all; NaN where all
        have.

    Examples
    --------
    >>> import numpy as np
    >>> relative_gains(np.array([1.0, -50.0, 2.0, np.nan, 3.0])).tolist()
    [-0.5, -51.5, 0.5, -51.5, 1.5]
    """
    known = np.isfinite(gains)
    if not known.any():
        return np.full(len(gains), np.nan)
    return np.where(known, gains, gains[known].min()) - np.median(gains[known])


def in_units(changes: Array) -> Array:
    """Divide changes by how large they usually are, and hold back larger ones.

    One that diverges loses more than any other gains, and would hide all else. The unit
    is one for all generations: where all members do the same, their differences are
    noise, and shall look small.

    Parameters
    ----------
    changes : ndarray of shape (n,)
        Finite.

    Returns
    -------
    z : ndarray of shape (n,)
        From -2 to 2, in units of the root mean square of the smaller nine tenths; the
        last tenth counts as if it were as large as these.

    Examples
    --------
    >>> import numpy as np
    >>> in_units(np.array([-1.0, 1.0, -1.0, 1.0] * 3 + [-1e9])).tolist()[-3:]
    [-1.0, 1.0, -2.0]
    """
    if not changes.any():
        return changes
    sizes = np.abs(changes)
    usual = float(np.quantile(sizes, _USUAL)) or float(sizes.max())
    unit = np.sqrt(np.mean(np.square(np.minimum(sizes / usual, 1.0))))
    return np.asarray(np.clip(changes / usual / unit, -_MOST, _MOST))
