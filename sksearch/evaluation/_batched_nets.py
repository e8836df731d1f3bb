"""Nets of one architecture, trained as one net with `torch.func`.

Their weights are rows of a matrix. Each has rows of the data in an order of its own,
which its generator draws as it would for the net alone, and an optimizer of its own; a
step of all of them is one call of each operation. So a net learns what it would alone,
up to rounding: a product of many matrices adds in another order than many products.
"""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sksearch.evaluation._stacked_optimizers import (
    StackedOptimizer,
    parameters,
    parts_of,
    rows_of,
)
from sksearch.torch import DeviceLoader

__all__ = ["Run", "check_together", "n_batches", "train_as_one"]

# Of the first losses: TF32 has ten bits, and a loss near zero is a difference.
_ROUNDING = {"rtol": 1e-2, "atol": 1e-4}


@dataclass
class Run:
    """A net that is about to be trained on.

    Parameters
    ----------
    net : NeuralNet
        Initialized, as it is between two epochs.
    X, y : array-like
        Its training rows, in as many batches as those of the others.
    generator : torch.Tensor
        The state of torch's generator, which draws the order of rows.
    """

    net: Any
    X: Any
    y: Any
    generator: Any


@dataclass
class _Part:
    """The rows of some nets in a batch; the last one may be shorter for others."""

    nets: Any  # their numbers, or None for all
    X: Any
    y: Any


def n_batches(net: Any, n_rows: int) -> int:
    """Return in how many batches a net goes through its training rows.

    Parameters
    ----------
    net : NeuralNet
        Initialized.
    n_rows : int
        How many there are.
    """
    options = _options(net)
    size = int(options["batch_size"])
    if size == -1:
        return 1
    return n_rows // size if options.get("drop_last") else -(-n_rows // size)


def _options(net: Any) -> dict[str, Any]:
    return {"batch_size": net.batch_size, **net.get_params_for("iterator_train")}


def train_as_one(runs: Sequence[Run], epochs: int) -> None:
    """Train nets for some epochs, and leave each as if it had been trained alone.

    Weights, the state of the optimizer, the history and the generator are changed. If
    anything goes wrong, the nets are of no use any more.

    Parameters
    ----------
    runs : sequence of Run
        The nets, equal but for weights and numbers of their optimizers.
    epochs : int
        How many.

    Raises
    ------
    ValueError
        If the nets together do not compute what they compute alone.
    """
    torch = importlib.import_module("torch")
    stack, batches = _Stack(runs), _Batches(runs)
    stack.check(next(batches.of_epoch(draws=False)))
    for _ in range(epochs):
        _tell(runs, "on_epoch_begin")
        losses = torch.stack([stack.step(parts) for parts in batches.of_epoch()], 1)
        _note(runs, losses.tolist(), batches.sizes)
        _tell(runs, "on_epoch_end")
    stack.give_back()


def check_together(net: Any, X: Any, y: Any) -> None:
    """Let two nets compute the losses of a few rows together.

    Parameters
    ----------
    net : NeuralNet
        One of them, initialized on the device of the rows.
    X, y : array-like
        The rows; where they make no batch, nothing is computed.

    Raises
    ------
    Exception
        Whatever goes wrong.
    """
    torch = importlib.import_module("torch")
    net.check_data(X, y)
    if n_batches(net, len(net.get_dataset(X, y))) == 0:  # the last one is dropped
        return
    runs = [Run(net, X, y, torch.get_rng_state()) for _ in range(2)]
    _Stack(runs).check(next(_Batches(runs).of_epoch(draws=False)))


def _tell(runs: Sequence[Run], event: str) -> None:
    for run in runs:
        run.net.notify(event, dataset_train=None, dataset_valid=None)


def _note(
    runs: Sequence[Run], losses: list[list[float]], sizes: list[list[int]]
) -> None:
    """Write into histories what `run_single_epoch` does."""
    for run, of_net, of_batches in zip(runs, losses, sizes, strict=True):
        history = run.net.history
        for loss, size in zip(of_net, of_batches, strict=True):
            history.new_batch()
            history.record_batch("train_loss", loss)
            history.record_batch("train_batch_size", size)
        history.record("train_batch_count", len(of_batches))


class _Batches:
    """The rows of all nets: each data set once, and where each net finds its own."""

    def __init__(self, runs: Sequence[Run]) -> None:
        torch = importlib.import_module("torch")
        self._runs = runs
        loaders: dict[int, Any] = {}
        for run in runs:
            if id(run.X) not in loaders:
                loaders[id(run.X)] = _loader(run)
        self._loaders = list(loaders.values())
        places = {key: place for place, key in enumerate(loaders)}
        self._places = [places[id(run.X)] for run in runs]
        n_rows = [len(loader.dataset) for loader in self._loaders]
        self._first = np.cumsum([0, *n_rows]).tolist()  # where the rows of each begin
        self.sizes: list[list[int]] = []  # of the last epoch's batches, net by net
        parts = zip(*(loader.rows for loader in self._loaders), strict=True)
        self._X, self._y = (p[0] if len(p) == 1 else torch.cat(p) for p in parts)

    def of_epoch(self, draws: bool = True) -> Iterator[list[_Part]]:
        """Yield the rows of all nets, batch by batch."""
        torch = importlib.import_module("torch")
        orders = self._orders(draws)
        ends = [[stop for _, stop in bounds] for _, bounds in orders]
        self.sizes = [np.diff(each, prepend=0).tolist() for each in ends]
        n_rows = max(each[-1] for each in ends)
        numbers = torch.stack([_padded(order, n_rows) for order, _ in orders])
        numbers, start = numbers.to(self._X.device), 0
        for stops in zip(*ends, strict=True):
            yield [self._part(numbers, start, at, stops) for at in sorted({*stops})]
            start = max(stops)

    def _orders(self, draws: bool) -> list[Any]:
        torch = importlib.import_module("torch")
        orders = []
        for run, place in zip(self._runs, self._places, strict=True):
            loader = self._loaders[place]
            torch.set_rng_state(run.generator)
            order, bounds = loader.order()
            if draws:
                run.generator = torch.get_rng_state()
            orders.append((order + self._first[place], bounds))
        return orders

    def _part(self, numbers: Any, start: int, stop: int, stops: Sequence[int]) -> _Part:
        torch = importlib.import_module("torch")
        nets = None
        if min(stops) < max(stops):
            chosen = [net for net, end in enumerate(stops) if end == stop]
            nets = torch.tensor(chosen, device=numbers.device)
            numbers = numbers[nets]
        of_batch = numbers[:, start:stop]
        return _Part(nets, self._X[of_batch], self._y[of_batch])


def _padded(order: Any, n_rows: int) -> Any:
    torch = importlib.import_module("torch")
    return torch.nn.functional.pad(order, (0, n_rows - len(order)))


def _loader(run: Run) -> DeviceLoader:
    """Return what draws the order of a net's rows, and has them on its device."""
    net = run.net
    options, dataset = _options(net), net.get_dataset(run.X, run.y)
    if options["batch_size"] == -1:
        options["batch_size"] = len(dataset)
    return DeviceLoader(dataset, **{**options, "device": net.device})


class _Stack:
    """The weights of all nets, and one step of training.

    The parameters of `_views` share the memory of `_weights`, so that one operation of
    the optimizer moves them all.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        torch = importlib.import_module("torch")
        self._nets = nets = [run.net for run in runs]
        for net in nets:
            net.module_.train()
        self._weights = rows_of([parameters(net) for net in nets])
        self._views = {
            name: part.detach().requires_grad_()
            for (name, _), part in zip(
                nets[0].module_.named_parameters(),
                parts_of(self._weights, parameters(nets[0])),
                strict=True,
            )
        }
        self._grads = torch.empty_like(self._weights)
        self._places = parts_of(self._grads, parameters(nets[0]))
        self._optimizer = StackedOptimizer(nets, self._weights)

    def _losses(self, weights: Any, X: Any, y: Any) -> Any:
        # Made anew each time: kept, it would refer to what it is kept in, and weights
        # would stay on the device until garbage is collected.
        torch = importlib.import_module("torch")
        return torch.func.vmap(self._loss)(weights, X, y)

    def _loss(self, weights: Any, X: Any, y: Any) -> Any:
        torch = importlib.import_module("torch")
        predicted = torch.func.functional_call(self._nets[0].module_, weights, (X,))
        return self._nets[0].get_loss(predicted, y, X=X, training=True)

    def step(self, parts: Sequence[_Part]) -> Any:
        """Return the losses of a batch, after each net has learned from its own."""
        torch = importlib.import_module("torch")
        found = [self._losses(self._of(p.nets), p.X, p.y) for p in parts]
        # The gradient of a sum: no net's loss depends on another's weights.
        total = torch.cat(found).sum()
        grads = torch.autograd.grad(total, list(self._views.values()))
        with torch.no_grad():
            for place, grad in zip(self._places, grads, strict=True):
                place.copy_(grad)
            self._optimizer.step(self._weights, self._grads)
        return self._in_order(parts, [losses.detach() for losses in found])

    def _of(self, nets: Any) -> dict[str, Any]:
        """Return the weights of some nets."""
        if nets is None:
            return self._views
        return {name: view[nets] for name, view in self._views.items()}

    def _in_order(self, parts: Sequence[_Part], found: Sequence[Any]) -> Any:
        if parts[0].nets is None:
            return found[0]
        losses = found[0].new_empty(len(self._nets))
        for part, of_part in zip(parts, found, strict=True):
            losses[part.nets] = of_part
        return losses

    def check(self, parts: Sequence[_Part]) -> None:
        """Compare the losses with those of each net alone.

        A module may have more than its parameters tell, such as a mask that it drew.
        """
        torch = importlib.import_module("torch")
        with torch.no_grad():
            together = [self._losses(self._of(p.nets), p.X, p.y) for p in parts]
            alone = [self._alone(part) for part in parts]
        for one, other in zip(together, alone, strict=True):
            same = one.shape == other.shape and torch.isclose(
                one, other, **_ROUNDING, equal_nan=True
            )
            if same is False or not bool(same.all()):
                raise ValueError(
                    "The nets have other losses together than each has alone: "
                    f"{one.tolist()} and {other.tolist()}"
                )

    def _alone(self, part: _Part) -> Any:
        torch = importlib.import_module("torch")
        numbers = range(len(self._nets)) if part.nets is None else part.nets.tolist()
        losses = []
        for net, X, y in zip(
            (self._nets[k] for k in numbers), part.X, part.y, strict=True
        ):
            losses.append(net.get_loss(net.module_(X), y, X=X, training=True))
        return torch.stack(losses)

    def give_back(self) -> None:
        """Write weights and what the optimizer remembers into the nets."""
        torch = importlib.import_module("torch")
        with torch.no_grad():
            for net, row in zip(self._nets, self._weights, strict=True):
                own = parameters(net)
                for parameter, part in zip(own, parts_of(row[None], own), strict=True):
                    parameter.copy_(part[0])
        self._optimizer.give_back(self._nets)
