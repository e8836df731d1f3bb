"""Which parameters put an estimator, or a part of it, on a device.

A device that was chosen stays: one that stands in the trial's parameters, or that
differs from the default of its class. "cuda" and "gpu" choose a kind, and leave open
which one.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sksearch.evaluation._devices import device_of
from sksearch.evaluation._kept_rows import ITERATORS, is_kept_by
from sksearch.evaluation._nets import is_net
from sksearch.evaluation._threads import foreign_defaults, parts_of

__all__ = ["placement", "takes_device"]

_ANY_GPU = {"cuda", "gpu", "GPU"}


def placement(
    estimator: Any, device: str, chosen: Collection[str] = (), willing: bool = False
) -> dict[str, Any]:
    """Return the parameters that put an estimator and its parts on a device.

    Parameters
    ----------
    estimator : estimator
        With the parameters that it is fitted with.
    device : str
        Such as "cuda:1" or "cpu".
    chosen : collection of str, default=()
        Names of parameters that are not to be changed, unless they say "cuda" alone.
    willing : bool, default=False
        Whether only nets are moved, and what already asks for a GPU.

    Returns
    -------
    params : dict
        For `set_params`; empty where nothing takes a device, or each has one.
    """
    found: dict[str, Any] = {}
    for prefix, part in parts_of(estimator):
        names = {name.removeprefix(prefix) for name in chosen if _is_of(name, prefix)}
        settings = _placement_of(part, device, names, willing)
        found |= {prefix + name: value for name, value in settings.items()}
    return found


def takes_device(estimator: Any) -> bool:
    """Return whether an estimator, or a part of it, has a parameter for its device."""
    if device_of(estimator) is not None:
        return True
    return bool(placement(estimator, "cuda:0"))


def _is_of(name: str, prefix: str) -> bool:
    return name.startswith(prefix)


def _placement_of(
    part: Any, device: str, chosen: Collection[str], willing: bool
) -> dict[str, Any]:
    params = part.get_params(deep=False)
    if "param_distributions" in params and params.get("devices") is not None:
        return {"devices": None}  # a search inside a fit that has its device
    library = _library_of(part)
    if library == "lightgbm":
        return _of_lightgbm(params, device, chosen, willing)
    if library == "catboost":
        return _of_catboost(params, device, chosen, willing)
    if "device" not in params:
        return {}
    return _of_others(part, params, device, chosen, willing)


def _library_of(part: Any) -> str:
    libraries = {cls.__module__.partition(".")[0] for cls in type(part).__mro__}
    return next(iter(libraries & {"lightgbm", "catboost"}), "")


def _of_lightgbm(
    params: Mapping[str, Any], device: str, chosen: Collection[str], willing: bool
) -> dict[str, Any]:
    kind, _, number = device.partition(":")
    if kind != "cuda" or params.get("gpu_device_id", -1) not in (None, -1):
        return {}
    asked = params.get("device_type", params.get("device"))
    where = {"gpu_device_id": int(number or 0)}
    if asked in _ANY_GPU:
        return where
    is_open = asked is None and not {"device", "device_type"} & set(chosen)
    return {"device_type": "cuda", **where} if is_open and not willing else {}


def _of_catboost(
    params: Mapping[str, Any], device: str, chosen: Collection[str], willing: bool
) -> dict[str, Any]:
    kind, _, number = device.partition(":")
    if kind != "cuda" or params.get("devices") is not None:
        return {}
    asked, where = params.get("task_type"), {"devices": number or "0"}
    if asked in _ANY_GPU:
        return where
    is_open = asked is None and "task_type" not in chosen
    return {"task_type": "GPU", **where} if is_open and not willing else {}


def _of_others(
    part: Any,
    params: Mapping[str, Any],
    device: str,
    chosen: Collection[str],
    willing: bool,
) -> dict[str, Any]:
    """Of nets of skorch, of XGBoost, and of whatever calls its parameter `device`."""
    asked = params["device"]
    if str(asked) in _ANY_GPU:  # torch.device("cuda") is no text
        return _with_loaders(params, device) if device.startswith("cuda") else {}
    default = foreign_defaults(type(part)).get("device")
    is_open = asked == default and "device" not in chosen
    if not is_open or (willing and not is_net(part)):
        return {}
    return _with_loaders(params, device)


def _with_loaders(params: Mapping[str, Any], device: str) -> dict[str, Any]:
    """Have the iterators of a net put the data where the net is."""
    loaders = (name for name in ITERATORS if is_kept_by(params.get(name)))
    names = (f"{name}__device" for name in loaders)
    open_names = (name for name in names if params.get(name) in (None, *_ANY_GPU))
    return {"device": device, **dict.fromkeys(open_names, device)}
