"""Pictures of a search, and the numbers behind them."""

from sksearch.displays._fold_scores import FoldScoresDisplay
from sksearch.displays._hypervolume import HypervolumeDisplay
from sksearch.displays._optimization_history import OptimizationHistoryDisplay
from sksearch.displays._parallel_coordinates import ParallelCoordinatesDisplay
from sksearch.displays._parameter_effects import ParameterEffectsDisplay
from sksearch.displays._parameter_importance import ParameterImportanceDisplay
from sksearch.displays._pareto_front import ParetoFrontDisplay
from sksearch.displays._training_curves import TrainingCurvesDisplay
from sksearch.displays._worker_timeline import WorkerTimelineDisplay

__all__ = [
    "FoldScoresDisplay",
    "HypervolumeDisplay",
    "OptimizationHistoryDisplay",
    "ParallelCoordinatesDisplay",
    "ParameterEffectsDisplay",
    "ParameterImportanceDisplay",
    "ParetoFrontDisplay",
    "TrainingCurvesDisplay",
    "WorkerTimelineDisplay",
]
