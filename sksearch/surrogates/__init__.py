"""Models of the objective: arrays in, arrays out."""

from sksearch.surrogates._acquisition import (
    log_improvement,
    log_improvement_with_gradient,
)
from sksearch.surrogates._cholesky import NotPositiveDefiniteError
from sksearch.surrogates._feasibility import Feasibility
from sksearch.surrogates._gaussian_process import (
    GaussianProcess,
    PredictionWithGradient,
)
from sksearch.surrogates._hyperparameters import Hyperparameters
from sksearch.surrogates._standardize import ConstantOutputError

__all__ = [
    "ConstantOutputError",
    "Feasibility",
    "GaussianProcess",
    "Hyperparameters",
    "NotPositiveDefiniteError",
    "PredictionWithGradient",
    "log_improvement",
    "log_improvement_with_gradient",
]
