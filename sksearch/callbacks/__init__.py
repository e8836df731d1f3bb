"""Readers of the history while a search runs."""

from sksearch.callbacks._base import Callback
from sksearch.callbacks._limits import CostLimit, FitLimit, TimeLimit
from sksearch.callbacks._live_bar import LiveBar
from sksearch.callbacks._mlflow import MLflowTracker
from sksearch.callbacks._plan import Plan
from sksearch.callbacks._progress import ProgressLine
from sksearch.callbacks._regret import RegretBelowNoise
from sksearch.callbacks._stopping import NoImprovement, TargetScore
from sksearch.callbacks._tensorboard import TensorBoardTracker
from sksearch.callbacks._wandb import WandbTracker

__all__ = [
    "Callback",
    "CostLimit",
    "FitLimit",
    "LiveBar",
    "MLflowTracker",
    "NoImprovement",
    "Plan",
    "ProgressLine",
    "RegretBelowNoise",
    "TargetScore",
    "TensorBoardTracker",
    "TimeLimit",
    "WandbTracker",
]
