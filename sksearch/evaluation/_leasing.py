"""A fit while it has a device, alone or beside others; and the refit, alone."""

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Iterator
from typing import Any, Protocol

from sksearch.evaluation._device_pool import DevicePool, Lease, left_clean
from sksearch.evaluation._devices import device_of
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._full_memory import is_memory_error
from sksearch.history import Evaluation

__all__ = [
    "Clock",
    "beside_others",
    "can_take_device",
    "on_whole_device",
    "run_leased",
    "shared_device",
]

Run = Callable[[Lease | None], Evaluation]


class Clock(Protocol):
    """Measures a fit, for those who hold it to a time."""

    def begin(self, key: tuple[int, int, int]) -> None:
        """Take notice that a fit begins."""
        ...

    def end(self) -> None:
        """Take notice that none runs."""
        ...


class _NoClock:
    def begin(self, key: tuple[int, int, int]) -> None:
        """Nobody asks."""

    def end(self) -> None:
        """Nobody asks."""


_NO_CLOCK = _NoClock()


def run_leased(
    pool: DevicePool,
    estimator: Any,
    fit: Fit,
    runs: tuple[Run, Run],
    clock: Clock | None = None,
) -> Evaluation:
    """Run a fit with a share of a device, if it takes one.

    Where it finds a shared device full it is run once more, with all of it.

    Parameters
    ----------
    pool : DevicePool
        The devices.
    estimator : estimator
        With the trial's parameters, to see what it takes.
    fit : Fit
        Which one.
    runs : tuple of two callables
        Run it with a lease, or with None; the second where it is run once more.
    clock : Clock or None, default=None
        Is told while the fit waits, and when it has begun.

    Returns
    -------
    evaluation : Evaluation
        What came out.
    """
    run, run_again = runs
    among = _devices_for(pool, estimator, fit.trial.params)
    if not among:
        return run(None)
    clock = clock or _NO_CLOCK
    clock.end()
    with pool.share(among) as lease, left_clean(lease.here):
        clock.begin(fit.key)
        is_first = not lease.is_whole
        evaluation = beside_others(run, lease) if is_first else _on(run, lease)
        clock.end()
    if evaluation is not None:
        return evaluation
    with pool.whole(lease.name) as lease, left_clean(lease.here):
        clock.begin(fit.key)
        return _on(run_again, lease)


def _devices_for(
    pool: DevicePool, estimator: Any, chosen: Collection[str]
) -> list[str]:
    """Return the devices that will do for an estimator; none where it takes none."""
    devices = list(pool.here())
    if not devices or pool.is_given or pool.placement(estimator, devices[0], chosen):
        return devices
    return [name for name in devices if name == device_of(estimator)]


def can_take_device(pool: DevicePool, estimator: Any) -> bool:
    """Return whether fits of an estimator are going to hold devices of a pool.

    Parameters
    ----------
    pool : DevicePool
        The devices.
    estimator : estimator
        Not fitted.

    Returns
    -------
    can_take : bool
        Whether one of the devices will do.
    """
    return bool(_devices_for(pool, estimator, ()))


def beside_others(run: Run, lease: Lease | None) -> Evaluation | None:
    """Run a fit on a device on which others may be.

    Parameters
    ----------
    run : callable
        Runs it with a lease, or with None.
    lease : Lease or None
        What is held.

    Returns
    -------
    evaluation : Evaluation or None
        None where others may be why memory did not suffice.
    """
    try:
        evaluation = _on(run, lease)
    except Exception as reason:
        if not is_memory_error(reason):
            raise
        return None
    return None if evaluation.status == "out_of_memory" else evaluation


def _on(run: Run, lease: Lease | None) -> Evaluation:
    evaluation = run(lease)
    if lease is None or lease.name.startswith("cpu"):
        return evaluation
    return dataclasses.replace(evaluation, device=lease.name)


@contextlib.contextmanager
def shared_device(
    estimator: Any, pool: DevicePool | None, chosen: Collection[str]
) -> Iterator[Lease | None]:
    """Hold a share of a device for a block, if an estimator takes one.

    Parameters
    ----------
    estimator : estimator
        With the parameters that it is fitted with.
    pool : DevicePool or None
        Of the search.
    chosen : collection of str
        Names of parameters that are not to be changed.

    Yields
    ------
    lease : Lease or None
        None where it takes none.
    """
    among = _devices_for(pool, estimator, chosen) if pool else []
    if pool is None or not among:
        yield None
        return
    with pool.share(among) as lease, left_clean(lease.here):
        yield lease


@contextlib.contextmanager
def on_whole_device(
    estimator: Any, pool: DevicePool | None, chosen: Collection[str] = ()
) -> Iterator[None]:
    """Put an estimator on a device, which it has alone for a block.

    Parameters
    ----------
    estimator : estimator
        Stays there: a net predicts where it was trained.
    pool : DevicePool or None
        Of the search.
    chosen : collection of str, default=()
        Names of parameters that are not to be changed.

    Yields
    ------
    nothing : None
        While the device is held.
    """
    among = _devices_for(pool, estimator, chosen) if pool else []
    if pool is None or not among:
        yield
        return
    with pool.share(among) as lease:
        name = lease.name
    with pool.whole(name) as lease:
        lease.put(estimator, chosen)
        yield
