"""Modules of torch inside estimators, and what their states hold."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["modules_of", "n_elements", "state_bytes"]


def modules_of(model: Any) -> list[Any]:
    """Return the modules of a net of skorch, or a module itself; else nothing.

    Where torch was never imported no object is a net.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return []
    if isinstance(model, torch.nn.Module):
        return [model]
    names = getattr(model, "_modules", None)  # as skorch calls them
    if not isinstance(names, list):
        return []
    found = [getattr(model, f"{name}_", None) for name in names]
    return [module for module in found if isinstance(module, torch.nn.Module)]


def state_bytes(modules: list[Any]) -> int:
    """Return the bytes of all tensors in the `state_dict` of modules.

    A tensor under two names, as of tied weights, counts once.
    """
    states = [module.state_dict() for module in modules]
    return sum(_n_bytes(tensor) for tensor in _distinct(_tensors(states)))


def n_elements(modules: list[Any]) -> int:
    """Return how many numbers the parameters of modules hold.

    Quantized modules of torch have no parameters any more: theirs are packed in tuples
    in the `state_dict`.
    """
    parameters = [list(module.parameters()) for module in modules]
    packed = [
        value
        for module in modules
        for value in module.state_dict().values()
        if isinstance(value, tuple)
    ]
    found = _distinct(_tensors([*parameters, *packed]))
    return sum(int(tensor.numel()) for tensor in found)


def _tensors(value: Any) -> Iterator[Any]:
    """Yield the tensors in nested dicts, lists and tuples."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)
    elif hasattr(value, "element_size"):
        yield from _parts(value)


def _parts(tensor: Any) -> Iterator[Any]:
    """Yield what a tensor stores: of a wrapper or a sparse one several others."""
    if hasattr(tensor, "__tensor_flatten__"):  # as torchao wraps quantized weights
        for name in tensor.__tensor_flatten__()[0]:
            yield from _parts(getattr(tensor, name))
    elif str(tensor.layout) == "torch.sparse_coo":
        yield from (tensor._indices(), tensor._values())
    elif str(tensor.layout) == "torch.sparse_csr":
        yield from (tensor.crow_indices(), tensor.col_indices(), tensor.values())
    else:
        yield tensor


def _distinct(tensors: Iterator[Any]) -> Iterator[Any]:
    seen = set()
    for tensor in tensors:
        key = tensor.data_ptr(), tuple(tensor.shape), str(tensor.dtype)
        if key not in seen or tensor.data_ptr() == 0:
            yield tensor
        seen.add(key)


def _n_bytes(tensor: Any) -> int:
    return int(tensor.numel() * tensor.element_size())
