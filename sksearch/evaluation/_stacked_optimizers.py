"""Steps of SGD, Adam and AdamW for many nets at once, each with numbers of its own.

Weights, gradients and what an optimizer remembers are matrices: a row for each net, a
column for each weight. An option is a number where all nets have the same one, else a
column. The equations are those of `torch.optim`.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["RULES", "Rule", "StackedOptimizer", "parameters", "parts_of", "rows_of"]

Named = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """How an optimizer steps.

    Parameters
    ----------
    step : callable
        Takes weights, gradients, memory by name, options by name, and the number of
        the step from 1. Changes weights and memory in place, and uses up the gradients:
        a new matrix for each term costs more than the sums.
    memory : tuple of str
        What it remembers of each weight, by the names of torch.
    options : tuple of str
        The numbers that it reads; "beta1" and "beta2" stand for the pair.
    plain : dict of str to bool or int
        What the other options have to be for these equations to hold.
    """

    step: Callable[[Any, Any, Named, Named, int], None]
    memory: tuple[str, ...]
    options: tuple[str, ...]
    plain: Mapping[str, bool | int]


def _sgd(weights: Any, grads: Any, memory: Named, at: Named, number: int) -> None:
    _add(weights, _moved(weights, grads, memory, at), -at["lr"])


def _nesterov(weights: Any, grads: Any, memory: Named, at: Named, number: int) -> None:
    _add(grads, _moved(weights, grads, memory, at), at["momentum"])
    _add(weights, grads, -at["lr"])


def _moved(weights: Any, grads: Any, memory: Named, at: Named) -> Any:
    """Return the momentum: torch begins it with a gradient, as one of zeros does."""
    _add(grads, weights, at["weight_decay"])
    return memory["momentum_buffer"].mul_(at["momentum"]).add_(grads)


def _adam(weights: Any, grads: Any, memory: Named, at: Named, number: int) -> None:
    _add(grads, weights, at["weight_decay"])
    _adapted(weights, grads, memory, at, number)


def _adamw(weights: Any, grads: Any, memory: Named, at: Named, number: int) -> None:
    weights.mul_(1 - at["lr"] * at["weight_decay"])
    _adapted(weights, grads, memory, at, number)


def _adapted(weights: Any, grads: Any, memory: Named, at: Named, number: int) -> None:
    """Step by the mean of gradients over the root of that of their squares.

    Both began with zeros, and are divided by 1 - beta**number for it.
    """
    torch = importlib.import_module("torch")
    first, second = at["beta1"], at["beta2"]
    means, squares = memory["exp_avg"], memory["exp_avg_sq"]
    means.lerp_(grads, _like(1 - first, means))
    squares.lerp_(grads.square_(), _like(1 - second, squares))
    # From here on the gradients are not needed: their place is.
    root = torch.sqrt(squares, out=grads).div_((1 - second**number) ** 0.5)
    step = torch.div(means, root.add_(at["eps"]), out=grads)
    weights.sub_(step.mul_(at["lr"] / (1 - first**number)))


def _add(rows: Any, other: Any, times: Any) -> None:
    """Add times * other, in one pass."""
    if not isinstance(times, float):
        rows.addcmul_(other, times)
    elif times != 0:
        rows.add_(other, alpha=times)


def _like(factor: Any, rows: Any) -> Any:
    """Return a factor in the precision of what it is applied to."""
    return factor if isinstance(factor, float) else factor.to(rows.dtype)


_BOTH = {"maximize": False, "differentiable": False}
_SGD = {**_BOTH, "dampening": 0}
_ADAM = {**_BOTH, "amsgrad": False}
_MOMENTUM = ("lr", "weight_decay", "momentum")
_BETAS = ("lr", "weight_decay", "eps", "beta1", "beta2")
_MOMENTS = ("exp_avg", "exp_avg_sq")

# By the name of the class, and whether momentum is Nesterov's.
RULES = {
    ("SGD", False): Rule(_sgd, ("momentum_buffer",), _MOMENTUM, _SGD),
    ("SGD", True): Rule(_nesterov, ("momentum_buffer",), _MOMENTUM, _SGD),
    ("Adam", False): Rule(
        _adam, _MOMENTS, _BETAS, {**_ADAM, "decoupled_weight_decay": False}
    ),
    ("AdamW", False): Rule(_adamw, _MOMENTS, _BETAS, _ADAM),
}


class StackedOptimizer:
    """The optimizers of some nets, as one.

    Parameters
    ----------
    nets : sequence of NeuralNet
        Initialized, with optimizers of one class that have made as many steps.
    weights : torch.Tensor of shape (n_nets, n_weights)
        Where they are, and on which device.
    """

    def __init__(self, nets: Sequence[Any], weights: Any) -> None:
        torch = importlib.import_module("torch")
        self._rule = _rule_of(nets[0])
        found = [_options(net) for net in nets]
        self._options = {
            name: _column([options[name] for options in found], weights, name)
            for name in self._rule.options
        }
        states = [
            [net.optimizer_.state.get(p, {}) for p in parameters(net)] for net in nets
        ]
        self._number = int(states[0][0].get("step", 0))
        self._memory = {
            name: rows_of(
                [
                    [
                        torch.zeros_like(p) if state.get(name) is None else state[name]
                        for p, state in zip(parameters(net), of_net, strict=True)
                    ]
                    for net, of_net in zip(nets, states, strict=True)
                ]
            )
            for name in self._rule.memory
        }

    def step(self, weights: Any, grads: Any) -> None:
        """Make a step.

        Parameters
        ----------
        weights : torch.Tensor of shape (n_nets, n_weights)
            Changed in place.
        grads : torch.Tensor of shape (n_nets, n_weights)
            Used up.
        """
        self._number += 1
        self._rule.step(weights, grads, self._memory, self._options, self._number)

    def give_back(self, nets: Sequence[Any]) -> None:
        """Write what is remembered into optimizers of their own.

        Parameters
        ----------
        nets : sequence of NeuralNet
            The same ones.
        """
        torch = importlib.import_module("torch")
        for k, net in enumerate(nets):
            own = parameters(net)
            if net.optimizer_.param_groups[0].get("momentum") == 0:
                continue  # SGD without momentum has no buffer
            parts = {
                name: parts_of(rows[k][None], own)
                for name, rows in self._memory.items()
            }
            for j, parameter in enumerate(own):
                state = {name: part[j][0].clone() for name, part in parts.items()}
                if "exp_avg" in state:
                    state["step"] = torch.tensor(float(self._number))
                net.optimizer_.state[parameter] = state


def _rule_of(net: Any) -> Rule:
    """Return how the optimizer of an initialized net steps."""
    [group] = net.optimizer_.param_groups
    return RULES[type(net.optimizer_).__name__, bool(group.get("nesterov"))]


def _options(net: Any) -> dict[str, float]:
    [group] = net.optimizer_.param_groups
    betas = dict(zip(("beta1", "beta2"), group.get("betas", ()), strict=False))
    return {**group, **betas}


def _column(values: list[float], like: Any, name: str) -> Any:
    """Return a number, or a column of them; powers of betas need all their digits."""
    torch = importlib.import_module("torch")
    if len(set(values)) == 1:
        return float(values[0])
    dtype = torch.float64 if name.startswith("beta") else like.dtype
    return torch.tensor(values, dtype=dtype, device=like.device)[:, None]


def parameters(net: Any) -> list[Any]:
    """Return the weights of a net, each once."""
    return list(net.module_.parameters())


def rows_of(parts: Sequence[Sequence[Any]]) -> Any:
    """Return a matrix: of each net, all its parts one after the other."""
    torch = importlib.import_module("torch")
    return torch.stack(
        [torch.cat([part.detach().flatten() for part in of_net]) for of_net in parts]
    )


def parts_of(rows: Any, like: Sequence[Any]) -> list[Any]:
    """Return the parts of a matrix, each of shape (n_rows, ...)."""
    parts = rows.split([part.numel() for part in like], dim=1)
    return [
        part.view(len(rows), *of.shape) for part, of in zip(parts, like, strict=True)
    ]
