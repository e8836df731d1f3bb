"""How many fits each GPU of `devices="auto"` has at once, found by a few fits."""

import dataclasses
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from sksearch._search_loop import Search
from sksearch.estimators._probing import design, run_in_turn
from sksearch.evaluation import (
    DevicePool,
    Evaluator,
    Fit,
    can_take_device,
    can_watch_gpus,
    configured_workers,
    fits_at_once,
    is_local,
    watched_gpus,
)
from sksearch.evaluation._seeding import seeded_generators
from sksearch.history import Evaluation, History

__all__ = ["with_device_shares"]

_N_PROBES = 3
_logger = logging.getLogger("sksearch.search")


def with_device_shares(search: Any, evaluator: Evaluator, rules: Search) -> Evaluator:
    """Return the evaluator of a search, with the shares in which devices are leased.

    Only `devices="auto"` leaves them open, and only where there are more workers than
    devices do they matter. They are found once, before the first fit: times of
    candidates are compared, and mean the same as long as the shares stay.

    Parameters
    ----------
    search : BaseSearch
        With its parameters and fidelity. Gets `_device_shares`.
    evaluator : Evaluator
        Its own.
    rules : Search
        The history, which may be at its end.

    Returns
    -------
    evaluator : Evaluator
        The same where nothing is to be found.
    """
    pool = evaluator.pool
    if pool is None or not pool.is_auto:
        return evaluator
    shares = getattr(search, "_device_shares", None)
    if shares is None:
        if not _are_open(search, evaluator, pool) or rules.is_over():
            return evaluator
        shares = search._device_shares = _found(search, evaluator, pool, rules.history)
    pool = dataclasses.replace(pool, shares=tuple(shares.items()))
    return dataclasses.replace(evaluator, pool=pool)


def _are_open(search: Any, evaluator: Evaluator, pool: DevicePool) -> bool:
    """Whether more fits than one could be on a device of this machine."""
    workers = configured_workers(search.n_jobs, search.executor)
    is_here = workers.executor is None or is_local(workers.executor)
    if not is_here or pool.is_given or workers.n_slots <= len(pool.here()):
        return False
    # A group of nets that are trained as one is as many fits already.
    as_one = getattr(search, "batch_candidates", False) is not False
    takes = not as_one and can_take_device(pool, evaluator.estimator)
    return takes and can_watch_gpus()


def _found(
    search: Any, evaluator: Evaluator, pool: DevicePool, history: History
) -> dict[str, int]:
    with watched_gpus() as moments:
        done = _probed(search, evaluator, history)
    good = [each for each in done if each.status == "ok"]
    ran = [_when(each, evaluator.origin) for each in good]
    n = fits_at_once(moments, ran) if len(good) == len(done) else 1
    n_slots = configured_workers(search.n_jobs, search.executor).n_slots
    shares = dict.fromkeys(pool.here(), min(n, -(-n_slots // len(pool.here()))))
    _say(shares, bool(search.verbose))
    return shares


def _probed(search: Any, evaluator: Evaluator, history: History) -> list[Evaluation]:
    """Fit a few candidates one at a time, after a first fit that loads libraries."""
    trials = design(search, _empty(history), _N_PROBES)
    resource = search._fidelity.probed_at[0]
    fits = [Fit(trial, resource, 0) for trial in trials]
    # What draws from the global generators draws afterwards what it would have drawn.
    with search._fidelity.prepared(evaluator, None) as ready, seeded_generators(0):
        quiet = dataclasses.replace(ready, error_score=np.nan, keep=None)
        _warm, *done = run_in_turn(search, quiet, _after_one(fits))
    return done


def _after_one(fits: Sequence[Fit]) -> list[list[Fit]]:
    trial = dataclasses.replace(fits[0].trial, id=len(fits))
    return [[dataclasses.replace(fits[0], trial=trial)], *([fit] for fit in fits)]


def _empty(history: History) -> History:
    return History(history.space, **history.header())


def _when(fit: Evaluation, origin: float) -> tuple[float, float]:
    begin = origin + fit.started
    return begin, begin + fit.fit_time


def _say(shares: dict[str, int], aloud: bool) -> None:
    told = ", ".join(f"{n} on {name}" for name, n in shares.items())
    message = f"fits at a time, by what {_N_PROBES} of them took: {told}"
    _logger.info(message)
    if aloud:
        print(message)
