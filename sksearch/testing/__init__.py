"""Suites that tell whether a class keeps what this library promises; simulation.

The suites run on classes of other packages as well. pytest and pandas are imported
only where a suite uses them. `simulate` runs a search in virtual time.
"""

from sksearch.testing._optimizer_checks import check_optimizer, optimizer_checks
from sksearch.testing._search_checks import (
    check_search_estimator,
    parametrize_with_search_checks,
    search_checks,
)
from sksearch.testing._simulate import simulate
from sksearch.testing._simulation import Simulation

__all__ = [
    "Simulation",
    "check_optimizer",
    "check_search_estimator",
    "optimizer_checks",
    "parametrize_with_search_checks",
    "search_checks",
    "simulate",
]
