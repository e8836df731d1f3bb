"""Models of the objective: arrays in, arrays out."""

from sksearch.surrogates._acquisition import (
    log_improvement,
    log_improvement_with_gradient,
)
from sksearch.surrogates._cholesky import NotPositiveDefiniteError
from sksearch.surrogates._feasibility import Feasibility
from sksearch.surrogates._folds import PRIOR_DEGREES, fold_means
from sksearch.surrogates._gaussian_process import (
    GaussianProcess,
    PredictionWithGradient,
)
from sksearch.surrogates._hyperparameters import Hyperparameters
from sksearch.surrogates._outputs import ConstantOutputError, compress
from sksearch.surrogates._parzen import DensityRatio

__all__ = [
    "PRIOR_DEGREES",
    "ConstantOutputError",
    "DensityRatio",
    "Feasibility",
    "GaussianProcess",
    "Hyperparameters",
    "NotPositiveDefiniteError",
    "PredictionWithGradient",
    "compress",
    "fold_means",
    "log_improvement",
    "log_improvement_with_gradient",
]
