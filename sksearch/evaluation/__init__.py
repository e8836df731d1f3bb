"""How fits are run: the evaluator of one fit, and where fits run at once."""

from sksearch.evaluation._added_trees import AddedTrees
from sksearch.evaluation._along_lineages import AlongLineages
from sksearch.evaluation._asked_devices import make_pool
from sksearch.evaluation._boosters import final_params, stops_early, without_stoppers
from sksearch.evaluation._checkpoints import (
    Checkpoints,
    NoCheckpoints,
    open_checkpoints,
)
from sksearch.evaluation._clusters import is_local
from sksearch.evaluation._costs import fits_with_costs
from sksearch.evaluation._device_load import (
    can_watch_gpus,
    fits_at_once,
    watched_gpus,
)
from sksearch.evaluation._device_pool import DevicePool
from sksearch.evaluation._devices import device_of
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._executors import Executor, SerialExecutor
from sksearch.evaluation._finalizing import finalized
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._fitting import fit_rows, queries_of, with_queries
from sksearch.evaluation._fresh_splits import Reshuffled, reseeded, split_seed
from sksearch.evaluation._from_scratch import Redone, Rows
from sksearch.evaluation._hold_out import HoldOut
from sksearch.evaluation._joblib import configured_workers, inherited_threads
from sksearch.evaluation._kept import (
    Keep,
    KeepingExecutor,
    Kept,
    decoded,
    in_all_columns,
)
from sksearch.evaluation._leasing import can_take_device, on_whole_device
from sksearch.evaluation._limits import Limits
from sksearch.evaluation._lineage import train_along
from sksearch.evaluation._lone_nets import why_all_alone
from sksearch.evaluation._nets import Epochs
from sksearch.evaluation._open import open_executor
from sksearch.evaluation._passes import Passes
from sksearch.evaluation._pipelines import LastStep
from sksearch.evaluation._predictions import PredictionStore
from sksearch.evaluation._row_order import has_classes, row_order_of
from sksearch.evaluation._shared import shared_executor
from sksearch.evaluation._threads import hold_openmp, share_of_cores, threads_shared
from sksearch.evaluation._train_on import TrainOn
from sksearch.evaluation._training import Training
from sksearch.evaluation._transformers import reused_transformers
from sksearch.evaluation._warm_start import WarmStart

__all__ = [
    "AddedTrees",
    "AlongLineages",
    "Checkpoints",
    "DevicePool",
    "Epochs",
    "Evaluator",
    "Executor",
    "Fit",
    "HoldOut",
    "Keep",
    "KeepingExecutor",
    "Kept",
    "LastStep",
    "Limits",
    "NoCheckpoints",
    "Passes",
    "PredictionStore",
    "Redone",
    "Reshuffled",
    "Rows",
    "SerialExecutor",
    "TrainOn",
    "Training",
    "WarmStart",
    "can_take_device",
    "can_watch_gpus",
    "configured_workers",
    "decoded",
    "device_of",
    "final_params",
    "finalized",
    "fit_rows",
    "fits_at_once",
    "fits_with_costs",
    "has_classes",
    "hold_openmp",
    "in_all_columns",
    "inherited_threads",
    "is_local",
    "make_pool",
    "on_whole_device",
    "open_checkpoints",
    "open_executor",
    "queries_of",
    "reseeded",
    "reused_transformers",
    "row_order_of",
    "share_of_cores",
    "shared_executor",
    "split_seed",
    "stops_early",
    "threads_shared",
    "train_along",
    "watched_gpus",
    "why_all_alone",
    "with_queries",
    "without_stoppers",
]
