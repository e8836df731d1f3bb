"""Which trial comes next, and how far it trains."""

from sksearch.schedulers._base import Scheduler, Start
from sksearch.schedulers._full import FullEvaluation
from sksearch.schedulers._racing import FoldRacing

__all__ = ["FoldRacing", "FullEvaluation", "Scheduler", "Start"]
