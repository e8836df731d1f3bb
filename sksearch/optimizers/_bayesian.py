"""Bayesian optimization: a Gaussian process says where an improvement is likely."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sksearch._blas import blas_limited_to
from sksearch.history import History, Trial
from sksearch.optimizers._acquisition import Acquisition
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._candidates import (
    LARGEST_GRID,
    Candidates,
    Params,
    mutations,
    pool,
)
from sksearch.optimizers._maximize import maximize
from sksearch.optimizers._sobol import Sobol
from sksearch.space import SearchSpace
from sksearch.surrogates import Feasibility, GaussianProcess, Hyperparameters

__all__ = ["Bayesian"]

Array = NDArray[np.float64]

_MAX_FAILED = 100
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

    # Measured after 50 trials: two cost nothing, with four regret is a quarter larger.
    max_pending: ClassVar[int] = 2

    def __post_init__(self) -> None:
        n: object = self.n_initial
        if n != "auto" and not (isinstance(n, int) and n >= 1):
            raise ValueError(
                f"n_initial={n!r} must be an integer of at least 1. "
                "Pass 'auto' to leave it to the number of dimensions."
            )

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
            with blas_limited_to(1), np.errstate(all="ignore"):
                proposal = _suggest(history, rng)
        except Exception:  # whatever it is: a model never ends a search
            proposal = None
        return proposal or Sobol().ask(history, rng)

    def _knows_too_little(self, history: History) -> bool:
        n_observed = len(history.observed())
        n_known = n_observed + len(history.pending())
        return n_observed < 3 or n_known < self._n_initial(history)

    def _n_initial(self, history: History) -> int:
        if isinstance(self.n_initial, str):
            return min(max(5, history.space.n_coordinates + 1), 10)
        return self.n_initial


def _suggest(history: History, rng: np.random.Generator) -> Proposal | None:
    """Go from data to model, acquisition, candidates, and the best of these."""
    space, observed = history.space, _informative(history, rng)
    X, X_failed = _encode(space, observed), _encode(space, _failed(history))
    y = [history.score(trial.id) for trial in observed]
    process = _fit(history, X, y, X_failed)
    mean, _ = process.predict(X)  # no single lucky score sets the bar
    acquisition = Acquisition(
        process.condition(_encode(space, history.pending())),
        float(mean.max()),
        _feasibility(space, X, X_failed),
    )
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


def _encode(space: SearchSpace, trials: list[Trial]) -> Array:
    return space.encode([trial.params for trial in trials])


def _failed(history: History) -> list[Trial]:
    """Return the newest trials that failed; one that was stopped did not."""
    failed = (t for t in history.failed() if history.status(t.id) != "stopped")
    return list(failed)[-_MAX_FAILED:]


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
    default = Hyperparameters.default(len(set(history.space.groups.tolist())))
    for tags in (trial.tags for trial in reversed(history.trials)):
        if tags.get("by") == "gp":
            lengthscales = tuple(tags["lengthscales"])
            newest = Hyperparameters(lengthscales, tags["scale"], tags["noise"])
            if len(lengthscales) != len(default.lengthscales):
                break  # the log of a version that encodes otherwise
            return [newest] if len(history.trials) % 10 else [newest, default]
    return [default]


def _fit(
    history: History, X: Array, y: list[float], X_failed: Array
) -> GaussianProcess:
    """Fit the scores; failures count as the worst of them unless they prevail."""
    if len(X_failed) <= len(X):
        X, y = np.concatenate([X, X_failed]), y + [min(y)] * len(X_failed)
    return GaussianProcess.fit(X, y, history.space.groups, _starts(history))


def _feasibility(space: SearchSpace, X: Array, X_failed: Array) -> Feasibility | None:
    if not len(X_failed):
        return None
    succeeded = np.arange(len(X) + len(X_failed)) < len(X)
    return Feasibility.fit(np.concatenate([X, X_failed]), succeeded, space.groups)


def _candidates(
    history: History, best: list[Params], rng: np.random.Generator
) -> Candidates:
    space = history.space
    if space.size <= LARGEST_GRID:
        return pool(space, history.seed, 0)
    block = len(history.trials) % _N_BLOCKS
    return pool(space, history.seed, block) + mutations(space, best, rng, 20, 0.1)
