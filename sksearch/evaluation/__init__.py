"""How fits are run: the evaluator of one fit, and where fits run at once."""

from sksearch.evaluation._evaluator import Evaluator, Fit
from sksearch.evaluation._executors import Executor, SerialExecutor
from sksearch.evaluation._joblib import configured_workers
from sksearch.evaluation._open import open_executor
from sksearch.evaluation._transformers import reused_transformers

__all__ = [
    "Evaluator",
    "Executor",
    "Fit",
    "SerialExecutor",
    "configured_workers",
    "open_executor",
    "reused_transformers",
]
