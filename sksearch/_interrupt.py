"""What Ctrl-C means while a search runs.

The first one ends the search, which keeps what is finished; the second one raises.
Our own handler is needed because a fit may swallow `KeyboardInterrupt` (skorch ends its
training and returns as if it were done): the flag tells, and the result is discarded.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, TypeVar

__all__ = ["Interrupt"]

Result = TypeVar("Result")


class Interrupt:
    """Listens for SIGINT while it is entered, in the main thread; deaf elsewhere.

    Attributes
    ----------
    received : bool
        Whether Ctrl-C has come.
    """

    def __init__(self) -> None:
        self.received = False
        self._waiting = False
        self._previous: Any = None

    def __enter__(self) -> "Interrupt":
        main = threading.current_thread() is threading.main_thread()
        # A handler that is not Python's own belongs to an application that has decided
        # what SIGINT means: it stays.
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        again, self.received = self.received, True
        if again or self._waiting:
            raise KeyboardInterrupt

    def run(self, action: Callable[[], Result]) -> Result | None:
        """Run `action`, the only place where Ctrl-C may strike at any line.

        Elsewhere it is noted, and found here at the next call, so that the log is
        never left in the middle of a record.

        Parameters
        ----------
        action : callable
            What takes long.

        Returns
        -------
        result : object or None
            What it returned; None when Ctrl-C has come, whatever it returned then.
        """
        if self.received:
            return None
        self._waiting = True
        try:
            result = action()
        except KeyboardInterrupt:
            self.received = True
        finally:
            self._waiting = False
        return None if self.received else result
