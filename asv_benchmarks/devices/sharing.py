"""Candidates per hour with one, two, four and eight nets at a time on one device."""

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

from joblib import parallel_config
from sklearn.model_selection import ShuffleSplit

from asv_benchmarks.devices.nets import (
    Convolutional,
    Perceptron,
    Small,
    Wide,
    named,
    new_net,
    rows,
)
from sksearch import BayesSearchCV
from sksearch.torch import DeviceLoader

_SPACE = {"lr": (1e-4, 1e-2, "log-uniform")}
_NETS: dict[str, tuple[Any, int, int, int]] = {  # module, batches of, rows, columns
    "perceptron 64-32-10, batches of 64": (Small, 64, 4_000, 64),
    "perceptron 784-256-10, batches of 256": (Perceptron, 256, 20_000, 784),
    "two convolutions, batches of 256": (Convolutional, 256, 20_000, 784),
    "perceptron 784-4096-4096-4096-10, batches of 2,048": (Wide, 2048, 20_000, 784),
}
# What is not known of any net comes first: a machine may be lent for minutes only.
_COUNTS = (1, 8, "auto", 4, 2)


def sharing_table(device: str, small: bool, words: Sequence[str] = ()) -> Iterator[str]:
    """Yield the lines of a table; "auto" says how many it takes, and pays to find it.

    As many workers serve each row: shares say how many of them train at a time. So they
    start, and load what they need, once.

    Parameters
    ----------
    device : str
        Which one.
    small : bool
        Whether it is only to be seen that this runs.
    words : sequence of str, default=()
        In the names of the nets; all without one.
    """
    yield "| net | at a time | candidates per hour | ratio |"
    yield "| --- | --- | --- | --- |"
    for name, (module, batch_size, n_rows, n_columns) in named(_NETS, words).items():
        net = _net(module, batch_size, small)
        X, y = rows(500 if small else n_rows)
        data, first = (X[:, :n_columns].copy(), y), 0.0
        with parallel_config("loky", inner_max_num_threads=1):
            _search(net, device, small, 8).fit(*data)  # workers start
            for count in (1, 2, "auto") if small else _COUNTS:
                rate, told = _rate(net, data, count, device, small)
                first = first or rate
                yield f"| {name} | {told} | {rate:,.0f} | {rate / first:.2f} |"


def _net(module: Any, batch_size: int, small: bool) -> Any:
    return new_net(
        "cpu",  # the lease moves it
        module=module,
        batch_size=batch_size,
        max_epochs=1 if small else 10,
        iterator_train=DeviceLoader,
        iterator_valid=DeviceLoader,
    )


def _rate(
    net: Any, data: Any, count: Any, device: str, small: bool
) -> tuple[float, str]:
    """Return candidates per hour, and how many were trained at a time."""
    search = _search(net, device, small, count).set_params(n_iter=2 if small else 24)
    begin = perf_counter()
    search.fit(*data)
    rate = 3600 * search.n_iter / (perf_counter() - begin)
    shares = search.metadata_.get("device_shares", {}).values()
    is_auto = count == "auto"
    return rate, f"auto: {max(shares, default='none')}" if is_auto else f"{count}"


def _search(net: Any, device: str, small: bool, count: Any) -> BayesSearchCV:
    n_jobs = 2 if small else 8
    return BayesSearchCV(
        net,
        _SPACE,
        n_iter=n_jobs,
        optimizer="random",
        max_pending=8,
        cv=ShuffleSplit(1, test_size=0.2, random_state=0),
        refit=False,
        n_jobs=n_jobs,
        devices="auto" if count == "auto" else {device: count},
        seed_fits=True,
        random_state=0,
    )
