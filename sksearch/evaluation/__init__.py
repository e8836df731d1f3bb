"""How fits are run: the evaluator of one fit, and where fits run at once."""

from sksearch.evaluation._checkpoints import Checkpoints, open_checkpoints
from sksearch.evaluation._costs import fits_with_costs
from sksearch.evaluation._evaluator import Evaluator, Fit, finalized
from sksearch.evaluation._executors import Executor, SerialExecutor
from sksearch.evaluation._joblib import configured_workers
from sksearch.evaluation._nets import Epochs
from sksearch.evaluation._open import open_executor
from sksearch.evaluation._pipelines import LastStep
from sksearch.evaluation._train_on import TrainOn
from sksearch.evaluation._training import (
    AddedTrees,
    Passes,
    Redone,
    Rows,
    Training,
    WarmStart,
)
from sksearch.evaluation._transformers import reused_transformers

__all__ = [
    "AddedTrees",
    "Checkpoints",
    "Epochs",
    "Evaluator",
    "Executor",
    "Fit",
    "LastStep",
    "Passes",
    "Redone",
    "Rows",
    "SerialExecutor",
    "TrainOn",
    "Training",
    "WarmStart",
    "configured_workers",
    "finalized",
    "fits_with_costs",
    "open_checkpoints",
    "open_executor",
    "reused_transformers",
]
