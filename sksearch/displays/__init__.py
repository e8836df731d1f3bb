"""Pictures of a search, and the numbers behind them."""

from sksearch.displays._optimization_history import OptimizationHistoryDisplay
from sksearch.displays._parameter_effects import ParameterEffectsDisplay
from sksearch.displays._parameter_importance import ParameterImportanceDisplay
from sksearch.displays._pareto_front import ParetoFrontDisplay

__all__ = [
    "OptimizationHistoryDisplay",
    "ParameterEffectsDisplay",
    "ParameterImportanceDisplay",
    "ParetoFrontDisplay",
]
