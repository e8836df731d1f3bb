"""What the evaluator measures, put where scorers with these names stand."""

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

from sksearch._sklearn_compat import scorers_by_name, with_scorers
from sksearch.evaluation._memory import Peak, get_ready, peak_memory
from sksearch.history import History, Trial
from sksearch.metrics import neg_fit_time, neg_peak_memory

__all__ = ["CostMeter", "fits_with_costs"]


class CostMeter:
    """Measures a fit, as far as its scorer asks for that.

    Parameters
    ----------
    scorer : callable
        With `neg_fit_time` and `neg_peak_memory` in it, or without.
    """

    def __init__(self, scorer: Any) -> None:
        self._scorer = scorer
        self._wants_memory = neg_peak_memory in scorers_by_name(scorer).values()
        self._peak = Peak()
        if self._wants_memory:
            get_ready()

    @contextlib.contextmanager
    def memory(self) -> Any:
        """Measure the memory of a block, where somebody asks for it."""
        if not self._wants_memory:
            yield
            return
        with peak_memory() as self._peak:
            yield

    def scorer(self, seconds: float, before: Mapping[str, float]) -> Any:
        """Return a scorer that knows what was measured.

        Parameters
        ----------
        seconds : float
            How long the fit took.
        before : dict of str to float
            The scores of the training that it went on from.
        """
        scores = {neg_fit_time: -seconds, neg_peak_memory: -float(self._peak.n_bytes)}
        known = {
            name: _Known(measured.total(before.get(name), scores[measured]))
            for name, measured in scorers_by_name(self._scorer).items()
            if measured in scores
        }
        return with_scorers(self._scorer, known) if known else self._scorer


def fits_with_costs(make_fit: Any, evaluator: Any, history: History) -> Any:
    """Return a `make_fit` whose fits know the costs of those that they go on from.

    Parameters
    ----------
    make_fit : callable
        As `run_search` takes it.
    evaluator : Evaluator
        Where it measures no costs, or begins each training anew, `make_fit` stays.
    history : History
        Where the costs stand.

    Returns
    -------
    make_fit : callable
        The same, or one that gives fits the scores of the resource before theirs.
    """
    scorers = scorers_by_name(evaluator.scorer).values()
    measures = neg_fit_time in scorers or neg_peak_memory in scorers
    if not measures or evaluator.train is None or not evaluator.train.continues:
        return make_fit

    def make(trial: Trial, resource: int, fold: int, earlier: tuple[int, ...]) -> Any:
        fit = make_fit(trial, resource, fold, earlier)
        own = [(trial.id, r) for r in earlier]
        path = [(other.id, r) for other, r in history.inherited(trial.id)] + own
        if not path:
            return fit
        done = history.evaluations(*path[-1])[fold]
        return dataclasses.replace(fit, before=done.scores)

    return make


class _Known:
    """A scorer of what was measured."""

    def __init__(self, score: float) -> None:
        self._score = score

    def __call__(self, estimator: Any, *args: Any, **params: Any) -> float:
        return self._score

    def _accept_sample_weight(self) -> bool:
        return True
