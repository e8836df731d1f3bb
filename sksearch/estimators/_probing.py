"""A few fits, spread over the space, that tell how long fits take."""

import collections
import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from sksearch._cost import worker_seconds
from sksearch._records import error_line
from sksearch._search_loop import Search
from sksearch.estimators._budgets import limits_of
from sksearch.estimators._estimate import Timings
from sksearch.evaluation import Evaluator, Fit, configured_workers, open_executor
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Sobol
from sksearch.schedulers import FullEvaluation

__all__ = ["design", "probe", "run_in_turn"]

_Probe = list[Evaluation]  # one candidate on one fold, at each resource


def probe(
    search: Any,
    evaluator: Evaluator,
    history: History,
    n_probes: int,
    resources: Sequence[int],
) -> tuple[Timings, int]:
    """Fit a few candidates, each on one fold, as the search would.

    Parameters
    ----------
    search : BaseSearch
        Where fits run, and what they may take.
    evaluator : Evaluator
        Runs them.
    history : History
        Without records; gets the candidates.
    n_probes : int
        How many, at most each on each fold.
    resources : sequence of int
        At which each is fitted from the beginning.

    Returns
    -------
    timings : Timings
        Of those that ended by themselves, or were killed after `fit_timeout`: a search
        pays for these too.
    n_failed : int
        How many of the probes failed, were killed ones included.

    Raises
    ------
    ValueError
        If all failed.
    """
    trials = design(search, history, n_probes)
    pairs = _pairs(trials, history.n_splits, n_probes)
    fits = [Fit(trial, r, fold) for trial, fold in pairs for r in resources]
    results = {
        (e.trial_id, e.fold, e.resource): e for e in _run(search, evaluator, fits)
    }
    probes = [[results[t.id, fold, r] for r in resources] for t, fold in pairs]
    good = [each for each in probes if all(e.status == "ok" for e in each)]
    if not good:
        _raise_failed(probes)
    paid = [each for each in probes if _is_paid(each)]
    seconds = [[worker_seconds(e) for e in each] for each in paid]
    fit_seconds = [[e.fit_time for e in each] for each in good]
    timings = Timings(tuple(resources), np.array(seconds), np.array(fit_seconds))
    return timings, len(probes) - len(good)


def design(search: Any, history: History, n_probes: int) -> list[Trial]:
    """Return the estimator's own parameters, then points of a Sobol sequence.

    Parameters
    ----------
    search : BaseSearch
        With the estimator.
    history : History
        Without records; gets the candidates.
    n_probes : int
        How many; fewer where the space has no more.
    """
    own = history.space.complete(search.estimator.get_params(deep=True))
    starts = FullEvaluation(n_probes, [] if own is None else [own])
    Search(history, Sobol(), starts, max_pending=n_probes).decide()
    return list(history.trials)


def _pairs(
    trials: Sequence[Trial], n_splits: int, n_probes: int
) -> list[tuple[Trial, int]]:
    """Return each trial on a fold, and where there are too few on further ones."""
    n = min(n_probes, len(trials) * n_splits)
    rounds = (divmod(i, len(trials)) for i in range(n))
    return [(trials[k], (k + turn) % n_splits) for turn, k in rounds]


def _run(search: Any, evaluator: Evaluator, fits: Sequence[Fit]) -> list[Evaluation]:
    n_slots = configured_workers(search.n_jobs, search.executor).n_slots
    quiet = dataclasses.replace(evaluator, error_score=np.nan)
    return run_in_turn(search, quiet, [_warm_up(fits, n_slots), fits])


def run_in_turn(
    search: Any, evaluator: Evaluator, queues: Sequence[Sequence[Fit]]
) -> list[Evaluation]:
    """Run fits where those of the search would run, one queue after the other.

    Parameters
    ----------
    search : BaseSearch
        Where fits run, and what they may take.
    evaluator : Evaluator
        Runs them.
    queues : sequence of (sequence of Fit)
        Those of one queue run at once, as far as there are workers.

    Returns
    -------
    evaluations : list of Evaluation
        Of all, in the order of the queues.
    """
    workers = configured_workers(search.n_jobs, search.executor)
    executor = open_executor(evaluator, workers, search.pre_dispatch, limits_of(search))
    results: list[Evaluation] = []
    with contextlib.closing(executor):
        for queue in queues:
            waiting = collections.deque(queue)
            executor.feed(waiting)
            while executor.n_running:
                results += executor.collect()
                executor.feed(waiting)
    return results


def _warm_up(fits: Sequence[Fit], n_slots: int) -> list[Fit]:
    """Return a fit for each worker, which loads what its first fit has to load."""
    first, n_trials = fits[0], 1 + max(fit.trial.id for fit in fits)
    ids = range(n_trials, n_trials + min(n_slots, len(fits)))
    trials = [dataclasses.replace(first.trial, id=new) for new in ids]
    return [dataclasses.replace(first, trial=trial) for trial in trials]


def _is_paid(each: _Probe) -> bool:
    return all(e.status in ("ok", "timed_out") for e in each)


def _raise_failed(probes: Sequence[_Probe]) -> None:
    bad = next(e for each in probes for e in each if e.status != "ok")
    raise ValueError(
        f"All {len(probes)} probing fits failed, the first of them with: "
        f"{error_line(bad.error or bad.status)}. Mend what fails, or pass n_probes=0."
    )
