"""Steps of SGD, Adam and AdamW for many nets at once, each with numbers of its own.

Weights, gradients and what an optimizer remembers are matrices: a row for each net, a
column for each weight. An option is a number where all nets have the same one, else a
column. The equations are those of `torch.optim`.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["RULES", "Rule"]

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
