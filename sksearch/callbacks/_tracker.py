"""What all trackers share: what they log and when, and that none stops a search."""

import contextlib
import importlib
import logging
import warnings
from collections.abc import Callable
from typing import Any, Protocol

from sksearch.callbacks._base import Callback
from sksearch.callbacks._finished import Finished, finished_task, finished_tasks
from sksearch.callbacks._plan import Plan
from sksearch.exceptions import TrackerWarning
from sksearch.history import Evaluation, History

__all__ = ["Tracker", "Writer", "required"]

_logger = logging.getLogger("sksearch.callbacks")

Task = tuple[int, int]


def required(module: str, tracker: str, extra: str) -> Any:
    """Import what a tracker needs.

    Parameters
    ----------
    module : str
        Its name.
    tracker : str
        Who asks.
    extra : str
        Which extra of this package has it.

    Raises
    ------
    ImportError
        With the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{tracker} needs {module.partition('.')[0]}. Run: "
            f"pip install 'sksearch[{extra}]'"
        ) from error


class Writer(Protocol):
    """Writes one search to where it is tracked; whatever it raises is caught."""

    def logged(self) -> set[Task]:
        """Return which tasks of this log are there from an earlier run."""
        ...

    def write(self, history: History, finished: Finished) -> None:
        """Write a task."""
        ...

    def close(self, search: Any, history: History, error: BaseException | None) -> None:
        """Write what is known at the end."""
        ...


class _Session:
    """One fit of a search, as a tracker follows it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.history: History | None = None
        self.writer: Writer | None = None
        self.logged: set[Task] = set()
        self.has_failed = False
        self.has_warned = False
        self.stack = contextlib.ExitStack()  # what is to be put back at the end


class Tracker(Callback):
    """The base of trackers.

    A task, which is one training of a candidate on all folds, is logged when all of its
    folds have a result. What is unfinished when a search ends is not logged, and a
    search that goes on from its journal logs only what is not there yet.

    After a failure nothing is tried before the search ends, so that a server that does
    not answer delays it once. What is missing then is logged at the end, if it can be.
    """

    # Of the fit that is running; neither copied nor pickled.
    _session: _Session | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"  # the address of a server may have a key

    def _open(self, plan: Plan, history: History) -> Writer:
        """Return what writes a search."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        return {name: v for name, v in vars(self).items() if name != "_session"}

    def on_fit_begin(self, search: Any, plan: Plan) -> None:
        """Hear what the search will do.

        Parameters
        ----------
        search : BaseSearch
            The search.
        plan : Plan
            What it will do.
        """
        self._session = _Session(plan)

    def on_search_begin(self, history: History) -> None:
        """Begin to log, and log what is missing of an earlier run.

        Parameters
        ----------
        history : History
            The log.
        """
        session = self._session = self._session or _Session(Plan())
        session.history = history
        self._guarded(session, self._catch_up)

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        """Log a task that this result completes.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.
        """
        task = evaluation.trial_id, evaluation.resource
        is_finished = len(history.evaluations(*task)) == history.n_splits
        if self._session is not None and is_finished:
            self._guarded(self._session, self._log, task)

    def on_search_end(self, history: History) -> None:
        """Log what could not be logged before.

        Parameters
        ----------
        history : History
            The log.
        """
        if self._session is not None:
            self._session.has_failed = False
            self._guarded(self._session, self._catch_up)

    def on_fit_end(self, search: Any, error: BaseException | None) -> None:
        """Log the best candidate, and how the search ended.

        Parameters
        ----------
        search : BaseSearch
            The search, fitted unless there is an error.
        error : BaseException or None
            What `fit` raises.
        """
        session = self._session
        if session is None:
            return
        with session.stack:
            vars(self).pop("_session", None)
            self._guarded(session, self._close, search, error)

    def _close(
        self, session: _Session, search: Any, error: BaseException | None
    ) -> None:
        if session.writer is not None and session.history is not None:
            session.writer.close(search, session.history, error)

    def _catch_up(self, session: _Session) -> None:
        """Log whatever is finished and not logged."""
        assert session.history is not None
        if session.writer is None:
            session.writer = self._open(session.plan, session.history)
            session.logged |= session.writer.logged()
        for task in finished_tasks(session.history):
            self._log(session, task)

    def _log(self, session: _Session, task: Task) -> None:
        assert session.history is not None
        if task not in session.logged and session.writer is not None:
            finished = finished_task(session.history, *task)
            session.writer.write(session.history, finished)
            session.logged.add(task)

    def _guarded(self, session: _Session, act: Callable[..., Any], *args: Any) -> None:
        """Do it; a failure is told once, and nothing is done after it."""
        if session.has_failed:
            return
        try:
            act(session, *args)
        except Exception as error:
            session.has_failed = True
            self._tell(session, error)

    def _tell(self, session: _Session, error: Exception) -> None:
        name = type(self).__name__
        _logger.warning("%s failed", name, exc_info=error)
        if not session.has_warned:
            session.has_warned = True
            warnings.warn(
                f"{name} failed, and the search goes on without it: "
                f"{type(error).__name__}: {error}",
                TrackerWarning,
                stacklevel=4,
            )
