"""One seed for every (trial, fold); process-wide generators put back after a fit."""

import contextlib
import random
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

__all__ = [
    "fit_seed",
    "generator_states",
    "generators_from",
    "owning_generators",
    "seed_estimator",
    "seeded_generators",
]


def fit_seed(seed: int, trial_id: int, fold: int) -> int:
    """Return the seed of one fit, a function of the search's seed and the fit alone.

    >>> fit_seed(0, 3, 1) == fit_seed(0, 3, 1) != fit_seed(0, 3, 2)
    True
    """
    sequence = np.random.SeedSequence([seed, trial_id, fold])
    return int(sequence.generate_state(1)[0] >> 1)  # RandomState and torch take 31 bits


def seed_estimator(estimator: BaseEstimator, seed: int) -> None:
    """Set every `random_state` that was left at None, in the order of their names."""
    params = estimator.get_params(deep=True)
    names = (name for name in params if name.split("__")[-1] == "random_state")
    unseeded = [name for name in sorted(names) if params[name] is None]
    seeds = np.random.SeedSequence(seed).generate_state(max(len(unseeded), 1)) >> 1
    if unseeded:
        estimator.set_params(**dict(zip(unseeded, map(int, seeds), strict=False)))


_owner = threading.local()


def _are_own() -> bool:
    """Whether the generators of the process may be set: the main thread's they are."""
    main = threading.current_thread() is threading.main_thread()
    return main or getattr(_owner, "owns", False)


@contextlib.contextmanager
def owning_generators() -> Iterator[None]:
    """Take the generators of the process for a block in the one thread that fits."""
    _owner.owns = True
    try:
        yield
    finally:
        _owner.owns = False


@contextlib.contextmanager
def seeded_generators(seed: int) -> Iterator[None]:
    """Seed numpy, random and a loaded torch for a block, then restore their states.

    Only where they are this thread's own: the generators belong to all threads of a
    process, so threads that seed them would take turns in undoing each other's work.
    """
    if not _are_own():
        yield
        return
    torch = sys.modules.get("torch")
    states = _states(torch)
    try:
        _seed(torch, seed)
        yield
    finally:
        _restore(torch, states)


def generator_states(device: str | None = None) -> tuple[Any, ...] | None:
    """Return the states of the generators of numpy, random and a loaded torch.

    Of several CUDA devices it is the state of the one that a training draws from:
    another one may go on with it.

    Parameters
    ----------
    device : str or None, default=None
        The one that an estimator is on, such as "cuda:1"; nothing of CUDA for others.

    Returns
    -------
    states : tuple or None
        None where they are not this thread's own.
    """
    if not _are_own():
        return None
    torch: Any = sys.modules.get("torch")
    *others, cuda = _states(torch)
    if cuda:
        name = _of_cuda(device)
        cuda = torch.cuda.get_rng_state(name) if name else None
    return *others, cuda


@contextlib.contextmanager
def generators_from(
    states: tuple[Any, ...] | None, device: str | None = None
) -> Iterator[None]:
    """Set the generators to earlier states for a block, then put them back.

    Parameters
    ----------
    states : tuple or None
        From `generator_states`; None sets nothing.
    device : str or None, default=None
        The CUDA device that goes on.

    Yields
    ------
    nothing : None
        While they are set.
    """
    if states is None or not _are_own():
        yield
        return
    torch = sys.modules.get("torch")
    before = _states(torch)
    try:
        *others, cuda = states
        _restore(torch, (*others, None))
        if torch and cuda is not None and _of_cuda(device) is not None:
            torch.cuda.set_rng_state(cuda, _of_cuda(device))
        yield
    finally:
        _restore(torch, before)


def _of_cuda(device: str | None) -> str | None:
    """The CUDA device of an estimator; None where it is on none."""
    return device if device is not None and device.startswith("cuda") else None


def _states(torch: Any) -> tuple[Any, ...]:
    cuda = _cuda(torch)
    return (
        np.random.get_state(),
        random.getstate(),
        torch.get_rng_state() if torch else None,
        torch.cuda.get_rng_state_all() if cuda else None,
    )


def _seed(torch: Any, seed: int) -> None:
    np.random.seed(seed)
    random.seed(seed)
    if torch:
        torch.manual_seed(seed)  # every CUDA device too


def _restore(torch: Any, states: tuple[Any, ...]) -> None:
    np.random.set_state(states[0])
    random.setstate(states[1])
    if torch and states[2] is not None:
        torch.set_rng_state(states[2])
    if torch and states[3] is not None:
        torch.cuda.set_rng_state_all(states[3])


def _cuda(torch: Any) -> bool:
    """Whether CUDA is already up; asking for its state would start it."""
    return bool(torch) and torch.cuda.is_initialized()
