"""Values of parameters as JSON."""

import base64
import dataclasses
import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from sklearn.base import clone

from sksearch._plain_values._paths import path_of
from sksearch.exceptions import MetadataError

__all__ = ["MOST_EXACT", "is_stored_dtype", "to_plain"]

MOST_EXACT = 2**53  # readers of JSON in other languages keep no larger integer
_BY_SIGNATURE = (
    "BaseCrossValidator",
    "BaseShuffleSplit",
    "_RepeatedSplits",
    "ValidSplit",
    "make_column_selector",
)


def to_plain(value: Any, where: str = "value") -> Any:
    """Return a value as dicts, lists, text, numbers, booleans and None.

    Parameters
    ----------
    value : object
        Values of Python and numpy, classes and functions that can be imported, unfitted
        estimators, and frozen distributions of scipy, in any nesting.
    where : str, default="value"
        What an error calls it.

    Returns
    -------
    form : object
        For `json.dumps` with ``allow_nan=False``.

    Raises
    ------
    MetadataError
        If there is something else in it.

    Examples
    --------
    >>> to_plain({"C": 1.0, "degree": (2, None), "gamma": float("inf")})
    {'C': 1.0, 'degree': {'$tuple': [2, None]}, 'gamma': {'$float': 'inf'}}
    """
    try:
        return _form(value, where)
    except RecursionError as error:
        message = f"{where[:80]} is nested too deeply, or contains itself."
        raise MetadataError(message) from error


def _form(value: Any, where: str) -> Any:
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind in _EXACT:
        return _EXACT[kind](value, where)
    for is_one, form in _OTHERS:
        if is_one(value):
            return form(value, where)
    raise MetadataError(
        f"{where} is {value!r:.200}, and a {kind.__module__}.{kind.__qualname__} "
        "cannot be written as plain parameters. Use a number, a text, or an object "
        "with get_params; to ship the fitted model itself use skops or joblib."
    )


def is_stored_dtype(dtype: "np.dtype[Any]") -> bool:
    """Whether numbers and texts of this type survive as those of Python do."""
    widest = {"f": 8, "c": 16}.get(dtype.kind, dtype.itemsize)
    return dtype.kind in "biufcUS" and dtype.itemsize <= widest


# -- values of Python --------------------------------------------------------------


def _int(value: int, where: str) -> Any:
    return value if abs(value) <= MOST_EXACT else {"$int": hex(value)}


def _float(value: float, where: str) -> Any:
    return value if math.isfinite(value) else {"$float": str(value)}


def _complex(value: complex, where: str) -> Any:
    return {"$complex": [_float(value.real, where), _float(value.imag, where)]}


def _bytes(value: bytes, where: str) -> Any:
    return {"$bytes": base64.b64encode(value).decode("ascii")}


def _items(values: Iterable[Any], where: str) -> list[Any]:
    return [to_plain(item, f"{where}[{i}]") for i, item in enumerate(values)]


def _tuple(value: tuple[Any, ...], where: str) -> Any:
    return {"$tuple": _items(value, where)}


def _set(value: set[Any] | frozenset[Any], where: str) -> Any:
    in_order = sorted(value, key=lambda item: (str(type(item)), repr(item)))
    return {f"${type(value).__name__}": _items(in_order, where)}


def _dict(value: Mapping[Any, Any], where: str) -> Any:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: to_plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    return {"$dict": [_items(pair, where) for pair in value.items()]}


def _range(value: range, where: str) -> Any:
    return {"$range": _items((value.start, value.stop, value.step), where)}


def _slice(value: slice, where: str) -> Any:
    return {"$slice": _items((value.start, value.stop, value.step), where)}


def _partial(value: "functools.partial[Any]", where: str) -> Any:
    return {
        "$partial": to_plain(value.func, f"{where}.func"),
        "args": _items(value.args, f"{where}.args"),
        "keywords": _dict(value.keywords, f"{where}.keywords"),
    }


_EXACT: dict[type, Callable[[Any, str], Any]] = {
    int: _int,
    float: _float,
    complex: _complex,
    bytes: _bytes,
    list: _items,
    tuple: _tuple,
    set: _set,
    frozenset: _set,
    dict: _dict,
    range: _range,
    slice: _slice,
    functools.partial: _partial,
}

# -- numpy and torch ---------------------------------------------------------------


def _is_scalar(value: Any) -> bool:
    return isinstance(value, np.generic) and is_stored_dtype(value.dtype)


def _scalar(value: Any, where: str) -> Any:
    return {"$scalar": to_plain(value.item(), where), "dtype": value.dtype.str}


def _is_array(value: Any) -> bool:
    return type(value) is np.ndarray and (
        value.dtype == object or is_stored_dtype(value.dtype)
    )


def _array(value: Any, where: str) -> Any:
    flat = _items(value.ravel().tolist(), where)
    shape = list(map(int, value.shape))
    return {"$array": flat, "dtype": value.dtype.str, "shape": shape}


def _is_dtype(value: Any) -> bool:
    return isinstance(value, np.dtype) and is_stored_dtype(value)


def _dtype(value: Any, where: str) -> Any:
    return {"$dtype": value.str}


def _is_tensor(value: Any) -> bool:
    kind = type(value)
    return kind.__module__ == "torch" and kind.__name__ == "Tensor"


def _tensor(value: Any, where: str) -> Any:
    """Return a tensor without its device, which may not be there where it is read."""
    return {"$tensor": _array(value.detach().cpu().numpy(), where)}


# -- what has a name ---------------------------------------------------------------


def _is_class(value: Any) -> bool:
    return isinstance(value, type)


def _class(value: Any, where: str) -> Any:
    return {"$class": path_of(value, where)}


def _is_function(value: Any) -> bool:
    return inspect.isroutine(value) or isinstance(value, np.ufunc)


def _function(value: Any, where: str) -> Any:
    return {"$function": path_of(value, where)}


def _is_distribution(value: Any) -> bool:
    names = {f"{base.__module__}.{base.__name__}" for base in type(value).__mro__}
    is_frozen = "scipy.stats._distn_infrastructure.rv_frozen" in names
    return is_frozen and type(value.dist).__module__.startswith("scipy.stats.")


def _distribution(value: Any, where: str) -> Any:
    return {
        "$distribution": value.dist.name,
        "args": _items(value.args, f"{where}.args"),
        "keywords": _dict(value.kwds, f"{where}.keywords"),
    }


def _is_scorer(value: Any) -> bool:
    kind = type(value)
    return kind.__module__ == "sklearn.metrics._scorer" and hasattr(value, "_kwargs")


def _scorer(value: Any, where: str) -> Any:
    return {
        "$scorer": to_plain(value._score_func, where),
        "greater_is_better": value._sign > 0,
        "response_method": to_plain(value._response_method, where),
        "keywords": _dict(value._kwargs, f"{where}.keywords"),
    }


# -- what is made of parameters ----------------------------------------------------


def _is_object(value: Any) -> bool:
    named = {base.__name__ for base in type(value).__mro__}
    return (
        hasattr(value, "get_params")
        or dataclasses.is_dataclass(value)
        or bool(named.intersection(_BY_SIGNATURE))
    )


def _object(value: Any, where: str) -> Any:
    if hasattr(value, "__sklearn_clone__") and clone(value) is value:
        raise MetadataError(
            f"{where} is {value!r:.200}, a fitted model that no parameters rebuild. To "
            "ship it use skops or joblib."
        )
    params = {
        name: to_plain(item, f"{where}.{name}")
        for name, item in _parameters(value).items()
    }
    form = {"$object": path_of(type(value), where), "params": params}
    return {**form, **_settings(value)}


def _parameters(value: Any) -> dict[str, Any]:
    if hasattr(value, "get_params"):
        params = value.get_params(deep=False)
        # skorch tells what it makes itself, too.
        return {name: item for name, item in params.items() if name[0] != "_"}
    if dataclasses.is_dataclass(value):
        fields = (field for field in dataclasses.fields(value) if field.init)
        return {field.name: getattr(value, field.name) for field in fields}
    kinds = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    declared = inspect.signature(type(value)).parameters.values()
    names = [parameter.name for parameter in declared if parameter.kind not in kinds]
    # Repeated splitters keep what they hand on in a dict.
    kept = {**getattr(value, "cvargs", {}), **vars(value)}
    return {name: kept[name] for name in names}


def _settings(value: Any) -> dict[str, Any]:
    """Return what `clone` copies besides parameters: requests, and the output."""
    requests = vars(value).get("_metadata_request")
    output = vars(value).get("_sklearn_output_config")
    settings = {} if requests is None else {"requests": requests._serialize()}
    return {**settings, **({} if output is None else {"output": dict(output)})}


_OTHERS: list[tuple[Callable[[Any], bool], Callable[[Any, str], Any]]] = [
    (_is_scalar, _scalar),
    (_is_array, _array),
    (_is_dtype, _dtype),
    (_is_tensor, _tensor),
    (_is_class, _class),
    (_is_function, _function),
    (_is_distribution, _distribution),
    (_is_scorer, _scorer),
    (_is_object, _object),
]
