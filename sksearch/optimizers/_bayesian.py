"""Bayesian optimization: a Gaussian process says where an improvement is likely."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from sksearch.history import History, Trial
from sksearch.optimizers._acquisition import Acquisition
from sksearch.optimizers._base import Proposal, space_of
from sksearch.optimizers._candidates import (
    LARGEST_GRID,
    Candidates,
    Params,
    mutations,
    pool,
)
from sksearch.optimizers._maximize import maximize
from sksearch.optimizers._sobol import Sobol
from sksearch.surrogates import Feasibility, GaussianProcess, Hyperparameters

__all__ = ["Bayesian"]

Array = NDArray[np.float64]

_N_BLOCKS = 4  # of Sobol candidates, taken in turn


@dataclass(frozen=True)
class Bayesian:
    """Propose the point from which a Gaussian process expects the largest improvement.

    The first points are a Sobol design; so is every point for which the model fails.

    Parameters
    ----------
    n_initial : int or "auto", default="auto"
        Trials before the model takes over: with "auto" one more than the space has
        dimensions, but from 5 to 10.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.optimizers import Bayesian
    >>> from sksearch.space import Real, SearchSpace
    >>> history = History(SearchSpace({"x": Real(0.0, 1.0)}), seed=0, n_splits=1)
    >>> for i in range(10):
    ...     proposal = Bayesian().ask(history, np.random.default_rng(i))
    ...     history.record(Trial(i, proposal.params, tags=proposal.tags))
    ...     score = -((proposal.params["x"] - 0.3) ** 2)
    ...     history.record(Evaluation(i, 1, fold=0, scores={"score": score}))
    >>> round(history.trials[history.incumbent()].params["x"], 2)
    0.3
    """

    n_initial: int | Literal["auto"] = "auto"

    max_pending: ClassVar[int] = 4

    def ask(self, history: History, rng: np.random.Generator) -> Proposal | None:
        """Propose the next trial.

        Parameters
        ----------
        history : History
            The log so far; trials that are unfinished count as observed where the
            model expects them.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        proposal : Proposal or None
            None when every point of a finite space has been tried.
        """
        if self._knows_too_little(history):
            return Sobol().ask(history, rng)
        try:
            # One thread: for matrices this small more are slower, and the last bits
            # of the answer must not depend on their number.
            with _blas().limit(limits=1), np.errstate(all="ignore"):
                proposal = _suggest(history, rng)
        except (ArithmeticError, np.linalg.LinAlgError):
            proposal = None
        return proposal or Sobol().ask(history, rng)

    def _knows_too_little(self, history: History) -> bool:
        n_observed = len(history.observed())
        n_known = n_observed + len(history.pending())
        return n_observed < 3 or n_known < self._n_initial(history)

    def _n_initial(self, history: History) -> int:
        if isinstance(self.n_initial, int):
            return self.n_initial
        return min(max(5, space_of(history).n_coordinates + 1), 10)


@cache
def _blas() -> Any:
    return ThreadpoolController().select(user_api="blas")


def _suggest(history: History, rng: np.random.Generator) -> Proposal | None:
    """Go from data to model, acquisition, candidates, and the best of these."""
    space, observed = space_of(history), _informative(history, rng)
    X = space.encode([trial.params for trial in observed])
    y = [history.score(trial.id) for trial in observed]
    process = GaussianProcess.fit(X, y, space.groups, _starts(history))
    mean, _ = process.predict(X)  # no single lucky score sets the bar
    acquisition = _acquisition(history, process, X, float(mean.max()))
    best = [observed[i].params for i in np.argsort(-mean, kind="stable")[:5]]
    params = maximize(
        acquisition.value,
        acquisition.value_and_gradient,
        _candidates(history, best, rng),
        space,
        history.keys,
        rng,
    )
    return None if params is None else Proposal(params, _tags(process.hyperparameters))


def _informative(history: History, rng: np.random.Generator) -> list[Trial]:
    """Return the observed trials, or 500 of them: the best, the newest, and others."""
    observed = history.observed()
    if len(observed) <= 500:
        return observed
    ranked = sorted(observed, key=lambda trial: -history.score(trial.id))
    chosen = {trial.id for trial in ranked[:150] + observed[-200:]}
    others = [trial.id for trial in observed if trial.id not in chosen]
    chosen.update(rng.choice(others, 500 - len(chosen), replace=False).tolist())
    return [trial for trial in observed if trial.id in chosen]


def _tags(found: Hyperparameters) -> dict[str, Any]:
    return {
        "by": "gp",
        "lengthscales": list(found.lengthscales),
        "scale": found.scale,
        "noise": found.noise,
    }


def _starts(history: History) -> list[Hyperparameters]:
    """Return the newest fit; every tenth time also what knows nothing."""
    default = Hyperparameters.default(len(set(space_of(history).groups.tolist())))
    for tags in (trial.tags for trial in reversed(history.trials)):
        if tags.get("by") == "gp":
            lengthscales = tuple(tags["lengthscales"])
            newest = Hyperparameters(lengthscales, tags["scale"], tags["noise"])
            return [newest] if len(history.trials) % 10 else [newest, default]
    return [default]


def _acquisition(
    history: History, process: GaussianProcess, X: Array, best: float
) -> Acquisition:
    space, pending = space_of(history), history.pending()
    failed = [t for t in history.failed() if history.status(t.id) != "stopped"]
    feasibility = None
    if failed:
        ends = np.concatenate([X, space.encode([t.params for t in failed])])
        is_failed = np.arange(len(ends)) >= len(X)
        feasibility = Feasibility(ends * process.rates, is_failed, process.rates)
    if pending:
        process = process.condition(space.encode([t.params for t in pending]))
    return Acquisition(process, best, feasibility)


def _candidates(
    history: History, best: list[Params], rng: np.random.Generator
) -> Candidates:
    space = space_of(history)
    if space.size <= LARGEST_GRID:
        return pool(space, history.seed, 0)
    block = len(history.trials) % _N_BLOCKS
    return pool(space, history.seed, block) + mutations(space, best, rng, 40, 0.1)
