"""Fits whose nets are trained as one; each is scored, and kept, by itself."""

import dataclasses
import time
import warnings
from collections.abc import Sequence
from typing import Any

from sksearch._autologging import autologging_suspended
from sksearch.evaluation._batched_nets import Run, train_as_one
from sksearch.evaluation._devices import device_of
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._fold_rows import FoldRows
from sksearch.evaluation._full_memory import is_memory_error
from sksearch.evaluation._leasing import shared_device
from sksearch.evaluation._seeding import (
    generator_states,
    generators_from,
    seeded_generators,
)
from sksearch.exceptions import SeparateTrainingWarning
from sksearch.history import Evaluation

__all__ = ["evaluate_together"]

_TORCH = 2  # the place of its generator among the states of all


def evaluate_together(evaluator: Evaluator, fits: Sequence[Fit]) -> list[Evaluation]:
    """Train the nets of some fits as one, and score one after the other.

    Where memory does not suffice, each half of them is tried; where it fails for any
    other reason, each is trained alone.

    Parameters
    ----------
    evaluator : Evaluator
        Of the search, with a `TrainOn` that trains nets.
    fits : sequence of Fit
        As `Groups.take` returns them.

    Returns
    -------
    evaluations : list of Evaluation
        One for each fit. The time of the training is shared out in equal parts, which
        follow each other as if it had been done one by one.
    """
    # The device is no number of an optimizer: all have the same.
    chosen, first = fits[0].trial.params, evaluator.candidate(fits[0])
    with shared_device(first, evaluator.pool, chosen) as lease:
        evaluations = _on_device(evaluator, fits, lease)
    if evaluations is None:
        half = len(fits) // 2
        halves = fits[:half], fits[half:]
        return [e for each in halves for e in evaluate_together(evaluator, each)]
    # Whoever is still to run finds no other net on the device.
    done = {(e.trial_id, e.resource, e.fold) for e in evaluations}
    return evaluations + [evaluator(fit) for fit in fits if fit.key not in done]


def _on_device(
    evaluator: Evaluator, fits: Sequence[Fit], lease: Any
) -> list[Evaluation] | None:
    """Return the results of those that could be trained; None where they are many."""
    begin = time.time()
    ready = _trained(evaluator, fits, lease)
    if ready is None:
        return None
    share = (time.time() - begin) / max(len(ready), 1)
    return _scored(evaluator, ready, lease, share)


def _scored(
    evaluator: Evaluator, ready: Sequence[Fit], lease: Any, share: float
) -> list[Evaluation]:
    """Return the results of fits, but of those that found the device full."""
    evaluations = []
    for left, fit in zip(range(len(ready), 0, -1), ready, strict=True):
        alone = evaluator.beside_others(fit, lease)
        if alone is not None:
            seconds, began = alone.fit_time + share, alone.started - left * share
            shared = dataclasses.replace(alone, fit_time=seconds, started=began)
            evaluations.append(shared)
    return evaluations


def _trained(evaluator: Evaluator, fits: Sequence[Fit], lease: Any) -> list[Fit] | None:
    """Return the fits that could be trained, with what came of it.

    None stands for too many of them for the memory.
    """
    try:
        with autologging_suspended(), generators_from(generator_states()):
            return _train(evaluator, fits, lease)
    except Exception as reason:  # alone each fails for itself, if it does
        if is_memory_error(reason) and len(fits) > 3:
            return None
        warnings.warn(
            f"{len(fits)} nets could not be trained as one: {type(reason).__name__}: "
            f"{reason}. Each is trained alone, with the same result; "
            "batch_candidates=False does not try.",
            SeparateTrainingWarning,
            stacklevel=4,
        )
        return []


def _train(evaluator: Evaluator, fits: Sequence[Fit], lease: Any) -> list[Fit]:
    if generator_states() is None:
        raise RuntimeError("threads share one generator, so that none can be seeded")
    kept: dict[int, FoldRows] = {}
    begun: list[tuple[Fit, Run, Any]] = []
    for fit in fits:
        net = evaluator.candidate(fit)
        if lease is not None:
            lease.put(net, fit.trial.params)
        if fit.fold not in kept:  # the same arrays for all of a fold
            kept[fit.fold] = evaluator.rows(fit, net)
        rows = kept[fit.fold]
        begin = _begin(evaluator, fit, net, rows.X, rows.y)
        if begin is not None:
            begun.append((fit, *begin))
    if len(begun) < 2:
        return []
    epochs = fits[0].resource - max(fits[0].earlier, default=0)
    train_as_one([run for _, run, _ in begun], epochs)
    return [
        dataclasses.replace(fit, ready=(run.net, _with(states, run)))
        for fit, run, states in begun
    ]


def _begin(
    evaluator: Evaluator, fit: Fit, net: Any, X: Any, y: Any
) -> tuple[Run, Any] | None:
    """Return a net as it is before its next epoch; None if its checkpoint is lost."""
    train: Any = evaluator.train
    try:
        kept = train.checkpoints.read(fit)
    except Exception:  # told of where the net is trained alone, from its beginning
        return None
    if kept is None and fit.earlier:
        return None
    with seeded_generators(evaluator.seed_of(fit)):
        if kept is None:
            train.training.begin(net, X, y)
            states = generator_states(device_of(net)) or ()
        else:
            state, states = kept
            train.training.restored(net, state, X, y)
    return Run(net, X, y, states[_TORCH]), states


def _with(states: tuple[Any, ...], run: Run) -> tuple[Any, ...]:
    return *states[:_TORCH], run.generator, *states[_TORCH + 1 :]
