"""What workers need to run the fits of a search, and under which settings they do."""

import contextlib
import pickle
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

from joblib import parallel_config
from sklearn import config_context, get_config

from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._orphans import lifeline
from sksearch.evaluation._shipping import cloudpickle

__all__ = ["settings_of", "work_order"]


def work_order(evaluator: Evaluator, nested_backend: Any) -> dict[str, Any]:
    """Return what a worker needs: the evaluator and the settings of this thread."""
    return {
        "evaluator": evaluator,
        "lifeline": lifeline(),
        "config": get_config(),
        "filters": list(warnings.filters),
        "nested_backend": nested_backend,
    }


@contextlib.contextmanager
def settings_of(order: dict[str, Any], alone: bool = True) -> Iterator[None]:
    """Run a block as it would run in the thread that gave the order.

    An exception leaves it as one that another process can read.

    Parameters
    ----------
    order : dict
        From `work_order`.
    alone : bool, default=True
        Whether no other thread of this process runs fits: filters of warnings belong
        to all threads.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(config_context(**order["config"]))
        if alone:
            stack.enter_context(warnings.catch_warnings())
            warnings.filters[:] = order["filters"]  # type: ignore[index]
        # Parallelism inside a fit is what joblib grants inside its own workers.
        nested = parallel_config(backend=order["nested_backend"], n_jobs=None)
        stack.enter_context(nested)
        try:
            yield
        except Exception as error:
            raise _that_travels(error) from None


def _that_travels(error: Exception) -> Exception:
    """The exception, or its traceback where pickling would lose it."""
    try:
        pickle.loads(cloudpickle.dumps(error))
    except Exception:
        return RuntimeError(traceback.format_exc())
    return error
