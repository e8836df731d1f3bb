"""Models of the objective: arrays in, arrays out."""

from sksearch.surrogates._acquisition import (
    log_improvement,
    log_improvement_with_gradient,
)
from sksearch.surrogates._cholesky import NotPositiveDefiniteError
from sksearch.surrogates._ensemble import Ensemble, stack
from sksearch.surrogates._feasibility import Feasibility, Predicts
from sksearch.surrogates._folds import PRIOR_DEGREES, fold_means
from sksearch.surrogates._gaussian_process import (
    GaussianProcess,
    PredictionWithGradient,
)
from sksearch.surrogates._hyperparameters import Hyperparameters
from sksearch.surrogates._hypervolume_improvement import (
    log_hypervolume_improvement,
    log_hypervolume_improvement_with_gradient,
)
from sksearch.surrogates._outputs import ConstantOutputError, compress
from sksearch.surrogates._parzen import DensityRatio
from sksearch.surrogates._scalarization import augmented_chebyshev, simplex_weights

__all__ = [
    "PRIOR_DEGREES",
    "ConstantOutputError",
    "DensityRatio",
    "Ensemble",
    "Feasibility",
    "GaussianProcess",
    "Hyperparameters",
    "NotPositiveDefiniteError",
    "PredictionWithGradient",
    "Predicts",
    "augmented_chebyshev",
    "compress",
    "fold_means",
    "log_hypervolume_improvement",
    "log_hypervolume_improvement_with_gradient",
    "log_improvement",
    "log_improvement_with_gradient",
    "simplex_weights",
    "stack",
]
