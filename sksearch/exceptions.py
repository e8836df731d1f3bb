"""Errors and warnings of sksearch; each message says what to do."""

from typing import Any

__all__ = [
    "ChallengerError",
    "CheckpointError",
    "CheckpointSpaceError",
    "CheckpointWarning",
    "FitMemoryError",
    "FitTimeoutError",
    "HistoryMismatchError",
    "InfeasibleWarning",
    "JournalError",
    "JournalLockedError",
    "JournalWarning",
    "MetadataError",
    "SearchInterruptedWarning",
    "SeparateTrainingWarning",
    "TrackerWarning",
    "WorkerDiedError",
]


class ChallengerError(RuntimeError):
    """The new search of `retune` failed, or its model cannot be scored.

    The champion is as it was. What the challenger raised is the `__cause__`.

    Parameters
    ----------
    message : str
        What failed.
    search : search
        The new search: what it has measured is in its `history_`.

    Examples
    --------
    >>> from sksearch.exceptions import ChallengerError
    >>> issubclass(ChallengerError, RuntimeError)
    True
    """

    def __init__(self, message: str, search: Any = None) -> None:
        super().__init__(message)
        self.search = search


class CheckpointError(TypeError):
    """A fitted candidate cannot be pickled, so that it cannot wait to be trained on.

    Examples
    --------
    >>> from sksearch.exceptions import CheckpointError
    >>> issubclass(CheckpointError, TypeError)
    True
    """


class CheckpointSpaceError(RuntimeError):
    """The candidates that are kept for training on take more disk than they may.

    Examples
    --------
    >>> from sksearch.exceptions import CheckpointSpaceError
    >>> issubclass(CheckpointSpaceError, RuntimeError)
    True
    """


class CheckpointWarning(UserWarning):
    """A candidate could not be kept, or read, and is trained from the beginning.

    Examples
    --------
    >>> import warnings
    >>> from sksearch.exceptions import CheckpointWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", CheckpointWarning)  # fit here
    """


class FitMemoryError(MemoryError):
    """A fit was ended because its worker held more than `max_memory`.

    Examples
    --------
    >>> from sksearch.exceptions import FitMemoryError
    >>> issubclass(FitMemoryError, MemoryError)
    True
    """


class FitTimeoutError(TimeoutError):
    """A fit was ended because it took longer than `fit_timeout`.

    Examples
    --------
    >>> from sksearch.exceptions import FitTimeoutError
    >>> issubclass(FitTimeoutError, TimeoutError)
    True
    """


class HistoryMismatchError(ValueError):
    """A stored history belongs to another search than the one that reads it.

    Examples
    --------
    >>> from sksearch.exceptions import HistoryMismatchError
    >>> from sksearch.history import History
    >>> from sksearch.space import SearchSpace
    >>> log = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=5).to_json()
    >>> try:
    ...     History.from_json(log, SearchSpace({"C": [1, 100]}))
    ... except HistoryMismatchError as error:
    ...     print(str(error)[:58])
    The stored history was written over another search space.
    """


class InfeasibleWarning(UserWarning):
    """The best candidate of a search does not meet its score_constraints.

    Examples
    --------
    >>> import warnings
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import BayesSearchCV
    >>> search = BayesSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": [1, 2]},
    ...     score_constraints={"score": 2.0},
    ... )
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     search = search.fit(*load_iris(return_X_y=True))
    >>> [warning.category.__name__ for warning in caught]
    ['InfeasibleWarning']
    """


class JournalError(ValueError):
    """A journal is broken, or cannot be opened or written.

    Examples
    --------
    >>> import tempfile
    >>> from sksearch.exceptions import JournalError
    >>> from sksearch.history import History
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     _ = file.write("C,gamma,score")
    ...     file.flush()
    ...     try:
    ...         History.load(file.name)
    ...     except JournalError as error:
    ...         print(type(error).__name__)
    JournalError
    """


class JournalLockedError(RuntimeError):
    """Another search writes to the same journal.

    Examples
    --------
    >>> from sksearch.exceptions import JournalLockedError
    >>> issubclass(JournalLockedError, RuntimeError)
    True
    """


class JournalWarning(UserWarning):
    """A journal, or what lies beside it, is not whole; or other versions wrote it.

    Examples
    --------
    >>> import warnings
    >>> from sksearch.exceptions import JournalWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", JournalWarning)  # fit here
    """


class MetadataError(ValueError):
    """A value has no plain form, or a file's form names what must not be called.

    Examples
    --------
    >>> import tempfile
    >>> from sksearch import load_metadata
    >>> from sksearch.exceptions import MetadataError
    >>> with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
    ...     _ = file.write("{}")
    ...     file.flush()
    ...     try:
    ...         load_metadata(file.name)
    ...     except MetadataError as error:
    ...         print(type(error).__name__)
    MetadataError
    """


class TrackerWarning(UserWarning):
    """A tracker could not log a search, which went on without it.

    Examples
    --------
    >>> import warnings
    >>> from sksearch.exceptions import TrackerWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", TrackerWarning)  # fit here
    """


class WorkerDiedError(RuntimeError):
    """A worker process died twice while it ran the same fit.

    Examples
    --------
    >>> from sksearch.exceptions import WorkerDiedError
    >>> issubclass(WorkerDiedError, RuntimeError)
    True
    """


class SearchInterruptedWarning(UserWarning):
    """A search ended early on Ctrl-C and kept what was finished.

    Examples
    --------
    >>> import warnings
    >>> from sksearch.exceptions import SearchInterruptedWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", SearchInterruptedWarning)  # fit here
    """


class SeparateTrainingWarning(UserWarning):
    """Nets could not be trained as one, and were trained one after the other.

    Examples
    --------
    >>> import warnings
    >>> from sksearch.exceptions import SeparateTrainingWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", SeparateTrainingWarning)  # fit here
    """
