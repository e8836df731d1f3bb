"""Errors and warnings of sksearch; each message says what to do."""

__all__ = ["HistoryMismatchError", "SearchInterruptedWarning", "WorkerDiedError"]


class HistoryMismatchError(ValueError):
    """A stored history belongs to another search than the one that reads it."""


class WorkerDiedError(RuntimeError):
    """A worker process died twice while it ran the same fit."""


class SearchInterruptedWarning(UserWarning):
    """A search ended early on Ctrl-C and kept what was finished."""
