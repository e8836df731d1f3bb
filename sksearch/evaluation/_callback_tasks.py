"""A fit as a task that scikit-learn's callbacks are told of."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["observed"]


@contextlib.contextmanager
def observed(
    context: Any, caller: Any, estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
) -> Iterator[None]:
    """Tell scikit-learn's callbacks that a block fits an estimator.

    Parameters
    ----------
    context : object or None
        The callback context of the fit; None tells nobody.
    caller : estimator
        Handed to the callbacks as the estimator that evaluates.
    estimator : estimator
        What is fitted, which gets the context.
    X, y : array-like
        The rows it is fitted on.
    params : dict
        What is passed to `fit`.

    Yields
    ------
    nothing : None
        While the task runs.
    """
    if context is None:
        yield
        return
    weight = params.get("sample_weight")
    task = {
        "estimator": caller,
        "X": X,
        "y": y,
        "metadata": None if weight is None else {"sample_weight": weight},
    }
    try:
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(**task)
            yield
    finally:
        context.call_on_fit_task_end(**task)
