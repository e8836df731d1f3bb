"""From models to a proposal: the end that all optimizers with models share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History
from sksearch.optimizers._acquisition import Acquisition, Improvement, Term
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._candidates import Params, broad
from sksearch.optimizers._cost import fit_cost
from sksearch.optimizers._maximize import maximize
from sksearch.optimizers._models import Data, Model, tags_of
from sksearch.optimizers._prior import believed
from sksearch.surrogates import GaussianProcess

__all__ = ["Outlook", "propose"]

Array = NDArray[np.float64]
Candidates = Callable[[History, Sequence[Params], np.random.Generator], Array]

_N_PARENTS = 5


@dataclass(frozen=True)
class Outlook:
    """What is to be gained by a point, and near which points to look.

    Parameters
    ----------
    gain : sequence of Term
        Empty where no trial meets the constraints: nothing else counts then.
    parents : sequence of dict
        The best points, best first.
    """

    gain: Sequence[Term]
    parents: Sequence[Params]

    @classmethod
    def of_one(cls, data: Data, model: Model) -> "Outlook":
        """Return what one output promises.

        Parameters
        ----------
        data : Data
            What was observed.
        model : Model
            Of the output; it may be of more than this search.

        Returns
        -------
        outlook : Outlook
            Its bar is the best mean, so that no single lucky score sets it.
        """
        rows = data.newest_rows()
        meets = data.seen.meets_bounds[rows]
        mean, _ = model.predict(data.X[rows])
        best = np.lexsort((-mean, ~meets))[:_N_PARENTS].tolist()
        parents = [data.seen.trials[rows[i]].params for i in best]
        if not meets.any():
            return cls([], parents)
        conditioned = model.condition(data.pending())
        return cls([Improvement(conditioned, float(mean[meets].max()))], parents)


def propose(
    data: Data,
    outlook: Outlook,
    fits: Mapping[str, GaussianProcess],
    rng: np.random.Generator,
    cost_budget: int | None = None,
    candidates: Candidates = broad,
) -> Proposal | None:
    """Return the best new point, by all that counts beside what it gains.

    Parameters
    ----------
    data : Data
        What was observed.
    outlook : Outlook
        What is to be gained, and where to look.
    fits : dict of str to GaussianProcess
        The models whose hyper-parameters the next fits begin with, by name.
    rng : numpy.random.Generator
        The only source of randomness.
    cost_budget : int or None, default=None
        As of `Bayesian`.
    candidates : callable, default=broad
        From a history, the points near which to look and a generator to encoded points.

    Returns
    -------
    proposal : Proposal or None
        None if every candidate has been tried.
    """
    history, bounds = data.history, data.bounds()
    terms: list[Term] = [*outlook.gain, *data.success(), *bounds.values()]
    if cost_budget is not None:
        trials = [data.seen.trials[row] for row in data.newest_rows()]
        terms += fit_cost(history, trials, cost_budget)
    if history.space.prior is not None:
        terms += believed(history, data.X, data.seen.standing)
    X = candidates(history, outlook.parents, rng)
    params = maximize(Acquisition(terms), X, history.space, history.keys, rng)
    if params is None:
        return None
    others = {name: bound.process for name, bound in bounds.items()}
    return Proposal(params, tags_of({**fits, **others}))
