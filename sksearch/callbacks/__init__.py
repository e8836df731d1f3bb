"""Readers of the history while a search runs."""

from sksearch.callbacks._base import Callback
from sksearch.callbacks._limits import TimeLimit
from sksearch.callbacks._progress import ProgressLine

__all__ = ["Callback", "ProgressLine", "TimeLimit"]
