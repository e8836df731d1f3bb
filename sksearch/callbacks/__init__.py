"""Readers of the history while a search runs."""

from sksearch.callbacks._base import Callback
from sksearch.callbacks._limits import CostLimit, FitLimit, TimeLimit
from sksearch.callbacks._progress import ProgressLine
from sksearch.callbacks._regret import RegretBelowNoise
from sksearch.callbacks._stopping import NoImprovement, TargetScore

__all__ = [
    "Callback",
    "CostLimit",
    "FitLimit",
    "NoImprovement",
    "ProgressLine",
    "RegretBelowNoise",
    "TargetScore",
    "TimeLimit",
]
