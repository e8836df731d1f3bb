"""A search that begins with what earlier searches have found."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sksearch.history import History
from sksearch.optimizers._auto import Auto
from sksearch.optimizers._base import Optimizer, Proposal
from sksearch.optimizers._design import ask_model, knows_too_little
from sksearch.optimizers._models import Data
from sksearch.optimizers._observations import as_seen
from sksearch.optimizers._parego import scalarised
from sksearch.optimizers._propose import Outlook, propose
from sksearch.optimizers._sobol import Sobol
from sksearch.space import SearchSpace
from sksearch.surrogates import (
    Ensemble,
    GaussianProcess,
    compress,
    simplex_weights,
    stack,
)

__all__ = ["Source", "Transfer", "best_of_sources"]

Array = NDArray[np.float64]
Params = Mapping[str, Any]

_MOST_POINTS = 200  # of a source that its model sees
# The part of a source that counts by its order only. Half of what an earlier search has
# seen is nearly as good as its best: with all below it compressed, as is done with what
# this search has seen, little would be left of how a good point differs from a bad one.
_BAD = 0.25
_PATIENCE = 3  # trials that were no better, until others are looked at too
_ENOUGH = 5  # observations from which on they say what sources are worth


@dataclass(frozen=True, eq=False)
class Source:
    """What an earlier search has found, as points of the space that is searched now.

    Parameters
    ----------
    points : sequence of dict
        Legal parameters.
    scores : sequence of float
        One for each; greater is better, in any unit.
    goals : sequence of tuple of float, default=()
        With several objectives their scores, for each point in their order; without
        them the points are known, and what they taught is not.

    Examples
    --------
    >>> from sksearch.optimizers import Source
    >>> Source([{"C": 1.0}, {"C": 10.0}], [0.8, 0.9]).best(1)
    [{'C': 10.0}]
    """

    points: Sequence[Params]
    scores: Sequence[float]
    goals: Sequence[tuple[float, ...]] = ()

    def best(self, n: int) -> list[Params]:
        """Return the n best points, best first."""
        order = np.argsort(-np.asarray(self.scores), kind="stable")[:n]
        return [self.points[row] for row in order]


@dataclass(frozen=True)
class Transfer:
    """Propose by a model of this search and those of earlier ones, as each deserves.

    What processes of earlier searches say, weighted, is where the process of this one
    begins: it learns what they leave. Their weights are those by which the results of
    this search are explained best, see `sksearch.surrogates.stack`. Where they explain
    too little nothing is carried over, and the proposal is that of `optimizer`; but its
    design ends with the fifth result: a model that begins so soon wins back what
    sources may have cost. Once they have counted, while results get no better every
    fourth proposal is the next point of the Sobol design. With several objectives half
    of the proposals are those of `optimizer`; for the others objectives are weighed at
    random, alike in all searches, as by `ParEGO`.

    Parameters
    ----------
    optimizer : Optimizer, default=Auto()
        Which proposes where nothing is carried over. Its `cost_budget`, if it has one,
        holds for all proposals.
    sources : sequence of Source, default=()
        What earlier searches have found.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.optimizers import Source, Transfer
    >>> from sksearch.space import Real, SearchSpace
    >>> points = [{"x": x} for x in np.linspace(0.0, 1.0, 21)]
    >>> source = Source(points, [-((p["x"] - 0.3) ** 2) for p in points])
    >>> optimizer = Transfer(sources=[source])
    >>> history = History(SearchSpace({"x": Real(0.0, 1.0)}), seed=0, n_splits=1)
    >>> for i in range(6):
    ...     proposal = optimizer.ask(history, np.random.default_rng(i))
    ...     history.record(Trial(i, proposal.params, tags=proposal.tags))
    ...     score = -10.0 * (proposal.params["x"] - 0.32) ** 2
    ...     history.record(Evaluation(i, 1, fold=0, scores={"score": score}))
    >>> bool(abs(history.trials[5].params["x"] - 0.31) < 0.02)
    True
    """

    optimizer: Optimizer = field(default_factory=Auto)
    sources: Sequence[Source] = ()

    @property
    def max_pending(self) -> int:
        """How many trials may be unfinished when it is asked."""
        return self.optimizer.max_pending

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
        if not self.sources or len(history.observed()) < _ENOUGH:
            return self.optimizer.ask(history, rng)
        known = _sources_with(self.sources, history)
        if not known:
            return self.optimizer.ask(history, rng)
        if len(history.goals) > 1:
            if rng.random() < 0.5:
                return self.optimizer.ask(history, rng)
        elif len(history.trials) % 4 == 0 and _is_stuck(history) and _is_led(history):
            return Sobol().ask(history, rng)
        suggest = functools.partial(self._suggest, known)
        return ask_model(suggest, history, rng, n_initial=_ENOUGH)

    def _suggest(
        self, sources: Sequence[Source], history: History, rng: np.random.Generator
    ) -> Proposal | None:
        data = Data.of(history, rng)
        climbed = _Climbed.of(data, rng)
        process = data.fit(climbed.name, climbed.y, climbed.variances)
        models = [climbed.model(source, history) for source in sources]
        rest, weights = stack(process, models)
        if not weights.any() and not knows_too_little(history, "auto"):
            return self.optimizer.ask(history, rng)
        model = Ensemble(data.at_target(rest), rest.unit, models, weights.tolist())
        outlook = Outlook.of_one(data, model)
        fits = {climbed.name: process}
        cost_budget = getattr(self.optimizer, "cost_budget", None)
        proposal = propose(data, outlook, fits, rng, cost_budget)
        shares = [round(float(weight), 3) for weight in weights]
        return proposal and replace(proposal, tags={**proposal.tags, "sources": shares})


def _sources_with(sources: Sequence[Source], history: History) -> list[Source]:
    """Return the sources that tell of all that is to be large, and have a model."""
    of_one = len(history.goals) == 1
    told = [source for source in sources if of_one or len(source.goals)]
    return [source for source in told if _model(source, history.space) is not None]


@dataclass(frozen=True, eq=False)
class _Climbed:
    """The one output that a proposal is to make large.

    Parameters
    ----------
    name : str
        Of its model.
    y, variances : ndarray of shape (n,)
        What was observed of it.
    weights : ndarray of shape (q,) or None
        Of the objectives; None where there is one.
    """

    name: str
    y: Array
    variances: Array
    weights: Array | None

    @classmethod
    def of(cls, data: Data, rng: np.random.Generator) -> "_Climbed":
        n = len(data.history.goals)
        Y, variances = data.seen.outputs[:, :n], data.seen.variances[:, :n]
        if n == 1:
            return cls("0", Y[:, 0], variances[:, 0], None)
        weights = simplex_weights(n, rng)
        weighted = scalarised(Y, variances, weights, data.is_far)
        return cls("weighted", *weighted, weights)

    def model(self, source: Source, history: History) -> GaussianProcess:
        """Return the process of a source."""
        process = _model(source, history.space)
        assert process is not None
        if self.weights is None:
            return process
        # Its lengths are those of how good points are in all: to fit them anew for
        # each draw of the weights would cost more than it tells.
        Y = np.array([source.goals[row] for row in _rows_of_all_ranks(source.scores)])
        columns = zip(history.goals, Y.T, strict=True)
        seen = np.column_stack([as_seen(history, *column) for column in columns])
        all_far = np.ones(len(seen), dtype=bool)
        y, _ = scalarised(seen, np.zeros_like(seen), self.weights, all_far)
        X, y = _points(source, history.space), compress(y, float(np.quantile(y, _BAD)))
        known = process.hyperparameters
        return GaussianProcess.fixed(X, y, history.space.groups, known)


def _is_led(history: History) -> bool:
    """Whether sources have counted in any proposal of this search."""
    return any(any(trial.tags.get("sources", ())) for trial in history.trials)


def _is_stuck(history: History) -> bool:
    """Whether the last results were no better.

    Where all that a source likes scores alike, nothing speaks against it, and its
    certainty would keep the search there; and so may what was seen there, when it does
    not count any more. A search that was never led there needs no such way out.
    """
    incumbent = history.incumbent()
    n_done = len(history.trials) - history.n_unfinished
    return incumbent is not None and n_done - incumbent > _PATIENCE


@functools.lru_cache(maxsize=64)
def _model(source: Source, space: SearchSpace) -> GaussianProcess | None:
    """Fit a source once; None where its scores do not vary."""
    y = np.asarray(source.scores, dtype=float)[_rows_of_all_ranks(source.scores)]
    try:
        known = compress(y, float(np.quantile(y, _BAD)))
        return GaussianProcess.fit(_points(source, space), known, space.groups)
    except (ArithmeticError, np.linalg.LinAlgError):
        return None


@functools.lru_cache(maxsize=64)
def _points(source: Source, space: SearchSpace) -> Array:
    rows = _rows_of_all_ranks(source.scores)
    return space.encode([source.points[row] for row in rows])


def _rows_of_all_ranks(scores: Sequence[float]) -> NDArray[np.intp]:
    """Return which points a model sees: of many a part that has all ranks."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    n = min(len(order), _MOST_POINTS)
    return np.sort(order[np.linspace(0, len(order) - 1, n).astype(int)])


def best_of_sources(
    sources: Sequence[Source], space: SearchSpace, n: int
) -> list[Params]:
    """Return points that were good: for each source one of them, or nearly.

    Among the ten best of each source, one after the other that makes the mean over
    sources of the best of those chosen largest, as models of the sources see it, in
    standard units.

    Parameters
    ----------
    sources : sequence of Source
        What earlier searches have found.
    space : SearchSpace
        The space that is searched now.
    n : int
        How many at most.

    Returns
    -------
    points : list of dict
        All different.

    Examples
    --------
    >>> from sksearch.optimizers import Source
    >>> from sksearch.optimizers._transfer import best_of_sources
    >>> from sksearch.space import SearchSpace
    >>> space = SearchSpace({"C": [1, 2, 3, 4]})
    >>> sources = [Source([{"C": 1}, {"C": 2}], [0.0, 1.0])] * 2
    >>> best_of_sources(sources, space, 1)
    [{'C': 2}]
    """
    distinct = {space.key(p): p for source in sources for p in source.best(10)}
    points = list(distinct.values())
    X = space.encode(points)
    chosen: list[int] = []
    table = np.array([_standard(source, space, X) for source in sources])
    reached = np.full(len(sources), -np.inf)
    for _ in range(min(n, len(points))):
        gain = np.maximum(table, reached[:, None]).mean(axis=0)
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
        reached = np.maximum(reached, table[:, chosen[-1]])
    return [points[row] for row in chosen]


def _standard(source: Source, space: SearchSpace, X: Array) -> Array:
    """Return what a source says of points; where it has no model, its best is best."""
    process = _model(source, space)
    if process is None:
        return np.zeros(len(X))
    return (process.predict(X)[0] - process.offset) / process.unit
