"""No run of MLflow's autologging for fits that are part of a search.

With `mlflow.autolog()`, MLflow logs a run for whatever is fitted. Of scikit-learn's own
searches it knows that their inner fits are not meant; of other ones it does not.
"""

import contextlib
import sys
import threading
from types import TracebackType

__all__ = ["autologging_suspended"]

_MODULE = "mlflow.utils.autologging_utils"


class _Suspension:
    """Suspends while at least one thread is inside; MLflow's own switch does not count.

    Leaving MLflow's context switches autologging on, also where it was entered twice,
    or was off before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_inside = 0
        self._switch = contextlib.ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            self._n_inside += 1
            module = sys.modules.get(_MODULE)
            if self._n_inside > 1 or module is None:
                return
            is_off = getattr(module, "_AUTOLOGGING_GLOBALLY_DISABLED", False)
            if not is_off and hasattr(module, "disable_autologging"):
                self._switch.enter_context(module.disable_autologging())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._switch.close()


_suspension = _Suspension()


def autologging_suspended() -> contextlib.AbstractContextManager[None]:
    """Return a context in which MLflow logs no fit by itself, in any thread.

    Nothing is imported: where MLflow is not, there is nothing to suspend.
    """
    return _suspension if _MODULE in sys.modules else contextlib.nullcontext()
