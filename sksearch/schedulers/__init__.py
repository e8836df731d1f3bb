"""Which trial comes next, and how far it trains."""

from sksearch.schedulers._base import Scheduler, Start
from sksearch.schedulers._full import FullEvaluation

__all__ = ["FullEvaluation", "Scheduler", "Start"]
