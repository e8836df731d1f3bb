"""Bayesian optimization: a Gaussian process says where an improvement is likely."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sksearch._blas import blas_limited_to
from sksearch.history import History
from sksearch.optimizers._acquisition import Acquisition
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._candidates import LARGEST_GRID, Params, pool
from sksearch.optimizers._cost import fit_cost
from sksearch.optimizers._fidelity import AtResource, Resources
from sksearch.optimizers._maximize import maximize
from sksearch.optimizers._observations import Observations, encode
from sksearch.optimizers._sobol import Sobol
from sksearch.space import SearchSpace
from sksearch.surrogates import (
    Feasibility,
    GaussianProcess,
    Hyperparameters,
    compress,
)

__all__ = ["Bayesian"]

Array = NDArray[np.float64]

_MAX_TRIALS = 500  # that the model sees
_N_BLOCKS = 4  # of Sobol candidates, taken in turn


@dataclass(frozen=True)
class Bayesian:
    """Propose the point from which a Gaussian process expects the largest improvement.

    The first points are a Sobol design; so is every point for which the model fails.
    While results get better the whole space is searched. When they have not for a
    while, every other proposal is a neighbour of the best points; in a space of several
    branches it is the next point of the Sobol design, for the model judges a branch
    that it has hardly seen by those that it has. Of a long history the model sees 500
    trials: the best, the newest, and others.

    Parameters
    ----------
    n_initial : int or "auto", default="auto"
        Trials before the model takes over: with "auto" two for each dimension of
        the space, but from 5 to 10.
    cost_budget : int or None, default=None
        Make proposals by their expected improvement per second: fits that take long
        must promise more, the less so the nearer the number of trials is to this one.
        The result then depends on how fast the fits were. None looks at no times.

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
    cost_budget: int | None = None

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
        looks_aside = _has_stalled(history) and len(history.trials) % 2 == 0
        may_be_misled = looks_aside and history.space.n_branches > 1
        if may_be_misled or self._knows_too_little(history):
            return Sobol().ask(history, rng)
        try:
            # One thread: for matrices this small more are slower, and the last bits
            # of the answer must not depend on their number.
            with blas_limited_to(1), np.errstate(all="ignore"):
                proposal = _suggest(history, rng, looks_aside, self.cost_budget)
        except Exception:  # whatever it is: a model never ends a search
            proposal = None
        return proposal or Sobol().ask(history, rng)

    def _knows_too_little(self, history: History) -> bool:
        n_observed = len(history.observed())
        n_known = n_observed + len(history.pending())
        return n_observed < 3 or n_known < self._n_initial(history)

    def _n_initial(self, history: History) -> int:
        if isinstance(self.n_initial, str):
            return min(max(5, 2 * history.space.n_coordinates), 10)
        return self.n_initial


def _suggest(
    history: History,
    rng: np.random.Generator,
    is_local: bool,
    cost_budget: int | None,
) -> Proposal | None:
    """Go from data to model, acquisition, candidates, and the best of these."""
    space = history.space
    seen = Observations.of(history).thinned(_MAX_TRIALS, rng)
    X, X_failed = encode(space, seen.trials), encode(space, seen.failed)
    resources = Resources.of(seen.resources)
    process = _fit(history, seen, X, X_failed, resources)
    model = AtResource(process, resources.target) if resources else process
    known = {trial.id: row for row, trial in enumerate(seen.trials)}
    trials, X = [seen.trials[i] for i in known.values()], X[list(known.values())]
    mean, _ = model.predict(X)  # no single lucky score sets the bar
    acquisition = Acquisition(
        model.condition(encode(space, history.pending())),
        float(mean.max()),
        _feasibility(space, X, X_failed),
        None if cost_budget is None else fit_cost(history, trials, cost_budget),
    )
    best = [trials[i].params for i in np.argsort(-mean, kind="stable")[:5]]
    candidates = _near(space, best, rng) if is_local else _broad(history, best, rng)
    params = maximize(
        acquisition.value,
        acquisition.value_and_gradient,
        candidates,
        space,
        history.keys,
        rng,
    )
    if params is None:
        return None
    return Proposal(params, {**_tags(process.hyperparameters), "is_local": is_local})


# -- the model -----------------------------------------------------------------------


def _fit(
    history: History,
    seen: Observations,
    X: Array,
    X_failed: Array,
    resources: Resources | None,
) -> GaussianProcess:
    """Fit the scores; failures count as the worst of them unless they prevail."""
    y, variances, groups = seen.y, seen.variances, history.space.groups
    if len(X_failed) > len(X):
        X_failed = X_failed[:0]
    X = np.concatenate([X, X_failed])
    y = np.concatenate([y, np.full(len(X_failed), y.min())])
    variances = np.concatenate([variances, np.zeros(len(X_failed))])
    if resources is not None:
        X = resources.beside(X, len(X_failed))
        groups = np.append(groups, groups.max(initial=-1) + 1)
    y, n_lengthscales = compress(y), len(set(groups.tolist()))
    newest = _newest(history, n_lengthscales)
    # Each new result changes less of what is known, and each fit costs more.
    if newest and len(seen) > 100 and len(history.trials) % (len(seen) // 50):
        return GaussianProcess.fixed(X, y, groups, newest, variances)
    starts = _starts(history, newest, n_lengthscales)
    return GaussianProcess.fit(X, y, groups, starts, variances)


def _newest(history: History, n_lengthscales: int) -> Hyperparameters | None:
    """Return the hyper-parameters of the newest proposal."""
    for tags in (trial.tags for trial in reversed(history.trials)):
        if tags.get("by") == "gp":
            lengthscales = tuple(tags["lengthscales"])
            if len(lengthscales) != n_lengthscales:
                break  # before there were resources, or of another encoding
            return Hyperparameters(
                lengthscales, tags["scale"], tags["additive"], tags["noise"]
            )
    return None


def _starts(
    history: History, newest: Hyperparameters | None, n_lengthscales: int
) -> Sequence[Hyperparameters]:
    """Return the newest fit; every tenth time also what knows nothing."""
    default = Hyperparameters.default(n_lengthscales)
    if newest is None:
        return [default]
    return [newest] if len(history.trials) % 10 else [newest, default]


def _tags(found: Hyperparameters) -> dict[str, Any]:
    return {"by": "gp", **asdict(found), "lengthscales": list(found.lengthscales)}


def _feasibility(space: SearchSpace, X: Array, X_failed: Array) -> Feasibility | None:
    if not len(X_failed):
        return None
    succeeded = np.arange(len(X) + len(X_failed)) < len(X)
    return Feasibility.fit(np.concatenate([X, X_failed]), succeeded, space.groups)


# -- the candidates ------------------------------------------------------------------


def _has_stalled(history: History) -> bool:
    """Whether the last results, fifteen or two for each dimension, were no progress.

    Never where trials are trained on: a new one has to catch up first.
    """
    if len({resource for _, resource in history.tasks()}) > 1:
        return False
    incumbent = history.incumbent()
    patience = max(15, 2 * history.space.n_coordinates)
    n_done = len(history.trials) - history.n_unfinished
    return incumbent is not None and n_done - incumbent > patience


def _near(space: SearchSpace, best: list[Params], rng: np.random.Generator) -> Array:
    """Return neighbours of the three best points."""
    return space.neighbours(best[:3], rng, 0.05, 40)


def _broad(history: History, best: list[Params], rng: np.random.Generator) -> Array:
    """Return points everywhere, more of them near the best ones."""
    space = history.space
    if space.size <= LARGEST_GRID:
        return pool(space, history.seed, 0)
    everywhere = pool(space, history.seed, len(history.trials) % _N_BLOCKS)
    return np.concatenate([everywhere, space.neighbours(best, rng, 0.1, 20)])
