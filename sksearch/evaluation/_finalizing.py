"""What a user makes of a fitted estimator before it is scored."""

from collections.abc import Callable
from typing import Any

__all__ = ["finalized"]


def finalized(estimator: Any, finalize: Callable[[Any], Any] | None) -> Any:
    """Return what a user makes of a fitted estimator.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    finalize : callable or None
        None leaves it as it is.

    Returns
    -------
    model : estimator
        What `finalize` returns.

    Raises
    ------
    TypeError
        If that is nothing.
    """
    if finalize is None:
        return estimator
    model = finalize(estimator)
    if model is None:
        raise TypeError(
            f"finalize={finalize!r} returned None. It has to return the model, also "
            "where it changes it in place."
        )
    return model
