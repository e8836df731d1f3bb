"""A device for what is fitted in this process, outside of the search: the refit."""

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

from sksearch.evaluation._device_params import placement
from sksearch.evaluation._device_pool import DevicePool

__all__ = ["on_whole_device"]


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
    devices = list(pool.here()) if pool else []
    willing = pool is not None and pool.is_auto
    if pool is None or not devices:
        yield
        return
    if not placement(estimator, devices[0], chosen, willing):
        yield
        return
    with pool.share(devices) as lease:
        name = lease.name
    with pool.whole(name) as lease:
        estimator.set_params(**placement(estimator, lease.here, chosen, willing))
        yield
