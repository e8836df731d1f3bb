"""On which device a fit runs, read from the parameters that libraries have for it."""

import re
from typing import Any

__all__ = ["device_of"]

# skorch and XGBoost: device; LightGBM: device, device_type; CatBoost: task_type.
_PARAMS = {"device", "device_type", "task_type"}
_ACCELERATOR = re.compile(r"(cuda|gpu|mps|xpu)(:\d+)?$", re.IGNORECASE)


def device_of(estimator: Any) -> str | None:
    """Return the accelerator that an estimator is set to, itself or in a part of it.

    Parameters
    ----------
    estimator : estimator
        With the parameters that it is fitted with.

    Returns
    -------
    device : str or None
        As it is called there, in small letters, such as "cuda:0"; None for the CPU.
    """
    for name, value in sorted(estimator.get_params(deep=True).items(), key=_name):
        is_device = name.split("__")[-1] in _PARAMS
        if is_device and _ACCELERATOR.match(str(value)):
            return str(value).lower()
    return None


def _name(item: tuple[str, Any]) -> str:
    return item[0]
