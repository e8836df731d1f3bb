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

from sksearch.evaluation._stacked_optimizers import (
    StackedOptimizer,
    parameters,
    parts_of,
    rows_of,
)
from sksearch.torch import DeviceLoader

__all__ = ["Run", "train_as_one"]

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
        Its training rows, as many as the others have.
    generator : torch.Tensor
        The state of torch's generator, which draws the order of rows.
    """

    net: Any
    X: Any
    y: Any
    generator: Any


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
    stack.check(*next(batches.of_epoch(draws=False)))
    for _ in range(epochs):
        _tell(runs, "on_epoch_begin")
        losses, sizes = [], []
        for X, y in batches.of_epoch():
            losses.append(stack.step(X, y))
            sizes.append(X.shape[1])
        _note(runs, torch.stack(losses, 1).tolist(), sizes)
        _tell(runs, "on_epoch_end")
    stack.give_back()


def _tell(runs: Sequence[Run], event: str) -> None:
    for run in runs:
        run.net.notify(event, dataset_train=None, dataset_valid=None)


def _note(runs: Sequence[Run], losses: list[list[float]], sizes: list[int]) -> None:
    """Write into histories what `run_single_epoch` does."""
    for run, of_net in zip(runs, losses, strict=True):
        history = run.net.history
        for loss, size in zip(of_net, sizes, strict=True):
            history.new_batch()
            history.record_batch("train_loss", loss)
            history.record_batch("train_batch_size", size)
        history.record("train_batch_count", len(sizes))


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
        parts = zip(*(loader.rows for loader in self._loaders), strict=True)
        self._X, self._y = (p[0] if len(p) == 1 else torch.cat(p) for p in parts)

    def of_epoch(self, draws: bool = True) -> Iterator[tuple[Any, Any]]:
        """Yield X and y of shape (n_nets, n_rows, ...), batch by batch."""
        torch = importlib.import_module("torch")
        orders = []
        for run, place in zip(self._runs, self._places, strict=True):
            loader = self._loaders[place]
            torch.set_rng_state(run.generator)
            order, bounds = loader.order()
            if draws:
                run.generator = torch.get_rng_state()
            orders.append(order + place * len(loader.dataset))
        numbers = torch.stack(orders).to(self._X.device)
        for start, stop in bounds:
            of_batch = numbers[:, start:stop]
            yield self._X[of_batch], self._y[of_batch]


def _loader(run: Run) -> DeviceLoader:
    """Return what draws the order of a net's rows, and has them on its device."""
    net = run.net
    options = {"batch_size": net.batch_size, **net.get_params_for("iterator_train")}
    dataset = net.get_dataset(run.X, run.y)
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
        self._losses = torch.func.vmap(self._loss)
        self._optimizer = StackedOptimizer(nets, self._weights)

    def _loss(self, weights: Any, X: Any, y: Any) -> Any:
        torch = importlib.import_module("torch")
        predicted = torch.func.functional_call(self._nets[0].module_, weights, (X,))
        return self._nets[0].get_loss(predicted, y, X=X, training=True)

    def step(self, X: Any, y: Any) -> Any:
        """Return the losses of a batch, after each net has learned from its own."""
        torch = importlib.import_module("torch")
        losses = self._losses(self._views, X, y)
        # The gradient of a sum: no net's loss depends on another's weights.
        grads = torch.autograd.grad(losses.sum(), list(self._views.values()))
        with torch.no_grad():
            for place, grad in zip(self._places, grads, strict=True):
                place.copy_(grad)
            self._optimizer.step(self._weights, self._grads)
        return losses.detach()

    def check(self, X: Any, y: Any) -> None:
        """Compare the losses with those of each net alone.

        A module may have more than its parameters tell, such as a mask that it drew.
        """
        torch = importlib.import_module("torch")
        with torch.no_grad():
            together = self._losses(self._views, X, y)
            alone = torch.stack(
                [
                    net.get_loss(net.module_(X[k]), y[k], X=X[k], training=True)
                    for k, net in enumerate(self._nets)
                ]
            )
        same = torch.isclose(together, alone, **_ROUNDING, equal_nan=True)
        if together.shape != (len(self._nets),) or not bool(same.all()):
            raise ValueError(
                "The nets have other losses together than each has alone: "
                f"{together.tolist()} and {alone.tolist()}"
            )

    def give_back(self) -> None:
        """Write weights and what the optimizer remembers into the nets."""
        torch = importlib.import_module("torch")
        with torch.no_grad():
            for net, row in zip(self._nets, self._weights, strict=True):
                own = parameters(net)
                for parameter, part in zip(own, parts_of(row[None], own), strict=True):
                    parameter.copy_(part[0])
        self._optimizer.give_back(self._nets)
