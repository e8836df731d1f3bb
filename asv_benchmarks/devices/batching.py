"""Candidates per hour where nets are trained one at a time, and as one."""

import functools
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, make_scorer

from asv_benchmarks.devices.nets import (
    Convolutional,
    Perceptron,
    Small,
    clock_of,
    named,
    new_net,
    rows,
    seconds,
)
from sksearch import HyperbandSearchCV
from sksearch.evaluation import Checkpoints, Epochs, Evaluator, Fit, TrainOn
from sksearch.evaluation._together import evaluate_together
from sksearch.history import Trial
from sksearch.torch import DeviceLoader

_EPOCHS, _BATCH = 9, 64
_SPACE = {
    "lr": (1e-4, 1e-2, "log-uniform"),
    "optimizer__weight_decay": (1e-6, 1e-2, "log-uniform"),
}
_NETS = {  # module, columns
    "perceptron 64-32-10": (Small, 64),
    "perceptron 784-256-10": (Perceptron, 784),
    "two convolutions, 28 x 28": (Convolutional, 784),
}
_HEAD = "| net | group | alone | as one | ratio |", "| --- | --- | --- | --- | --- |"


def rungs_table(device: str, small: bool, words: Sequence[str] = ()) -> Iterator[str]:
    """Yield the lines of a table: of one rung, by the size of a group.

    Parameters
    ----------
    device : str
        Which one; on the CPU seconds are those of the CPU.
    small : bool
        Whether it is only to be seen that this runs.
    words : sequence of str, default=()
        In the names of the nets; all without one.
    """
    yield from _HEAD
    for name, (module, n_columns) in named(_NETS, words).items():
        net, data = _net(module, device), _data(n_columns, small)
        for n in (2,) if small else (2, 8, 27, 64):
            yield _line(name, f"{n}", *_rung(net, data, n, device))


def searches_table(
    device: str, small: bool, words: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the lines of a table: of whole searches.

    Parameters
    ----------
    device : str
        Which one; on the CPU seconds are those of the CPU.
    small : bool
        Whether it is only to be seen that this runs.
    words : sequence of str, default=()
        In the names of the nets; all without one.
    """
    yield from _HEAD
    for name, (module, n_columns) in named(_NETS, words).items():
        net, data = _net(module, device), _data(n_columns, small)
        found = (_search(net, data, small, device, on) for on in (True, False))
        as_one, alone = found
        yield _line(name, "Hyperband, 3 folds", alone, as_one)


def _line(name: str, group: str, alone: float, as_one: float) -> str:
    ratio = f"{as_one / alone:.1f}"
    return f"| {name} | {group} | {alone:,.0f} | {as_one:,.0f} | {ratio} |"


def _data(n_columns: int, small: bool) -> tuple[Any, Any]:
    X, y = rows(300 if small else 2_000)
    return X[:, :n_columns].copy(), y


def _net(module: Any, device: str) -> Any:
    return new_net(
        device,
        module=module,
        batch_size=_BATCH,
        iterator_train=DeviceLoader,
        iterator_train__device=device,
        iterator_valid=DeviceLoader,
        iterator_valid__device=device,
    )


def _rung(net: Any, data: Any, count: int, device: str) -> tuple[float, float]:
    """Return fits per hour on one rung: one at a time, and all as one."""
    rates = np.geomspace(1e-4, 1e-2, count)
    fits = [Fit(Trial(k, {"lr": lr}), _EPOCHS, 0) for k, lr in enumerate(rates)]
    clock = clock_of(device)
    with tempfile.TemporaryDirectory() as folder:
        by = _evaluator(net, data, folder)
        few = fits[: min(count, 4)]
        evaluate_together(by, fits[:2])
        taken = [
            seconds(clock, lambda: [by(fit) for fit in few]) / len(few),
            seconds(clock, lambda: evaluate_together(by, fits)) / count,
        ]
    alone, as_one = (3600 / each for each in taken)
    return alone, as_one


def _evaluator(net: Any, data: Any, folder: str) -> Evaluator:
    X, y = data
    half = len(y) * 4 // 5
    train = TrainOn(Epochs(), Checkpoints(folder, 10**9), 1, 2 * _EPOCHS)
    splits = [(np.arange(half), np.arange(half, len(y)))]
    scorer = make_scorer(accuracy_score)
    return Evaluator(net, X, y, splits, scorer, seed_fits=True, train=train)


def _search(net: Any, data: Any, small: bool, device: str, as_one: bool) -> float:
    """Return candidates per hour of a whole search."""
    search = HyperbandSearchCV(
        net,
        _SPACE,
        max_resources=3 if small else 27,
        cv=3,
        optimizer="random",
        max_pending=27,
        seed_fits=True,
        refit=False,
        random_state=0,
        batch_candidates=as_one,
    )
    taken = seconds(clock_of(device), functools.partial(search.fit, *data))
    return 3600 * len(search.history_.trials) / taken
