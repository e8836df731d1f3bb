"""Tree-structured Parzen estimation: cheap however long the search is."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sksearch.history import History
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._candidates import Params, pool
from sksearch.optimizers._design import ask_design
from sksearch.optimizers._maximize import best_new
from sksearch.optimizers._observations import Observations, encode
from sksearch.optimizers._prior import believed
from sksearch.optimizers._sobol import Sobol
from sksearch.surrogates import DensityRatio

__all__ = ["TPE"]

_N_INITIAL = 20
_N_BLOCKS = 4  # of Sobol candidates, taken in turn
_N_DRAWS = 24  # as Bergstra et al. have it
_MAX_TRIALS = 1000


@dataclass(frozen=True)
class TPE:
    """Propose the point that looks most like the good trials and least like the others.

    It costs little however long a search is or how many parameters there are, and
    needs more trials than a Gaussian process. Trials that failed count among the
    others.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.optimizers import TPE
    >>> from sksearch.space import Real, SearchSpace
    >>> history = History(SearchSpace({"x": Real(0.0, 1.0)}), seed=0, n_splits=1)
    >>> for i in range(40):
    ...     proposal = TPE().ask(history, np.random.default_rng(i))
    ...     history.record(Trial(i, proposal.params, tags=proposal.tags))
    ...     score = -((proposal.params["x"] - 0.3) ** 2)
    ...     history.record(Evaluation(i, 1, fold=0, scores={"score": score}))
    >>> round(history.trials[history.incumbent()].params["x"], 1)
    0.3
    """

    max_pending: ClassVar[int] = 8

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the next trial.

        Parameters
        ----------
        history : History
            The log so far.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        proposal : Proposal or None
            None when every point of a finite space has been tried.
        """
        seen = Observations.of(history)
        if len(seen) < _N_INITIAL:
            return ask_design(history, rng)
        with np.errstate(all="ignore"):
            # Densities know no resource: as in BOHB, those of the highest one that has
            # enough trials.
            seen = seen.far_enough(_N_INITIAL).thinned(_MAX_TRIALS, rng)
            params = _suggest(history, seen, rng)
        if params is None:
            return Sobol().ask(history, rng)
        return Proposal(params, {"by": "tpe"})


def _suggest(
    history: History, seen: Observations, rng: np.random.Generator
) -> Params | None:
    space = history.space
    y = np.concatenate([seen.standing, np.full(len(seen.failed), -np.inf)])
    X = encode(space, seen.trials + seen.failed)
    ratio = DensityRatio.fit(X, y)
    # Few and drawn: the best of many would stand beside the best trial each time.
    parents = rng.choice(np.array(seen.best(25), dtype=object), _N_DRAWS)
    near = space.neighbours([trial.params for trial in parents], rng, 0.15, 1)
    everywhere = pool(space, history.seed, len(history.trials) % _N_BLOCKS)
    drawn = everywhere[rng.choice(len(everywhere), _N_DRAWS // 2)]
    beliefs = believed(history, X, y)
    best, _ = best_new(
        lambda X: ratio.log_ratio(X) + sum(each.value(X) for each in beliefs),
        np.concatenate([near, drawn]),
        space,
        history.keys,
    )
    return best[0] if best else space.sample(rng, exclude=history.keys)
