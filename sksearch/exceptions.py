"""Errors and warnings of sksearch; each message says what to do."""

__all__ = [
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
    "SearchInterruptedWarning",
    "TrackerWarning",
    "WorkerDiedError",
]


class CheckpointError(TypeError):
    """A fitted candidate cannot be pickled, so that it cannot wait to be trained on."""


class CheckpointSpaceError(RuntimeError):
    """The candidates that are kept for training on take more disk than they may."""


class CheckpointWarning(UserWarning):
    """A candidate could not be kept, or read, and is trained from the beginning."""


class FitMemoryError(MemoryError):
    """A fit was ended because its worker held more than `max_memory`."""


class FitTimeoutError(TimeoutError):
    """A fit was ended because it took longer than `fit_timeout`."""


class HistoryMismatchError(ValueError):
    """A stored history belongs to another search than the one that reads it."""


class InfeasibleWarning(UserWarning):
    """The best candidate of a search does not meet its score_constraints."""


class JournalError(ValueError):
    """A line of a journal is not what was written there."""


class JournalLockedError(RuntimeError):
    """Another search writes to the same journal."""


class JournalWarning(UserWarning):
    """A journal ended within a line, or was written by other versions."""


class TrackerWarning(UserWarning):
    """A tracker could not log a search, which went on without it."""


class WorkerDiedError(RuntimeError):
    """A worker process died twice while it ran the same fit."""


class SearchInterruptedWarning(UserWarning):
    """A search ended early on Ctrl-C and kept what was finished."""
