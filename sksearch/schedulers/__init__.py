"""Which trial comes next, and how far it trains."""

from sksearch.schedulers._asha import ASHA
from sksearch.schedulers._bandit import Bandit
from sksearch.schedulers._base import Scheduler, Start
from sksearch.schedulers._explore import Explore
from sksearch.schedulers._full import FullEvaluation
from sksearch.schedulers._hyperband import Hyperband
from sksearch.schedulers._population import Population
from sksearch.schedulers._racing import FoldRacing
from sksearch.schedulers._rungs import Bracket, bracket_plan, halving, rung_resources

__all__ = [
    "ASHA",
    "Bandit",
    "Bracket",
    "Explore",
    "FoldRacing",
    "FullEvaluation",
    "Hyperband",
    "Population",
    "Scheduler",
    "Start",
    "bracket_plan",
    "halving",
    "rung_resources",
]
