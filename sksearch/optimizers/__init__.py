"""Which parameters next: optimizers answer from the history of a search."""

from sksearch.optimizers._auto import Auto
from sksearch.optimizers._base import Optimizer, Proposal
from sksearch.optimizers._bayesian import Bayesian
from sksearch.optimizers._ehvi import EHVI
from sksearch.optimizers._grid import Grid
from sksearch.optimizers._nsga2 import NSGA2
from sksearch.optimizers._parego import ParEGO
from sksearch.optimizers._random import Random
from sksearch.optimizers._sobol import Sobol
from sksearch.optimizers._tpe import TPE
from sksearch.optimizers._transfer import Source, Transfer

__all__ = [
    "EHVI",
    "NSGA2",
    "TPE",
    "Auto",
    "Bayesian",
    "Grid",
    "Optimizer",
    "ParEGO",
    "Proposal",
    "Random",
    "Sobol",
    "Source",
    "Transfer",
]
