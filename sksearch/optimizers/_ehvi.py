"""Several objectives: what the front is expected to gain from one more point."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sksearch._pareto import nondominated_boxes, preferred
from sksearch.history import History
from sksearch.optimizers._acquisition import HypervolumeImprovement
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._corner import guessed_corner
from sksearch.optimizers._design import InitialSize, ask_model, check_n_initial
from sksearch.optimizers._models import Data
from sksearch.optimizers._observations import as_seen
from sksearch.optimizers._parego import suggest_weighted
from sksearch.optimizers._propose import Outlook, propose
from sksearch.surrogates import GaussianProcess

__all__ = ["EHVI"]

Array = NDArray[np.float64]

_N_PARENTS = 8  # of the front: candidates are drawn near them


@dataclass(frozen=True)
class EHVI:
    """Propose the point from which the hypervolume is expected to gain most.

    One Gaussian process for each objective, as in `Bayesian`, independent of each
    other; the expected hypervolume improvement of their product is exact, a sum over
    the boxes into which the region that no point dominates is divided [1]_. The front
    is that of the posterior means, so that no single lucky score is on it. The
    reference point lies below the worst scores that are no outliers, unless it is
    given; on rungs below the worst of those trained far, in what training changes.
    While it is not given, half of the proposals are those of `ParEGO`. Objectives that
    do not vary have no say.

    Parameters
    ----------
    n_initial : int or "auto", default="auto"
        Trials before the model takes over: with "auto" two for each dimension of
        the space, but from 5 to 10.
    reference_point : tuple of float or None, default=None
        The scores above which objectives count, in their order; None leaves it to
        what was seen.
    cost_budget : int or None, default=None
        As of `Bayesian`.

    References
    ----------
    .. [1] K. Yang, M. Emmerich, A. Deutz and T. Bäck, "Efficient computation of
       expected hypervolume improvement using box decomposition algorithms", Journal
       of Global Optimization, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.optimizers import EHVI
    >>> from sksearch.space import Real, SearchSpace
    >>> space = SearchSpace({"x": Real(0.0, 1.0)})
    >>> history = History(space, seed=0, n_splits=1, objectives=["low", "high"])
    >>> for i in range(12):
    ...     proposal = EHVI().ask(history, np.random.default_rng(i))
    ...     history.record(Trial(i, proposal.params, tags=proposal.tags))
    ...     x = proposal.params["x"]
    ...     scores = {"low": -((x - 0.2) ** 2), "high": -((x - 0.4) ** 2)}
    ...     history.record(Evaluation(i, 1, fold=0, scores=scores))
    >>> proposal = EHVI().ask(history, np.random.default_rng(12))
    >>> bool(0.2 <= proposal.params["x"] <= 0.4)
    True
    """

    n_initial: InitialSize = "auto"
    reference_point: tuple[float, ...] | None = None
    cost_budget: int | None = None

    max_pending: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check_n_initial(self.n_initial)

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the next trial.

        Parameters
        ----------
        history : History
            The log so far; trials that are unfinished count as observed where the
            models expect them.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        proposal : Proposal or None
            None when every point of a finite space has been tried.
        """
        return ask_model(self._suggest, history, rng, self.n_initial)

    def _suggest(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Take turns, unless it is known from where on objectives count.

        A reference point that is guessed is too far or too near. From afar the ends of
        a front weigh most, and from three objectives on most of a front is near its
        ends. Random weights look between them, whatever the reference point is.
        """
        # By a coin: in a fixed order one of the two would get all the trials at which
        # models are fitted anew, and the other none.
        if self.reference_point is None and rng.random() < 0.5:
            proposal = suggest_weighted(history, rng, self.cost_budget)
        else:
            proposal = self._improve_volume(history, rng)
        return proposal and _with_earlier_models(history, proposal)

    def _improve_volume(
        self, history: History, rng: np.random.Generator
    ) -> Proposal | None:
        """Go from data to models, and from there to a proposal."""
        data = Data.of(history, rng)
        goals = _varying(data, len(history.goals))
        corner = self._corner(data, goals)
        fits = {
            str(j): data.fit(
                str(j), data.seen.outputs[:, j], data.seen.variances[:, j], low
            )
            for j, low in zip(goals, corner.tolist(), strict=True)
        }
        outlook = _outlook(data, list(fits.values()), corner)
        return propose(data, outlook, fits, rng, self.cost_budget)

    def _corner(self, data: Data, goals: list[int]) -> Array:
        """Return the point above which objectives count."""
        if self.reference_point is None:
            return guessed_corner(data)[goals]
        names, values = data.history.goals, self.reference_point
        return np.array(
            [as_seen(data.history, names[j], np.array(values[j])) for j in goals]
        )


def _outlook(data: Data, fits: Sequence[GaussianProcess], corner: Array) -> Outlook:
    """Return what the hypervolume promises to gain, and the points of the front."""
    rows = data.newest_rows()
    meets = data.seen.meets_bounds[rows]
    models = [data.at_target(process) for process in fits]
    means = np.column_stack([model.predict(data.X[rows])[0] for model in models])
    parents = [data.seen.trials[rows[i]].params for i in _best(means, meets)]
    if not meets.any():
        return Outlook([], parents)
    pending = data.pending()
    expected = [model.predict(pending)[0] for model in models]
    front = np.concatenate([means[meets], np.column_stack(expected)])
    boxes = nondominated_boxes(front, corner)
    conditioned = [model.condition(pending) for model in models]
    return Outlook([HypervolumeImprovement(conditioned, boxes)], parents)


def _varying(data: Data, n_goals: int) -> list[int]:
    """Return the objectives that have something to tell."""
    spans = np.ptp(data.seen.outputs[:, :n_goals], axis=0)
    return np.flatnonzero(spans > 0.0).tolist()


def _with_earlier_models(history: History, proposal: Proposal) -> Proposal:
    """Keep the models of the other turn: the next fits begin with them."""
    newest = next((t for t in reversed(history.trials) if "models" in t.tags), None)
    earlier = newest.tags["models"] if newest else {}
    models = {**earlier, **proposal.tags["models"]}
    return replace(proposal, tags={**proposal.tags, "models": models})


def _best(means: Array, meets: NDArray[np.bool_]) -> Sequence[int]:
    """Return the first of what meets the constraints, in order of preference."""
    best: list[int] = []
    others: list[int] = []
    for row in preferred(means):  # volumes take long: those of far ranks nobody needs
        (best if meets[row] else others).append(row)
        if len(best) == _N_PARENTS:
            break
    return [*best, *others][:_N_PARENTS]
